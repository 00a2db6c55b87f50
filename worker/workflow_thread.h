/* SPDX-License-Identifier: MIT */
/* worker/workflow_thread.h -- a thread with a workflow engine: tasks in, answers back on the loop.
 */
#ifndef TP_WORKER_WORKFLOW_THREAD_H
#define TP_WORKER_WORKFLOW_THREAD_H

#include "base/list.h"
#include "base/loop.h"
#include "workflow/engine.h"

typedef struct tp_workflow_thread tp_workflow_thread;

/* What the thread does next; embedded by its owner. */
typedef struct tp_workflow_job {
    tp_list link;
    const Tp__Ws__PollWorkflowTaskQueueResponse *task; /* lives until answered */
    const char *evict;                                 /* instead of a task: a run id */
    tp_answer answer;
    tp_loop_fn answered; /* on the loop, with data: the job is its owner's again */
    void *data;
} tp_workflow_job;

temporal_error *tp_workflow_thread_new(tp_workflow_thread **thread, tp_loop *loop,
                                       const tp_engine_options *options);
/** In order. From the loop. */
void tp_workflow_thread_post(tp_workflow_thread *thread, tp_workflow_job *job);
/** Finishes what was posted, drops its runs, ends the thread, then calls ended(data) on the loop.
 */
void tp_workflow_thread_end(tp_workflow_thread *thread, tp_loop_fn ended, void *data);
/** After ended: joins and frees. NULL is accepted. */
void tp_workflow_thread_free(tp_workflow_thread *thread);
/** Instead of both, when workflow code does not come back: the thread and what it holds are left
 * behind; no callback comes any more. */
void tp_workflow_thread_abandon(tp_workflow_thread *thread);

#endif
