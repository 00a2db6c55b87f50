/* SPDX-License-Identifier: MIT */
/* activity_output.c -- executes an activity into a variable of another type than its result. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    greeting_info record = { "Hello", "World" };
    temporal_string text = NULL;
    temporal_int number = 0;

    (void)client, (void)handle, (void)text, (void)number;
    return temporal_execute_activity(run, create_greeting, record, CHOOSE(&text, &number),
                                     .start_to_close_timeout = 5);
}
