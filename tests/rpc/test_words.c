/* SPDX-License-Identifier: MIT */
/* test_words.c -- the small words of the room: metadata, statuses, pauses. Without a server. */
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "rpc/backoff.h"
#include "rpc/channel.h"
#include "rpc/status.h"
#include "tests/support/support.h"

/* --- metadata --------------------------------------------------------------------------------- */

static temporal_error *check(const char *name, const char *value)
{
    const temporal_pair pairs[] = { { "fine", "too" }, { name, value }, { NULL, NULL } };

    return tp_channel_check_metadata(pairs);
}

static void good_metadata_passes(void **state)
{
    (void)state;
    assert_ok(tp_channel_check_metadata(NULL));
    assert_ok(check("authorization", "Bearer abc.def"));
    assert_ok(check("x-a_b.c9", ""));
    assert_ok(check("x-null", NULL));
    assert_ok(check("trace-bin", "any\nbytes\xff"));
}

static void a_bad_name_is_refused_by_name(void **state)
{
    (void)state;
    assert_fails(check("Authorization", "x"), INVALID_ARGUMENT, "\"Authorization\"");
    assert_fails(check("", "x"), INVALID_ARGUMENT, "metadata name");
    assert_fails(check("two words", "x"), INVALID_ARGUMENT, "two words");
    assert_fails(check(":path", "x"), INVALID_ARGUMENT, ":path");
}

static void a_name_of_the_library_is_refused(void **state)
{
    (void)state;
    assert_fails(check("client-name", "me"), INVALID_ARGUMENT, "client-name");
    assert_fails(check("temporal-namespace", "x"), INVALID_ARGUMENT, "temporal-namespace");
    assert_fails(check("grpc-timeout", "1S"), INVALID_ARGUMENT, "grpc-timeout");
    assert_fails(check("user-agent", "x"), INVALID_ARGUMENT, "user-agent");
}

static void a_bad_value_is_refused_by_its_name_alone(void **state)
{
    temporal_error *error = check("authorization", "secret\n");

    (void)state;
    assert_contains(temporal_error_message(error), "authorization");
    assert_null(strstr(temporal_error_message(error), "secret"));
    temporal_error_free(error);
    assert_fails(check("x", "gr\xc3\xbc\xc3\x9f"), INVALID_ARGUMENT, "ASCII");
}

static void the_name_of_a_namespace_must_travel_too(void **state)
{
    (void)state;
    assert_ok(tp_channel_check_namespace("team-a.prod"));
    assert_fails(tp_channel_check_namespace(""), INVALID_ARGUMENT, "empty");
    assert_fails(tp_channel_check_namespace("a\nb"), INVALID_ARGUMENT, "ASCII");
}

/* --- statuses --------------------------------------------------------------------------------- */

static void statuses_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(tp_status_name(TP_STATUS_OK), "OK");
    assert_string_equal(tp_status_name(TP_STATUS_UNAUTHENTICATED), "UNAUTHENTICATED");
    assert_string_equal(tp_status_name(17), "UNKNOWN");
    assert_string_equal(tp_status_name(-1), "UNKNOWN");
}

static void a_message_that_is_too_large_never_passes(void **state)
{
    static const char *const words[] = {
        "grpc: received message larger than max (5 vs. 4)",
        "grpc: received message after decompression larger than max (5 vs. 4)",
        "Received message larger than max (5 vs. 4)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_false(tp_status_is_retryable(
            &(const tp_status){ .code = TP_STATUS_RESOURCE_EXHAUSTED, .message = words[i] }));
    assert_true(tp_status_is_retryable(&(const tp_status){ .code = TP_STATUS_RESOURCE_EXHAUSTED,
                                                           .message = "too many requests" }));
}

static void details_that_are_nonsense_are_left_aside(void **state)
{
    static const char *const nonsense[] = {
        "\xff\xff\xff",                  /* no message */
        "\x1a\x7f",                      /* a detail longer than all of it */
        "\x1a\x02\x0a\x7f",              /* a type longer than its detail */
        "\x1a\x06\x0a\x01/\x12\x01\xff", /* of no type */
        "\x1a\x03\x0a\x01x\x1a\x00\x1a", /* cut off */
    };

    (void)state;
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        const tp_status status = { .code = TP_STATUS_NOT_FOUND,
                                   .message = "no such workflow",
                                   .details = { (const uint8_t *)nonsense[i],
                                                strlen(nonsense[i]) } };

        assert_fails(tp_status_error(&status, "Method", "host:1"), NOT_FOUND,
                     "Method at host:1: NOT_FOUND: no such workflow");
    }
}

static void details_of_a_known_type_may_be_nonsense_within(void **state)
{
    static const char type[] =
        "temporal.api.errordetails.v1.WorkflowExecutionAlreadyStartedFailure";
    tp_buffer details = { 0 };
    tp_status status = { .code = TP_STATUS_ALREADY_EXISTS, .message = "running" };
    temporal_error *error;

    (void)state;
    /* details { type_url, value: ff ff } */
    tp_buffer_append(&details, "\x1a", 1);
    tp_buffer_append(&details, &(uint8_t){ (uint8_t)(2 + strlen(type) + 4) }, 1);
    tp_buffer_append(&details, "\x0a", 1);
    tp_buffer_append(&details, &(uint8_t){ (uint8_t)strlen(type) }, 1);
    tp_buffer_append_text(&details, type);
    tp_buffer_append(&details, "\x12\x02\xff\xff", 4);
    status.details = tp_buffer_bytes(&details);
    error = tp_status_error(&status, "Method", "host:1");
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_ALREADY_STARTED);
    assert_null(error->run_id);
    temporal_error_free(error);
    tp_buffer_done(&details);
}

/* --- pauses ----------------------------------------------------------------------------------- */

static void assert_between(double value, double low, double high)
{
    assert_true(value >= low && value <= high);
}

static void pauses_grow_to_five_seconds_give_or_take_a_fifth(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_between(tp_backoff_pause(1, false), 0.08, 0.12);
        assert_between(tp_backoff_pause(2, false), 0.12, 0.18);
        assert_between(tp_backoff_pause(3, false), 0.18, 0.27);
        assert_between(tp_backoff_pause(50, false), 4, 6);
        assert_between(tp_backoff_pause(UINT32_MAX, false), 4, 6);
    }
}

static void a_server_that_is_asked_too_often_is_left_alone_for_longer(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_between(tp_backoff_pause(1, true), 0.8, 1.2);
        assert_between(tp_backoff_pause(2, true), 1.2, 1.8);
        assert_between(tp_backoff_pause(50, true), 4, 6);
    }
}

static void pauses_differ(void **state)
{
    double first = tp_backoff_pause(5, false);
    int same = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        same += tp_backoff_pause(5, false) == first;
    assert_in_range(same, 0, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_metadata_passes),
        cmocka_unit_test(a_bad_name_is_refused_by_name),
        cmocka_unit_test(a_name_of_the_library_is_refused),
        cmocka_unit_test(a_bad_value_is_refused_by_its_name_alone),
        cmocka_unit_test(the_name_of_a_namespace_must_travel_too),
        cmocka_unit_test(statuses_have_their_names),
        cmocka_unit_test(a_message_that_is_too_large_never_passes),
        cmocka_unit_test(details_that_are_nonsense_are_left_aside),
        cmocka_unit_test(details_of_a_known_type_may_be_nonsense_within),
        cmocka_unit_test(pauses_grow_to_five_seconds_give_or_take_a_fifth),
        cmocka_unit_test(a_server_that_is_asked_too_often_is_left_alone_for_longer),
        cmocka_unit_test(pauses_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
