/* SPDX-License-Identifier: MIT */
/* update_validator_changes_state.c -- validates an update with a function that may change the
 * state of its workflow. */
/* Language: C */
#include "../case.h"

extern const temporal_handler_def *used;

TEMPORAL_UPDATE_VALIDATED_DEFINE(greeting, greeting_state, rename)
temporal_error *greeting_rename_validate(temporal_workflow *run,
                                         CHOOSE(const, ) greeting_state *self, temporal_string name)
{
    (void)run, (void)self, (void)name;
    return TEMPORAL_OK;
}

temporal_error *greeting_rename(temporal_workflow *run, greeting_state *self, temporal_string name,
                                temporal_string *old)
{
    (void)run, (void)self, (void)name, (void)old;
    return TEMPORAL_OK;
}

const temporal_handler_def *used = &greeting_rename_handler;
