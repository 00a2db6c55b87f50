/* SPDX-License-Identifier: MIT */
/* activity_await_output.c -- awaits an activity into a variable of another type than its result. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_future *future =
        temporal_start_activity(run, count_words, "one two", .start_to_close_timeout = 5);
    temporal_int number = 0;
    temporal_string text = NULL;

    (void)client, (void)handle, (void)number, (void)text;
    return temporal_await_activity(run, count_words, future, CHOOSE(&number, &text));
}
