/* SPDX-License-Identifier: MIT */
/* signal_with_start_input.c -- starts with a signal whose argument has another type than declared.
 */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_handle *started = NULL;
    greeting_info record = { "Hello", "World" };

    (void)run, (void)handle, (void)record;
    return temporal_signal_with_start(client, greeting, update, CHOOSE(record, "Aloha"), "my name",
                                      &started, .id = "id", .task_queue = "queue");
}
