/* SPDX-License-Identifier: MIT */
/* local_activity_input.c -- executes a local activity with a string where its contract says a
 * record. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    greeting_info record = { "Hello", "World" };
    temporal_string text = NULL;

    (void)client, (void)handle, (void)record;
    return temporal_execute_local_activity(run, create_greeting, CHOOSE(record, "Aloha"), &text,
                                           .start_to_close_timeout = 5);
}
