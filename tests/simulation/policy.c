/* SPDX-License-Identifier: MIT */
/* policy.c -- see policy.h. */
#include "policy.h"

#include <string.h>

int64_t policy_nanoseconds(const Tp__Pb__Duration *time)
{
    return time ? time->seconds * INT64_C(1000000000) + time->nanos : 0;
}

Tp__Enums__TimeoutType policy_timeout_type(const Tp__Failure__Failure *failure)
{
    return failure && failure->failure_info_case ==
                          TP__FAILURE__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO
               ? failure->timeout_failure_info->timeout_type
               : TIMEOUT_TYPE(UNSPECIFIED);
}

static bool is_listed(const Tp__Common__RetryPolicy *policy, const char *type)
{
    for (size_t i = 0; i < policy->n_non_retryable_error_types; i++)
        if (strcmp(policy->non_retryable_error_types[i], type) == 0)
            return true;
    return false;
}

/* By what it is; failures of other things around it, and unknown ones, may be tried again. */
static bool is_retryable(const Tp__Common__RetryPolicy *policy, const Tp__Failure__Failure *failure)
{
    switch (failure ? (int)failure->failure_info_case : 0) {
    case TP__FAILURE__FAILURE__FAILURE_INFO_CANCELED_FAILURE_INFO:
    case TP__FAILURE__FAILURE__FAILURE_INFO_TERMINATED_FAILURE_INFO:
        return false;
    case TP__FAILURE__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO:
        if (policy_timeout_type(failure) == TIMEOUT_TYPE(START_TO_CLOSE))
            return !is_listed(policy, "TemporalTimeout:StartToClose");
        if (policy_timeout_type(failure) == TIMEOUT_TYPE(HEARTBEAT))
            return !is_listed(policy, "TemporalTimeout:Heartbeat");
        return false;
    case TP__FAILURE__FAILURE__FAILURE_INFO_SERVER_FAILURE_INFO:
        return !failure->server_failure_info->non_retryable;
    case TP__FAILURE__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO:
        return !failure->application_failure_info->non_retryable &&
               !is_listed(policy, failure->application_failure_info->type);
    default:
        return true;
    }
}

Tp__Enums__RetryState policy_of_workflow(const Tp__Common__RetryPolicy *policy, int32_t attempt,
                                         const Tp__Failure__Failure *failure)
{
    if (!policy)
        return RETRY_STATE(RETRY_POLICY_NOT_SET);
    if (!is_retryable(policy, failure))
        return RETRY_STATE(NON_RETRYABLE_FAILURE);
    if (policy->maximum_attempts > 0 && attempt >= policy->maximum_attempts)
        return RETRY_STATE(MAXIMUM_ATTEMPTS_REACHED);
    return RETRY_STATE(IN_PROGRESS);
}

Tp__Enums__RetryState policy_of_activity(const Tp__Common__RetryPolicy *policy, int32_t attempt,
                                         bool cancelled, const Tp__Failure__Failure *failure)
{
    const Tp__Enums__TimeoutType timeout = policy_timeout_type(failure);

    if (policy && cancelled)
        return RETRY_STATE(CANCEL_REQUESTED);
    if (policy &&
        (timeout == TIMEOUT_TYPE(SCHEDULE_TO_START) || timeout == TIMEOUT_TYPE(SCHEDULE_TO_CLOSE)))
        return RETRY_STATE(TIMEOUT);
    return policy_of_workflow(policy, attempt, failure);
}
