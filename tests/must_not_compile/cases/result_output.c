/* SPDX-License-Identifier: MIT */
/* result_output.c -- reads a result into a variable of another type than the contract says. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    greeting_info record = { NULL, NULL };
    temporal_string text = NULL;

    (void)client, (void)run, (void)record, (void)text;
    return temporal_get_result(handle, greeting, CHOOSE(&record, &text));
}
