/* SPDX-License-Identifier: MIT */
/* continue_as_new_input.c -- continues as new with a record where the workflow takes a string. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    greeting_info record = { "Hello", "World" };

    (void)client, (void)handle, (void)record;
    return temporal_continue_as_new(run, greeting, CHOOSE("my name", record), .run_timeout = 5);
}
