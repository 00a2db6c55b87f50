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
    temporal_seconds max_heartbeat_throttle, default_heartbeat_throttle;
    void (*fatal)(void *data, temporal_error *error); /* error is taken */
    void *data;
} tp_activity_tasks_options;

/** All calls on the loop. Begins to poll. */
tp_activity_tasks *tp_activity_tasks_new(const tp_activity_tasks_options *options);
/** An executor has a free place again. */
void tp_activity_tasks_wake(tp_activity_tasks *tasks);
/** Polls no more; idle(data) follows when no attempt and no answer is left. Once. */
void tp_activity_tasks_stop(tp_activity_tasks *tasks, tp_loop_fn idle, void *data);
/** Cancels every attempt that runs. */
void tp_activity_tasks_cancel(tp_activity_tasks *tasks, temporal_cancel_reason reason);
/** By force: answers under way are given up, no further are sent. */
void tp_activity_tasks_give_up(tp_activity_tasks *tasks);
void tp_activity_tasks_free(tp_activity_tasks *tasks); /* after idle; NULL is accepted */

#endif
