/* SPDX-License-Identifier: MIT */
/* child_begin_input.c -- begins a child with a number where its contract says a string. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_child *child = NULL;

    (void)client, (void)handle;
    child = temporal_begin_child(run, greeting, CHOOSE("World", 12));
    return temporal_await_child(run, greeting, child, NULL);
}
