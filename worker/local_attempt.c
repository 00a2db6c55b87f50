/* SPDX-License-Identifier: MIT */
/* worker/local_attempt.c -- whether and when a local activity that failed is tried again. */
#include "worker/local_attempt.h"

#include <math.h>

#include "base/clock.h"
#include "base/error.h"
#include "workflow/local_retry.h"

#define INITIAL_INTERVAL TEMPORAL_SECOND
#define COEFFICIENT      2.0
#define LONGEST          100.0 /* times the initial interval */
#define THRESHOLD        (60 * TEMPORAL_SECOND)

static temporal_seconds pause_after(const temporal_retry_policy *policy, int32_t attempt)
{
    temporal_seconds first =
        policy && policy->initial_interval > 0 ? policy->initial_interval : INITIAL_INTERVAL;
    double coefficient =
        policy && policy->backoff_coefficient > 0 ? policy->backoff_coefficient : COEFFICIENT;
    temporal_seconds longest =
        policy && policy->maximum_interval > 0 ? policy->maximum_interval : first * LONGEST;

    return fmin(first * pow(coefficient, (double)attempt - 1), longest);
}

tp_local_next tp_local_attempt_next(const temporal_local_options *options, int32_t attempt,
                                    int64_t passed, const temporal_error *failure,
                                    temporal_seconds *pause)
{
    temporal_seconds threshold =
        options->local_retry_threshold > 0 ? options->local_retry_threshold : THRESHOLD;

    if (tp_local_retry_state(options->retry, attempt, failure) != TEMPORAL_RETRY_STATE_IN_PROGRESS)
        return TP_LOCAL_NO_MORE;
    *pause = failure->next_retry_delay > 0 ? failure->next_retry_delay
                                           : pause_after(options->retry, attempt);
    if (options->schedule_to_close_timeout > 0 &&
        (temporal_seconds)passed / TP_NANOSECONDS + *pause >= options->schedule_to_close_timeout)
        return TP_LOCAL_NO_MORE;
    return *pause > threshold ? TP_LOCAL_BACKOFF : TP_LOCAL_PAUSE;
}
