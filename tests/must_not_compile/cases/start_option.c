/* SPDX-License-Identifier: MIT */
/* start_option.c -- names an option of the start call that there is not. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_handle *started = NULL;

    (void)run, (void)handle;
    return temporal_start_workflow(client, greeting, "my name", &started, .id = "id",
                                   CHOOSE(.task_queue, .task_cue) = "queue");
}
