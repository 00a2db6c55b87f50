/* SPDX-License-Identifier: MIT */
/* workflows_together.c -- children, the next run; and the list of all. */
#include <string.h>

#include "tests/histories/workflows.h"

/* An input may be null. */
static bool is(temporal_string input, const char *text)
{
    return input && strcmp(input, text) == 0;
}

typedef struct child_state {
    const char *left;
} child_state;

TEMPORAL_SIGNAL_DEFINE(child_of_many, child_state, leave)
temporal_error *child_of_many_leave(temporal_workflow *run, child_state *self, temporal_string how)
{
    self->left = temporal_workflow_format(run, "%s", how);
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(child_of_many, child_state, &child_of_many_leave_handler)
temporal_error *child_of_many(temporal_workflow *run, child_state *self, temporal_string what,
                              temporal_string *output)
{
    if (is(what, "fail"))
        return temporal_error_application("Tantrum", "no");
    if (is(what, "wait"))
        TEMPORAL_WAIT_UNTIL(run, self->left);
    *output = self->left ? self->left : what;
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(with_children)
temporal_error *with_children(temporal_workflow *run, temporal_string input,
                              temporal_string *output)
{
    temporal_string first, second, third = NULL;
    temporal_child *child = NULL;
    temporal_error *failed;

    TEMPORAL_TRY(temporal_execute_child(run, child_of_many, input, &first));
    TEMPORAL_TRY(temporal_start_child(run, child_of_many, "wait", &child));
    TEMPORAL_TRY(temporal_signal_child(child, child_of_many, leave, "well"));
    TEMPORAL_TRY(temporal_await_child(run, child_of_many, child, &second));
    failed = temporal_execute_child(run, child_of_many, "fail", &third);
    *output = temporal_workflow_format(
        run, "%s %s %s", first, second,
        temporal_error_type(temporal_error_find(failed, TEMPORAL_ERROR_APPLICATION)));
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(with_cancelled_child)
temporal_error *with_cancelled_child(temporal_workflow *run, temporal_string input,
                                     temporal_string *output)
{
    temporal_child *child = NULL;
    temporal_error *error;

    (void)input;
    TEMPORAL_TRY(temporal_start_child(run, child_of_many, "wait", &child));
    temporal_child_cancel(child);
    error = temporal_await_child(run, child_of_many, child, output);
    *output = temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? "cancelled" : "went on";
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(with_new_run)
temporal_error *with_new_run(temporal_workflow *run, temporal_string input, temporal_string *output)
{
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    if (is(input, "first"))
        return temporal_continue_as_new(run, with_new_run, "second");
    *output = input;
    return TEMPORAL_OK;
}

const temporal_workflow_def *const history_workflows[] = {
    &with_activities_workflow,
    &with_timers_workflow,
    &with_signals_workflow,
    &with_updates_workflow,
    &with_scopes_workflow,
    &with_cancellation_workflow,
    &with_failure_workflow,
    &with_coroutines_workflow,
    &with_children_workflow,
    &child_of_many_workflow,
    &with_cancelled_child_workflow,
    &with_new_run_workflow,
    &with_local_activities_workflow,
    &with_patches_workflow,
    &with_upserts_workflow,
    &with_others_workflow,
    &with_reset_workflow,
    &with_retries_workflow,
    &with_final_failures_workflow,
    &with_activity_timeouts_workflow,
    &with_refused_children_workflow,
    &with_failed_children_workflow,
    &with_ended_children_workflow,
    &child_at_times_workflow,
    &with_lasting_children_workflow,
    &with_left_children_workflow,
    NULL,
};
