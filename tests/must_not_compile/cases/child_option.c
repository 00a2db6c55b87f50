/* SPDX-License-Identifier: MIT */
/* child_option.c -- starts a child with an option that there is not. */
/* Unknown name */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_child *child = NULL;

    (void)client, (void)handle;
    return temporal_start_child(run, greeting, "World", &child, CHOOSE(.id, .name) = "x");
}
