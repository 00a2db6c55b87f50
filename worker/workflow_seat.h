/* SPDX-License-Identifier: MIT */
/* worker/workflow_seat.h -- a workflow thread that is replaced when workflow code holds it.
 *
 * A watcher on the loop looks at it now and then while it has work. Code that has not waited for
 * longer than the limit is looked into; then a new thread takes the seat, with what was still to be
 * done and no runs, and the job that holds the old one is told so. The old thread is left behind:
 * should it come back, its answer is dropped with its runs. */
#ifndef TP_WORKER_WORKFLOW_SEAT_H
#define TP_WORKER_WORKFLOW_SEAT_H

#include "worker/workflow_thread.h"

typedef struct tp_workflow_seat tp_workflow_seat;

/** All calls from the loop. Limit 0: whoever holds the thread may. */
temporal_error *tp_workflow_seat_new(tp_workflow_seat **seat, tp_loop *loop,
                                     const tp_engine_options *options, temporal_seconds limit);
void tp_workflow_seat_post(tp_workflow_seat *seat, tp_workflow_job *job);
/** As for a thread: finishes what was posted, unless it is held. */
void tp_workflow_seat_end(tp_workflow_seat *seat, tp_loop_fn ended, void *data);
/** After ended. Threads that are still held are left behind for good. NULL is accepted. */
void tp_workflow_seat_free(tp_workflow_seat *seat);
/** Instead of both: no callback comes any more. */
void tp_workflow_seat_abandon(tp_workflow_seat *seat);

#endif
