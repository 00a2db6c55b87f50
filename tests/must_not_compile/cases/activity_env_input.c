/* SPDX-License-Identifier: MIT */
/* activity_env_input.c -- runs an activity alone with text where a record is wanted that begins
 * with one. */
#include "../case.h"

#include <temporal/testing.h>

extern temporal_activity_env *env;

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    const greeting_info info = { "Hello", "World" };
    temporal_string text = NULL;

    (void)client, (void)run, (void)handle, (void)info;
    return temporal_activity_env_run(env, create_greeting, CHOOSE(info, "Hello"), &text);
}
