/* SPDX-License-Identifier: MIT */
/* child_start_input.c -- starts a child with a number where its contract says a string. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_child *child = NULL;

    (void)client, (void)handle;
    return temporal_start_child(run, greeting, CHOOSE("World", 12), &child);
}
