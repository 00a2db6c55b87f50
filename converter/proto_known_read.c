/* SPDX-License-Identifier: MIT */
/* converter/proto_known_read.c -- the well-known types from their own forms of JSON. */
#include <string.h>

#include "base/error.h"
#include "converter/proto_read.h"
#include "converter/proto_time.h"

/* The numbers of their fields. */
enum {
    ANY_URL = 1,
    ANY_VALUE = 2,
    TIME_SECONDS = 1,
    TIME_NANOSECONDS = 2,
    VALUE_NULL = 1,
    VALUE_NUMBER = 2,
    VALUE_STRING = 3,
    VALUE_BOOL = 4,
    VALUE_STRUCT = 5,
    VALUE_LIST = 6
};

static void *member(const ProtobufCMessage *message, unsigned number)
{
    return tp_proto_member(message, tp_proto_number(message->descriptor, number));
}

static temporal_error *read_time(tp_proto_reader *reader, const tp_place *place, bool duration,
                                 ProtobufCMessage *message)
{
    tp_json_kind kind = tp_json_peek(&reader->json);
    tp_bytes token = tp_json_token(&reader->json);
    char text[TP_PROTO_TIME_ROOM] = "";
    const char *problem;
    size_t size = 0;

    if (kind != TP_JSON_TEXT)
        return tp_proto_expected(place, "a string", kind);
    if (token.size <= sizeof(text)) { /* otherwise it is no time: as the empty text */
        tp_json_unescape(token, (uint8_t *)text, &size);
        text[size] = '\0';
    }
    problem = duration ? tp_proto_read_duration(text, member(message, TIME_SECONDS),
                                                member(message, TIME_NANOSECONDS))
                       : tp_proto_read_timestamp(text, member(message, TIME_SECONDS),
                                                 member(message, TIME_NANOSECONDS));
    if (!problem && strlen(text) != size)
        problem = "the time holds a NUL";
    return problem ? tp_place_error(place, "%s", problem) : NULL;
}

/* --- field masks ----------------------------------------------------------------------------- */

/* "fooBar.baz" as "foo_bar.baz"; NULL when it has what no camelCase name has. */
static char *snake(tp_arena *arena, const char *path, size_t size)
{
    char *out = tp_arena_alloc_large(arena, 2 * size + 1), *to = out;

    for (size_t i = 0; out && i < size; i++) {
        if (path[i] == '_' || (unsigned char)path[i] <= ' ')
            return NULL;
        if (path[i] >= 'A' && path[i] <= 'Z') {
            *to++ = '_';
            *to++ = (char)(path[i] | 0x20);
        } else {
            *to++ = path[i];
        }
    }
    if (out)
        *to = '\0';
    return out;
}

static temporal_error *read_mask(tp_proto_reader *reader, const tp_place *place,
                                 ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field = tp_proto_number(message->descriptor, 1);
    tp_json_kind kind = tp_json_peek(&reader->json);
    tp_bytes token = tp_json_token(&reader->json);
    size_t count = 1, i = 0;
    char *text, **paths;

    if (kind != TP_JSON_TEXT)
        return tp_proto_expected(place, "a string of paths", kind);
    TEMPORAL_TRY(tp_proto_read_text(reader, place, token, &text));
    if (!*text)
        return NULL;
    for (const char *at = text; *at; at++)
        count += *at == ',';
    paths = tp_arena_alloc_large(reader->arena, count * sizeof(*paths));
    if (!paths)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    for (const char *at = text; i < count; i++) {
        size_t size = strcspn(at, ",");

        paths[i] = snake(reader->arena, at, size);
        if (!paths[i])
            return tp_place_error(place, "expected camelCase paths with commas between them");
        at += size + 1;
    }
    memcpy(tp_proto_quantifier(message, field), &count, sizeof(count));
    memcpy(tp_proto_member(message, field), &paths, sizeof(paths));
    return NULL;
}

/* --- any JSON -------------------------------------------------------------------------------- */

static temporal_error *read_json_value(tp_proto_reader *reader, const tp_place *place,
                                       ProtobufCMessage *message)
{
    static const unsigned numbers[] = {
        [TP_JSON_NULL] = VALUE_NULL,     [TP_JSON_BOOL] = VALUE_BOOL,
        [TP_JSON_NUMBER] = VALUE_NUMBER, [TP_JSON_TEXT] = VALUE_STRING,
        [TP_JSON_ARRAY] = VALUE_LIST,    [TP_JSON_OBJECT] = VALUE_STRUCT,
    };
    const ProtobufCFieldDescriptor *field =
        tp_proto_number(message->descriptor, numbers[tp_json_peek(&reader->json)]);
    void *out = tp_proto_member(message, field);
    ProtobufCMessage *inner;

    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        TEMPORAL_TRY(tp_proto_read_scalar(reader, place, field, out));
    } else {
        TEMPORAL_TRY(tp_proto_read_message(reader, place, field->descriptor, &inner));
        memcpy(out, &inner, sizeof(inner));
    }
    memcpy(tp_proto_quantifier(message, field), &field->id, sizeof(field->id));
    return NULL;
}

/* --- Any ------------------------------------------------------------------------------------- */

/* The member of that name in the object that comes next, which is not moved over; no bytes when
 * there is none. */
static tp_bytes find_member(const tp_proto_reader *reader, const char *wanted)
{
    tp_json_reader json = reader->json;
    tp_bytes found = { .size = 0 };

    for (tp_json_open(&json); tp_json_more(&json);) {
        tp_bytes name = tp_json_name(&json), value = tp_json_token(&json);

        if (tp_json_equals(name, wanted))
            found = value;
    }
    return found;
}

static temporal_error *pack(tp_proto_reader *reader, const ProtobufCMessage *inner,
                            ProtobufCBinaryData *out)
{
    size_t size = protobuf_c_message_get_packed_size(inner);
    uint8_t *data = tp_arena_alloc_large(reader->arena, size);

    if (!data)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    protobuf_c_message_pack(inner, data);
    *out = (ProtobufCBinaryData){ .len = size, .data = data };
    return NULL;
}

/* The object that comes next as a message of that type: its members stand next to "@type", or its
 * own form stands in "value". */
static temporal_error *read_content(tp_proto_reader *reader, const tp_place *place,
                                    const ProtobufCMessageDescriptor *descriptor,
                                    ProtobufCMessage **inner)
{
    tp_proto_reader content = *reader;
    tp_bytes value;

    if (tp_proto_classify(descriptor) == TP_PROTO_ORDINARY)
        return tp_proto_read_message(reader, place, descriptor, inner);
    value = find_member(reader, "value");
    if (!value.size)
        return tp_place_error(place, "a %s without its \"value\"", descriptor->name);
    content.json = tp_json_reader_make(value);
    tp_json_token(&reader->json);
    return tp_proto_read_message(&content, &(tp_place){ .up = place, .field = "value" }, descriptor,
                                 inner);
}

static temporal_error *read_any(tp_proto_reader *reader, const tp_place *place,
                                ProtobufCMessage *message)
{
    tp_json_kind kind = tp_json_peek(&reader->json);
    const ProtobufCMessageDescriptor *descriptor;
    ProtobufCMessage *inner;
    tp_bytes type;
    char *url;

    if (kind != TP_JSON_OBJECT)
        return tp_proto_expected(place, "an object", kind);
    type = find_member(reader, "@type");
    if (!type.size && tp_json_count(&reader->json) == 0) {
        tp_json_token(&reader->json);
        return NULL;
    }
    if (!type.size || type.data[0] != '"')
        return tp_place_error(place, "an Any that does not say its \"@type\"");
    TEMPORAL_TRY(tp_proto_read_text(reader, place, type, &url));
    descriptor = tp_proto_find_type(url);
    if (!descriptor)
        return tp_place_error(place, "an Any of type %s, which is not known here", url);
    TEMPORAL_TRY(read_content(reader, place, descriptor, &inner));
    memcpy(member(message, ANY_URL), &url, sizeof(url));
    return pack(reader, inner, member(message, ANY_VALUE));
}

temporal_error *tp_proto_read_known(tp_proto_reader *reader, const tp_place *place,
                                    tp_proto_known known, ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *first = tp_proto_number(message->descriptor, 1);

    switch (known) {
    case TP_PROTO_TIMESTAMP:
    case TP_PROTO_DURATION:
        return read_time(reader, place, known == TP_PROTO_DURATION, message);
    case TP_PROTO_FIELD_MASK:
        return read_mask(reader, place, message);
    case TP_PROTO_WRAPPER:
        return tp_proto_read_scalar(reader, place, first, tp_proto_member(message, first));
    case TP_PROTO_STRUCT:
    case TP_PROTO_LIST_VALUE:
        return tp_proto_read_repeated(reader, place, first, message);
    case TP_PROTO_VALUE:
        return read_json_value(reader, place, message);
    case TP_PROTO_ANY:
        return read_any(reader, place, message);
    default:
        return tp_proto_read_members(reader, place, message);
    }
}
