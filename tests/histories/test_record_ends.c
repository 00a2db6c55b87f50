/* SPDX-License-Identifier: MIT */
/* test_record_ends.c -- as test_record.c: activities and children that do not simply succeed. */
#include <stdio.h>

#include "tests/histories/recorder.h"
#include "tests/histories/workflows.h"
#include "tests/support/live.h"

/* --- activities: F4 -------------------------------------------------------------------------- */

static void an_activity_that_succeeds_at_last_is_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_retries", "at the", "at the third");
}

#define ATTEMPTS      "4" /* TEMPORAL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED */
#define NON_RETRYABLE "2" /* TEMPORAL_RETRY_STATE_NON_RETRYABLE_FAILURE */
#define TIME          "3" /* TEMPORAL_RETRY_STATE_TIMEOUT */
#define NO_POLICY     "5" /* TEMPORAL_RETRY_STATE_RETRY_POLICY_NOT_SET */
#define CANCELLED     "7" /* TEMPORAL_RETRY_STATE_CANCEL_REQUESTED */

static void activities_that_are_not_tried_again_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_final_failures", "failed",
                            "failed " ATTEMPTS " " NON_RETRYABLE " " NON_RETRYABLE " " TIME
                            " " CANCELLED " ");
}

#define START_TO_CLOSE    "1" /* of temporal_timeout_type */
#define SCHEDULE_TO_START "2"
#define SCHEDULE_TO_CLOSE "3"
#define HEARTBEAT         "4"

static void activities_that_time_out_each_way_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_activity_timeouts", "timed out",
                            "timed out " START_TO_CLOSE "/stay " HEARTBEAT
                            "/stay " SCHEDULE_TO_START "/ " SCHEDULE_TO_CLOSE "/stay ");
}

/* --- children: F7 ---------------------------------------------------------------------------- */

static void children_that_are_refused_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_refused_children", "twice",
                            "twice: refused, refused, refused, let in");
}

static void children_that_fail_and_time_out_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_failed_children", "child",
                            "child " ATTEMPTS "/0 " NO_POLICY "/" START_TO_CLOSE " " TIME
                            "/" START_TO_CLOSE " ");
}

static temporal_handle *child_of(temporal_handle *parent, const char *which)
{
    temporal_handle *child = NULL;
    char id[256];

    snprintf(id, sizeof(id), "%s-%s", temporal_handle_id(parent), which);
    assert_ok(temporal_client_get_handle(recorder_client, id, NULL, &child));
    return child;
}

static bool is_there(temporal_handle *handle)
{
    const temporal_workflow_description *description = NULL;
    temporal_error *error = temporal_handle_describe(handle, &description);

    temporal_error_free(error);
    return !error;
}

static void children_that_others_end_are_replayed(void **state)
{
    temporal_handle *parent = recorder_begin("with_ended_children", "all:"), *other = NULL;
    temporal_handle *terminated = child_of(parent, "terminated");
    temporal_handle *cancelled = child_of(parent, "cancelled");
    temporal_handle *replaced = child_of(parent, "replaced");
    temporal_string output = NULL;

    (void)state;
    test_wait_for(is_there(replaced)); /* the last to be started */
    assert_ok(temporal_handle_terminate(terminated, "by somebody else", NULL, 0));
    assert_ok(temporal_handle_cancel(cancelled));
    assert_ok(temporal_start_workflow(
        recorder_client, child_of_many, "other", &other, .id = temporal_handle_id(replaced),
        .task_queue = recorder_queue, .id_conflict = TEMPORAL_ID_CONFLICT_TERMINATE_EXISTING));
    assert_ok(temporal_get_result(parent, with_ended_children, &output));
    assert_string_equal(output, "all: terminated cancelled terminated");
    recorder_keep("with_ended_children", parent);
    temporal_handle_free(other);
    temporal_handle_free(terminated);
    temporal_handle_free(cancelled);
    temporal_handle_free(replaced);
}

static void children_of_several_runs_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_lasting_children", "again", "second again cancelled");
}

static temporal_workflow_status end_of(temporal_handle *handle)
{
    temporal_workflow_status status;

    test_wait_for((status = test_describe(handle)->status) != TEMPORAL_STATUS_RUNNING);
    return status;
}

static void children_that_outlive_their_parent_are_replayed(void **state)
{
    temporal_handle *parent = recorder_begin("with_left_children", "farewell");
    temporal_handle *terminated = child_of(parent, "terminated");
    temporal_handle *cancelled = child_of(parent, "cancelled");
    temporal_handle *running = child_of(parent, "running");
    temporal_string output = NULL;

    (void)state;
    assert_ok(temporal_get_result(parent, with_left_children, &output));
    assert_string_equal(output, "farewell");
    assert_int_equal(end_of(terminated), TEMPORAL_STATUS_TERMINATED);
    assert_int_equal(end_of(cancelled), TEMPORAL_STATUS_CANCELLED);
    assert_ok(temporal_signal(running, child_of_many, leave, "late"));
    assert_int_equal(end_of(running), TEMPORAL_STATUS_COMPLETED);
    recorder_keep("with_left_children", parent);
    temporal_handle_free(terminated);
    temporal_handle_free(cancelled);
    temporal_handle_free(running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_activity_that_succeeds_at_last_is_replayed),
        cmocka_unit_test(activities_that_are_not_tried_again_are_replayed),
        cmocka_unit_test(activities_that_time_out_each_way_are_replayed),
        cmocka_unit_test(children_that_are_refused_are_replayed),
        cmocka_unit_test(children_that_fail_and_time_out_are_replayed),
        cmocka_unit_test(children_that_others_end_are_replayed),
        cmocka_unit_test(children_of_several_runs_are_replayed),
        cmocka_unit_test(children_that_outlive_their_parent_are_replayed),
    };

    return cmocka_run_group_tests(tests, recorder_set_up, recorder_tear_down);
}
