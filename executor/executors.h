/* SPDX-License-Identifier: MIT */
/* executor/executors.h -- makes the three executors. Options are those of <temporal/worker.h>,
 * checked and with their defaults filled in by these functions. */
#ifndef TP_EXECUTOR_EXECUTORS_H
#define TP_EXECUTOR_EXECUTORS_H

#include <temporal/worker.h>

#include "executor/executor.h"

temporal_error *tp_async_executor_new(tp_executor **executor,
                                      const temporal_async_executor *options);
temporal_error *tp_thread_executor_new(tp_executor **executor,
                                       const temporal_thread_executor *options);
/** Starts the fork server when it does not run yet, makes the segment and hands both over: the
 * processes themselves are forked by start. */
temporal_error *tp_process_executor_new(tp_executor **executor,
                                        const temporal_process_executor *options);

#endif
