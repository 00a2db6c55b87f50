/* SPDX-License-Identifier: MIT */
/* query_body_changes_state.c -- defines a query handler that may change the state of its workflow.
 */
/* Language: C */
#include "../case.h"

extern const temporal_handler_def *used;

TEMPORAL_QUERY_DEFINE(greeting, greeting_state, current)
temporal_error *greeting_current(temporal_workflow *run, CHOOSE(const, ) greeting_state *self,
                                 temporal_int index, temporal_string *current)
{
    (void)run, (void)self, (void)index, (void)current;
    return TEMPORAL_OK;
}

const temporal_handler_def *used = &greeting_current_handler;
