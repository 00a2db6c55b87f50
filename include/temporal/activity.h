/* SPDX-License-Identifier: MIT */
/* activity.h -- code that touches the world. The same source runs on a coroutine, a thread or a
 * forked process; every wait here yields, blocks or sleeps on shared memory accordingly.
 *
 * What the activity is given, and what it makes with temporal_activity_*, lives until it returns.
 * Free nothing. Calls with a temporal_activity may come from any thread that the activity started,
 * as long as it has not returned; waits only from its own. */
#ifndef TEMPORAL_ACTIVITY_H
#define TEMPORAL_ACTIVITY_H

#include "base.h"
#include "error.h"
#include "value.h"

TEMPORAL_BEGIN

typedef struct temporal_activity temporal_activity; /* one attempt */

typedef struct temporal_activity_info {
    const char *activity_id, *activity_type, *task_queue;
    const char *workflow_id, *workflow_run_id, *workflow_type, *workflow_namespace;
    int32_t attempt;                  /* from 1 */
    int64_t scheduled_at, started_at; /* Unix nanoseconds */
    int64_t current_attempt_scheduled_at;
    temporal_seconds heartbeat_timeout, schedule_to_close_timeout, start_to_close_timeout;
    const temporal_value *heartbeat_details; /* of the attempt before */
    size_t heartbeat_details_count;
    temporal_bytes task_token; /* for completing it from outside */
    bool is_local;
} temporal_activity_info;

/** Why an activity should stop. */
typedef enum temporal_cancel_reason {
    TEMPORAL_CANCEL_NONE = 0,        /* not cancelled */
    TEMPORAL_CANCEL_REQUESTED,       /* the workflow or a user asked for it */
    TEMPORAL_CANCEL_TIMED_OUT,       /* the server has given the attempt up */
    TEMPORAL_CANCEL_WORKER_SHUTDOWN, /* the worker's graceful timeout is over */
    TEMPORAL_CANCEL_PAUSED,
    TEMPORAL_CANCEL_RESET,
    TEMPORAL_CANCEL_NOT_FOUND /* the server does not know it any more: its workflow has ended */
} temporal_cancel_reason;

/** The attempt that this thread, coroutine or process runs; NULL outside an activity. */
TEMPORAL_API temporal_activity *temporal_activity_current(void);
/** Lives as long as the attempt. Of NULL: empty texts and zeros. */
TEMPORAL_API const temporal_activity_info *
temporal_activity_get_info(const temporal_activity *activity);

/** Reports progress. Never blocks; the latest details win and can be read by the next attempt.
 * Cancellation comes back only to those who beat. INVALID_ARGUMENT outside an activity (NULL) and
 * CONVERSION when the details do not encode; the error belongs to the attempt. */
TEMPORAL_API temporal_error *temporal_activity_heartbeat(temporal_activity *activity,
                                                         const temporal_argument *details,
                                                         size_t count);
/** temporal_heartbeat(activity, temporal_int, offset): one detail, which is an lvalue. */
#define temporal_heartbeat(activity, T, details) \
    temporal_activity_heartbeat_value((activity), T##_type(), TEMPORAL_IN_(T, details))
/** What stands behind it: one detail of that type. */
TEMPORAL_API temporal_error *temporal_activity_heartbeat_value(temporal_activity *activity,
                                                               const temporal_type *type,
                                                               const void *details);

/** Says that the activity gets on, where it has nothing to tell: in an activity process this costs
 * nanoseconds, and is what its rules (processes.h: stall_timeout, keep_alive) go by; on the other
 * executors it does nothing. Any thread. */
TEMPORAL_API void temporal_activity_progress(temporal_activity *activity);

/* What the attempt has been told so far. None of these waits; of NULL, nothing was told. */
TEMPORAL_API bool temporal_activity_is_cancelled(const temporal_activity *activity);
TEMPORAL_API temporal_cancel_reason
temporal_activity_cancel_reason(const temporal_activity *activity);
/** "requested", "timed out" ...: a static text. */
TEMPORAL_API const char *temporal_cancel_reason_name(temporal_cancel_reason reason);
/** The worker has begun to shut down; the attempt is cancelled when its grace is over. */
TEMPORAL_API bool temporal_activity_is_worker_shutdown(const temporal_activity *activity);
/** True when it happened; false when the time ran out first. A zero timeout waits for ever. */
TEMPORAL_API bool temporal_activity_wait_for_cancelled(temporal_activity *activity,
                                                       temporal_seconds timeout);
/** The same for the worker's shutdown. */
TEMPORAL_API bool temporal_activity_wait_for_worker_shutdown(temporal_activity *activity,
                                                             temporal_seconds timeout);
/** CANCELLED, with the reason, when cancelled before the time is up. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_activity_sleep(temporal_activity *activity,
                                                                      temporal_seconds time);
/** "return temporal_activity_cancelled(activity);": the attempt ends as cancelled, with its reason.
 */
TEMPORAL_API temporal_error *temporal_activity_cancelled(temporal_activity *activity);
/** "return temporal_activity_complete_async(activity);": somebody else completes it later, through
 * temporal_client_complete_activity with the task token of its info. */
TEMPORAL_API temporal_error *temporal_activity_complete_async(temporal_activity *activity);

/** Encodes a value as the output of a dynamic activity; lives until it returns. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_activity_write(temporal_activity *activity,
                                                                      temporal_value *value,
                                                                      const temporal_type *type,
                                                                      const void *in);

/** Zeroed memory that lives until the activity returns. */
TEMPORAL_API void *temporal_activity_alloc(temporal_activity *activity, size_t size);
/** As printf writes it; lives like alloc's. */
TEMPORAL_API const char *temporal_activity_format(temporal_activity *activity, const char *format,
                                                  ...) TEMPORAL_PRINTF(2, 3);
/** Logs at INFO through the worker's log sink, with the attempt's ids. */
TEMPORAL_API void temporal_activity_log(temporal_activity *activity, const char *format, ...)
    TEMPORAL_PRINTF(2, 3);

/** The state object of an activity made with TEMPORAL_STATEFUL_ACTIVITY_DEFINE. */
TEMPORAL_API void *temporal_activity_state(temporal_activity *activity);
/** The libuv loop (uv_loop_t *) that async activities run on, for handles of your own: close them
 * before you return. NULL on the other executors. */
TEMPORAL_API void *temporal_activity_loop(temporal_activity *activity);
/** On the async executor: suspends this activity until temporal_activity_resume is called for it
 * from a callback on the same loop. False, at once, on the other executors and outside an activity.
 */
TEMPORAL_API bool temporal_activity_suspend(temporal_activity *activity);
/** Lets a suspended one go on. On the loop's thread only. */
TEMPORAL_API void temporal_activity_resume(temporal_activity *activity);

typedef struct temporal_activity_def {
    size_t struct_size;
    const char *name; /* NULL: every activity type that has no other, see dynamic.h */
    temporal_type_fn input, output;
    temporal_error *(*invoke)(temporal_activity *activity, const void *input, void *output);
    /* With any number of arguments, instead of invoke (see dynamic.h). */
    temporal_error *(*invoke_values)(temporal_activity *activity, const temporal_value *inputs,
                                     size_t input_count, temporal_value *output);
    /* State (a database handle ...): made before the first attempt, once in each process of a pool,
     * once for all attempts of the other executors, which may use it at the same time. */
    size_t state_size;
    temporal_error *(*state_init)(void *state);
    void (*state_done)(void *state);
} temporal_activity_def;

TEMPORAL_END
#endif
