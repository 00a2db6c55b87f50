/* SPDX-License-Identifier: MIT */
/* test_proto_json.c -- wire messages from and to proto3 JSON, form by form. */
#include <math.h>
#include <string.h>

#include "converter/json.h"
#include "converter/proto_json.h"
#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "google/protobuf/struct.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "temporal/api/history/v1/message.pb-c.h"
#include "temporal/api/protocol/v1/message.pb-c.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "tests/converter/arena.h"
#include "tests/support/support.h"

static temporal_error *try_read(const ProtobufCMessageDescriptor *descriptor, const char *text,
                                tp_proto_json_source source, ProtobufCMessage **message)
{
    return tp_proto_json_read(&arena, descriptor, (tp_bytes){ (const uint8_t *)text, strlen(text) },
                              source, message);
}

static void *read(const ProtobufCMessageDescriptor *descriptor, const char *text)
{
    ProtobufCMessage *message = NULL;

    assert_ok(try_read(descriptor, text, TP_PROTO_JSON_PAYLOAD, &message));
    return message;
}

static void *read_history(const ProtobufCMessageDescriptor *descriptor, const char *text)
{
    ProtobufCMessage *message = NULL;

    assert_ok(try_read(descriptor, text, TP_PROTO_JSON_HISTORY, &message));
    return message;
}

static void refuse(const ProtobufCMessageDescriptor *descriptor, const char *text,
                   const char *problem)
{
    ProtobufCMessage *message = NULL;

    assert_fails(try_read(descriptor, text, TP_PROTO_JSON_PAYLOAD, &message), CONVERSION, problem);
    assert_null(message);
}

/* Lives as long as the arena. */
static const char *written(const void *message)
{
    tp_buffer out = { 0 };
    const char *text;

    assert_ok(tp_proto_json_write(&out, message, TP_MESSAGE_DEPTH));
    text = tp_arena_strndup(&arena, (const char *)out.data, out.size);
    tp_buffer_done(&out);
    return text;
}

static void assert_rewritten(const ProtobufCMessageDescriptor *descriptor, const char *text,
                             const char *expected)
{
    assert_string_equal(written(read(descriptor, text)), expected);
}

static void assert_same(const ProtobufCMessageDescriptor *descriptor, const char *text)
{
    assert_rewritten(descriptor, text, text);
}

/* --- fields ---------------------------------------------------------------------------------- */

static void names_are_read_in_both_spellings_and_written_in_camel_case(void **state)
{
    (void)state;
    assert_rewritten(&tp__common__workflow_execution__descriptor,
                     "{\"workflow_id\":\"w\",\"runId\":\"r\"}",
                     "{\"workflowId\":\"w\",\"runId\":\"r\"}");
    refuse(&tp__common__workflow_execution__descriptor,
           "{\"workflow_id\":\"w\",\"workflowId\":\"w\"}", "workflow_id: the field stands twice");
}

static void unknown_fields_and_nulls_are_skipped(void **state)
{
    (void)state;
    assert_rewritten(
        &tp__common__workflow_execution__descriptor,
        " { \"new\" : [ { } , 1 ] , \"runId\" : null , \"workflowId\" : \"\\u00e9\" } ",
        "{\"workflowId\":\"\xc3\xa9\"}");
}

static void numbers_of_64_bits_are_texts_or_numbers(void **state)
{
    const ProtobufCMessageDescriptor *event = &tp__history__history_event__descriptor;

    (void)state;
    assert_same(event, "{\"eventId\":\"9223372036854775807\"}");
    assert_rewritten(event, "{\"eventId\":-9223372036854775808}",
                     "{\"eventId\":\"-9223372036854775808\"}");
    assert_rewritten(event, "{\"eventId\":3e2,\"version\":\"1.0\"}",
                     "{\"eventId\":\"300\",\"version\":\"1\"}");
    refuse(event, "{\"eventId\":\"\"}", "event_id: expected a number");
    refuse(event, "{\"eventId\":\" 1\"}", "event_id: expected a number");
    refuse(event, "{\"eventId\":\"1 \"}", "event_id: expected a number");
    refuse(event, "{\"eventId\":1.5}", "event_id: expected a whole number: 1.5");
    refuse(event, "{\"eventId\":9223372036854775808}", "event_id: the number is too large");
    refuse(event, "{\"eventId\":[1]}", "event_id: expected a number, not a list");
    refuse(&tp__pb__uint64_value__descriptor, "-1", "not negative");
    assert_same(&tp__pb__uint64_value__descriptor, "\"18446744073709551615\"");
    refuse(&tp__pb__int32_value__descriptor, "2147483648", "too large");
    assert_same(&tp__pb__int32_value__descriptor, "-2147483648");
    refuse(&tp__pb__uint32_value__descriptor, "4294967296", "too large");
    assert_same(&tp__pb__uint32_value__descriptor, "4294967295");
}

static void enums_are_read_in_every_spelling(void **state)
{
    static const char *const spellings[] = { "\"EVENT_TYPE_WORKFLOW_EXECUTION_STARTED\"",
                                             "\"WorkflowExecutionStarted\"", "1" };
    const ProtobufCMessageDescriptor *event = &tp__history__history_event__descriptor;
    const Tp__History__HistoryEvent *unknown;

    (void)state;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
        assert_rewritten(event, tp_arena_format(&arena, "{\"eventType\":%s}", spellings[i]),
                         "{\"eventType\":\"EVENT_TYPE_WORKFLOW_EXECUTION_STARTED\"}");
    assert_same(event, "{\"eventType\":77777}");
    refuse(event, "{\"eventType\":\"workflowExecutionStarted\"}", "is no name of");
    refuse(event, "{\"eventType\":\"EVENT_TYPE_OF_TOMORROW\"}",
           "event_type: \"EVENT_TYPE_OF_TOMORROW\" is no name of temporal.api.enums.v1.EventType");
    unknown = read_history(event, "{\"eventId\":\"4\",\"eventType\":\"EVENT_TYPE_OF_TOMORROW\"}");
    assert_int_equal(unknown->event_type, 0);
    assert_int_equal(unknown->event_id, 4);
}

static void texts_are_utf_8_without_nul(void **state)
{
    Tp__Common__WorkflowExecution execution;
    char wrong[] = "ab\xff";
    tp_buffer out = { 0 };

    (void)state;
    refuse(&tp__common__workflow_execution__descriptor, "{\"runId\":\"a\\u0000b\"}",
           "run_id: the string holds a NUL");
    refuse(&tp__common__workflow_execution__descriptor, "{\"runId\":5}",
           "run_id: expected a string, not a number");
    tp__common__workflow_execution__init(&execution);
    execution.run_id = wrong;
    assert_fails(tp_proto_json_write(&out, &execution.base, 10), CONVERSION,
                 "run_id: byte 2 of the string is not UTF-8");
    tp_buffer_done(&out);
}

static void bytes_are_base64_of_either_alphabet(void **state)
{
    const ProtobufCMessageDescriptor *payload = &tp__common__payload__descriptor;

    (void)state;
    assert_same(payload, "{\"data\":\"+/+/\"}");
    assert_rewritten(payload, "{\"data\":\"-_-_\"}", "{\"data\":\"+/+/\"}");
    assert_rewritten(payload, "{\"data\":\"aGk\"}", "{\"data\":\"aGk=\"}");
    refuse(payload, "{\"data\":\"a\"}", "data: expected base64");
    refuse(payload, "{\"data\":\"a!==\"}", "data: expected base64");
    refuse(payload, "{\"data\":[1]}", "data: expected a string of base64, not a list");
}

static void floating_numbers_may_be_none(void **state)
{
    const Tp__Pb__DoubleValue *value;

    (void)state;
    assert_same(&tp__pb__double_value__descriptor, "\"NaN\"");
    assert_same(&tp__pb__double_value__descriptor, "\"-Infinity\"");
    assert_same(&tp__pb__float_value__descriptor, "\"Infinity\"");
    assert_same(&tp__pb__double_value__descriptor, "5e-324");
    value = read(&tp__pb__double_value__descriptor, "\"1.5e3\"");
    assert_true(value->value == 1500.0);
    refuse(&tp__pb__float_value__descriptor, "1e39", "too large for a float");
    refuse(&tp__pb__double_value__descriptor, "\"inf\"", "expected a number");
}

static void one_member_of_a_oneof_may_be_set(void **state)
{
    (void)state;
    refuse(&tp__history__history_event__descriptor,
           "{\"timerStartedEventAttributes\":{},\"timerFiredEventAttributes\":{}}",
           "timer_fired_event_attributes: timer_started_event_attributes is set already");
    assert_rewritten(&tp__history__history_event__descriptor,
                     "{\"timerStartedEventAttributes\":null,\"timerFiredEventAttributes\":{}}",
                     "{\"timerFiredEventAttributes\":{}}");
}

static void maps_are_objects(void **state)
{
    const Tp__Common__Payload *payload;

    (void)state;
    payload = read(&tp__common__payload__descriptor, "{\"metadata\":{\"a\":\"YQ==\",\"b\":\"\"}}");
    assert_int_equal(payload->n_metadata, 2);
    assert_string_equal(payload->metadata[0]->key, "a");
    assert_int_equal(payload->metadata[0]->value.len, 1);
    assert_string_equal(written(payload), "{\"metadata\":{\"a\":\"YQ==\",\"b\":\"\"}}");
    /* As on the wire, the last one counts. */
    assert_rewritten(&tp__common__payload__descriptor,
                     "{\"metadata\":{\"a\":\"YQ==\",\"a\":\"Yg==\"}}",
                     "{\"metadata\":{\"a\":\"Yg==\"}}");
    refuse(&tp__common__payload__descriptor, "{\"metadata\":[]}",
           "metadata: expected an object, not a list");
    refuse(&tp__common__payload__descriptor, "{\"metadata\":{\"k\":null}}",
           "metadata[\"k\"]: null is no value");
    refuse(&tp__common__memo__descriptor, "{\"fields\":{\"k\":{\"data\":1}}}",
           "fields[\"k\"].data: expected a string of base64");
}

static void lists_have_no_nulls(void **state)
{
    (void)state;
    assert_same(&tp__common__payloads__descriptor, "{\"payloads\":[{},{\"data\":\"YQ==\"}]}");
    refuse(&tp__common__payloads__descriptor, "{\"payloads\":[{},null]}",
           "payloads[1]: null is no value");
    refuse(&tp__common__payloads__descriptor, "{\"payloads\":{}}",
           "expected a list, not an object");
    refuse(&tp__common__payloads__descriptor, "[]", "expected an object, not a list");
}

/* --- well-known types ------------------------------------------------------------------------ */

static void times_are_read_exactly(void **state)
{
    const ProtobufCMessageDescriptor *time = &tp__pb__timestamp__descriptor;
    const Tp__Pb__Timestamp *read_time = read(time, "\"1969-12-31T23:59:59.999999999Z\"");
    Tp__Pb__Timestamp wrong = TP__PB__TIMESTAMP__INIT;
    tp_buffer out = { 0 };

    (void)state;
    assert_int_equal(read_time->seconds, -1);
    assert_int_equal(read_time->nanos, 999999999);
    assert_same(time, "\"1969-12-31T23:59:59.999999999Z\"");
    assert_same(time, "\"0001-01-01T00:00:00Z\"");
    assert_same(time, "\"9999-12-31T23:59:59.999999999Z\"");
    assert_same(time, "\"2024-02-29T12:00:00.021Z\"");
    assert_same(time, "\"2000-03-01T00:00:00.000001Z\"");
    assert_rewritten(time, "\"2026-11-23T10:00:00.5+01:30\"", "\"2026-11-23T08:30:00.500Z\"");
    assert_rewritten(time, "\"2026-11-23T23:30:00-01:00\"", "\"2026-11-24T00:30:00Z\"");
    refuse(time, "\"2023-02-29T12:00:00Z\"", "expected a time such as");
    refuse(time, "\"2023-02-28T12:00:00\"", "expected a time such as");
    refuse(time, "\"2023-02-28T12:00:00.1234567890Z\"", "expected a time such as");
    refuse(time, "\"2023-02-28T12:00:00Z \"", "expected a time such as");
    refuse(time, "\"2023-02-28T12:00:00Z\\u0000\"", "holds a NUL");
    refuse(time, "\"0001-01-01T00:00:00+00:01\"", "years 1 to 9999");
    refuse(time, "5", "expected a string, not a number");
    wrong.seconds = INT64_MAX;
    assert_fails(tp_proto_json_write(&out, &wrong.base, 10), CONVERSION, "no point in time");
    wrong = (Tp__Pb__Timestamp)TP__PB__TIMESTAMP__INIT;
    wrong.nanos = -1;
    assert_fails(tp_proto_json_write(&out, &wrong.base, 10), CONVERSION, "no point in time");
    tp_buffer_done(&out);
}

static void durations_have_a_sign_and_a_limit(void **state)
{
    const ProtobufCMessageDescriptor *duration = &tp__pb__duration__descriptor;
    const Tp__Pb__Duration *value = read(duration, "\"-0.5s\"");
    Tp__Pb__Duration mixed = TP__PB__DURATION__INIT;
    tp_buffer out = { 0 };

    (void)state;
    assert_int_equal(value->seconds, 0);
    assert_int_equal(value->nanos, -500000000);
    assert_same(duration, "\"-0.500s\"");
    assert_same(duration, "\"-3.000000001s\"");
    assert_same(duration, "\"315576000000s\"");
    assert_rewritten(duration, "\"10.50s\"", "\"10.500s\"");
    refuse(duration, "\"315576000001s\"", "longer than 10000 years");
    refuse(duration, "\"5\"", "expected a duration such as");
    refuse(duration, "\"s\"", "expected a duration such as");
    refuse(duration, "\"--1s\"", "expected a duration such as");
    mixed.seconds = 1;
    mixed.nanos = -1;
    assert_fails(tp_proto_json_write(&out, &mixed.base, 10), CONVERSION, "are no duration");
    tp_buffer_done(&out);
}

static void any_json_is_a_value(void **state)
{
    const ProtobufCMessageDescriptor *value = &tp__pb__value__descriptor;
    Tp__Pb__Value wrong = TP__PB__VALUE__INIT;
    tp_buffer out = { 0 };

    (void)state;
    assert_same(value, "{\"a\":[null,true,-0.5,\"x\",{},[]],\"b\":\"\"}");
    assert_same(value, "null");
    assert_int_equal(((const Tp__Pb__Value *)read(value, "null"))->kind_case,
                     TP__PB__VALUE__KIND_NULL_VALUE);
    assert_same(&tp__pb__struct__descriptor, "{\"a\":{\"b\":[1.0]}}");
    assert_same(&tp__pb__list_value__descriptor, "[null,[]]");
    refuse(&tp__pb__struct__descriptor, "[]", "expected an object, not a list");
    wrong.kind_case = TP__PB__VALUE__KIND_NUMBER_VALUE;
    wrong.number_value = (double)NAN;
    assert_fails(tp_proto_json_write(&out, &wrong.base, 10), CONVERSION, "NaN and infinity");
    tp_buffer_done(&out);
}

static void field_masks_are_paths_with_commas(void **state)
{
    const Tp__Pb__FieldMask *mask = read(&tp__pb__field_mask__descriptor, "\"fooBar.baz,q\"");
    Tp__Pb__FieldMask wrong = TP__PB__FIELD_MASK__INIT;
    char path[] = "foo_1", *paths[] = { path };
    tp_buffer out = { 0 };

    (void)state;
    assert_int_equal(mask->n_paths, 2);
    assert_string_equal(mask->paths[0], "foo_bar.baz");
    assert_string_equal(written(mask), "\"fooBar.baz,q\"");
    assert_same(&tp__pb__field_mask__descriptor, "\"\"");
    refuse(&tp__pb__field_mask__descriptor, "\"foo_bar\"", "camelCase paths");
    wrong.paths = paths;
    wrong.n_paths = 1;
    assert_fails(tp_proto_json_write(&out, &wrong.base, 10), CONVERSION, "[0]: the path cannot");
    tp_buffer_done(&out);
}

static void an_any_holds_the_types_of_the_wire(void **state)
{
    const ProtobufCMessageDescriptor *message = &tp__protocol__message__descriptor;

    (void)state;
    assert_same(message, "{\"id\":\"m\",\"body\":{\"@type\":\"type.googleapis.com/"
                         "temporal.api.update.v1.Request\",\"meta\":{\"updateId\":\"u\"}}}");
    assert_same(&tp__pb__any__descriptor,
                "{\"@type\":\"type.googleapis.com/google.protobuf.Duration\",\"value\":\"3s\"}");
    assert_same(&tp__pb__any__descriptor, "{}");
    refuse(message, "{\"body\":{\"@type\":\"x/y.Z\",\"a\":1}}",
           "body: an Any of type x/y.Z, which is not known here");
    refuse(message, "{\"body\":{\"a\":1}}", "does not say its \"@type\"");
    refuse(message, "{\"body\":{\"@type\":5}}", "does not say its \"@type\"");
    refuse(message, "{\"body\":{\"@type\":\"x/google.protobuf.Duration\"}}",
           "without its \"value\"");
    refuse(message, "{\"body\":{\"@type\":\"x/google.protobuf.Duration\",\"value\":\"x\"}}",
           "body.value: expected a duration");
}

/* --- whole texts ----------------------------------------------------------------------------- */

static void what_is_no_json_is_refused_with_its_place(void **state)
{
    (void)state;
    refuse(&tp__common__payload__descriptor, "{\"data\":}", "byte 8: expected a value");
    refuse(&tp__common__payload__descriptor, "", "byte 0: the text ends");
    refuse(&tp__history__history__descriptor,
           "{\"events\":[{\"eventId\":1},{\"eventTime\":\"x\"}]}",
           "events[1].event_time: expected a time");
}

/* {"cause":{"cause": ... so many failures in each other. */
static const char *causes(int count)
{
    tp_buffer text = { 0 };
    const char *copy;

    for (int i = 0; i < count; i++)
        tp_buffer_append_text(&text, "{\"cause\":");
    tp_buffer_append_text(&text, "{}");
    for (int i = 0; i < count; i++)
        tp_buffer_append_text(&text, "}");
    copy = tp_arena_strndup(&arena, (const char *)text.data, text.size);
    tp_buffer_done(&text);
    return copy;
}

static void nesting_has_a_limit(void **state)
{
    const ProtobufCMessageDescriptor *failure = &tp__failure__failure__descriptor;
    ProtobufCMessage *message;
    tp_buffer out = { 0 };

    (void)state;
    assert_same(failure, causes(TP_PROTO_PAYLOAD_DEPTH - 1));
    refuse(failure, causes(TP_PROTO_PAYLOAD_DEPTH), "messages within each other");
    refuse(failure, causes(TP_JSON_DEPTH), "nests too deeply");
    message = read_history(failure, causes(TP_MESSAGE_DEPTH - 1));
    assert_string_equal(written(message), causes(TP_MESSAGE_DEPTH - 1));
    assert_fails(tp_proto_json_write(&out, message, TP_PROTO_PAYLOAD_DEPTH), CONVERSION,
                 "messages within each other");
    assert_fails(try_read(failure, causes(TP_MESSAGE_DEPTH), TP_PROTO_JSON_HISTORY, &message),
                 CONVERSION, "messages within each other");
    assert_fails(try_read(failure, causes(TP_JSON_DEPTH_MOST), TP_PROTO_JSON_HISTORY, &message),
                 CONVERSION, "nests too deeply");
    tp_buffer_done(&out);
}

/* --- payloads as tools show them -------------------------------------------------------------- */

#define PLAIN "{\"metadata\":{\"encoding\":\"anNvbi9wbGFpbg==\"}"

static void payloads_of_histories_may_be_decoded(void **state)
{
    static const struct {
        const char *shown, *meant; /* as lists of payloads */
    } cases[] = {
        { "[\"hi\"]", "[" PLAIN ",\"data\":\"ImhpIg==\"}]" },
        { "{\"payloads\":[5]}", "[" PLAIN ",\"data\":\"NQ==\"}]" },
        { "[{\"a\":1}]", "[" PLAIN ",\"data\":\"eyJhIjoxfQ==\"}]" },
        { "[null]", "[{\"metadata\":{\"encoding\":\"YmluYXJ5L251bGw=\"}}]" },
        { "[{\"_protoMessageType\":\"x.Y\",\"a\":1}]",
          "[{\"metadata\":{\"encoding\":\"anNvbi9wcm90b2J1Zg==\",\"messageType\":\"eC5Z\"},"
          "\"data\":\"eyJhIjoxfQ==\"}]" },
        { "[{\"_protoMessageType\":\"x.Y\"}]",
          "[{\"metadata\":{\"encoding\":\"anNvbi9wcm90b2J1Zg==\",\"messageType\":\"eC5Z\"},"
          "\"data\":\"e30=\"}]" },
        { "[{\"_protoMessageType\":5}]",
          "[" PLAIN ",\"data\":\"eyJfcHJvdG9NZXNzYWdlVHlwZSI6NX0=\"}]" },
        { "[" PLAIN ",\"data\":\"NQ==\"}]", "[" PLAIN ",\"data\":\"NQ==\"}]" },
        { "{\"payloads\":[" PLAIN ",\"data\":\"NQ==\"}]}", "[" PLAIN ",\"data\":\"NQ==\"}]" },
        /* Users' own objects, which only look like a payload at first. */
        { "[{\"data\":\"NQ==\"}]", "[" PLAIN ",\"data\":\"eyJkYXRhIjoiTlE9PSJ9\"}]" },
        { "[{\"metadata\":{\"encoding\":5}}]",
          "[" PLAIN ",\"data\":\"eyJtZXRhZGF0YSI6eyJlbmNvZGluZyI6NX19\"}]" },
        { "[{}]", "[" PLAIN ",\"data\":\"e30=\"}]" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(
            written(read_history(&tp__common__payloads__descriptor, cases[i].shown)),
            tp_arena_format(&arena, "{\"payloads\":%s}", cases[i].meant));
    assert_string_equal(written(read_history(&tp__common__memo__descriptor,
                                             "{\"fields\":{\"k\":true,\"n\":null}}")),
                        "{\"fields\":{\"k\":" PLAIN ",\"data\":\"dHJ1ZQ==\"},"
                        "\"n\":{\"metadata\":{\"encoding\":\"YmluYXJ5L251bGw=\"}}}}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
    const struct CMUnitTest tests[] = {
        TEST(names_are_read_in_both_spellings_and_written_in_camel_case),
        TEST(unknown_fields_and_nulls_are_skipped),
        TEST(numbers_of_64_bits_are_texts_or_numbers),
        TEST(enums_are_read_in_every_spelling),
        TEST(texts_are_utf_8_without_nul),
        TEST(bytes_are_base64_of_either_alphabet),
        TEST(floating_numbers_may_be_none),
        TEST(one_member_of_a_oneof_may_be_set),
        TEST(maps_are_objects),
        TEST(lists_have_no_nulls),
        TEST(times_are_read_exactly),
        TEST(durations_have_a_sign_and_a_limit),
        TEST(any_json_is_a_value),
        TEST(field_masks_are_paths_with_commas),
        TEST(an_any_holds_the_types_of_the_wire),
        TEST(what_is_no_json_is_refused_with_its_place),
        TEST(nesting_has_a_limit),
        TEST(payloads_of_histories_may_be_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
