/* SPDX-License-Identifier: MIT */
/* child_output.c -- executes a child into a variable of another type than its result. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    greeting_info info;
    temporal_string text = NULL;

    (void)client, (void)handle, (void)info, (void)text;
    return temporal_execute_child(run, greeting, "World", CHOOSE(&info, &text));
}
