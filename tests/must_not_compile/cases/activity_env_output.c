/* SPDX-License-Identifier: MIT */
/* activity_env_output.c -- runs an activity alone into a variable of another type than its result.
 */
#include "../case.h"

#include <temporal/testing.h>

extern temporal_activity_env *env;

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_int number = 0;
    temporal_string text = NULL;

    (void)client, (void)run, (void)handle, (void)text, (void)number;
    return temporal_activity_env_run(env, count_words, "one two", CHOOSE(&number, &text));
}
