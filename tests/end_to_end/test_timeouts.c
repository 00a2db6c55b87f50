/* SPDX-License-Identifier: MIT */
/* test_timeouts.c -- every timeout and retry option of an activity, on each executor: F4, A5. */
#include <string.h>

#include "tests/end_to_end/relay.h"

/* Waits silently until it is told that the server has given it up; the next attempt ends well. */
TEMPORAL_ACTIVITY(fall_silent, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(fall_silent)
temporal_error *fall_silent(temporal_activity *attempt, temporal_string input,
                            temporal_string *text)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);
    const temporal_string progress = "half";

    if (info->attempt > 1 && strcmp(input, "once") == 0) {
        temporal_string last = "nothing";

        if (info->heartbeat_details_count > 0)
            TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[0], temporal_string, &last));
        *text = temporal_activity_format(attempt, "attempt %d after %s", (int)info->attempt, last);
        return TEMPORAL_OK;
    }
    temporal_heartbeat(attempt, temporal_string, progress);
    /* Bounded, so that a worker that tells nothing lets the test fail, not hang. */
    temporal_activity_wait_for_cancelled(attempt, 20);
    return temporal_activity_cancelled(attempt);
}

TEMPORAL_ACTIVITY(fail_until, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(fail_until)
temporal_error *fail_until(temporal_activity *attempt, temporal_string type, temporal_string *text)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);
    const temporal_application_error delayed = {
        .struct_size = sizeof delayed,
        .type = type,
        .next_retry_delay = strcmp(type, "Delayed") == 0 ? 0.01 : 0,
    };

    if (info->attempt < 3)
        return temporal_error_application_with(&delayed, "attempt %d fails", (int)info->attempt);
    *text = temporal_activity_format(attempt, "attempt %d", (int)info->attempt);
    return TEMPORAL_OK;
}

static temporal_error *failure_of_timeout(temporal_handle *handle, temporal_timeout_type type)
{
    temporal_error *error = relay_failure(handle);

    assert_has(error, ACTIVITY);
    assert_int_equal(temporal_error_timeout_type(assert_has(error, TIMEOUT)), type);
    return error;
}

static void an_activity_that_overruns_its_start_to_close_timeout_is_tried_again(void **state)
{
    assert_string_equal(relay_run(.activity = "fall_silent", .input = "once",
                                  .queue = QUEUE_OF(state), .start_to_close = 1),
                        "attempt 2 after half");
}

static void an_activity_that_falls_silent_is_tried_again_with_its_last_heartbeat(void **state)
{
    assert_string_equal(relay_run(.activity = "fall_silent", .input = "once",
                                  .queue = QUEUE_OF(state), .heartbeat = 1),
                        "attempt 2 after half");
}

static void the_last_attempt_fails_with_a_heartbeat_timeout_and_its_details(void **state)
{
    temporal_error *error =
        failure_of_timeout(relay_start(.activity = "fall_silent", .input = "always",
                                       .queue = QUEUE_OF(state), .heartbeat = 1, .attempts = 1),
                           TEMPORAL_TIMEOUT_HEARTBEAT);
    temporal_string last = NULL;

    assert_ok(temporal_error_detail(assert_has(error, TIMEOUT), 0, temporal_string, &last));
    assert_string_equal(last, "half");
    temporal_error_free(error);
}

static void the_schedule_to_close_timeout_ends_all_attempts(void **state)
{
    temporal_error_free(
        failure_of_timeout(relay_start(.activity = "fall_silent", .input = "always",
                                       .queue = QUEUE_OF(state), .schedule_to_close = 1),
                           TEMPORAL_TIMEOUT_SCHEDULE_TO_CLOSE));
}

static void an_activity_that_nobody_takes_times_out(void **state)
{
    (void)state;
    temporal_error_free(
        failure_of_timeout(relay_start(.activity = "fall_silent", .input = "",
                                       .queue = test_unique("deserted"), .schedule_to_start = 1),
                           TEMPORAL_TIMEOUT_SCHEDULE_TO_START));
}

static void a_failed_activity_is_tried_again(void **state)
{
    assert_string_equal(
        relay_run(.activity = "fail_until", .input = "Any", .queue = QUEUE_OF(state)), "attempt 3");
}

static void the_number_of_attempts_is_bounded(void **state)
{
    temporal_error *error = relay_failure(relay_start(.activity = "fail_until", .input = "Any",
                                                      .queue = QUEUE_OF(state), .attempts = 2));

    assert_int_equal(temporal_error_retry_state(assert_has(error, ACTIVITY)),
                     TEMPORAL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    assert_string_equal(temporal_error_message(assert_has(error, APPLICATION)), "attempt 2 fails");
    temporal_error_free(error);
}

static void a_type_that_the_policy_names_is_not_retried(void **state)
{
    temporal_error *error =
        relay_failure(relay_start(.activity = "fail_until", .input = "Hopeless",
                                  .queue = QUEUE_OF(state), .non_retryable = "Hopeless"));

    assert_int_equal(temporal_error_retry_state(assert_has(error, ACTIVITY)),
                     TEMPORAL_RETRY_STATE_NON_RETRYABLE_FAILURE);
    assert_string_equal(temporal_error_message(assert_has(error, APPLICATION)), "attempt 1 fails");
    temporal_error_free(error);
}

/* The policy alone would wait an hour. */
static void an_error_may_say_when_to_try_again(void **state)
{
    assert_string_equal(relay_run(.activity = "fail_until", .input = "Delayed",
                                  .queue = QUEUE_OF(state), .pause = TEMPORAL_HOUR,
                                  .start_to_close = 30),
                        "attempt 3");
}

static int set_up(void **state)
{
    fixture_connect(state);
    relay_start_workers(TEMPORAL_ACTIVITIES(&fall_silent_activity, &fail_until_activity),
                        &(temporal_worker_options){ .struct_size = sizeof(temporal_worker_options),
                                                    .processes.concurrency = 2 });
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
        ON_EACH_EXECUTOR(an_activity_that_overruns_its_start_to_close_timeout_is_tried_again),
        ON_EACH_EXECUTOR(an_activity_that_falls_silent_is_tried_again_with_its_last_heartbeat),
        ON_EACH_EXECUTOR(the_last_attempt_fails_with_a_heartbeat_timeout_and_its_details),
        ON_EACH_EXECUTOR(the_schedule_to_close_timeout_ends_all_attempts),
        cmocka_unit_test(an_activity_that_nobody_takes_times_out),
        ON_EACH_EXECUTOR(a_failed_activity_is_tried_again),
        ON_EACH_EXECUTOR(the_number_of_attempts_is_bounded),
        ON_EACH_EXECUTOR(a_type_that_the_policy_names_is_not_retried),
        ON_EACH_EXECUTOR(an_error_may_say_when_to_try_again),
    };

    return fixture_run(tests, set_up, tear_down);
}
