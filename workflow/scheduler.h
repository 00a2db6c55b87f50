/* SPDX-License-Identifier: MIT */
/* workflow/scheduler.h -- the coroutines of a run, one at a time, first come first served.
 *
 * Determinism lives here: whoever becomes ready goes to the end of the queue, in the order of the
 * causes. When the queue is empty, those who wait for a condition are asked in the order in which
 * they began to wait; those whose condition holds go to the queue, until nothing moves.
 *
 * A task that brings nothing but updates which are rejected leaves no event behind, so nobody is
 * asked because of it. When the run has ended, only the handlers of updates go on, as far as they
 * come without waiting, so that their callers have an answer.
 *
 * A coroutine that is parked waits for a condition that only its own code can look at: it is woken
 * whenever another one has got on since. One that was woken, looked, and parked again has not. */
#ifndef TP_WORKFLOW_SCHEDULER_H
#define TP_WORKFLOW_SCHEDULER_H

#include <temporal/workflow.h>

#include "base/list.h"
#include "fiber/fiber.h"

typedef struct tp_coroutine tp_coroutine;
typedef struct tp_handling tp_handling;
typedef void (*tp_coroutine_fn)(temporal_workflow *run, void *data);

/* A coroutine in the list of those who wait for a future. */
typedef struct tp_wait_link {
    tp_list link;
    tp_coroutine *coroutine;
} tp_wait_link;

struct tp_coroutine {
    tp_list all;   /* in the scheduler's list of all */
    tp_list queue; /* among the ready or the waiting, or in none */
    temporal_workflow *run;
    tp_fiber *fiber;
    tp_coroutine_fn body;
    void *data;
    temporal_scope *scope; /* the current one */
    temporal_scope *own;   /* the one that it was born in, when it is its own */

    /* Waits for futures: so many more must be done. */
    size_t missing;
    tp_wait_link single, *links;
    size_t link_count;
    /* Waits for a condition, or is parked. */
    bool (*is_ready)(const void *data);
    const void *ready_data;
    uint64_t seen; /* the scheduler's progress when it parked */
    bool parked, looked;

    tp_handling *handling;              /* a handler's own coroutine: what it handles */
    const temporal_update_info *update; /* ... or one that was begun by an update's */
    bool left_no_trace;                 /* as it ended: as if it had never been */

    void (*outside)(void *data); /* what it wants done on the thread's own stack */
    void *outside_data;
};

typedef struct tp_scheduler {
    tp_list all, ready, waiting;
    tp_coroutine *current;
    uint64_t progress; /* turns in which a coroutine got on */
    bool stirred;      /* something moved since those who wait for a condition were asked */
} tp_scheduler;

void tp_scheduler_init(tp_scheduler *scheduler);
void tp_scheduler_done(tp_scheduler *scheduler); /* frees all coroutines, unwinds none */

/** At the end of the queue; own: its scope is its own and retires with it. NULL: the system has no
 * stack for it, and the run's task is failed. */
tp_coroutine *tp_scheduler_spawn(temporal_workflow *run, temporal_scope *scope, bool own,
                                 tp_coroutine_fn body, void *data);
/** Runs until all wait, the run has ended or its task is failed. */
void tp_scheduler_run(temporal_workflow *run);
/** Runs a body that may not wait to its end, at once, beside the others. */
temporal_error *tp_scheduler_call(temporal_workflow *run, tp_coroutine_fn body, void *data);
void tp_scheduler_wake(tp_wait_link *link); /* its future is done */

/* For the current coroutine. */
void tp_scheduler_wait_all(tp_coroutine *coroutine, temporal_future *const *futures, size_t count);
void tp_scheduler_wait_any(tp_coroutine *coroutine, temporal_future *const *futures, size_t count);
void tp_scheduler_wait_until(tp_coroutine *coroutine, bool (*is_ready)(const void *data),
                             const void *data);
/** looked: it was parked here before and saw nothing new. Returns early when its scope is
 * cancelled. */
void tp_scheduler_park(tp_coroutine *coroutine, bool looked);
void tp_scheduler_pass(tp_coroutine *coroutine); /* to the end of the queue */
/** Never returns: the task is failed. */
void tp_scheduler_stop(void) __attribute__((noreturn));
/** Runs fn(data) on the thread's own stack: converters need more than a coroutine should spend. */
void tp_scheduler_outside(temporal_workflow *run, void (*fn)(void *data), void *data);

#endif
