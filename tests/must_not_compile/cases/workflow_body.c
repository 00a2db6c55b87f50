/* SPDX-License-Identifier: MIT */
/* workflow_body.c -- defines a workflow whose body gives another output than its contract says. */
/* Language: C */
#include "../case.h"

TEMPORAL_WORKFLOW_DEFINE(greeting)
temporal_error *greeting(temporal_workflow *run, temporal_string name,
                         CHOOSE(greeting_info, temporal_string) * result)
{
    (void)run, (void)name, (void)result;
    return TEMPORAL_OK;
}
