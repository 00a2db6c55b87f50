/* SPDX-License-Identifier: MIT */
/* execute_workflow_output.c -- executes a workflow into a variable of another type than its result.
 */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_handle *started = NULL;
    greeting_info record = { NULL, NULL };
    temporal_int number = 0;

    (void)run, (void)handle, (void)record, (void)number;
    return temporal_execute_workflow(client, greeting, "my name", &started,
                                     CHOOSE(&record, &number), .id = "id", .task_queue = "queue");
}
