/* SPDX-License-Identifier: MIT */
/* executor/context.c -- the public calls of <temporal/activity.h>, over the operations of whichever
 * executor runs the attempt.
 *
 * An attempt has one thread (coroutine, process) of its own, on which it is current; whatever that
 * thread makes comes from the attempt's arena, without a lock. Threads that the activity started
 * share a second arena under the lock. */
#include "executor/context.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "converter/payload.h"

static _Thread_local temporal_activity *current;

/* --- for executors -------------------------------------------------------------------------- */

static void read_heartbeat_details(temporal_activity *activity, tp_bytes encoded)
{
    tp_arena *before = tp_error_set_owner(&activity->arena);
    Tp__Common__Payloads *payloads = NULL;
    temporal_value *values = NULL;
    temporal_error *error = NULL;
    size_t count = 0;

    if (encoded.size)
        error = tp_payloads_unpack(&activity->arena, encoded, &payloads);
    if (error)
        tp_log(TEMPORAL_LOG_WARN, "activity",
               "activity %s: the heartbeat details of the attempt before are left out: %s",
               activity->info.activity_type, temporal_error_message(error));
    else if (payloads)
        tp_payloads_values(&activity->arena, payloads, &values, &count);
    activity->info.heartbeat_details = values;
    activity->info.heartbeat_details_count = count;
    tp_error_set_owner(before);
}

void tp_context_init(temporal_activity *activity, const tp_context_ops *ops, const tp_task *task,
                     void *user_state, void *executor)
{
    *activity = (temporal_activity){
        .ops = ops,
        .def = task->def,
        .info = { .activity_id = task->activity_id,
                  .activity_type = task->activity_type,
                  .task_queue = task->task_queue,
                  .workflow_id = task->workflow_id,
                  .workflow_run_id = task->workflow_run_id,
                  .workflow_type = task->workflow_type,
                  .workflow_namespace = task->workflow_namespace,
                  .attempt = task->attempt,
                  .scheduled_at = task->scheduled_at,
                  .started_at = task->started_at,
                  .current_attempt_scheduled_at = task->current_attempt_scheduled_at,
                  .heartbeat_timeout = task->heartbeat_timeout,
                  .schedule_to_close_timeout = task->schedule_to_close_timeout,
                  .start_to_close_timeout = task->start_to_close_timeout,
                  .task_token = { task->task_token.data, task->task_token.size },
                  .is_local = task->is_local },
        .user_state = user_state,
        .executor = executor,
    };
    tp_arena_init(&activity->arena);
    tp_arena_init(&activity->shared);
    pthread_mutex_init(&activity->lock, NULL);
    read_heartbeat_details(activity, task->heartbeat_details);
}

void tp_context_done(temporal_activity *activity)
{
    tp_buffer_done(&activity->details);
    tp_arena_done(&activity->shared);
    tp_arena_done(&activity->arena);
    pthread_mutex_destroy(&activity->lock);
}

temporal_activity *tp_context_enter(temporal_activity *activity)
{
    temporal_activity *before = current;

    current = activity;
    tp_error_set_owner(activity ? &activity->arena : NULL);
    return before;
}

/* --- memory --------------------------------------------------------------------------------- */

/* Between these two the calling thread may take from the arena, and its errors come from there. */
typedef struct borrowed {
    tp_arena *arena;
    tp_arena *owner; /* the error owner before; only on a thread of the activity's own making */
} borrowed;

static borrowed borrow(temporal_activity *activity)
{
    borrowed memory = { .arena = &activity->arena };

    if (current != activity) {
        pthread_mutex_lock(&activity->lock);
        memory.arena = &activity->shared;
        memory.owner = tp_error_set_owner(&activity->shared);
    }
    return memory;
}

static void give_back(temporal_activity *activity, borrowed memory)
{
    if (memory.arena == &activity->shared) {
        tp_error_set_owner(memory.owner);
        pthread_mutex_unlock(&activity->lock);
    }
}

void *temporal_activity_alloc(temporal_activity *activity, size_t size)
{
    borrowed memory;
    void *block;

    if (!activity)
        return NULL;
    memory = borrow(activity);
    block = tp_arena_alloc(memory.arena, size);
    give_back(activity, memory);
    return block;
}

const char *temporal_activity_format(temporal_activity *activity, const char *format, ...)
{
    borrowed memory;
    const char *text;
    va_list arguments;

    if (!activity)
        return "";
    va_start(arguments, format);
    memory = borrow(activity);
    text = tp_arena_vformat(memory.arena, format, arguments);
    give_back(activity, memory);
    va_end(arguments);
    return text;
}

/* An error of the attempt, whichever thread makes it. */
static temporal_error *fail(temporal_activity *activity, temporal_error_code code,
                            const char *format, ...) TEMPORAL_PRINTF(3, 4);

static temporal_error *fail(temporal_activity *activity, temporal_error_code code,
                            const char *format, ...)
{
    borrowed memory = borrow(activity);
    temporal_error *error;
    va_list arguments;

    va_start(arguments, format);
    error = tp_error_vnew(code, format, arguments);
    va_end(arguments);
    give_back(activity, memory);
    return error;
}

static temporal_error *fail_outside(const char *call)
{
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "%s: not in an activity: pass the one that was given to it, not NULL",
                              call);
}

/* --- what it is ----------------------------------------------------------------------------- */

temporal_activity *temporal_activity_current(void)
{
    return current;
}

const temporal_activity_info *temporal_activity_get_info(const temporal_activity *activity)
{
    static const temporal_activity_info nothing = {
        .activity_id = "",
        .activity_type = "",
        .task_queue = "",
        .workflow_id = "",
        .workflow_run_id = "",
        .workflow_type = "",
        .workflow_namespace = "",
    };

    return activity ? &activity->info : &nothing;
}

void *temporal_activity_state(temporal_activity *activity)
{
    return activity ? activity->user_state : NULL;
}

void *temporal_activity_loop(temporal_activity *activity)
{
    return activity && activity->ops->loop ? activity->ops->loop(activity) : NULL;
}

void temporal_activity_log(temporal_activity *activity, const char *format, ...)
{
    tp_arena memory;
    const char *message;
    va_list arguments;

    if (!tp_log_enabled(TEMPORAL_LOG_INFO))
        return;
    tp_arena_init(&memory);
    va_start(arguments, format);
    message = tp_arena_vformat(&memory, format, arguments);
    va_end(arguments);
    if (activity) {
        const temporal_activity_info *info = &activity->info;
        const temporal_log_field fields[] = {
            { "activity_type", info->activity_type },
            { "activity_id", info->activity_id },
            { "attempt", tp_arena_format(&memory, "%d", (int)info->attempt) },
            { "workflow_type", info->workflow_type },
            { "workflow_id", info->workflow_id },
            { "run_id", info->workflow_run_id },
            { "task_queue", info->task_queue },
            { NULL, NULL },
        };

        tp_log_with(TEMPORAL_LOG_INFO, "activity", fields, "%s", message);
    } else {
        tp_log(TEMPORAL_LOG_INFO, "activity", "%s", message);
    }
    tp_arena_done(&memory);
}

/* --- heartbeats ----------------------------------------------------------------------------- */

temporal_error *temporal_activity_heartbeat(temporal_activity *activity,
                                            const temporal_argument *details, size_t count)
{
    tp_arena *owner = NULL;
    temporal_error *error;

    if (!activity)
        return fail_outside("temporal_activity_heartbeat");
    for (size_t i = 0; i < count; i++) {
        if (!details || !details[i].type || !details[i].value)
            return fail(activity, TEMPORAL_ERROR_INVALID_ARGUMENT,
                        "activity %s: heartbeat: detail %zu has no type or no value",
                        activity->info.activity_type, i + 1);
    }
    /* One heartbeat at a time: it uses details, and the executor counts on it. */
    pthread_mutex_lock(&activity->lock);
    if (current != activity)
        owner = tp_error_set_owner(&activity->shared);
    tp_buffer_clear(&activity->details);
    error = tp_payloads_encode(&activity->details, details, count);
    if (error)
        error = temporal_error_new(TEMPORAL_ERROR_CONVERSION, "activity %s: heartbeat: %s",
                                   activity->info.activity_type, temporal_error_message(error));
    else
        activity->ops->heartbeat(activity, tp_buffer_bytes(&activity->details));
    if (current != activity)
        tp_error_set_owner(owner);
    pthread_mutex_unlock(&activity->lock);
    return error;
}

void temporal_activity_progress(temporal_activity *activity)
{
    if (activity && activity->ops->progress)
        activity->ops->progress(activity);
}

temporal_error *temporal_activity_heartbeat_value(temporal_activity *activity,
                                                  const temporal_type *type, const void *details)
{
    return temporal_activity_heartbeat(activity, &(temporal_argument){ type, details }, 1);
}

/* --- cancellation and shutdown -------------------------------------------------------------- */

temporal_cancel_reason temporal_activity_cancel_reason(const temporal_activity *activity)
{
    return activity ? activity->ops->cancel_reason(activity) : TEMPORAL_CANCEL_NONE;
}

bool temporal_activity_is_cancelled(const temporal_activity *activity)
{
    return temporal_activity_cancel_reason(activity) != TEMPORAL_CANCEL_NONE;
}

bool temporal_activity_is_worker_shutdown(const temporal_activity *activity)
{
    return activity && activity->ops->is_worker_shutdown(activity);
}

const char *temporal_cancel_reason_name(temporal_cancel_reason reason)
{
    switch (reason) {
    case TEMPORAL_CANCEL_NONE:
        return "none";
    case TEMPORAL_CANCEL_REQUESTED:
        return "requested";
    case TEMPORAL_CANCEL_TIMED_OUT:
        return "timed out";
    case TEMPORAL_CANCEL_WORKER_SHUTDOWN:
        return "worker shutdown";
    case TEMPORAL_CANCEL_PAUSED:
        return "paused";
    case TEMPORAL_CANCEL_RESET:
        return "reset";
    case TEMPORAL_CANCEL_NOT_FOUND:
        return "not found";
    }
    return "unknown";
}

/* INT64_MAX when it lies too far ahead to come. */
static int64_t deadline_after(temporal_seconds time)
{
    int64_t now = tp_clock_monotonic();
    int64_t length = isinf(time) ? INT64_MAX : tp_clock_nanoseconds(time);

    return length > INT64_MAX - now ? INT64_MAX : now + length;
}

/* True when it happened before the deadline. */
static bool wait_until(temporal_activity *activity, int64_t deadline,
                       bool (*happened)(const temporal_activity *activity))
{
    while (!happened(activity)) {
        if (deadline != INT64_MAX && tp_clock_monotonic() >= deadline)
            return false;
        activity->ops->wait(activity, deadline);
    }
    return true;
}

/* A length that is none, and a thread that is not the attempt's own, get an answer but no wait. */
static bool wait_for(temporal_activity *activity, temporal_seconds timeout,
                     bool (*happened)(const temporal_activity *activity))
{
    if (!activity)
        return false;
    if (isnan(timeout) || timeout < 0 || current != activity)
        return happened(activity);
    return wait_until(activity, timeout == 0 ? INT64_MAX : deadline_after(timeout), happened);
}

bool temporal_activity_wait_for_cancelled(temporal_activity *activity, temporal_seconds timeout)
{
    return wait_for(activity, timeout, temporal_activity_is_cancelled);
}

bool temporal_activity_wait_for_worker_shutdown(temporal_activity *activity,
                                                temporal_seconds timeout)
{
    return wait_for(activity, timeout, temporal_activity_is_worker_shutdown);
}

temporal_error *temporal_activity_sleep(temporal_activity *activity, temporal_seconds time)
{
    borrowed memory;
    temporal_error *error;

    if (!activity)
        return fail_outside("temporal_activity_sleep");
    memory = borrow(activity);
    error = tp_clock_check(time, "temporal_activity_sleep");
    give_back(activity, memory);
    if (error)
        return error;
    if (current != activity)
        return fail(activity, TEMPORAL_ERROR_INVALID_ARGUMENT,
                    "activity %s: temporal_activity_sleep: call it on the thread that the activity "
                    "was started on",
                    activity->info.activity_type);
    if (wait_until(activity, deadline_after(time), temporal_activity_is_cancelled))
        return temporal_activity_cancelled(activity);
    return NULL;
}

bool temporal_activity_suspend(temporal_activity *activity)
{
    if (!activity || current != activity || !activity->ops->suspend)
        return false;
    return activity->ops->suspend(activity);
}

void temporal_activity_resume(temporal_activity *activity)
{
    if (activity && activity->ops->resume)
        activity->ops->resume(activity);
}

/* --- outcomes ------------------------------------------------------------------------------- */

temporal_error *temporal_activity_cancelled(temporal_activity *activity)
{
    temporal_cancel_reason reason = temporal_activity_cancel_reason(activity);

    if (!activity)
        return fail_outside("temporal_activity_cancelled");
    if (reason == TEMPORAL_CANCEL_NONE)
        return fail(activity, TEMPORAL_ERROR_CANCELLED,
                    "activity %s ended as cancelled, but nothing had cancelled it",
                    activity->info.activity_type);
    return fail(activity, TEMPORAL_ERROR_CANCELLED, "activity %s was cancelled: %s",
                activity->info.activity_type, temporal_cancel_reason_name(reason));
}

temporal_error *temporal_activity_complete_async(temporal_activity *activity)
{
    if (!activity)
        return fail_outside("temporal_activity_complete_async");
    return tp_error_fixed(TEMPORAL_ERROR_COMPLETE_ASYNC);
}

temporal_error *temporal_activity_write(temporal_activity *activity, temporal_value *value,
                                        const temporal_type *type, const void *in)
{
    Tp__Common__Payload *payload = NULL;
    temporal_error *error;
    borrowed memory;

    if (!activity)
        return fail_outside("temporal_activity_write");
    if (!value || !type || !in)
        return fail(activity, TEMPORAL_ERROR_INVALID_ARGUMENT,
                    "activity %s: temporal_activity_write: value, type and in are required",
                    activity->info.activity_type);
    memory = borrow(activity);
    error = tp_payload_make(memory.arena, type, in, &payload);
    if (!error) {
        Tp__Common__Payloads payloads = TP__COMMON__PAYLOADS__INIT;
        temporal_value *values;
        size_t count;

        *value = (temporal_value){ .memory = memory.arena };
        payloads.payloads = &payload;
        payloads.n_payloads = payload ? 1 : 0;
        tp_payloads_values(memory.arena, &payloads, &values, &count);
        if (count)
            *value = values[0];
    }
    give_back(activity, memory);
    return error;
}
