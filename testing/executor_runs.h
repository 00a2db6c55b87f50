/* SPDX-License-Identifier: MIT */
/* testing/executor_runs.h -- runs of activities on the executors of a worker, one by one, for an
 * activity environment. */
#ifndef TP_TESTING_EXECUTOR_RUNS_H
#define TP_TESTING_EXECUTOR_RUNS_H

#include <temporal/testing.h>

#include "executor/executor.h"

typedef struct tp_executor_runs tp_executor_runs;

/** beat: a heartbeat's details (encoded Payloads), on a thread of the runs'. */
tp_executor_runs *tp_executor_runs_new(temporal_activity_executor kind,
                                       void (*beat)(void *data, tp_bytes details), void *data);
/** Blocks until the attempt has ended; body gets what its outcome says. Of the task, all but def is
 * set; what it points to is only read. Any thread. */
temporal_error *tp_executor_runs_run(tp_executor_runs *runs, const temporal_activity_def *def,
                                     const tp_task *task, tp_outcome_kind *kind, tp_buffer *body);
/** What runs now and later. Any thread, also during beat. The first reason stays. */
void tp_executor_runs_cancel(tp_executor_runs *runs, temporal_cancel_reason reason);
void tp_executor_runs_shutdown(tp_executor_runs *runs);
void tp_executor_runs_free(tp_executor_runs *runs); /* no run is under way; NULL is accepted */

#endif
