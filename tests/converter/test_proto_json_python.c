/* SPDX-License-Identifier: MIT */
/* test_proto_json_python.c -- proto3 JSON, with the official Python package on the other side:
 * thousands of messages that proto_json_peer.py makes at random. What it writes is read here and
 * written again, and must be the same message there. */
#include <string.h>

#include "converter/proto_json.h"
#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "google/protobuf/struct.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "temporal/api/history/v1/message.pb-c.h"
#include "temporal/api/protocol/v1/message.pb-c.h"
#include "temporal/api/update/v1/message.pb-c.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "tests/support/support.h"

#define SEED     "20261123"
#define MESSAGES "3000"

static const ProtobufCMessageDescriptor *const types[] = {
    &tp__history__history_event__descriptor,
    &tp__ws__poll_workflow_task_queue_response__descriptor,
    &tp__ws__respond_workflow_task_completed_request__descriptor,
    &tp__ws__poll_activity_task_queue_response__descriptor,
    &tp__ws__describe_workflow_execution_response__descriptor,
    &tp__ws__start_workflow_execution_request__descriptor,
    &tp__failure__failure__descriptor,
    &tp__protocol__message__descriptor,
    &tp__update__request__descriptor,
    &tp__update__response__descriptor,
    &tp__pb__any__descriptor,
    &tp__pb__timestamp__descriptor,
    &tp__pb__duration__descriptor,
    &tp__pb__field_mask__descriptor,
    &tp__pb__struct__descriptor,
    &tp__pb__value__descriptor,
    &tp__pb__list_value__descriptor,
    &tp__pb__double_value__descriptor,
    &tp__pb__float_value__descriptor,
    &tp__pb__int64_value__descriptor,
    &tp__pb__uint64_value__descriptor,
    &tp__pb__int32_value__descriptor,
    &tp__pb__uint32_value__descriptor,
    &tp__pb__bool_value__descriptor,
    &tp__pb__string_value__descriptor,
    &tp__pb__bytes_value__descriptor,
};

#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

static const ProtobufCMessageDescriptor *find_type(const char *line)
{
    size_t size = strcspn(line, " ");

    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strlen(types[i]->name) == size && strncmp(types[i]->name, line, size) == 0)
            return types[i];
    return NULL;
}

static uint8_t nibble(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* The bytes of hexadecimal text, which "-" has none of. */
static tp_bytes from_hex(tp_arena *arena, const char *text, size_t size)
{
    uint8_t *bytes = tp_arena_alloc(arena, size / 2 + 1);

    for (size_t i = 0; i + 1 < size; i += 2)
        bytes[i / 2] = (uint8_t)(nibble(text[i]) << 4 | nibble(text[i + 1]));
    return (tp_bytes){ bytes, size / 2 };
}

static void answer(test_process *peer, const ProtobufCMessage *message)
{
    tp_buffer out = { 0 };

    assert_non_null(message);
    assert_ok(tp_proto_json_write(&out, message, TP_MESSAGE_DEPTH));
    tp_buffer_append(&out, "", 1);
    test_process_write(peer, (const char *)out.data);
    tp_buffer_done(&out);
}

static void send_back(test_process *peer, const char *line)
{
    const ProtobufCMessageDescriptor *descriptor = find_type(line);
    const char *hex = strchr(line, ' ') + 1, *json = strchr(hex, ' ') + 1;
    tp_bytes text = { (const uint8_t *)json, strlen(json) }, encoded;
    ProtobufCMessage *message = NULL;
    temporal_error *error;
    tp_arena arena;

    assert_non_null(descriptor);
    tp_arena_init(&arena);
    error = tp_proto_json_read(&arena, descriptor, text, TP_PROTO_JSON_PAYLOAD, &message);
    if (error)
        print_message("%s\n", line);
    assert_ok(error);
    encoded = from_hex(&arena, hex, (size_t)(json - 1 - hex));
    answer(peer, message);
    answer(peer, tp_message_unpack(&arena, descriptor, encoded));
    tp_arena_done(&arena);
}

static void what_python_writes_is_read_and_written_back_the_same(void **state)
{
    test_process *peer = test_python_run("tests/converter/proto_json_peer.py", SEED, MESSAGES);
    tp_buffer names = { 0 };
    const char *line;

    (void)state;
    for (size_t i = 0; i < TYPE_COUNT; i++)
        tp_buffer_format(&names, "%s%s", i ? " " : "", types[i]->name);
    tp_buffer_append(&names, "", 1);
    test_process_write(peer, (const char *)names.data);
    tp_buffer_done(&names);
    while ((line = test_process_line(peer)) && strcmp(line, MESSAGES " messages") != 0)
        send_back(peer, line);
    assert_non_null(line); /* otherwise it has said why on stderr */
    assert_int_equal(test_process_wait(peer), 0);
    test_process_free(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_python_writes_is_read_and_written_back_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
