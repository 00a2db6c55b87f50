/* SPDX-License-Identifier: MIT */
/* worker/local_activity.h -- one local activity, for local_activities.c.
 *
 *     queued --a place is free--> running --failed, to be tried again--> pausing --> queued
 *        |                           | ended, for good
 *        +---- timed out, cancelled -+--> its outcome waits for the run's task
 *
 * A place is free when the worker's limit of local activities and the concurrency of its executor
 * allow one more: what waits is queued here, where its clocks know that it has not begun.
 *
 * An attempt that is still running when its activity's outcome is known (it timed out, or nobody
 * wants to know) is cancelled and goes on alone until its executor is done with it. */
#ifndef TP_WORKER_LOCAL_ACTIVITY_H
#define TP_WORKER_LOCAL_ACTIVITY_H

#include "base/map.h"
#include "base/timer.h"
#include "worker/local_activities.h"

typedef struct tp_local_activity tp_local_activity;

typedef struct tp_local_run {
    tp_local_activities *locals;
    tp_arena arena; /* of the ids */
    tp_local_owner owner;
    tp_list activities; /* whose outcome is not known yet */
    tp_list ended;      /* whose outcome was not taken yet */
    const tp_local_wait *wait;
    bool posted; /* look is on its way */
} tp_local_run;

/* With memory of its own: its executor may need it for longer than its activity. */
typedef struct tp_local_execution {
    tp_list link; /* in attempts */
    tp_attempt executed;
    tp_local_activities *locals;
    tp_local_activity *activity; /* NULL: nobody waits for it */
    tp_arena arena;
} tp_local_execution;

struct tp_local_activity {
    tp_list link;  /* in its run's activities or ended */
    tp_list queue; /* in its executor's queue, or in none */
    uint64_t ticket;
    const tp_registered *registered;
    tp_local_activities *locals;
    tp_local_run *run;
    tp_arena arena;
    tp_local_order order;
    temporal_local_options options;
    tp_local_execution *current; /* NULL: none runs */
    bool cancelled;
    int32_t attempt;
    int64_t began;                                     /* monotonic */
    tp_timer *pause, *unstarted, *deadline, *too_long; /* too_long: of the attempt */
    temporal_error *last;                              /* how the attempt before failed */
    tp_local_end end;
    temporal_seconds backoff;
    tp_buffer body;
    int64_t runtime;
};

/* Of local_activities.c. */
struct tp_local_activities {
    tp_local_activities_options options;
    tp_map runs; /* by run id */
    tp_list queues[TP_EXECUTOR_COUNT];
    uint64_t tickets; /* given to those that were queued: the lowest is the first in line */
    tp_list attempts; /* that run */
    size_t running;
    bool cancelled;
    tp_loop_fn idle;
    void *idle_data;
};

/** Queues it, with its timers. The order, whose type is registered, is copied. */
void tp_local_activity_start(tp_local_run *run, const tp_local_order *order);
/** Its turn has come, and there is room. */
void tp_local_activity_begin(tp_local_activity *activity);
void tp_local_activity_cancel(tp_local_activity *activity);
/** reason: for the attempt that runs; NONE: it goes on as if nothing were. */
void tp_local_activity_free(tp_local_activity *activity, temporal_cancel_reason reason);

/* Of local_activities.c. */
/** To the end of its executor's queue; tp_local_activities_wake begins it. */
void tp_local_activities_queue(tp_local_activity *activity);
/** An attempt has ended. */
void tp_local_activities_go_on(tp_local_activities *locals);
/** There is an outcome: who waits is told, later. */
void tp_local_run_wake(tp_local_run *run);

#endif
