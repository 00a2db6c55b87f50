/* SPDX-License-Identifier: MIT */
/* signal_input.c -- sends a signal with a string where its contract says a record. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    greeting_info record = { "Hello", "World" };

    (void)client, (void)run, (void)record;
    return temporal_signal(handle, greeting, update, CHOOSE(record, "Aloha"));
}
