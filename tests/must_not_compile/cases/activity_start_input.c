/* SPDX-License-Identifier: MIT */
/* activity_start_input.c -- starts an activity with a number where its contract says a string. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_future *future = NULL;

    (void)client, (void)handle;
    future = temporal_start_activity(run, count_words, CHOOSE("one two", 12),
                                     .start_to_close_timeout = 5);
    return temporal_await_activity(run, count_words, future, NULL);
}
