/* SPDX-License-Identifier: MIT */
/* workflows_parents.c -- children that are refused, fail, time out, are ended by others, outlast
 * their first run, or their parent. */
#include <string.h>

#include "tests/histories/workflows.h"

static temporal_string id_of(temporal_workflow *run, const char *which)
{
    return temporal_workflow_format(run, "%s-%s", temporal_workflow_get_info(run)->workflow_id,
                                    which);
}

static temporal_string code_of(temporal_error *error)
{
    return error ? temporal_error_get_code(error) == TEMPORAL_ERROR_ALREADY_STARTED ? "refused"
                                                                                    : "broken"
                 : "let in";
}

/* One whose id is in use, and one after it whose id was used, by each policy. */
TEMPORAL_WORKFLOW_DEFINE(with_refused_children)
temporal_error *with_refused_children(temporal_workflow *run, temporal_string input,
                                      temporal_string *output)
{
    const temporal_string id = id_of(run, "child");
    const temporal_id_reuse policies[] = { TEMPORAL_ID_REUSE_REJECT,
                                           TEMPORAL_ID_REUSE_ALLOW_FAILED_ONLY,
                                           TEMPORAL_ID_REUSE_ALLOW };
    temporal_child *child = NULL, *second = NULL;
    temporal_string text = NULL;

    TEMPORAL_TRY(temporal_start_child(run, child_of_many, "wait", &child, .id = id));
    text = code_of(temporal_start_child(run, child_of_many, "wait", &second, .id = id));
    *output = temporal_workflow_format(run, "%s: %s", input, text);
    TEMPORAL_TRY(temporal_signal_child(child, child_of_many, leave, "well"));
    TEMPORAL_TRY(temporal_await_child(run, child_of_many, child, &text));
    for (size_t i = 0; i < 3; i++) {
        temporal_error *error = temporal_execute_child(run, child_of_many, "again", &text, .id = id,
                                                       .id_reuse = policies[i]);

        *output = temporal_workflow_format(run, "%s, %s", *output, code_of(error));
    }
    return TEMPORAL_OK;
}

/* "4/0 ": the retry state of the child's failure, and the timeout that is its cause. */
static temporal_string end_of(temporal_workflow *run, const temporal_error *error)
{
    const temporal_error *child = temporal_error_find(error, TEMPORAL_ERROR_CHILD_WORKFLOW);

    return temporal_workflow_format(
        run, "%d/%d ", (int)temporal_error_retry_state(child),
        (int)temporal_error_timeout_type(temporal_error_find(child, TEMPORAL_ERROR_TIMEOUT)));
}

TEMPORAL_WORKFLOW_DEFINE(with_failed_children)
temporal_error *with_failed_children(temporal_workflow *run, temporal_string input,
                                     temporal_string *output)
{
    const temporal_retry_policy twice = { .initial_interval = 0.01, .maximum_attempts = 2 };
    temporal_child *all[3];

    all[0] = temporal_begin_child(run, child_of_many, "fail", .retry = &twice);
    all[1] = temporal_begin_child(run, child_of_many, "wait", .run_timeout = 1);
    all[2] = temporal_begin_child(run, child_of_many, "wait", .execution_timeout = 1);
    *output = temporal_workflow_format(run, "%s ", input);
    for (size_t i = 0; i < 3; i++) {
        temporal_string nothing = NULL;
        temporal_error *error = temporal_await_child(run, child_of_many, all[i], &nothing);

        *output = temporal_workflow_format(run, "%s%s", *output, end_of(run, error));
    }
    return TEMPORAL_OK;
}

/* Somebody terminates the first, cancels the second, and starts another with the third's id. */
TEMPORAL_WORKFLOW_DEFINE(with_ended_children)
temporal_error *with_ended_children(temporal_workflow *run, temporal_string input,
                                    temporal_string *output)
{
    const char *const names[] = { "terminated", "cancelled", "replaced" };
    temporal_child *all[3];

    for (size_t i = 0; i < 3; i++)
        TEMPORAL_TRY(
            temporal_start_child(run, child_of_many, "wait", &all[i], .id = id_of(run, names[i])));
    *output = input;
    for (size_t i = 0; i < 3; i++) {
        temporal_string nothing = NULL;
        const temporal_error *error = temporal_await_child(run, child_of_many, all[i], &nothing);

        *output = temporal_workflow_format(
            run, "%s%s", *output,
            temporal_error_find(error, TEMPORAL_ERROR_TERMINATED)  ? " terminated"
            : temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? " cancelled"
                                                                   : " well");
    }
    return TEMPORAL_OK;
}

/* --- children of several runs ---------------------------------------------------------------- */

/* Its first run completes; the second, which has that result, tells the parent so, and stays. */
TEMPORAL_WORKFLOW_DEFINE(child_at_times)
temporal_error *child_at_times(temporal_workflow *run, temporal_string input,
                               temporal_string *output)
{
    const temporal_workflow_info *info = temporal_workflow_get_info(run);
    temporal_string last = NULL;
    temporal_error *none = temporal_workflow_last_result(run, temporal_string_type(), &last);

    *output = input;
    if (temporal_error_find(none, TEMPORAL_ERROR_NOT_FOUND))
        return TEMPORAL_OK;
    TEMPORAL_TRY(temporal_signal_external(
        temporal_workflow_external(run, info->parent_id, info->parent_run_id),
        with_lasting_children, seen, last));
    return temporal_workflow_sleep(run, TEMPORAL_HOUR);
}

typedef struct lasting_state {
    const char *seen;
} lasting_state;

TEMPORAL_SIGNAL_DEFINE(with_lasting_children, lasting_state, seen)
temporal_error *with_lasting_children_seen(temporal_workflow *run, lasting_state *self,
                                           temporal_string what)
{
    self->seen = temporal_workflow_format(run, "%s", what);
    return TEMPORAL_OK;
}

/* One that continues as new, and one of a cron, which is cancelled in its second run. */
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(with_lasting_children, lasting_state,
                                  &with_lasting_children_seen_handler)
temporal_error *with_lasting_children(temporal_workflow *run, lasting_state *self,
                                      temporal_string input, temporal_string *output)
{
    temporal_child *cron = NULL;
    temporal_string nothing = NULL, second = NULL;
    temporal_error *error;

    TEMPORAL_TRY(temporal_execute_child(run, with_new_run, "first", &second));
    TEMPORAL_TRY(temporal_start_child(run, child_at_times, input, &cron, .cron = "@every 1s"));
    TEMPORAL_WAIT_UNTIL(run, self->seen);
    temporal_child_cancel(cron);
    error = temporal_await_child(run, child_at_times, cron, &nothing);
    *output = temporal_workflow_format(
        run, "%s %s %s", second, self->seen,
        temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? "cancelled" : "went on");
    return TEMPORAL_OK;
}

/* --- and of one ------------------------------------------------------------------------------ */

/* Ends while three children wait, one by each policy. */
TEMPORAL_WORKFLOW_DEFINE(with_left_children)
temporal_error *with_left_children(temporal_workflow *run, temporal_string input,
                                   temporal_string *output)
{
    const struct {
        const char *name;
        temporal_parent_close policy;
    } rows[] = { { "terminated", TEMPORAL_PARENT_CLOSE_TERMINATE },
                 { "cancelled", TEMPORAL_PARENT_CLOSE_REQUEST_CANCEL },
                 { "running", TEMPORAL_PARENT_CLOSE_ABANDON } };

    for (size_t i = 0; i < 3; i++) {
        temporal_child *child = NULL;

        TEMPORAL_TRY(temporal_start_child(run, child_of_many, "wait", &child,
                                          .id = id_of(run, rows[i].name),
                                          .parent_close = rows[i].policy));
    }
    *output = input;
    return TEMPORAL_OK;
}
