/* SPDX-License-Identifier: MIT */
/* external_signal_input.c -- signals another workflow with a string where the contract says a
 * record. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_external *external = temporal_workflow_external(run, "another", NULL);
    greeting_info record = { "Hello", "World" };

    (void)client, (void)handle, (void)record;
    return temporal_signal_external(external, greeting, update, CHOOSE(record, "Aloha"));
}
