/* SPDX-License-Identifier: MIT */
/* continue_as_new_option.c -- names an option of continue-as-new that there is not. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    (void)client, (void)handle;
    return temporal_continue_as_new(run, greeting, "my name", CHOOSE(.run_timeout, .time) = 5);
}
