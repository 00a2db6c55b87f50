/* SPDX-License-Identifier: MIT */
/* workflows_beyond.c -- local activities, patches, upserts, other workflows. */
#include "tests/histories/workflows.h"

/* Twice at once, once more behind them, and one that fails. */
TEMPORAL_WORKFLOW_DEFINE(with_local_activities)
temporal_error *with_local_activities(temporal_workflow *run, temporal_string input,
                                      temporal_string *output)
{
    const temporal_retry_policy once = { .maximum_attempts = 1 };
    temporal_string first, second, third, nothing = NULL;
    temporal_future *one =
        temporal_start_local_activity(run, shout, input, .start_to_close_timeout = 60);
    temporal_future *other =
        temporal_start_local_activity(run, shout, "other", .start_to_close_timeout = 60);
    temporal_error *failed;

    TEMPORAL_TRY(temporal_await_activity(run, shout, one, &first));
    TEMPORAL_TRY(temporal_await_activity(run, shout, other, &second));
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    TEMPORAL_TRY(
        temporal_execute_local_activity(run, shout, second, &third, .start_to_close_timeout = 60));
    failed = temporal_execute_local_activity(run, shout, "", &nothing, .start_to_close_timeout = 60,
                                             .retry = &once);
    *output = temporal_workflow_format(
        run, "%s %s %s", first, third,
        temporal_error_type(temporal_error_find(failed, TEMPORAL_ERROR_APPLICATION)));
    return TEMPORAL_OK;
}

/* Two patches that lead elsewhere, and one that all runs have. */
TEMPORAL_WORKFLOW_DEFINE(with_patches)
temporal_error *with_patches(temporal_workflow *run, temporal_string input, temporal_string *output)
{
    if (temporal_workflow_patched(run, "second thoughts"))
        TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    TEMPORAL_TRY(
        temporal_execute_activity(run, shout, input, output, .start_to_close_timeout = 60));
    if (temporal_workflow_patched(run, "aloud"))
        TEMPORAL_TRY(
            temporal_execute_activity(run, shout, *output, output, .start_to_close_timeout = 60));
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(with_upserts)
temporal_error *with_upserts(temporal_workflow *run, temporal_string input, temporal_string *output)
{
    const temporal_int number = 7;
    temporal_string note = NULL;
    temporal_int seen = 0;

    TEMPORAL_TRY(temporal_workflow_upsert_memo(
        run, (const temporal_entry[]){ { "note", temporal_string_type(), &input },
                                       { NULL, NULL, NULL } }));
    TEMPORAL_TRY(temporal_workflow_upsert_search_attributes(
        run, (const temporal_entry[]){ { "TestInt", temporal_int_type(), &number },
                                       { NULL, NULL, NULL } }));
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    TEMPORAL_TRY(temporal_workflow_get_memo(run, "note", temporal_string_type(), &note));
    TEMPORAL_TRY(
        temporal_workflow_get_search_attribute(run, "TestInt", temporal_int_type(), &seen));
    *output = temporal_workflow_format(run, "%s %d", note, (int)seen);
    return TEMPORAL_OK;
}

/* Signals a child by its id, as if it were not its own, and one that is not there. */
TEMPORAL_WORKFLOW_DEFINE(with_others)
temporal_error *with_others(temporal_workflow *run, temporal_string input, temporal_string *output)
{
    temporal_child *child = NULL;
    temporal_external *other, *nobody;
    temporal_error *missing, *told;

    TEMPORAL_TRY(temporal_start_child(run, child_of_many, "wait", &child));
    other = temporal_workflow_external(run, temporal_child_id(child), NULL);
    TEMPORAL_TRY(temporal_signal_external(other, child_of_many, leave, input));
    TEMPORAL_TRY(temporal_await_child(run, child_of_many, child, output));
    nobody = temporal_workflow_external(run, "history-of-nobody", NULL);
    missing = temporal_signal_external(nobody, child_of_many, leave, input);
    told = temporal_external_cancel(nobody);
    *output = temporal_workflow_format(
        run, "%s %s %s", *output,
        temporal_error_find(missing, TEMPORAL_ERROR_NOT_FOUND) ? "nobody" : "somebody",
        temporal_error_find(told, TEMPORAL_ERROR_NOT_FOUND) ? "nobody" : "somebody");
    return TEMPORAL_OK;
}

/* --- a run that is reset while an update waits --------------------------------------------------
 */

typedef struct reset_state {
    const char *entered;
    bool unlocked;
} reset_state;

TEMPORAL_SIGNAL_DEFINE(with_reset, reset_state, unlock)
temporal_error *with_reset_unlock(temporal_workflow *run, reset_state *self, temporal_none none)
{
    (void)run, (void)none;
    self->unlocked = true;
    return TEMPORAL_OK;
}

TEMPORAL_UPDATE_DEFINE(with_reset, reset_state, enter)
temporal_error *with_reset_enter(temporal_workflow *run, reset_state *self, temporal_string who,
                                 temporal_string *greeting)
{
    TEMPORAL_WAIT_UNTIL(run, self->unlocked);
    self->entered = temporal_workflow_format(run, "%s%s!", self->entered ? self->entered : "", who);
    *greeting = self->entered;
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(with_reset, reset_state, &with_reset_unlock_handler,
                                  &with_reset_enter_handler)
temporal_error *with_reset(temporal_workflow *run, reset_state *self, temporal_string input,
                           temporal_string *output)
{
    TEMPORAL_WAIT_UNTIL(run, self->entered);
    TEMPORAL_TRY(
        temporal_execute_activity(run, shout, self->entered, output, .start_to_close_timeout = 60));
    *output = temporal_workflow_format(run, "%s %s", input, *output);
    return TEMPORAL_OK;
}
