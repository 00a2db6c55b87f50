/* SPDX-License-Identifier: MIT */
/* child_input.c -- executes a child with a number where its contract says a string. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    greeting_info info;

    (void)client, (void)handle;
    return temporal_execute_child(run, greeting, CHOOSE("World", 12), &info, .id = "x");
}
