/* SPDX-License-Identifier: MIT */
/* Durations, points in time and retry policies on the wire. */
#include <math.h>
#include <string.h>

#include "converter/message.h"
#include "tests/converter/arena.h"
#include "tests/support/support.h"

static void assert_duration(temporal_seconds time, int64_t seconds, int32_t nanos)
{
    const Tp__Pb__Duration *duration = tp_message_duration(&arena, time);

    assert_true(duration->seconds == seconds);
    assert_int_equal(duration->nanos, nanos);
}

static void durations_are_rounded_to_nanoseconds(void **state)
{
    (void)state;
    assert_null(tp_message_duration(&arena, 0));
    assert_duration(1, 1, 0);
    assert_duration(0.1, 0, 100000000);
    assert_duration(5.000000001, 5, 1);
    assert_duration(0.9999999999, 1, 0);
    assert_duration(365 * TEMPORAL_DAY, 365 * 86400, 0);
    assert_null(tp_message_duration(&arena, 1e-12)); /* not a nanosecond */
}

static void durations_come_back_as_they_went(void **state)
{
    static const double times[] = { 0.001, 0.25, 1, 1.5, 86400, 31536000.125 };

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        assert_true(tp_message_seconds(tp_message_duration(&arena, times[i])) == times[i]);
    assert_true(tp_message_seconds(NULL) == 0);
}

static void a_negative_duration_is_none(void **state)
{
    Tp__Pb__Duration duration = TP__PB__DURATION__INIT;

    (void)state;
    duration.seconds = -5;
    assert_true(tp_message_seconds(&duration) == 0);
    duration.seconds = INT64_MIN;
    duration.nanos = INT32_MIN;
    assert_true(tp_message_seconds(&duration) == 0);
}

static void points_in_time_are_unix_nanoseconds_and_saturate(void **state)
{
    Tp__Pb__Timestamp time = TP__PB__TIMESTAMP__INIT;

    (void)state;
    assert_true(tp_message_nanoseconds(NULL) == 0);
    time.seconds = 1700000000;
    time.nanos = 123456789;
    assert_true(tp_message_nanoseconds(&time) == INT64_C(1700000000123456789));
    time.seconds = -1;
    time.nanos = 500000000;
    assert_true(tp_message_nanoseconds(&time) == -500000000);
    time.seconds = INT64_MAX;
    assert_true(tp_message_nanoseconds(&time) == INT64_MAX);
    time.seconds = INT64_MIN;
    assert_true(tp_message_nanoseconds(&time) == INT64_MIN);
    time.seconds = INT64_MAX / 1000000000;
    time.nanos = INT32_MAX;
    assert_true(tp_message_nanoseconds(&time) == INT64_MAX);
}

static void a_retry_policy_is_sent_with_what_is_set(void **state)
{
    static const char *const types[] = { "Insufficient", "TemporalTimeout:Heartbeat", NULL };
    const temporal_retry_policy policy = { .initial_interval = 0.5,
                                           .backoff_coefficient = 1.5,
                                           .maximum_interval = 10,
                                           .maximum_attempts = 3,
                                           .non_retryable_types = types };
    const Tp__Common__RetryPolicy *message;

    (void)state;
    assert_ok(tp_message_check_retry(&policy, "retry"));
    message = tp_message_retry(&arena, &policy);
    assert_int_equal(message->initial_interval->nanos, 500000000);
    assert_true(message->backoff_coefficient == 1.5);
    assert_int_equal(message->maximum_interval->seconds, 10);
    assert_int_equal(message->maximum_attempts, 3);
    assert_int_equal(message->n_non_retryable_error_types, 2);
    assert_string_equal(message->non_retryable_error_types[0], "Insufficient");
    assert_string_equal(message->non_retryable_error_types[1], "TemporalTimeout:Heartbeat");
    assert_ptr_not_equal(message->non_retryable_error_types[0], types[0]);
}

static void an_empty_retry_policy_leaves_the_choice_to_the_server(void **state)
{
    const temporal_retry_policy policy = { 0 };
    const Tp__Common__RetryPolicy *message;

    (void)state;
    assert_ok(tp_message_check_retry(&policy, "retry"));
    message = tp_message_retry(&arena, &policy);
    assert_null(message->initial_interval);
    assert_null(message->maximum_interval);
    assert_true(message->backoff_coefficient == 2.0);
    assert_int_equal(message->maximum_attempts, 0);
    assert_null(tp_message_retry(&arena, NULL));
    assert_ok(tp_message_check_retry(NULL, "retry"));
}

#define assert_refused(reason, ...)                                                           \
    assert_fails(                                                                             \
        tp_message_check_retry(&(temporal_retry_policy){ __VA_ARGS__ }, "activity x: retry"), \
        INVALID_ARGUMENT, "activity x: retry: " reason)

static void a_policy_that_the_server_would_refuse_is_refused_first(void **state)
{
    static const char *const timeout[] = { "TemporalTimeout:Sometimes", NULL };
    static const char *const bytes[] = { "a\xff", NULL };

    (void)state;
    assert_refused("initial_interval: -1 seconds is negative", .initial_interval = -1);
    assert_refused("maximum_interval: infinite", .maximum_interval = HUGE_VAL);
    assert_refused("maximum_interval: not a number", .maximum_interval = nan(""));
    assert_refused("backoff_coefficient: 0.5; give 1 or more", .backoff_coefficient = 0.5);
    assert_refused("backoff_coefficient: -2", .backoff_coefficient = -2);
    assert_refused("backoff_coefficient: ", .backoff_coefficient = nan(""));
    assert_refused("backoff_coefficient: inf", .backoff_coefficient = HUGE_VAL);
    assert_refused("maximum_interval: 2 s is less than the initial interval of 3 s",
                   .initial_interval = 3, .maximum_interval = 2);
    assert_refused("maximum_interval: 0.5 s is less than the initial interval of 1 s",
                   .maximum_interval = 0.5);
    assert_refused("maximum_attempts: negative", .maximum_attempts = -1);
    assert_refused("TemporalTimeout:Sometimes in non_retryable_types",
                   .non_retryable_types = timeout);
    assert_refused("a type in non_retryable_types is not UTF-8", .non_retryable_types = bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_rounded_to_nanoseconds),
        cmocka_unit_test(durations_come_back_as_they_went),
        cmocka_unit_test(a_negative_duration_is_none),
        cmocka_unit_test(points_in_time_are_unix_nanoseconds_and_saturate),
        cmocka_unit_test(a_retry_policy_is_sent_with_what_is_set),
        cmocka_unit_test(an_empty_retry_policy_leaves_the_choice_to_the_server),
        cmocka_unit_test(a_policy_that_the_server_would_refuse_is_refused_first),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
