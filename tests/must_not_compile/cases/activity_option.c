/* SPDX-License-Identifier: MIT */
/* activity_option.c -- names an option of an activity that there is not. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_int words = 0;

    (void)client, (void)handle;
    return temporal_execute_activity(run, count_words, "one two", &words,
                                     CHOOSE(.start_to_close_timeout, .start_to_cloze_timeout) = 5);
}
