/* SPDX-License-Identifier: MIT */
/* worker/workflow_tasks.h -- the way of a workflow task: polled, its history fetched where it is
 * not whole, run by the engine of its run's thread, answered. */
#ifndef TP_WORKER_WORKFLOW_TASKS_H
#define TP_WORKER_WORKFLOW_TASKS_H

#include <temporal/worker.h>

#include "worker/activity_tasks.h"
#include "worker/local_activities.h"
#include "worker/service.h"

typedef struct tp_workflow_tasks tp_workflow_tasks;

typedef struct tp_workflow_tasks_options {
    tp_service *service;
    tp_local_activities *locals;
    tp_activity_tasks *activities;                    /* NULL: the worker has none */
    const temporal_worker_options *worker;            /* defaults filled in; lives longer */
    void (*fatal)(void *data, temporal_error *error); /* error is taken */
    void *data;
} tp_workflow_tasks_options;

/** All calls on the loop. Starts the threads and begins to poll. */
temporal_error *tp_workflow_tasks_new(tp_workflow_tasks **tasks,
                                      const tp_workflow_tasks_options *options);
/** Begins no more polls, answers what is there and what still comes, ends the threads;
 * stopped(data) follows. Once. */
void tp_workflow_tasks_stop(tp_workflow_tasks *tasks, tp_loop_fn stopped, void *data);
/** Cancels the polls that are under way: those of the sticky queue, or the others. */
void tp_workflow_tasks_cancel_polls(tp_workflow_tasks *tasks, bool sticky);
/** Where the tasks of cached runs come from. */
const char *tp_workflow_tasks_sticky_queue(const tp_workflow_tasks *tasks);
/** By force: stopped follows soon, threads that hang in workflow code are left behind. */
void tp_workflow_tasks_give_up(tp_workflow_tasks *tasks);
void tp_workflow_tasks_free(tp_workflow_tasks *tasks); /* after stopped; NULL is accepted */

#endif
