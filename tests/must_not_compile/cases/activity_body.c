/* SPDX-License-Identifier: MIT */
/* activity_body.c -- defines an activity whose body takes another input than its contract says. */
/* Language: C */
#include "../case.h"

TEMPORAL_ACTIVITY_DEFINE(count_words)
temporal_error *count_words(temporal_activity *activity, CHOOSE(temporal_string, temporal_int) text,
                            temporal_int *count)
{
    (void)activity, (void)text;
    *count = 1;
    return TEMPORAL_OK;
}
