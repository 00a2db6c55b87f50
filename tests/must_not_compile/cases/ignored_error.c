/* SPDX-License-Identifier: MIT */
/* ignored_error.c -- drops an error on the floor. */
/* Flags: -Werror=unused-result */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    (void)client, (void)run;
    CHOOSE(return, ) temporal_signal(handle, greeting, finish, TEMPORAL_NONE);
    return TEMPORAL_OK;
}
