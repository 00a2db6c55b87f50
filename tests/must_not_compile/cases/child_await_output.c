/* SPDX-License-Identifier: MIT */
/* child_await_output.c -- awaits a child into a variable of another type than its result. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_child *child = temporal_begin_child(run, greeting, "World");
    greeting_info info;
    temporal_string text = NULL;

    (void)client, (void)handle, (void)info, (void)text;
    return temporal_await_child(run, greeting, child, CHOOSE(&info, &text));
}
