/* SPDX-License-Identifier: MIT */
/* ignored_error_activity_env.c -- drops the error of an activity that is run alone. */
/* Flags: -Werror=unused-result */
#include "../case.h"

#include <temporal/testing.h>

extern temporal_activity_env *env;

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_int number = 0;

    (void)client, (void)run, (void)handle;
    CHOOSE(return, ) temporal_activity_env_run(env, count_words, "one two", &number);
    return TEMPORAL_OK;
}
