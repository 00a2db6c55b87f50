/* SPDX-License-Identifier: MIT */
/* test_local_attempt.c -- whether and when a local activity that failed is tried again. */
#include "tests/support/support.h"

#include "base/clock.h"
#include "worker/local_attempt.h"

static const char *const fatal_types[] = { "Fatal", NULL };

static void expect(const temporal_local_options *options, int32_t attempt, temporal_seconds passed,
                   temporal_error *failure, tp_local_next expected, temporal_seconds expected_pause)
{
    temporal_seconds pause = 0;

    assert_int_equal(
        tp_local_attempt_next(options, attempt, tp_clock_nanoseconds(passed), failure, &pause),
        expected);
    if (expected != TP_LOCAL_NO_MORE)
        assert_true(pause > expected_pause - 0.001 && pause < expected_pause + 0.001);
    temporal_error_free(failure);
}

static temporal_error *failure(const char *type)
{
    return temporal_error_application(type, "no");
}

static void without_a_policy_pauses_double_up_to_a_hundred_seconds(void **state)
{
    const temporal_local_options options = { .local_retry_threshold = 1000 };

    (void)state;
    expect(&options, 1, 0, failure("A"), TP_LOCAL_PAUSE, 1);
    expect(&options, 2, 0, failure("A"), TP_LOCAL_PAUSE, 2);
    expect(&options, 5, 0, failure("A"), TP_LOCAL_PAUSE, 16);
    expect(&options, 2000, 0, failure("A"), TP_LOCAL_PAUSE, 100);
}

static void a_pause_beyond_the_threshold_is_the_servers(void **state)
{
    const temporal_local_options options = { .local_retry_threshold = 3 };

    (void)state;
    expect(&options, 2, 0, failure("A"), TP_LOCAL_PAUSE, 2);
    expect(&options, 3, 0, failure("A"), TP_LOCAL_BACKOFF, 4);
}

static void the_threshold_is_a_minute_unless_it_is_given(void **state)
{
    const temporal_local_options options = { 0 };

    (void)state;
    expect(&options, 6, 0, failure("A"), TP_LOCAL_PAUSE, 32);
    expect(&options, 7, 0, failure("A"), TP_LOCAL_BACKOFF, 64);
}

static void a_policy_says_when_it_is_enough(void **state)
{
    const temporal_retry_policy retry = { .initial_interval = 2,
                                          .backoff_coefficient = 3,
                                          .maximum_interval = 7,
                                          .maximum_attempts = 4,
                                          .non_retryable_types = fatal_types };
    const temporal_local_options options = { .retry = &retry };

    (void)state;
    expect(&options, 1, 0, failure("A"), TP_LOCAL_PAUSE, 2);
    expect(&options, 2, 0, failure("A"), TP_LOCAL_PAUSE, 6);
    expect(&options, 3, 0, failure("A"), TP_LOCAL_PAUSE, 7);
    expect(&options, 4, 0, failure("A"), TP_LOCAL_NO_MORE, 0);
    expect(&options, 1, 0, failure("Fatal"), TP_LOCAL_NO_MORE, 0);
}

static void a_failure_may_say_that_it_is_final_or_when_to_come_again(void **state)
{
    const temporal_local_options options = { 0 };
    const temporal_application_error final = { .struct_size = sizeof(final),
                                               .type = "A",
                                               .non_retryable = true };
    const temporal_application_error later = { .struct_size = sizeof(later),
                                               .type = "A",
                                               .next_retry_delay = 12 };

    (void)state;
    expect(&options, 1, 0, temporal_error_application_with(&final, "no"), TP_LOCAL_NO_MORE, 0);
    expect(&options, 1, 0, temporal_error_application_with(&later, "no"), TP_LOCAL_PAUSE, 12);
}

static void no_attempt_begins_when_the_time_for_all_is_over(void **state)
{
    const temporal_local_options options = { .schedule_to_close_timeout = 10 };

    (void)state;
    expect(&options, 2, 7, failure("A"), TP_LOCAL_PAUSE, 2);
    expect(&options, 2, 8.5, failure("A"), TP_LOCAL_NO_MORE, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_policy_pauses_double_up_to_a_hundred_seconds),
        cmocka_unit_test(a_pause_beyond_the_threshold_is_the_servers),
        cmocka_unit_test(the_threshold_is_a_minute_unless_it_is_given),
        cmocka_unit_test(a_policy_says_when_it_is_enough),
        cmocka_unit_test(a_failure_may_say_that_it_is_final_or_when_to_come_again),
        cmocka_unit_test(no_attempt_begins_when_the_time_for_all_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
