/* SPDX-License-Identifier: MIT */
/* start_input_number.c -- starts a workflow with a number where its contract says a string. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_handle *started = NULL;

    (void)run, (void)handle;
    return temporal_start_workflow(client, greeting, CHOOSE("my name", 5), &started, .id = "id",
                                   .task_queue = "queue");
}
