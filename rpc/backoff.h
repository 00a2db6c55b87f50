/* SPDX-License-Identifier: MIT */
/* rpc/backoff.h -- how long to wait before the next attempt of a call. */
#ifndef TP_RPC_BACKOFF_H
#define TP_RPC_BACKOFF_H

#include <temporal/base.h>

/** After so many failures in a row, from 1: 100 ms, then 1.5 times as long each, at most 5 s, give
 * or take a fifth. Ten times as long at first when the server says that it is asked too often. */
temporal_seconds tp_backoff_pause(unsigned failures, bool overloaded);

#endif
