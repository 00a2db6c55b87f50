/* SPDX-License-Identifier: MIT */
/* ignored_error_activity.c -- drops an activity's error on the floor. */
/* Flags: -Werror=unused-result */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_int words = 0;

    (void)client, (void)handle;
    CHOOSE(return, )
    temporal_execute_activity(run, count_words, "one two", &words, .start_to_close_timeout = 5);
    return TEMPORAL_OK;
}
