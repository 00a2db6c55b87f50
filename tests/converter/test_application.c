/* SPDX-License-Identifier: MIT */
/* Failures of the user's own, and reading what errors carry. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "converter/payload.h"
#include "tests/support/support.h"

/* clang-format off */
#define SHELF(FIELD)              \
    FIELD(temporal_string, name)  \
    FIELD(temporal_int, left)
TEMPORAL_RECORD(shelf, SHELF)
/* clang-format on */

static void type_and_message_are_kept(void **state)
{
    temporal_error *error = temporal_error_application("Insufficient", "only %d left", 3);

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_APPLICATION);
    assert_string_equal(temporal_error_type(error), "Insufficient");
    assert_string_equal(temporal_error_message(error), "only 3 left");
    assert_true(temporal_error_is_retryable(error));
    assert_int_equal(temporal_error_detail_count(error), 0);
    temporal_error_free(error);
    error = temporal_error_application(NULL, "plain");
    assert_string_equal(temporal_error_type(error), "");
    temporal_error_free(error);
}

static void a_detail_is_encoded_at_once(void **state)
{
    char name[] = "left";
    shelf value = { name, 3 }, found;
    temporal_error *error = temporal_error_application_with(
        &(temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                       .type = "Insufficient",
                                       .non_retryable = true,
                                       .next_retry_delay = 7,
                                       .cause = temporal_error_new(TEMPORAL_ERROR_SYSTEM, "why"),
                                       .detail_type = shelf_type(),
                                       .detail = &value },
        "only %d left", 3);

    (void)state;
    memcpy(name, "gone", sizeof(name));
    assert_int_equal(temporal_error_detail_count(error), 1);
    assert_ok(temporal_error_detail(error, 0, shelf, &found));
    assert_string_equal(found.name, "left");
    assert_true(found.left == 3);
    assert_false(temporal_error_is_retryable(error));
    assert_true(error->next_retry_delay == 7);
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "why");
    temporal_error_free(error);
}

static void a_detail_that_does_not_encode_does_not_hide_the_failure(void **state)
{
    const double number = nan("");
    temporal_error *error = temporal_error_application_with(
        &(temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                       .type = "Odd",
                                       .detail_type = temporal_double_type(),
                                       .detail = &number },
        "odd");

    (void)state;
    assert_string_equal(temporal_error_type(error), "Odd");
    assert_string_equal(temporal_error_message(error),
                        "odd (its detail is left out: NaN cannot be written as JSON)");
    assert_int_equal(temporal_error_detail_count(error), 0);
    temporal_error_free(error);
}

static void a_wrong_delay_is_an_invalid_argument_with_the_cause_kept(void **state)
{
    temporal_error *error = temporal_error_application_with(
        &(temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                       .next_retry_delay = -1,
                                       .cause = temporal_error_new(TEMPORAL_ERROR_SYSTEM, "why") },
        "x");

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_INVALID_ARGUMENT);
    assert_contains(temporal_error_message(error), "next_retry_delay: -1 seconds is negative");
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "why");
    temporal_error_free(error);
}

static void options_of_an_older_program_are_read_as_far_as_they_go(void **state)
{
    const temporal_application_error older = {
        .struct_size = offsetof(temporal_application_error, non_retryable),
        .type = "T",
        .non_retryable = true,
    };
    temporal_error *error = temporal_error_application_with(&older, "x");

    (void)state;
    assert_string_equal(temporal_error_type(error), "T");
    assert_true(temporal_error_is_retryable(error));
    temporal_error_free(error);
    error = temporal_error_application_with(NULL, "bare");
    assert_string_equal(temporal_error_message(error), "bare");
    temporal_error_free(error);
}

static void reading_a_detail_that_is_not_there_or_does_not_fit_is_an_error(void **state)
{
    const temporal_int number = 5;
    temporal_string text = "before";
    temporal_error *error = temporal_error_application_with(
        &(temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                       .detail_type = temporal_int_type(),
                                       .detail = &number },
        "x");

    (void)state;
    assert_fails(temporal_error_detail(error, 0, temporal_string, &text), CONVERSION,
                 "expected a string, not a number");
    assert_fails(temporal_error_detail(error, 1, temporal_string, &text), INVALID_ARGUMENT,
                 "there is no detail 1: the error has 1");
    assert_fails(temporal_error_detail(NULL, 0, temporal_string, &text), INVALID_ARGUMENT,
                 "there is no detail 0: the error has 0");
    assert_fails(temporal_error_read_detail(error, 0, temporal_int_type(), NULL), INVALID_ARGUMENT,
                 "type and out are required");
    assert_string_equal(text, "before");
    assert_int_equal(temporal_error_detail_count(tp_error_fixed(TEMPORAL_ERROR_CANCELLED)), 0);
    temporal_error_free(error);
}

static void what_an_activity_makes_belongs_to_its_arena(void **state)
{
    const temporal_string text = "detail";
    temporal_string found;
    tp_arena arena, *before;
    temporal_error *error;

    (void)state;
    tp_arena_init(&arena);
    before = tp_error_set_owner(&arena);
    error = temporal_error_application_with(
        &(temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                       .cause = temporal_error_application("Inner", "y"),
                                       .detail_type = temporal_string_type(),
                                       .detail = &text },
        "x");
    tp_error_set_owner(before);
    assert_ok(temporal_error_detail(error, 0, temporal_string, &found));
    assert_string_equal(found, "detail");
    assert_string_equal(temporal_error_type(temporal_error_cause(error)), "Inner");
    temporal_error_free(error); /* does nothing */
    assert_string_equal(temporal_error_message(error), "x");
    tp_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type_and_message_are_kept),
        cmocka_unit_test(a_detail_is_encoded_at_once),
        cmocka_unit_test(a_detail_that_does_not_encode_does_not_hide_the_failure),
        cmocka_unit_test(a_wrong_delay_is_an_invalid_argument_with_the_cause_kept),
        cmocka_unit_test(options_of_an_older_program_are_read_as_far_as_they_go),
        cmocka_unit_test(reading_a_detail_that_is_not_there_or_does_not_fit_is_an_error),
        cmocka_unit_test(what_an_activity_makes_belongs_to_its_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
