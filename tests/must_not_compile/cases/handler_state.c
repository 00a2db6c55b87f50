/* SPDX-License-Identifier: MIT */
/* handler_state.c -- defines a signal handler for another state than that of its workflow. */
#include "../case.h"

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(greeting, greeting_state, NULL)
temporal_error *greeting(temporal_workflow *run, greeting_state *self, temporal_string name,
                         greeting_info *result)
{
    (void)run, (void)self, (void)name, (void)result;
    return TEMPORAL_OK;
}

extern const temporal_handler_def *used;

TEMPORAL_SIGNAL_DEFINE(greeting, CHOOSE(greeting_state, other_state), finish)
temporal_error *greeting_finish(temporal_workflow *run, greeting_self_ *self, temporal_none none)
{
    (void)run, (void)self, (void)none;
    return TEMPORAL_OK;
}

const temporal_handler_def *used = &greeting_finish_handler;
