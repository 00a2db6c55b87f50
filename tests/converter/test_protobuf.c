/* SPDX-License-Identifier: MIT */
/* test_protobuf.c -- protobuf-c messages as payloads, and within other values. */
#include <string.h>

#include <temporal/protobuf.h>

#include "base/message.h"
#include "converter/payload.h"
#include "google/protobuf/struct.pb-c.h"
#include "tests/support/support.h"

TEMPORAL_PROTOBUF(execution, Tp__Common__WorkflowExecution,
                  tp__common__workflow_execution__descriptor)
TEMPORAL_PROTOBUF_BINARY(small_execution, Tp__Common__WorkflowExecution,
                         tp__common__workflow_execution__descriptor)
TEMPORAL_PROTOBUF(any_value, Tp__Pb__Value, tp__pb__value__descriptor)
TEMPORAL_OPTIONAL(execution)
TEMPORAL_LIST(execution)

/* clang-format off */
#define HOLDER(FIELD)                    \
    FIELD(temporal_string, name)         \
    FIELD(execution, first)              \
    FIELD(execution_list, rest)
TEMPORAL_RECORD(holder, HOLDER)
/* clang-format on */

static tp_arena arena;
static Tp__Common__WorkflowExecution sample;
static char workflow_id[] = "w-1", run_id[] = "gr\xc3\xbc\xc3\x9f";

static int set_up(void **state)
{
    (void)state;
    tp_arena_init(&arena);
    tp__common__workflow_execution__init(&sample);
    sample.workflow_id = workflow_id;
    sample.run_id = run_id;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tp_arena_done(&arena);
    return 0;
}

static void assert_metadata(const Tp__Common__Payload *payload, size_t index, const char *key,
                            const char *value)
{
    assert_true(index < payload->n_metadata);
    assert_string_equal(payload->metadata[index]->key, key);
    assert_int_equal(payload->metadata[index]->value.len, strlen(value));
    assert_memory_equal(payload->metadata[index]->value.data, value, strlen(value));
}

static void assert_sample(execution back)
{
    assert_non_null(back);
    assert_ptr_not_equal(back, &sample);
    assert_string_equal(back->workflow_id, workflow_id);
    assert_string_equal(back->run_id, run_id);
}

/* A payload with other metadata than it was made with. */
static Tp__Common__Payload *payload_of(const char *encoding, const char *message, const char *data)
{
    const temporal_value value = { .encoding = encoding, .data = data, .size = strlen(data) };
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(&arena, sizeof(*entry)), **entries;
    Tp__Common__Payload *payload;

    assert_ok(tp_payload_make(&arena, temporal_value_type(), &value, &payload));
    if (!message)
        return payload;
    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(&arena, "messageType");
    entry->value.data = tp_arena_memdup(&arena, message, strlen(message));
    entry->value.len = strlen(message);
    entries = tp_arena_alloc(&arena, 2 * sizeof(*entries));
    entries[0] = payload->metadata[0];
    entries[1] = entry;
    payload->metadata = entries;
    payload->n_metadata = 2;
    return payload;
}

#define NAME "temporal.api.common.v1.WorkflowExecution"

static void a_message_is_written_as_json_with_its_name(void **state)
{
    static const char json[] = "{\"workflowId\":\"w-1\",\"runId\":\"gr\xc3\xbc\xc3\x9f\"}";
    const execution value = &sample;
    Tp__Common__Payload *payload;
    execution back;

    (void)state;
    assert_ok(tp_payload_make(&arena, execution_type(), &value, &payload));
    assert_metadata(payload, 0, "encoding", "json/protobuf");
    assert_metadata(payload, 1, "messageType", NAME);
    assert_int_equal(payload->data.len, strlen(json));
    assert_memory_equal(payload->data.data, json, strlen(json));
    assert_ok(tp_payload_read(&arena, payload, execution_type(), &back));
    assert_sample(back);
}

static void a_message_may_be_written_as_bytes(void **state)
{
    const small_execution value = &sample;
    Tp__Common__Payload *payload;
    execution back;

    (void)state;
    assert_ok(tp_payload_make(&arena, small_execution_type(), &value, &payload));
    assert_metadata(payload, 0, "encoding", "binary/protobuf");
    assert_metadata(payload, 1, "messageType", NAME);
    assert_ok(tp_payload_read(&arena, payload, execution_type(), &back));
    assert_sample(back);
}

static void whole_inputs_hold_messages_too(void **state)
{
    const execution value = &sample, none = NULL;
    const temporal_argument arguments[] = { { execution_type(), &value },
                                            { execution_type(), &none },
                                            { small_execution_type(), &value } };
    tp_buffer encoded = { 0 };
    execution back;

    (void)state;
    assert_ok(tp_payloads_encode(&encoded, arguments, 3));
    assert_ok(tp_payloads_decode(&arena, tp_buffer_bytes(&encoded), 0, execution_type(), &back));
    assert_sample(back);
    assert_ok(tp_payloads_decode(&arena, tp_buffer_bytes(&encoded), 2, execution_type(), &back));
    assert_sample(back);
    assert_ok(tp_payloads_decode(&arena, tp_buffer_bytes(&encoded), 1, execution_type(), &back));
    assert_null(back);
    tp_buffer_done(&encoded);
}

static void a_missing_message_is_null(void **state)
{
    const execution none = NULL;
    Tp__Common__Payload *payload;
    execution back = &sample;

    (void)state;
    assert_ok(tp_payload_make(&arena, execution_type(), &none, &payload));
    assert_metadata(payload, 0, "encoding", "binary/null");
    assert_ok(tp_payload_read(&arena, payload, execution_type(), &back));
    assert_null(back);
}

static void plain_json_is_a_message_where_one_is_wanted(void **state)
{
    execution back;
    execution_optional optional;

    (void)state;
    assert_ok(tp_payload_read(&arena, payload_of("json/plain", NULL, "{\"workflow_id\":\"w\"}"),
                              execution_type(), &back));
    assert_string_equal(back->workflow_id, "w");
    assert_ok(tp_payload_read(&arena, payload_of("json/protobuf", NULL, "{\"runId\":\"r\"}"),
                              execution_optional_type(), &optional));
    assert_string_equal((*optional)->run_id, "r");
}

static void messages_stand_within_other_values(void **state)
{
    const execution rest[] = { &sample, NULL };
    const holder value = { .name = "h", .first = &sample, .rest = { rest, 2 } };
    Tp__Common__Payload *payload;
    holder back;

    (void)state;
    assert_ok(tp_payload_make(&arena, holder_type(), &value, &payload));
    assert_metadata(payload, 0, "encoding", "json/plain");
    assert_ok(tp_payload_read(&arena, payload, holder_type(), &back));
    assert_string_equal(back.name, "h");
    assert_sample(back.first);
    assert_int_equal(back.rest.count, 2);
    assert_sample(back.rest.items[0]);
    assert_null(back.rest.items[1]);
    assert_fails(tp_payload_read(&arena,
                                 payload_of("json/plain", NULL, "{\"rest\":[{\"runId\":5}]}"),
                                 holder_type(), &back),
                 CONVERSION, "rest[0]: run_id: expected a string, not a number");
}

static void another_message_is_refused_by_name(void **state)
{
    execution back = NULL;
    temporal_string text = NULL;

    (void)state;
    assert_fails(tp_payload_read(&arena, payload_of("json/protobuf", "acme.Order", "{}"),
                                 execution_type(), &back),
                 CONVERSION, "holds a protobuf message acme.Order, not a " NAME);
    assert_fails(tp_payload_read(&arena, payload_of("binary/protobuf", NAME "x", ""),
                                 execution_type(), &back),
                 CONVERSION, "not a " NAME);
    assert_fails(tp_payload_read(&arena, payload_of("json/protobuf", "acme.Or\nder\xff", "{}"),
                                 temporal_string_type(), &text),
                 CONVERSION,
                 "holds a protobuf message acme.Or?der\xef\xbf\xbd, not a temporal_string: take it "
                 "as a TEMPORAL_PROTOBUF type, or as a temporal_value");
    assert_fails(
        tp_payload_read(&arena, payload_of("binary/plain", NULL, "x"), execution_type(), &back),
        CONVERSION, "expected json/plain for a execution, not raw bytes");
    assert_null(back);
    assert_null(text);
}

static void what_does_not_fit_is_refused_with_its_field(void **state)
{
    execution back = NULL;

    (void)state;
    assert_fails(tp_payload_read(&arena, payload_of("json/protobuf", NAME, "{\"runId\":[]}"),
                                 execution_type(), &back),
                 CONVERSION, "run_id: expected a string, not a list");
    assert_fails(
        tp_payload_read(&arena, payload_of("json/protobuf", NAME, "{"), execution_type(), &back),
        CONVERSION, "expected");
    assert_fails(tp_payload_read(&arena, payload_of("binary/protobuf", NAME, "\x0a\x7f"),
                                 execution_type(), &back),
                 CONVERSION, "the payload's bytes are no " NAME);
    assert_null(back);
}

/* Lists of lists, as bytes: each level is two messages. */
static Tp__Pb__Value *nested(int levels)
{
    Tp__Pb__Value *value = tp_arena_alloc(&arena, sizeof(*value));
    Tp__Pb__ListValue *list;

    tp__pb__value__init(value);
    value->kind_case = TP__PB__VALUE__KIND_NULL_VALUE;
    if (levels == 0)
        return value;
    list = tp_arena_alloc(&arena, sizeof(*list));
    tp__pb__list_value__init(list);
    list->values = tp_arena_alloc(&arena, sizeof(*list->values));
    list->values[0] = nested(levels - 1);
    list->n_values = 1;
    value->kind_case = TP__PB__VALUE__KIND_LIST_VALUE;
    value->list_value = list;
    return value;
}

static void messages_that_nest_too_deeply_are_refused(void **state)
{
    tp_buffer packed = { 0 };
    const any_value deep = nested(40), flat = nested(20);
    Tp__Common__Payload *payload;
    any_value back;

    (void)state;
    assert_fails(tp_payload_make(&arena, any_value_type(), &deep, &payload), CONVERSION,
                 "messages within each other");
    assert_ok(tp_payload_make(&arena, any_value_type(), &flat, &payload));
    assert_ok(tp_payload_read(&arena, payload, any_value_type(), &back));
    tp_message_pack(&packed, &deep->base);
    payload = payload_of("binary/protobuf", "google.protobuf.Value", "");
    payload->data = (ProtobufCBinaryData){ .data = packed.data, .len = packed.size };
    assert_fails(tp_payload_read(&arena, payload, any_value_type(), &back), CONVERSION,
                 "messages within each other");
    tp_buffer_done(&packed);
}

static void a_message_that_was_not_begun_is_refused(void **state)
{
    static const Tp__Common__WorkflowExecution raw;
    const execution value = &raw;
    Tp__Common__Payload *payload;
    char wrong[] = "\xff";

    (void)state;
    assert_fails(tp_payload_make(&arena, execution_type(), &value, &payload), CONVERSION,
                 "the message is no " NAME);
    sample.run_id = wrong;
    assert_fails(tp_payload_make(&arena, execution_type(), &(execution){ &sample }, &payload),
                 CONVERSION, "run_id: byte 0 of the string is not UTF-8");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_written_as_json_with_its_name),
        TEST(a_message_may_be_written_as_bytes),
        TEST(whole_inputs_hold_messages_too),
        TEST(a_missing_message_is_null),
        TEST(plain_json_is_a_message_where_one_is_wanted),
        TEST(messages_stand_within_other_values),
        TEST(another_message_is_refused_by_name),
        TEST(what_does_not_fit_is_refused_with_its_field),
        TEST(messages_that_nest_too_deeply_are_refused),
        TEST(a_message_that_was_not_begun_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
