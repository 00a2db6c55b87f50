/* SPDX-License-Identifier: MIT */
/* Errors to failures and back; what other SDKs and the server send; chains without end. */
#include <string.h>

#include "base/error.h"
#include "converter/failure.h"
#include "converter/payload.h"
#include "tests/converter/arena.h"
#include "tests/support/support.h"

/* There and back through bytes; takes error. */
static temporal_error *round_trip(temporal_error *error)
{
    tp_buffer encoded = { 0 };
    temporal_error *back;

    tp_failure_encode(&encoded, error);
    temporal_error_free(error);
    back = tp_failure_decode(tp_buffer_bytes(&encoded));
    tp_buffer_done(&encoded);
    assert_non_null(back);
    return back;
}

static void add_details(temporal_error *error, temporal_int number)
{
    tp_buffer encoded = { 0 };

    assert_ok(
        tp_payloads_encode(&encoded, &(temporal_argument){ temporal_int_type(), &number }, 1));
    tp_error_set_details(error, encoded.data, encoded.size);
    tp_buffer_done(&encoded);
}

static void assert_detail(const temporal_error *error, temporal_int expected)
{
    temporal_int found = 0;

    assert_int_equal(temporal_error_detail_count(error), 1);
    assert_ok(temporal_error_detail(error, 0, temporal_int, &found));
    assert_true(found == expected);
}

/* --- every kind there and back --------------------------------------------------------------- */

static void application_errors_keep_all_that_they_say(void **state)
{
    const temporal_int left = 3;
    temporal_error *error = temporal_error_application_with(
        &(temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                       .type = "Insufficient",
                                       .non_retryable = true,
                                       .next_retry_delay = 2.5,
                                       .detail_type = temporal_int_type(),
                                       .detail = &left },
        "only %d left", 3);

    (void)state;
    tp_error_set_text(error, &error->stack_trace, "at shelf\nat cellar");
    error = round_trip(error);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_APPLICATION);
    assert_string_equal(temporal_error_message(error), "only 3 left");
    assert_string_equal(temporal_error_type(error), "Insufficient");
    assert_string_equal(temporal_error_stack_trace(error), "at shelf\nat cellar");
    assert_string_equal(error->source, TP_FAILURE_SOURCE);
    assert_false(temporal_error_is_retryable(error));
    assert_true(error->next_retry_delay == 2.5);
    assert_detail(error, 3);
    temporal_error_free(error);
}

static void cancelled_and_terminated_say_who_and_why(void **state)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_CANCELLED, "enough");

    (void)state;
    add_details(error, 7);
    tp_error_set_text(error, &error->identity, "me@host");
    error = round_trip(error);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_CANCELLED);
    assert_string_equal(temporal_error_message(error), "enough");
    assert_string_equal(error->identity, "me@host");
    assert_detail(error, 7);
    temporal_error_free(error);

    error = temporal_error_new(TEMPORAL_ERROR_TERMINATED, "by hand");
    tp_error_set_text(error, &error->identity, "you@host");
    error = round_trip(error);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_TERMINATED);
    assert_string_equal(error->identity, "you@host");
    temporal_error_free(error);
}

static void timeouts_keep_their_type_and_the_last_heartbeat(void **state)
{
    (void)state;
    for (int type = TEMPORAL_TIMEOUT_UNSPECIFIED; type <= TEMPORAL_TIMEOUT_HEARTBEAT; type++) {
        temporal_error *error = temporal_error_new(TEMPORAL_ERROR_TIMEOUT, "too late");

        error->timeout_type = (temporal_timeout_type)type;
        add_details(error, 40 + type);
        error = round_trip(error);
        assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_TIMEOUT);
        assert_int_equal(temporal_error_timeout_type(error), type);
        assert_detail(error, 40 + type);
        temporal_error_free(error);
    }
}

static void server_errors_keep_whether_to_retry(void **state)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_SERVER, "no shard");

    (void)state;
    error->non_retryable = true;
    error = round_trip(error);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_SERVER);
    assert_false(temporal_error_is_retryable(error));
    temporal_error_free(error);
    error = round_trip(temporal_error_new(TEMPORAL_ERROR_SERVER, "no shard"));
    assert_true(temporal_error_is_retryable(error));
    temporal_error_free(error);
}

static void activity_errors_keep_which_one_and_their_cause(void **state)
{
    temporal_error *error = temporal_error_wrap(temporal_error_application("Full", "no room"),
                                                TEMPORAL_ERROR_ACTIVITY, "Activity task failed");

    (void)state;
    tp_error_set_text(error, &error->activity_type, "store");
    tp_error_set_text(error, &error->activity_id, "5");
    tp_error_set_text(error, &error->identity, "1@host");
    error->scheduled_event_id = 5;
    error->started_event_id = 6;
    error->retry_state = TEMPORAL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED;
    error = round_trip(error);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_ACTIVITY);
    assert_string_equal(error->activity_type, "store");
    assert_string_equal(error->activity_id, "5");
    assert_string_equal(error->identity, "1@host");
    assert_int_equal(error->scheduled_event_id, 5);
    assert_int_equal(error->started_event_id, 6);
    assert_int_equal(temporal_error_retry_state(error),
                     TEMPORAL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    assert_string_equal(temporal_error_type(temporal_error_cause(error)), "Full");
    temporal_error_free(error);
}

static void child_workflow_errors_keep_which_one(void **state)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_CHILD_WORKFLOW, "child failed");

    (void)state;
    tp_error_set_text(error, &error->workflow_type, "ship");
    tp_error_set_text(error, &error->workflow_id, "ship-1");
    tp_error_set_text(error, &error->run_id, "run");
    tp_error_set_text(error, &error->namespace_name, "mine");
    error->scheduled_event_id = 8;
    error->retry_state = TEMPORAL_RETRY_STATE_TIMEOUT;
    error = round_trip(error);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_CHILD_WORKFLOW);
    assert_string_equal(error->workflow_type, "ship");
    assert_string_equal(error->workflow_id, "ship-1");
    assert_string_equal(error->run_id, "run");
    assert_string_equal(error->namespace_name, "mine");
    assert_int_equal(error->scheduled_event_id, 8);
    assert_int_equal(temporal_error_retry_state(error), TEMPORAL_RETRY_STATE_TIMEOUT);
    temporal_error_free(error);
}

static void other_errors_become_application_failures_of_their_codes_name(void **state)
{
    static const struct {
        temporal_error_code code;
        const char *type;
    } rows[] = { { TEMPORAL_ERROR_CONVERSION, "CONVERSION" },
                 { TEMPORAL_ERROR_INVALID_ARGUMENT, "INVALID_ARGUMENT" },
                 { TEMPORAL_ERROR_SYSTEM, "SYSTEM" },
                 { TEMPORAL_ERROR_NONDETERMINISM, "NONDETERMINISM" } };
    temporal_error *error;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        error = round_trip(temporal_error_new(rows[i].code, "why"));
        assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_APPLICATION);
        assert_string_equal(temporal_error_type(error), rows[i].type);
        assert_string_equal(temporal_error_message(error), "why");
        temporal_error_free(error);
    }
    error = round_trip(tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY));
    assert_string_equal(temporal_error_type(error), "NO_MEMORY");
    temporal_error_free(error);
    error = round_trip(tp_error_fixed(TEMPORAL_ERROR_CANCELLED));
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_CANCELLED);
    temporal_error_free(error);
}

static void no_error_is_no_failure(void **state)
{
    tp_buffer encoded = { 0 };
    temporal_error *error;

    (void)state;
    assert_null(tp_failure_from_error(&arena, NULL));
    assert_null(tp_failure_to_error(NULL));
    tp_failure_encode(&encoded, NULL);
    assert_int_equal(encoded.size, 0);
    error = tp_failure_decode(tp_buffer_bytes(&encoded)); /* as bytes it is an empty one */
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_APPLICATION);
    assert_string_equal(temporal_error_message(error), "");
    temporal_error_free(error);
    tp_buffer_done(&encoded);
}

/* --- ownership -------------------------------------------------------------------------------- */

static void a_failure_lives_on_its_arena_alone(void **state)
{
    temporal_error *error = temporal_error_application("T", "message");
    Tp__Failure__Failure *failure;

    (void)state;
    add_details(error, 9);
    failure = tp_failure_from_error(&arena, error);
    temporal_error_free(error);
    assert_string_equal(failure->message, "message");
    assert_string_equal(failure->application_failure_info->type, "T");
    assert_memory_equal(failure->application_failure_info->details->payloads[0]->data.data, "9", 1);
}

static void an_error_belongs_to_the_threads_owner(void **state)
{
    temporal_error *error = temporal_error_wrap(temporal_error_application("T", "inner"),
                                                TEMPORAL_ERROR_ACTIVITY, "outer");
    Tp__Failure__Failure *failure = tp_failure_from_error(&arena, error);
    tp_arena owner, *before;

    (void)state;
    temporal_error_free(error);
    tp_arena_init(&owner);
    before = tp_error_set_owner(&owner);
    error = tp_failure_to_error(failure);
    tp_error_set_owner(before);
    temporal_error_free(error); /* does nothing */
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "inner");
    tp_arena_done(&owner);
}

/* --- what others send ------------------------------------------------------------------------- */

/* ApplicationError("msg", 1, "two", type="T", non_retryable=True,
 * next_retry_delay=timedelta(seconds=1.5), category=BENIGN), raised from KeyError("inner"), as
 * Python's converter encodes it; source and stack traces shortened. */
static const uint8_t python_failure[] = "\x0a\x03"
                                        "msg"
                                        "\x12\x09"
                                        "PythonSDK"
                                        "\x1a\x04"
                                        "tb\n2"
                                        "\x22\x1b\x0a\x07'inner'\x1a\x04"
                                        "tb\n1*\x0a\x0a\x08KeyError"
                                        "*Q\x0a\x01T\x10\x01\x1a>"
                                        "\x0a\x1b\x0a\x16\x0a\x08"
                                        "encoding\x12\x0ajson/plain\x12\x01"
                                        "1"
                                        "\x0a\x1f\x0a\x16\x0a\x08"
                                        "encoding\x12\x0ajson/plain\x12\x05\"two\""
                                        "\"\x08\x08\x01\x10\x80\xca\xb5\xee\x01(\x01";

static void what_python_raises_is_understood(void **state)
{
    temporal_error *error =
        tp_failure_decode((tp_bytes){ python_failure, sizeof(python_failure) - 1 });
    temporal_string text;
    temporal_int number;

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_APPLICATION);
    assert_string_equal(temporal_error_message(error), "msg");
    assert_string_equal(temporal_error_type(error), "T");
    assert_string_equal(temporal_error_stack_trace(error), "tb\n2");
    assert_string_equal(error->source, "PythonSDK");
    assert_false(temporal_error_is_retryable(error));
    assert_true(error->next_retry_delay == 1.5);
    assert_int_equal(temporal_error_detail_count(error), 2);
    assert_ok(temporal_error_detail(error, 0, temporal_int, &number));
    assert_ok(temporal_error_detail(error, 1, temporal_string, &text));
    assert_true(number == 1);
    assert_string_equal(text, "two");
    assert_string_equal(temporal_error_type(temporal_error_cause(error)), "KeyError");
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "'inner'");
    temporal_error_free(error);
}

static void the_source_of_a_failure_is_passed_on(void **state)
{
    temporal_error *error =
        round_trip(tp_failure_decode((tp_bytes){ python_failure, sizeof(python_failure) - 1 }));

    (void)state;
    assert_string_equal(error->source, "PythonSDK");
    assert_string_equal(temporal_error_stack_trace(error), "tb\n2");
    temporal_error_free(error);
}

static void a_reset_is_an_application_error_of_its_own_type(void **state)
{
    Tp__Failure__ResetWorkflowFailureInfo info = TP__FAILURE__RESET_WORKFLOW_FAILURE_INFO__INIT;
    char message[] = "by hand";
    Tp__Failure__Failure failure;
    temporal_error *error;

    (void)state;
    tp__failure__failure__init(&failure);
    failure.failure_info_case = TP__FAILURE__FAILURE__FAILURE_INFO_RESET_WORKFLOW_FAILURE_INFO;
    failure.reset_workflow_failure_info = &info;
    error = tp_failure_to_error(&failure);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_APPLICATION);
    assert_string_equal(temporal_error_type(error), "ResetWorkflow");
    assert_string_equal(temporal_error_message(error), "the workflow was reset");
    temporal_error_free(error);
    failure.message = message;
    error = tp_failure_to_error(&failure);
    assert_string_equal(temporal_error_message(error), "by hand");
    temporal_error_free(error);
}

static void a_failure_of_an_unknown_kind_keeps_its_message(void **state)
{
    /* Field 15, which nobody has defined: a message with one text. */
    static const uint8_t later[] = "\x0a\x05later\x7a\x03\x0a\x01x";
    temporal_error *error = tp_failure_decode((tp_bytes){ later, sizeof(later) - 1 });

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_APPLICATION);
    assert_string_equal(temporal_error_message(error), "later");
    assert_string_equal(temporal_error_type(error), "");
    temporal_error_free(error);
}

static void numbers_without_a_name_are_unspecified(void **state)
{
    static const uint8_t timeout[] = "\x32\x02\x08\x63"; /* timeout_type 99 */
    static const uint8_t activity[] =
        "\x5a\x0b\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"; /* -1 */
    temporal_error *error = tp_failure_decode((tp_bytes){ timeout, sizeof(timeout) - 1 });

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_TIMEOUT);
    assert_int_equal(temporal_error_timeout_type(error), TEMPORAL_TIMEOUT_UNSPECIFIED);
    temporal_error_free(error);
    error = tp_failure_decode((tp_bytes){ activity, sizeof(activity) - 1 });
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_ACTIVITY);
    assert_int_equal(temporal_error_retry_state(error), TEMPORAL_RETRY_STATE_UNSPECIFIED);
    temporal_error_free(error);
}

static Tp__Common__Payload *attributes_of(const char *encoding, const char *data)
{
    const temporal_value value = { .encoding = encoding, .data = data, .size = strlen(data) };
    Tp__Common__Payload *payload;

    assert_ok(tp_payload_make(&arena, temporal_value_type(), &value, &payload));
    return payload;
}

static void a_message_that_was_hidden_from_the_server_is_read(void **state)
{
    Tp__Failure__Failure failure;
    char hidden[] = "Encoded failure";
    temporal_error *error;

    (void)state;
    tp__failure__failure__init(&failure);
    failure.message = hidden;
    failure.encoded_attributes =
        attributes_of("json/plain", "{\"message\":\"secret\",\"stack_trace\":\"at vault\"}");
    error = tp_failure_to_error(&failure);
    assert_string_equal(temporal_error_message(error), "secret");
    assert_string_equal(temporal_error_stack_trace(error), "at vault");
    temporal_error_free(error);
    failure.encoded_attributes = attributes_of("json/plain", "{}");
    error = tp_failure_to_error(&failure);
    assert_string_equal(temporal_error_message(error), "Encoded failure");
    temporal_error_free(error);
    failure.encoded_attributes = attributes_of("binary/encrypted", "x");
    error = tp_failure_to_error(&failure);
    assert_string_equal(temporal_error_message(error), "Encoded failure");
    temporal_error_free(error);
}

/* --- what must not go wrong --------------------------------------------------------------------
 */

static void texts_that_the_server_would_refuse_are_cleaned(void **state)
{
    temporal_error *error = temporal_error_application("T\xff", "a\xc3(");

    (void)state;
    error = round_trip(error);
    assert_string_equal(temporal_error_message(error), "a\xef\xbf\xbd(");
    assert_string_equal(temporal_error_type(error), "T\xef\xbf\xbd");
    temporal_error_free(error);
}

static void details_that_are_no_payloads_are_left_out(void **state)
{
    temporal_error *error = temporal_error_application("T", "message");

    (void)state;
    tp_error_set_details(error, "\xff\xff\xff", 3);
    assert_int_equal(temporal_error_detail_count(error), 0);
    error = round_trip(error);
    assert_string_equal(temporal_error_message(error), "message");
    assert_int_equal(error->details.size, 0);
    temporal_error_free(error);
}

static temporal_error *chain_of(int links)
{
    temporal_error *error = temporal_error_application("T", "link %d", links);

    for (int i = links - 1; i > 0; i--)
        error = temporal_error_wrap(error, TEMPORAL_ERROR_APPLICATION, "link %d", i);
    return error;
}

static int count_links(const temporal_error *error)
{
    int links = 0;

    for (; error; error = temporal_error_cause(error))
        links++;
    return links;
}

static const temporal_error *last_link(const temporal_error *error)
{
    while (temporal_error_cause(error))
        error = temporal_error_cause(error);
    return error;
}

static void a_chain_of_causes_is_kept_up_to_its_bound(void **state)
{
    temporal_error *error = round_trip(chain_of(TP_FAILURE_DEPTH));

    (void)state;
    assert_int_equal(count_links(error), TP_FAILURE_DEPTH);
    assert_string_equal(temporal_error_message(last_link(error)), "link 100");
    temporal_error_free(error);
}

static void a_longer_chain_is_cut_and_says_so(void **state)
{
    temporal_error *error = round_trip(chain_of(10000));

    (void)state;
    assert_int_equal(count_links(error), TP_FAILURE_DEPTH);
    assert_string_equal(temporal_error_message(last_link(error)),
                        "link 100 (the causes of this one are left out)");
    temporal_error_free(error);
}

static void a_longer_failure_is_cut_and_says_so(void **state)
{
    enum {
        LINKS = TP_FAILURE_DEPTH + 20
    };
    Tp__Failure__Failure links[LINKS];
    temporal_error *error;

    (void)state;
    for (int i = 0; i < LINKS; i++) {
        tp__failure__failure__init(&links[i]);
        links[i].cause = i + 1 < LINKS ? &links[i + 1] : NULL;
    }
    error = tp_failure_to_error(&links[0]);
    assert_int_equal(count_links(error), TP_FAILURE_DEPTH + 1);
    assert_string_equal(temporal_error_message(last_link(error)), "(further causes are left out)");
    temporal_error_free(error);
}

/* A Failure of which each is the cause of the one around it, from the inside out: tag 4, its
 * length. */
static tp_bytes nested_failure(uint8_t *room, size_t capacity, int levels)
{
    uint8_t *at = room + capacity;
    size_t size = 0;

    for (int i = 0; i < levels; i++) {
        size_t length = size;

        if (length >= 16384)
            *--at = (uint8_t)(length >> 14);
        if (length >= 128)
            *--at = (uint8_t)((length >> 7 & 0x7f) | (length >= 16384 ? 0x80 : 0));
        *--at = (uint8_t)((length & 0x7f) | (length >= 128 ? 0x80 : 0));
        *--at = 0x22;
        size = (size_t)(room + capacity - at);
    }
    return (tp_bytes){ at, size };
}

static void hostile_nesting_is_refused_before_it_eats_the_stack(void **state)
{
    enum {
        CAPACITY = 1 << 20
    };
    uint8_t *room = tp_arena_alloc(&arena, CAPACITY);
    temporal_error *error = tp_failure_decode(nested_failure(room, CAPACITY, 50));

    (void)state;
    assert_int_equal(count_links(error), 51);
    temporal_error_free(error);
    assert_fails(tp_failure_decode(nested_failure(room, CAPACITY, 200000)), CONVERSION,
                 "no encoded failure, or it nests too deeply");
}

static void bytes_that_are_no_failure_are_refused(void **state)
{
    static const char *const wrong[] = { "\x0a", "\x0a\x05xy", "\x22\x02\x0a\x05",
                                         "\x0b", "\x0dxyz!",   "\x2a\x01\x0a" };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_fails(tp_failure_decode((tp_bytes){ (const uint8_t *)wrong[i], strlen(wrong[i]) }),
                     CONVERSION, "no encoded failure");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(application_errors_keep_all_that_they_say),
        cmocka_unit_test(cancelled_and_terminated_say_who_and_why),
        cmocka_unit_test(timeouts_keep_their_type_and_the_last_heartbeat),
        cmocka_unit_test(server_errors_keep_whether_to_retry),
        cmocka_unit_test(activity_errors_keep_which_one_and_their_cause),
        cmocka_unit_test(child_workflow_errors_keep_which_one),
        cmocka_unit_test(other_errors_become_application_failures_of_their_codes_name),
        cmocka_unit_test(no_error_is_no_failure),
        cmocka_unit_test(a_failure_lives_on_its_arena_alone),
        cmocka_unit_test(an_error_belongs_to_the_threads_owner),
        cmocka_unit_test(what_python_raises_is_understood),
        cmocka_unit_test(the_source_of_a_failure_is_passed_on),
        cmocka_unit_test(a_reset_is_an_application_error_of_its_own_type),
        cmocka_unit_test(a_failure_of_an_unknown_kind_keeps_its_message),
        cmocka_unit_test(numbers_without_a_name_are_unspecified),
        cmocka_unit_test(a_message_that_was_hidden_from_the_server_is_read),
        cmocka_unit_test(texts_that_the_server_would_refuse_are_cleaned),
        cmocka_unit_test(details_that_are_no_payloads_are_left_out),
        cmocka_unit_test(a_chain_of_causes_is_kept_up_to_its_bound),
        cmocka_unit_test(a_longer_chain_is_cut_and_says_so),
        cmocka_unit_test(a_longer_failure_is_cut_and_says_so),
        cmocka_unit_test(hostile_nesting_is_refused_before_it_eats_the_stack),
        cmocka_unit_test(bytes_that_are_no_failure_are_refused),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
