/* SPDX-License-Identifier: MIT */
/* workflow.c -- a greeting that can be changed by signals and looked at by a query. */
#include "greeting.h"

typedef struct greeting_state {
    greeting_info info;
    temporal_string current;
    bool updated, complete;
} greeting_state;

TEMPORAL_ACTIVITY_DEFINE(create_greeting)
temporal_error *create_greeting(temporal_activity *attempt, greeting_info info,
                                temporal_string *text)
{
    *text = temporal_activity_format(attempt, "%s, %s!", info.salutation, info.name);
    return TEMPORAL_OK;
}

TEMPORAL_SIGNAL_DEFINE(greeting, greeting_state, update_salutation)
temporal_error *greeting_update_salutation(temporal_workflow *run, greeting_state *self,
                                           temporal_string salutation)
{
    (void)run;
    self->info.salutation = salutation;
    self->updated = true;
    return TEMPORAL_OK;
}

TEMPORAL_SIGNAL_DEFINE(greeting, greeting_state, complete_with_greeting)
temporal_error *greeting_complete_with_greeting(temporal_workflow *run, greeting_state *self,
                                                temporal_none none)
{
    (void)run, (void)none;
    self->complete = true;
    return TEMPORAL_OK;
}

TEMPORAL_QUERY_DEFINE(greeting, greeting_state, current_greeting)
temporal_error *greeting_current_greeting(temporal_workflow *run, const greeting_state *self,
                                          temporal_none none, temporal_string *current)
{
    (void)run, (void)none;
    *current = self->current ? self->current : "<unset>";
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(greeting, greeting_state, &greeting_update_salutation_handler,
                                  &greeting_complete_with_greeting_handler,
                                  &greeting_current_greeting_handler)
temporal_error *greeting(temporal_workflow *run, greeting_state *self, temporal_string name,
                         temporal_string *last)
{
    self->info.name = name;
    if (!self->info.salutation) /* a signal may have come before */
        self->info.salutation = "Hello";
    do {
        self->updated = false;
        TEMPORAL_TRY(temporal_execute_activity(run, create_greeting, self->info, &self->current,
                                               .start_to_close_timeout = 5 * TEMPORAL_SECOND));
        temporal_workflow_log(run, "greeting set to %s", self->current);
        TEMPORAL_WAIT_UNTIL(run, self->updated || self->complete);
    } while (self->updated || !self->complete);

    *last = self->current;
    return TEMPORAL_OK;
}
