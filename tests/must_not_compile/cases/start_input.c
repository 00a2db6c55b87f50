/* SPDX-License-Identifier: MIT */
/* start_input.c -- starts a workflow with a record where its contract says a string. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    greeting_info record = { "Hello", "World" };
    temporal_handle *started = NULL;

    (void)run, (void)handle, (void)record;
    return temporal_start_workflow(client, greeting, CHOOSE("my name", record), &started,
                                   .id = "id", .task_queue = "queue");
}
