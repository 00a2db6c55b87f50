/* SPDX-License-Identifier: MIT */
/* converter/message.c -- durations, points in time and policies on the wire. */
#include "converter/message.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "converter/utf8.h"

#define BACKOFF_DEFAULT 2.0
#define INITIAL_DEFAULT TEMPORAL_SECOND /* the server's, for a policy without one */
#define TIMEOUT_PREFIX  "TemporalTimeout:"

Tp__Pb__Duration *tp_message_duration(tp_arena *arena, temporal_seconds time)
{
    int64_t nanoseconds = tp_clock_nanoseconds(time);
    Tp__Pb__Duration *duration;

    if (nanoseconds == 0)
        return NULL;
    duration = tp_arena_alloc(arena, sizeof(*duration));
    tp__pb__duration__init(duration);
    duration->seconds = nanoseconds / TP_NANOSECONDS;
    duration->nanos = (int32_t)(nanoseconds % TP_NANOSECONDS);
    return duration;
}

temporal_seconds tp_message_seconds(const Tp__Pb__Duration *duration)
{
    double seconds;

    if (!duration)
        return 0;
    seconds = (double)duration->seconds + (double)duration->nanos / (double)TP_NANOSECONDS;
    return seconds > 0 ? seconds : 0;
}

int64_t tp_message_nanoseconds(const Tp__Pb__Timestamp *timestamp)
{
    int64_t time;

    if (!timestamp)
        return 0;
    if (__builtin_mul_overflow(timestamp->seconds, TP_NANOSECONDS, &time) ||
        __builtin_add_overflow(time, timestamp->nanos, &time))
        return timestamp->seconds < 0 ? INT64_MIN : INT64_MAX;
    return time;
}

Tp__Common__RetryPolicy *tp_message_retry(tp_arena *arena, const temporal_retry_policy *policy)
{
    Tp__Common__RetryPolicy *message;
    size_t count = 0;

    if (!policy)
        return NULL;
    message = tp_arena_alloc(arena, sizeof(*message));
    tp__common__retry_policy__init(message);
    message->initial_interval = tp_message_duration(arena, policy->initial_interval);
    message->backoff_coefficient =
        policy->backoff_coefficient != 0 ? policy->backoff_coefficient : BACKOFF_DEFAULT;
    message->maximum_interval = tp_message_duration(arena, policy->maximum_interval);
    message->maximum_attempts = policy->maximum_attempts;
    while (policy->non_retryable_types && policy->non_retryable_types[count])
        count++;
    message->non_retryable_error_types =
        tp_arena_alloc(arena, count * sizeof(*message->non_retryable_error_types));
    for (size_t i = 0; i < count; i++)
        message->non_retryable_error_types[i] =
            tp_arena_strdup(arena, policy->non_retryable_types[i]);
    message->n_non_retryable_error_types = count;
    return message;
}

static temporal_error *refuse(const char *what, const char *why)
{
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "%s: %s", what, why);
}

static temporal_error *check_interval(temporal_seconds time, const char *what, const char *which)
{
    temporal_error *error = tp_clock_check(time, which), *named;

    if (!error)
        return NULL;
    named = refuse(what, temporal_error_message(error));
    temporal_error_free(error);
    return named;
}

/* The server refuses a policy that names a timeout it does not know. */
static temporal_error *check_type(const char *type, const char *what)
{
    static const char *const timeouts[] = { "StartToClose", "ScheduleToStart", "ScheduleToClose",
                                            "Heartbeat" };
    tp_bytes text = { (const uint8_t *)type, strlen(type) };

    if (tp_utf8_prefix(text) < text.size)
        return refuse(what, "a type in non_retryable_types is not UTF-8");
    if (strncmp(type, TIMEOUT_PREFIX, strlen(TIMEOUT_PREFIX)) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++)
        if (strcmp(type + strlen(TIMEOUT_PREFIX), timeouts[i]) == 0)
            return NULL;
    return temporal_error_new(
        TEMPORAL_ERROR_INVALID_ARGUMENT,
        "%s: %s in non_retryable_types: there is no such timeout; give " TIMEOUT_PREFIX
        "StartToClose, ScheduleToStart, ScheduleToClose or "
        "Heartbeat",
        what, type);
}

temporal_error *tp_message_check_retry(const temporal_retry_policy *policy, const char *what)
{
    double initial;

    if (!policy)
        return NULL;
    TEMPORAL_TRY(check_interval(policy->initial_interval, what, "initial_interval"));
    TEMPORAL_TRY(check_interval(policy->maximum_interval, what, "maximum_interval"));
    if (!isfinite(policy->backoff_coefficient) ||
        (policy->backoff_coefficient != 0 && policy->backoff_coefficient < 1))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%s: backoff_coefficient: %g; give 1 or more, or 0 for 2.0", what,
                                  policy->backoff_coefficient);
    initial = policy->initial_interval > 0 ? policy->initial_interval : INITIAL_DEFAULT;
    if (policy->maximum_interval > 0 && policy->maximum_interval < initial)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%s: maximum_interval: %g s is less than the initial interval of "
                                  "%g s",
                                  what, policy->maximum_interval, initial);
    if (policy->maximum_attempts < 0)
        return refuse(what, "maximum_attempts: negative; give 0 for no limit");
    for (size_t i = 0; policy->non_retryable_types && policy->non_retryable_types[i]; i++)
        TEMPORAL_TRY(check_type(policy->non_retryable_types[i], what));
    return NULL;
}

Tp__Enums__WorkflowIdReusePolicy tp_message_id_reuse(temporal_id_reuse reuse)
{
    switch (reuse) {
    case TEMPORAL_ID_REUSE_ALLOW_FAILED_ONLY:
        return TP__ENUMS__WORKFLOW_ID_REUSE_POLICY__WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY;
    case TEMPORAL_ID_REUSE_REJECT:
        return TP__ENUMS__WORKFLOW_ID_REUSE_POLICY__WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE;
    case TEMPORAL_ID_REUSE_ALLOW:
        break;
    }
    return TP__ENUMS__WORKFLOW_ID_REUSE_POLICY__WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE;
}

temporal_error *tp_message_check_id_reuse(temporal_id_reuse reuse, const char *what)
{
    if ((unsigned)reuse <= TEMPORAL_ID_REUSE_REJECT)
        return NULL;
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "%s: %d is no temporal_id_reuse",
                              what, (int)reuse);
}
