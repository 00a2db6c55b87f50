/* SPDX-License-Identifier: MIT */
/* start_other_contract.c -- starts an activity as if it were a workflow. */
/* Unknown name */
#include "../case.h"

#ifdef WRONG
#define WORKFLOW count_words
#else
#define WORKFLOW greeting
#endif
#define START(...) temporal_start_workflow(__VA_ARGS__)

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_handle *started = NULL;

    (void)run, (void)handle;
    return START(client, WORKFLOW, "my name", &started, .id = "id", .task_queue = "queue");
}
