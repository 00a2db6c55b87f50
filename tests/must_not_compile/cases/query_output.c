/* SPDX-License-Identifier: MIT */
/* query_output.c -- reads a query's answer into a number where its contract says a string. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_string text = NULL;
    temporal_int number = 0;

    (void)client, (void)run, (void)text, (void)number;
    return temporal_query(handle, greeting, current, 1, CHOOSE(&text, &number));
}
