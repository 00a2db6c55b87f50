/* SPDX-License-Identifier: MIT */
/* query_input.c -- asks a query with a string where its contract says a number.
 */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_string text = NULL;

    (void)client, (void)run;
    return temporal_query(handle, greeting, current, CHOOSE(1, "one"), &text);
}
