/* SPDX-License-Identifier: MIT */
/* worker/workflow_thread.h -- a thread with a workflow engine: tasks in, answers back on the loop.
 */
#ifndef TP_WORKER_WORKFLOW_THREAD_H
#define TP_WORKER_WORKFLOW_THREAD_H

#include "base/list.h"
#include "base/loop.h"
#include "fiber/sample.h"
#include "workflow/engine.h"

typedef struct tp_workflow_thread tp_workflow_thread;

/* What the thread does next; embedded by its owner. */
typedef struct tp_workflow_job {
    tp_list link;
    const Tp__Ws__PollWorkflowTaskQueueResponse *task; /* lives until answered */
    const char *evict;                                 /* instead of a task: a run id */
    /* The task goes on with these; the answer was LOCAL, and is filled in anew. */
    bool resume, overdue;
    const tp_local_outcome *outcomes;
    size_t outcome_count;
    tp_answer answer;
    tp_loop_fn answered; /* on the loop, with data: the job is its owner's again */
    /* On the loop, error is taken; NULL: nobody needs to know. Its code holds the thread, which was
     * left behind with it: answered follows if the thread comes back. */
    void (*held)(void *data, temporal_error *error);
    /* On its thread: that came back after it was abandoned; may be NULL. Nobody else knows the job
     * any more. */
    void (*orphaned)(void *data);
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
/** False: it waits for jobs. *turn is the pulse of its workflow code. */
bool tp_workflow_thread_is_busy(tp_workflow_thread *thread, uint64_t *turn);
/** For tp_sample_ask. */
tp_sample *tp_workflow_thread_sample(tp_workflow_thread *thread);
pthread_t tp_workflow_thread_id(const tp_workflow_thread *thread);
/** When it is still in that turn: moves the jobs that it has not begun to rest, and answers with
 * the one that holds it. NULL: it has got on. */
tp_workflow_job *tp_workflow_thread_leave(tp_workflow_thread *thread, uint64_t turn, tp_list *rest);
/** Instead of both, when workflow code does not come back: the thread and what it holds are left
 * behind; no callback comes any more. If it does come back, it drops what it holds. False: it has
 * ended already, ended has been posted, and free is still to be called. */
bool tp_workflow_thread_abandon(tp_workflow_thread *thread);

#endif
