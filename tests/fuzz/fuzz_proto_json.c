/* SPDX-License-Identifier: MIT */
/* Any bytes as proto3 JSON: the first byte chooses the message, the rest is the text. What is read
 * must be written, read again and written the same; and the same once more after it went over the
 * wire. A libFuzzer target, as fuzz_json.c. */
#include <stdlib.h>
#include <string.h>

#include "converter/proto_json.h"
#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "google/protobuf/struct.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "temporal/api/history/v1/message.pb-c.h"
#include "temporal/api/protocol/v1/message.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ProtobufCMessageDescriptor *const fuzz_messages[] = {
    &tp__history__history__descriptor, &tp__common__payloads__descriptor,
    &tp__pb__value__descriptor,        &tp__pb__any__descriptor,
    &tp__pb__field_mask__descriptor,   &tp__pb__float_value__descriptor,
    &tp__failure__failure__descriptor, &tp__protocol__message__descriptor,
};

static void fuzz_write_message(tp_buffer *out, const ProtobufCMessage *message)
{
    if (!message || tp_proto_json_write(out, message, TP_MESSAGE_DEPTH))
        abort();
}

static void fuzz_same(const tp_buffer *first, const ProtobufCMessage *message)
{
    tp_buffer second = { 0 };

    fuzz_write_message(&second, message);
    if (first->size != second.size || memcmp(first->data, second.data, second.size) != 0)
        abort();
    tp_buffer_done(&second);
}

static void fuzz_message(tp_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                         tp_bytes text, tp_proto_json_source source)
{
    tp_buffer first = { 0 }, packed = { 0 };
    ProtobufCMessage *message, *again;
    temporal_error *error = tp_proto_json_read(arena, descriptor, text, source, &message);

    if (error) {
        if (strlen(temporal_error_message(error)) == 0)
            abort();
        temporal_error_free(error);
        return;
    }
    fuzz_write_message(&first, message);
    if (tp_proto_json_read(arena, descriptor, tp_buffer_bytes(&first), source, &again))
        abort();
    fuzz_same(&first, again);
    tp_message_pack(&packed, message);
    fuzz_same(&first, tp_message_unpack(arena, descriptor, tp_buffer_bytes(&packed)));
    tp_buffer_done(&packed);
    tp_buffer_done(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t count = sizeof(fuzz_messages) / sizeof(fuzz_messages[0]);
    tp_arena arena;

    if (size == 0)
        return 0;
    tp_arena_init(&arena);
    fuzz_message(&arena, fuzz_messages[data[0] % count], (tp_bytes){ data + 1, size - 1 },
                 data[0] / count % 2 ? TP_PROTO_JSON_HISTORY : TP_PROTO_JSON_PAYLOAD);
    tp_arena_done(&arena);
    return 0;
}
