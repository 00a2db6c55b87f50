/* SPDX-License-Identifier: MIT */
/* workflow/local_retry.c -- the retry policy of a local activity; why one that failed is not tried
 * again, in the server's words for other activities. */
#include "workflow/local_retry.h"

#include <string.h>

#include "base/error.h"

static bool is_listed(const char *const *types, const char *type)
{
    for (; types && *types; types++)
        if (type && strcmp(*types, type) == 0)
            return true;
    return false;
}

temporal_retry_state tp_local_retry_state(const temporal_retry_policy *policy, int32_t attempt,
                                          const temporal_error *failure)
{
    if (failure->timeout_type == TEMPORAL_TIMEOUT_SCHEDULE_TO_START ||
        failure->timeout_type == TEMPORAL_TIMEOUT_SCHEDULE_TO_CLOSE)
        return TEMPORAL_RETRY_STATE_TIMEOUT;
    if (failure->non_retryable ||
        is_listed(policy ? policy->non_retryable_types : NULL, failure->type))
        return TEMPORAL_RETRY_STATE_NON_RETRYABLE_FAILURE;
    if (policy && policy->maximum_attempts > 0 && attempt >= policy->maximum_attempts)
        return TEMPORAL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED;
    return TEMPORAL_RETRY_STATE_IN_PROGRESS;
}

const temporal_retry_policy *tp_local_retry_copy(tp_arena *arena, const temporal_retry_policy *from)
{
    const char *const *types = from ? from->non_retryable_types : NULL;
    temporal_retry_policy *policy;
    const char **copies;
    size_t count = 0;

    if (!from)
        return NULL;
    policy = tp_arena_memdup(arena, from, sizeof(*from));
    while (types && types[count])
        count++;
    copies = tp_arena_alloc(arena, (count + 1) * sizeof(*copies));
    for (size_t i = 0; i < count; i++)
        copies[i] = tp_arena_strdup(arena, types[i]);
    policy->non_retryable_types = copies;
    return policy;
}
