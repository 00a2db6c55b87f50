/* SPDX-License-Identifier: MIT */
/* workflows_trying.c -- activities that are tried again, fail for good, and time out. */
#include <string.h>

#include "tests/histories/workflows.h"

TEMPORAL_ACTIVITY_DEFINE(strive)
temporal_error *strive(temporal_activity *attempt, temporal_string how, temporal_string *text)
{
    const int32_t number = temporal_activity_get_info(attempt)->attempt;

    if (strcmp(how, "stay") == 0) {
        temporal_heartbeat(attempt, temporal_string, how);
        (void)temporal_activity_wait_for_cancelled(attempt, 0);
        return temporal_activity_cancelled(attempt);
    }
    if (strcmp(how, "stubborn") == 0)
        while (!temporal_activity_wait_for_cancelled(attempt, 0.05))
            temporal_heartbeat(attempt, temporal_string, how);
    if (strcmp(how, "third") != 0 || number < 3)
        return temporal_error_application("NotYet", "%s: attempt %d", how, (int)number);
    *text = temporal_activity_format(attempt, "%s", how);
    return TEMPORAL_OK;
}

/* Its last event of a start holds the failure of the second attempt. */
TEMPORAL_WORKFLOW_DEFINE(with_retries)
temporal_error *with_retries(temporal_workflow *run, temporal_string input, temporal_string *output)
{
    const temporal_retry_policy soon = { .initial_interval = 0.01 };

    TEMPORAL_TRY(temporal_execute_activity(run, strive, "third", output,
                                           .start_to_close_timeout = 60, .retry = &soon));
    *output = temporal_workflow_format(run, "%s %s", input, *output);
    return TEMPORAL_OK;
}

/* A failure by its retry state: "4 ". */
static temporal_string state_of(temporal_workflow *run, const temporal_error *error)
{
    return temporal_workflow_format(
        run, "%d ",
        (int)temporal_error_retry_state(temporal_error_find(error, TEMPORAL_ERROR_ACTIVITY)));
}

static temporal_string cancel_a_stubborn_one(temporal_workflow *run)
{
    temporal_future *stubborn = temporal_start_activity(
        run, strive, "stubborn", .start_to_close_timeout = 60, .heartbeat_timeout = 10,
        .cancellation = TEMPORAL_CANCELLATION_WAIT);
    temporal_string nothing = NULL;
    temporal_error *error = temporal_workflow_sleep(run, 0.05);

    temporal_future_cancel(stubborn);
    if (!error)
        error = temporal_await_activity(run, strive, stubborn, &nothing);
    return state_of(run, error);
}

TEMPORAL_WORKFLOW_DEFINE(with_final_failures)
temporal_error *with_final_failures(temporal_workflow *run, temporal_string input,
                                    temporal_string *output)
{
    const char *const types[] = { "NotYet", NULL };
    const temporal_retry_policy twice = { .initial_interval = 0.01, .maximum_attempts = 2 };
    const temporal_retry_policy picky = { .non_retryable_types = types };
    const temporal_retry_policy late = { .initial_interval = 50 };
    temporal_string nothing = NULL, attempts, type, failure, time;
    temporal_error *error;

    error = temporal_execute_activity(run, strive, "twice", &nothing, .start_to_close_timeout = 60,
                                      .retry = &twice);
    attempts = state_of(run, error);
    error = temporal_execute_activity(run, strive, "picky", &nothing, .start_to_close_timeout = 60,
                                      .retry = &picky);
    type = state_of(run, error);
    error = temporal_execute_activity(run, shout, "", &nothing, .start_to_close_timeout = 60);
    failure = state_of(run, error);
    error = temporal_execute_activity(run, strive, "late", &nothing,
                                      .schedule_to_close_timeout = 20, .retry = &late);
    time = state_of(run, error);
    *output = temporal_workflow_format(run, "%s %s%s%s%s%s", input, attempts, type, failure, time,
                                       cancel_a_stubborn_one(run));
    return TEMPORAL_OK;
}

/* The timeout that ended it, and what it had told by then: "4/stay ". */
static temporal_string timeout_of(temporal_workflow *run, const temporal_error *error)
{
    const temporal_error *timeout = temporal_error_find(error, TEMPORAL_ERROR_TIMEOUT);
    temporal_string last = "";

    if (temporal_error_detail_count(timeout) > 0 &&
        temporal_error_detail(timeout, 0, temporal_string, &last))
        last = "unreadable";
    return temporal_workflow_format(run, "%d/%s ", (int)temporal_error_timeout_type(timeout), last);
}

/* At once, each on its own; long enough for its heartbeat to come in on a busy machine. */
TEMPORAL_WORKFLOW_DEFINE(with_activity_timeouts)
temporal_error *with_activity_timeouts(temporal_workflow *run, temporal_string input,
                                       temporal_string *output)
{
    const temporal_retry_policy once = { .maximum_attempts = 1 };
    temporal_future *all[4];

    all[0] =
        temporal_start_activity(run, strive, "stay", .start_to_close_timeout = 1.5, .retry = &once);
    all[1] = temporal_start_activity(run, strive, "stay", .start_to_close_timeout = 60,
                                     .heartbeat_timeout = 1.5, .retry = &once);
    all[2] = temporal_start_activity(run, strive, "stay", .start_to_close_timeout = 60,
                                     .schedule_to_start_timeout = 0.1,
                                     .task_queue = "history-of-nobody");
    all[3] = temporal_start_activity(run, strive, "stay", .schedule_to_close_timeout = 2);
    *output = temporal_workflow_format(run, "%s ", input);
    for (size_t i = 0; i < 4; i++) {
        temporal_string nothing = NULL;
        temporal_error *error = temporal_await_activity(run, strive, all[i], &nothing);

        *output = temporal_workflow_format(run, "%s%s", *output, timeout_of(run, error));
    }
    return TEMPORAL_OK;
}
