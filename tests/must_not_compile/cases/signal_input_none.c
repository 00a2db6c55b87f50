/* SPDX-License-Identifier: MIT */
/* signal_input_none.c -- sends an argument with a signal that takes none. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    (void)client, (void)run;
    return temporal_signal(handle, greeting, finish, CHOOSE(TEMPORAL_NONE, "now"));
}
