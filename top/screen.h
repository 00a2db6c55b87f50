/* SPDX-License-Identifier: MIT */
/* top/screen.h -- the live view in a terminal. */
#ifndef TP_TOP_SCREEN_H
#define TP_TOP_SCREEN_H

#include "top/gather.h"

/** Until q is pressed. Looks every so many seconds. */
temporal_error *tp_top_screen_run(tp_top_gather *gather, double interval);

#endif
