/* SPDX-License-Identifier: MIT */
/* worker/local_activities.h -- runs the local activities of workflow runs on the worker's
 * executors: with their timeouts, retries and pauses, as the engine orders. */
#ifndef TP_WORKER_LOCAL_ACTIVITIES_H
#define TP_WORKER_LOCAL_ACTIVITIES_H

#include "worker/registry.h"
#include "worker/service.h"
#include "workflow/local.h"

typedef struct tp_local_activities tp_local_activities;

typedef struct tp_local_activities_options {
    tp_service *service;
    const tp_registry *registry;
    tp_executor *const *executors; /* TP_EXECUTOR_COUNT; NULL where there is none; started */
    uint32_t concurrency;
    void (*place_free)(void *data); /* of an executor: others may want it */
    void *data;
} tp_local_activities_options;

/* Whose they are: copied. */
typedef struct tp_local_owner {
    const char *run_id, *workflow_id, *workflow_type;
} tp_local_owner;

/* A task that waits for outcomes; embedded by its owner. Each call ends the wait. */
typedef struct tp_local_wait {
    void (*outcomes)(void *data); /* there are some, for tp_local_activities_take */
    void (*replaced)(void *data); /* another task of the run waits instead */
    void (*leave)(void *data);    /* the worker shuts down: the task is to be completed now */
    void *data;
} tp_local_wait;

/** All calls on the loop. */
tp_local_activities *tp_local_activities_new(const tp_local_activities_options *options);
/** An error when one of the types to be begun is not registered with the worker. Ask before
 * ordering. */
temporal_error *tp_local_activities_check(const tp_local_activities *locals,
                                          const tp_local_order *orders, size_t count);
void tp_local_activities_order(tp_local_activities *locals, const tp_local_owner *owner,
                               const tp_local_order *orders, size_t count);
/** Cancels all of that run: nobody waits for them any more. */
void tp_local_activities_drop(tp_local_activities *locals, const char *run_id);
/** One of its calls follows, later; at once when there is something already. */
void tp_local_activities_wait(tp_local_activities *locals, const char *run_id,
                              const tp_local_wait *wait);
void tp_local_activities_wait_no_more(tp_local_activities *locals, const char *run_id,
                                      const tp_local_wait *wait);
/** An executor may have a place that it had not. */
void tp_local_activities_wake(tp_local_activities *locals);
/** The outcomes that have come, from the arena. */
size_t tp_local_activities_take(tp_local_activities *locals, const char *run_id, tp_arena *arena,
                                const tp_local_outcome **outcomes);
/** The grace is over: whoever waits leaves, everything is cancelled, nothing is begun any more. */
void tp_local_activities_cancel(tp_local_activities *locals);
bool tp_local_activities_are_cancelled(const tp_local_activities *locals);
/** idle(data) follows when no attempt is left. Once. */
void tp_local_activities_stop(tp_local_activities *locals, tp_loop_fn idle, void *data);
void tp_local_activities_free(tp_local_activities *locals); /* after idle; NULL is accepted */

#endif
