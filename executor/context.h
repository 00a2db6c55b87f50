/* SPDX-License-Identifier: MIT */
/* executor/context.h -- what is inside a temporal_activity: the public calls of
 * <temporal/activity.h> over a small table of operations that each executor, and the test
 * environment, fills in. */
#ifndef TP_EXECUTOR_CONTEXT_H
#define TP_EXECUTOR_CONTEXT_H

#include <pthread.h>

#include <temporal/activity.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "executor/executor.h"

typedef struct tp_context_ops {
    /** From any thread of the activity, one at a time (under its lock); must not block. details:
     * encoded Payloads, valid during the call. */
    void (*heartbeat)(temporal_activity *activity, tp_bytes details);
    /** From any thread of the activity; NULL where nobody watches it. */
    void (*progress)(temporal_activity *activity);
    /** Any thread of the activity; TEMPORAL_CANCEL_NONE when it is not cancelled. */
    temporal_cancel_reason (*cancel_reason)(const temporal_activity *activity);
    bool (*is_worker_shutdown)(const temporal_activity *activity);
    /** Blocks, yields or sleeps until something of the two above changed or deadline (monotonic
     * nanoseconds; INT64_MAX: none) is over. What changed since the last wait counts, so nothing is
     * missed between a look and a wait. May return early: the caller looks and waits again. On the
     * attempt's own thread only. */
    void (*wait)(temporal_activity *activity, int64_t deadline);
    /** The user's own suspension (async only; NULL elsewhere). */
    bool (*suspend)(temporal_activity *activity);
    void (*resume)(temporal_activity *activity);
    void *(*loop)(temporal_activity *activity);
} tp_context_ops;

struct temporal_activity {
    const tp_context_ops *ops;
    const temporal_activity_def *def;
    temporal_activity_info info; /* its texts live in the arena, or with the task */
    tp_arena arena;              /* of the thread that it runs on: its errors and its values */
    pthread_mutex_t lock;        /* of the two below */
    tp_arena shared;             /* what other threads of the activity make */
    tp_buffer details;           /* a heartbeat while it is encoded */
    void *user_state;            /* of a stateful activity */
    void *executor;              /* the executor's own */
};

/** Fills in info from the task (heartbeat details decoded to values); the task must outlive it. The
 * activity is set current by tp_context_enter, around whatever runs its code. */
void tp_context_init(temporal_activity *activity, const tp_context_ops *ops, const tp_task *task,
                     void *user_state, void *executor);
void tp_context_done(temporal_activity *activity);
/** Sets temporal_activity_current and the error owner of this thread; returns what was current. */
temporal_activity *tp_context_enter(temporal_activity *activity);

#endif
