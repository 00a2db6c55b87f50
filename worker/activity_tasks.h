/* SPDX-License-Identifier: MIT */
/* worker/activity_tasks.h -- the way of an activity task: polled, made an attempt, run by the
 * executor of its type, its end told to the server. */
#ifndef TP_WORKER_ACTIVITY_TASKS_H
#define TP_WORKER_ACTIVITY_TASKS_H

#include "worker/registry.h"
#include "worker/service.h"

typedef struct tp_activity_tasks tp_activity_tasks;

typedef struct tp_activity_tasks_options {
    tp_service *service;
    const tp_registry *registry;
    tp_executor *const *executors; /* TP_EXECUTOR_COUNT; NULL where there is none; started */
    uint32_t polls;
    size_t max_held;         /* tasks without a place, see places.h */
    double rate, queue_rate; /* tasks a second: of this worker, of the queue; 0: no limit */
    bool eager;              /* offers places in the answers of workflow tasks */
    temporal_seconds max_heartbeat_throttle, default_heartbeat_throttle;
    void (*fatal)(void *data, temporal_error *error); /* error is taken */
    void (*place_free)(void *data);                   /* of an executor: others may want it */
    void *data;
} tp_activity_tasks_options;

/* How tasks come. */
typedef struct tp_activity_counts {
    uint64_t polled, eager; /* tasks so far */
    size_t polls;           /* under way */
} tp_activity_counts;

/** All calls on the loop. Begins to poll. */
tp_activity_tasks *tp_activity_tasks_new(const tp_activity_tasks_options *options);
/** An executor has a free place again. */
void tp_activity_tasks_wake(tp_activity_tasks *tasks);
/** A place for a task of that type and queue that may come with the answer to a workflow task: the
 * number of its executor, or -1 when there is none. tp_activity_tasks_settle follows. */
int tp_activity_tasks_promise(tp_activity_tasks *tasks, const char *activity_type,
                              const char *task_queue);
/** Begins the tasks that came, and gives back the promised places, so many of each executor. */
void tp_activity_tasks_settle(tp_activity_tasks *tasks, const size_t *promised,
                              Tp__Ws__PollActivityTaskQueueResponse *const *came, size_t count);
tp_activity_counts tp_activity_tasks_count(const tp_activity_tasks *tasks);
/** Begins no more polls; idle(data) follows when no poll, attempt or answer is left. Once. */
void tp_activity_tasks_stop(tp_activity_tasks *tasks, tp_loop_fn idle, void *data);
/** Cancels the polls that are under way. */
void tp_activity_tasks_cancel_polls(tp_activity_tasks *tasks);
/** Cancels every attempt that runs. */
void tp_activity_tasks_cancel(tp_activity_tasks *tasks, temporal_cancel_reason reason);
/** By force: answers under way are given up, no further are sent. */
void tp_activity_tasks_give_up(tp_activity_tasks *tasks);
void tp_activity_tasks_free(tp_activity_tasks *tasks); /* after idle; NULL is accepted */

#endif
