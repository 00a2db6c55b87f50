/* SPDX-License-Identifier: MIT */
/* update_body.c -- defines the body of an update for another output than its contract says. */
/* Language: C */
#include "../case.h"

extern const temporal_handler_def *used;

TEMPORAL_UPDATE_DEFINE(greeting, greeting_state, rename)
temporal_error *greeting_rename(temporal_workflow *run, greeting_state *self, temporal_string name,
                                CHOOSE(temporal_string, temporal_int) * old)
{
    (void)run, (void)self, (void)name, (void)old;
    return TEMPORAL_OK;
}

const temporal_handler_def *used = &greeting_rename_handler;
