/* SPDX-License-Identifier: MIT */
/* activity_state.c -- defines an activity whose body takes another state than was declared. */
/* Language: C */
#include "../case.h"

TEMPORAL_STATEFUL_ACTIVITY_DEFINE(count_words, greeting_state, NULL, NULL)
temporal_error *count_words(temporal_activity *activity, CHOOSE(greeting_state, other_state) * self,
                            temporal_string text, temporal_int *count)
{
    (void)activity, (void)text, (void)self;
    *count = 1;
    return TEMPORAL_OK;
}
