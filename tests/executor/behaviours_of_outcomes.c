/* SPDX-License-Identifier: MIT */
/* tests/executor/behaviours_of_outcomes.c -- what goes in, what comes out, and what an attempt is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "converter/payload.h"
#include "tests/executor/activities.h"
#include "tests/executor/behaviours.h"

static void open_one(struct harness *harness, struct subject *subject,
                     const temporal_activity_def *def)
{
    harness_open(harness, behaviours_make, behave_all, 2);
    subject_init(subject, harness, def);
}

static void close_one(struct harness *harness, struct subject *subject)
{
    harness_close(harness);
    subject_done(subject);
}

static void a_record_goes_in_and_a_number_comes_out(void **state)
{
    const behave_line lines[] = { { "apple", 1.5 }, { "pear", 2 } };
    struct harness harness;
    struct subject subject;
    temporal_double total = 0;

    (void)state;
    open_one(&harness, &subject, &behave_total_activity);
    subject_set_input(&subject, behave_order_type(), &(behave_order){ "Ann", { lines, 2 } });
    subject_run(&subject);
    subject_result(&subject, temporal_double_type(), &total);
    assert_true(total == 3.5);
    assert_false(subject.had_last);
    close_one(&harness, &subject);
}

static void nothing_goes_in_and_nothing_comes_out(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_nothing_activity);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    assert_int_equal(subject.body.size, 0);
    close_one(&harness, &subject);
}

static void a_missing_argument_is_zero(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_int square = -1;

    (void)state;
    open_one(&harness, &subject, &behave_square_activity);
    subject_run(&subject);
    subject_result(&subject, temporal_int_type(), &square);
    assert_int_equal(square, 0);
    close_one(&harness, &subject);
}

static void a_failure_keeps_type_details_delay_and_cause(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_error *error;
    temporal_int missing = 0;

    (void)state;
    open_one(&harness, &subject, &behave_fail_activity);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_FAILED);
    error = subject_failure(&subject);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_APPLICATION);
    assert_string_equal(temporal_error_type(error), "OutOfStock");
    assert_string_equal(temporal_error_message(error), "no more apples");
    assert_true(error->non_retryable);
    assert_true(error->next_retry_delay == 7);
    assert_ok(temporal_error_detail(error, 0, temporal_int, &missing));
    assert_int_equal(missing, 42);
    assert_string_equal(temporal_error_type(temporal_error_cause(error)), "Shelf");
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "the shelf is empty");
    temporal_error_free(error);
    close_one(&harness, &subject);
}

static void assert_conversion_failure(struct subject *subject, const char *const *parts,
                                      bool non_retryable)
{
    temporal_error *error;

    assert_int_equal(subject->kind, TP_OUTCOME_FAILED);
    error = subject_failure(subject);
    assert_string_equal(temporal_error_type(error), "CONVERSION");
    assert_int_equal(error->non_retryable, non_retryable);
    for (; *parts; parts++)
        assert_contains(temporal_error_message(error), *parts);
    temporal_error_free(error);
}

static void an_argument_that_does_not_fit_names_activity_and_path(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_total_activity);
    subject_set_input(&subject, temporal_json_type(),
                      &(temporal_json){ "{\"lines\":[{\"price\":\"much\"}]}" });
    subject_run(&subject);
    assert_conversion_failure(
        &subject, (const char *[]){ "behave_total", "argument 1", "lines[0].price", NULL }, true);
    close_one(&harness, &subject);
}

static void an_input_that_is_no_message_is_refused(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_square_activity);
    subject.attempt.task.input = (tp_bytes){ (const uint8_t *)"\x0a\xff\x01", 3 };
    subject_run(&subject);
    assert_conversion_failure(&subject, (const char *[]){ "behave_square", "input", NULL }, true);
    close_one(&harness, &subject);
}

static void a_result_that_does_not_encode_fails_and_may_be_retried(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_bad_result_activity);
    subject_run(&subject);
    assert_conversion_failure(&subject, (const char *[]){ "behave_bad_result", "result", NULL },
                              false);
    close_one(&harness, &subject);
}

static void an_activity_may_leave_its_completion_to_others(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_later_activity);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_ASYNC);
    close_one(&harness, &subject);
}

static void the_dynamic_activity_takes_any_type_and_any_arguments(void **state)
{
    const temporal_int numbers[] = { 1, 20, 300 };
    const temporal_argument arguments[] = { { temporal_int_type(), &numbers[0] },
                                            { temporal_int_type(), &numbers[1] },
                                            { temporal_int_type(), &numbers[2] } };
    struct harness harness;
    struct subject subject;
    temporal_int sum = 0;

    (void)state;
    open_one(&harness, &subject, behave_any);
    assert_ok(tp_payloads_encode(&subject.input, arguments, 3));
    subject.attempt.task.input = tp_buffer_bytes(&subject.input);
    subject_run(&subject);
    subject_result(&subject, temporal_int_type(), &sum);
    assert_int_equal(sum, 321);
    close_one(&harness, &subject);
}

static void an_activity_knows_what_it_is(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_info_activity);
    subject_run(&subject);
    subject_assert_text(&subject, "activity-1 behave_info queue-1 workflow-1 run-1 workflow-type-1 "
                                  "namespace-1 3 1000 2000 1500 1.5 60 30 token 0");
    close_one(&harness, &subject);
}

static void a_large_result_comes_back_whole(void **state)
{
    enum {
        SIZE = 1 << 20
    };
    struct harness harness;
    struct subject subject;
    char *text = malloc(SIZE + 1);

    (void)state;
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    open_one(&harness, &subject, &behave_memory_activity);
    subject_give(&subject, temporal_int, SIZE);
    subject_run(&subject);
    subject_assert_text(&subject, text);
    free(text);
    close_one(&harness, &subject);
}

static void threads_of_an_activity_may_use_it_too(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_int fine = 0;

    (void)state;
    open_one(&harness, &subject, &behave_threads_activity);
    subject_give(&subject, temporal_int, 4);
    subject_run(&subject);
    subject_result(&subject, temporal_int_type(), &fine);
    assert_int_equal(fine, 4);
    assert_true(subject.had_last);
    close_one(&harness, &subject);
}

static void a_state_is_made_once_and_kept(void **state)
{
    struct harness harness;

    (void)state;
    harness_open(&harness, behaviours_make, behave_all, 1);
    for (temporal_int i = 1; i <= 5; i++) {
        struct subject subject;
        temporal_int calls = 0;

        subject_init(&subject, &harness, &behave_count_activity);
        subject_run(&subject);
        subject_result(&subject, temporal_int_type(), &calls);
        assert_int_equal(calls, 100 + i);
        subject_done(&subject);
    }
    harness_close(&harness);
}

static void a_state_that_cannot_be_made_fails_the_attempt(void **state)
{
    struct harness harness;
    struct subject first, second;
    temporal_error *error;
    temporal_int square = 0;

    (void)state;
    open_one(&harness, &first, &behave_no_state_activity);
    subject_run(&first);
    assert_int_equal(first.kind, TP_OUTCOME_FAILED);
    error = subject_failure(&first);
    assert_contains(temporal_error_message(error), "behave_no_state");
    assert_contains(temporal_error_message(error), "it does not answer");
    assert_false(error->non_retryable);
    temporal_error_free(error);
    subject_done(&first);

    subject_init(&second, &harness, &behave_square_activity);
    subject_give(&second, temporal_int, 9);
    subject_run(&second);
    subject_result(&second, temporal_int_type(), &square);
    assert_int_equal(square, 81);
    close_one(&harness, &second);
}

static void two_hundred_attempts_at_once_all_end_well(void **state)
{
    enum {
        COUNT = 200
    };
    struct harness harness;
    struct subject *subjects = malloc(COUNT * sizeof(*subjects));

    (void)state;
    harness_open(&harness, behaviours_make, behave_all, 3);
    for (temporal_int i = 0; i < COUNT; i++) {
        subject_init(&subjects[i], &harness, &behave_square_activity);
        subject_give(&subjects[i], temporal_int, i);
        subject_submit(&subjects[i]);
    }
    for (temporal_int i = 0; i < COUNT; i++) {
        temporal_int square = -1;

        subject_wait_end(&subjects[i]);
        subject_result(&subjects[i], temporal_int_type(), &square);
        assert_int_equal(square, i * i);
    }
    assert_int_equal(harness_running(&harness), 0);
    harness_close(&harness);
    for (size_t i = 0; i < COUNT; i++)
        subject_done(&subjects[i]);
    free(subjects);
}

static void an_executor_that_never_ran_stops_at_once(void **state)
{
    struct harness harness;

    (void)state;
    harness_open(&harness, behaviours_make, behave_all, 2);
    assert_int_equal(harness.executor->capacity, 2);
    harness_close(&harness);
}

static void an_executor_that_was_never_started_is_just_freed(void **state)
{
    tp_executor *executor = NULL;

    (void)state;
    assert_ok(behaviours_make(&executor, behave_all, 2));
    tp_executor_free(executor);
    tp_executor_free(NULL);
}

static void an_executor_without_activities_is_refused(void **state)
{
    static const temporal_activity_def nothing = { .struct_size = sizeof(nothing), .name = "idle" };
    static const temporal_activity_def *const none[] = { NULL };
    static const temporal_activity_def *const incomplete[] = { &nothing, NULL };
    tp_executor *executor = NULL;

    (void)state;
    assert_fails(behaviours_make(&executor, none, 1), INVALID_ARGUMENT, "activities");
    assert_fails(behaviours_make(&executor, NULL, 1), INVALID_ARGUMENT, "activities");
    assert_fails(behaviours_make(&executor, incomplete, 1), INVALID_ARGUMENT, "idle");
    assert_null(executor);
}

const struct CMUnitTest behaviours_of_outcomes[] = {
    cmocka_unit_test(a_record_goes_in_and_a_number_comes_out),
    cmocka_unit_test(nothing_goes_in_and_nothing_comes_out),
    cmocka_unit_test(a_missing_argument_is_zero),
    cmocka_unit_test(a_failure_keeps_type_details_delay_and_cause),
    cmocka_unit_test(an_argument_that_does_not_fit_names_activity_and_path),
    cmocka_unit_test(an_input_that_is_no_message_is_refused),
    cmocka_unit_test(a_result_that_does_not_encode_fails_and_may_be_retried),
    cmocka_unit_test(an_activity_may_leave_its_completion_to_others),
    cmocka_unit_test(the_dynamic_activity_takes_any_type_and_any_arguments),
    cmocka_unit_test(an_activity_knows_what_it_is),
    cmocka_unit_test(a_large_result_comes_back_whole),
    cmocka_unit_test(threads_of_an_activity_may_use_it_too),
    cmocka_unit_test(a_state_is_made_once_and_kept),
    cmocka_unit_test(a_state_that_cannot_be_made_fails_the_attempt),
    cmocka_unit_test(two_hundred_attempts_at_once_all_end_well),
    cmocka_unit_test(an_executor_that_never_ran_stops_at_once),
    cmocka_unit_test(an_executor_that_was_never_started_is_just_freed),
    cmocka_unit_test(an_executor_without_activities_is_refused),
};
const size_t behaviours_of_outcomes_count =
    sizeof(behaviours_of_outcomes) / sizeof(behaviours_of_outcomes[0]);
