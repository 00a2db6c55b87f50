/* SPDX-License-Identifier: MIT */
/* test_async_completion.c -- activities that somebody else completes: C6. */
#include <string.h>

#include "tests/end_to_end/relay.h"

/* Its heartbeat carries the task token to whoever completes it. */
TEMPORAL_ACTIVITY(ask_a_human, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(ask_a_human)
temporal_error *ask_a_human(temporal_activity *attempt, temporal_string question,
                            temporal_string *answer)
{
    temporal_bytes token = temporal_activity_get_info(attempt)->task_token;

    (void)question, (void)answer;
    temporal_heartbeat(attempt, temporal_bytes, token);
    return temporal_activity_complete_async(attempt);
}

static temporal_handle *ask(void **state)
{
    return relay_start(.activity = "ask_a_human", .input = "well?", .queue = QUEUE_OF(state),
                       .heartbeat = 30, .attempts = 1, .cancellation = TEMPORAL_CANCELLATION_WAIT);
}

/* Waits for the heartbeat with the token. What it points to lives until the next description. */
static temporal_bytes read_token(temporal_handle *handle)
{
    const temporal_workflow_description *description;
    temporal_bytes token = { NULL, 0 };

    test_wait_for(test_describe(handle)->pending_activity_count == 1 &&
                  test_describe(handle)->pending_activities[0].heartbeat_details_count == 1);
    description = test_describe(handle);
    assert_ok(temporal_value_get(&description->pending_activities[0].heartbeat_details[0],
                                 temporal_bytes, &token));
    assert_true(token.size > 0);
    return token;
}

static void it_is_completed_by_its_task_token(void **state)
{
    temporal_handle *handle = ask(state);
    const temporal_activity_target target = { .task_token = read_token(handle) };

    assert_ok(temporal_complete_activity(client, ask_a_human, &target, "very well"));
    assert_string_equal(relay_result(handle), "very well");
}

static void it_is_completed_by_its_ids(void **state)
{
    temporal_handle *handle = ask(state);
    const temporal_activity_target target = { .workflow_id = temporal_handle_id(handle),
                                              .activity_id = "1" };

    read_token(handle); /* it has been started */
    assert_ok(temporal_complete_activity(client, ask_a_human, &target, "so so"));
    assert_string_equal(relay_result(handle), "so so");
}

static void it_is_failed_from_outside(void **state)
{
    temporal_handle *handle = ask(state);
    const temporal_activity_target target = { .task_token = read_token(handle) };
    temporal_error *failure = temporal_error_application("Unwilling", "no answer today");
    temporal_error *error;

    assert_ok(temporal_client_fail_activity(client, &target, failure));
    temporal_error_free(failure);
    error = relay_failure(handle);
    assert_string_equal(temporal_error_type(assert_has(error, APPLICATION)), "Unwilling");
    temporal_error_free(error);
}

static void it_is_kept_alive_and_hears_of_its_cancellation(void **state)
{
    const temporal_string progress = "thinking";
    const temporal_argument details = { temporal_string_type(), &progress };
    temporal_handle *handle = ask(state);
    const temporal_activity_target target = { .workflow_id = temporal_handle_id(handle),
                                              .activity_id = "1" };
    int reason = 99;
    temporal_error *error;

    read_token(handle);
    assert_ok(temporal_client_heartbeat_activity(client, &target, &details, 1, &reason));
    assert_int_equal(reason, TEMPORAL_CANCEL_NONE);
    assert_ok(temporal_handle_cancel(handle));
    test_wait_for(test_describe(handle)->pending_activities[0].cancel_requested);
    assert_ok(temporal_client_heartbeat_activity(client, &target, &details, 1, &reason));
    assert_int_equal(reason, TEMPORAL_CANCEL_REQUESTED);
    assert_ok(temporal_client_cancel_activity(client, &target, NULL, 0));
    error = relay_failure(handle);
    assert_has(error, CANCELLED);
    temporal_error_free(error);
}

static void one_that_has_ended_is_not_found(void **state)
{
    temporal_handle *handle = ask(state);
    const temporal_activity_target target = { .task_token = read_token(handle) };

    assert_ok(temporal_complete_activity(client, ask_a_human, &target, "once"));
    assert_fails(temporal_complete_activity(client, ask_a_human, &target, "twice"), NOT_FOUND, "");
    assert_string_equal(relay_result(handle), "once");
}

static int set_up(void **state)
{
    fixture_connect(state);
    relay_start_workers(TEMPORAL_ACTIVITIES(&ask_a_human_activity),
                        &(temporal_worker_options){ .struct_size = sizeof(temporal_worker_options),
                                                    .processes.concurrency = 1 });
    return 0;
}

static int tear_down(void **state)
{
    relay_stop_workers();
    return fixture_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH_EXECUTOR(it_is_completed_by_its_task_token),
        ON_EACH_EXECUTOR(it_is_completed_by_its_ids),
        ON_EACH_EXECUTOR(it_is_failed_from_outside),
        ON_EACH_EXECUTOR(it_is_kept_alive_and_hears_of_its_cancellation),
        ON_EACH_EXECUTOR(one_that_has_ended_is_not_found),
    };

    return fixture_run(tests, set_up, tear_down);
}
