/* SPDX-License-Identifier: MIT */
/* activity_body_output.c -- defines an activity whose body gives another output than its contract
 * says. */
/* Language: C */
#include "../case.h"

TEMPORAL_ACTIVITY_DEFINE(count_words)
temporal_error *count_words(temporal_activity *activity, temporal_string text,
                            CHOOSE(temporal_int, temporal_double) * count)
{
    (void)activity, (void)text;
    *count = 1;
    return TEMPORAL_OK;
}
