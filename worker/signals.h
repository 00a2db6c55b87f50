/* SPDX-License-Identifier: MIT */
/* worker/signals.h -- SIGINT and SIGTERM for as long as a worker runs: each signal is told to every
 * worker that listens, through an eventfd, which is all that a handler may do. */
#ifndef TP_WORKER_SIGNALS_H
#define TP_WORKER_SIGNALS_H

#include <stdint.h>

#include <temporal/error.h>

/** What a signal adds to the counter of the descriptor. */
#define TP_SIGNAL_UNIT (UINT64_C(1) << 32)

/** INVALID_ARGUMENT when too many workers listen at once. */
temporal_error *tp_signals_listen(int event_fd);
/** The last one that leaves puts the handlers back that were there before. */
void tp_signals_leave(int event_fd);

#endif
