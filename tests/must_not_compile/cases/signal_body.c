/* SPDX-License-Identifier: MIT */
/* signal_body.c -- defines a signal handler whose body takes another input than its contract says.
 */
/* Language: C */
#include "../case.h"

extern const temporal_handler_def *used;

TEMPORAL_SIGNAL_DEFINE(greeting, greeting_state, update)
temporal_error *greeting_update(temporal_workflow *run, greeting_state *self,
                                CHOOSE(greeting_info, temporal_string) info)
{
    (void)run, (void)self, (void)info;
    return TEMPORAL_OK;
}

const temporal_handler_def *used = &greeting_update_handler;
