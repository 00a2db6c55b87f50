/* SPDX-License-Identifier: MIT */
/* child_signal_input.c -- signals a child with a string where the contract says a record. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_child *child = temporal_begin_child(run, greeting, "World");
    greeting_info record = { "Hello", "World" };

    (void)client, (void)handle, (void)record;
    return temporal_signal_child(child, greeting, update, CHOOSE(record, "Aloha"));
}
