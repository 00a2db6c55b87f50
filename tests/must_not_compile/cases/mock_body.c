/* SPDX-License-Identifier: MIT */
/* mock_body.c -- the body of a mock takes something else than the contract says. */
/* Language: C */
#include "../case.h"

#include <temporal/testing.h>

extern temporal_activity_env *env;

TEMPORAL_ACTIVITY_MOCK(count_words, counted)
static temporal_error *counted(temporal_activity *attempt_,
                               CHOOSE(temporal_string, temporal_double) text, temporal_int *count)
{
    (void)attempt_, (void)text;
    *count = 2;
    return TEMPORAL_OK;
}

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_int number = 0;

    (void)client, (void)run, (void)handle;
    return temporal_activity_env_run(env, counted, "one two", &number);
}
