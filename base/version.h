/* SPDX-License-Identifier: MIT */
/* base/version.h -- what this library calls itself on the wire. */
#ifndef TP_BASE_VERSION_H
#define TP_BASE_VERSION_H

#define TP_SDK_NAME    "temporal-c"
#define TP_SDK_VERSION "0.1.0"

#endif
