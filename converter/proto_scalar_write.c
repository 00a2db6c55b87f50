/* SPDX-License-Identifier: MIT */
/* converter/proto_scalar_write.c -- numbers, texts, bytes, enums and the well-known types, as
 * proto3 JSON. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "converter/base64.h"
#include "converter/json.h"
#include "converter/proto_time.h"
#include "converter/proto_write.h"
#include "converter/utf8.h"

/* --- scalars --------------------------------------------------------------------------------- */

temporal_error *tp_proto_write_text(tp_proto_writer *writer, const tp_place *place,
                                    const char *text)
{
    tp_bytes bytes = { (const uint8_t *)text, strlen(text) };

    if (tp_utf8_prefix(bytes) < bytes.size)
        return tp_place_error(place, "byte %zu of the string is not UTF-8", tp_utf8_prefix(bytes));
    tp_json_write_text(writer->out, bytes);
    return NULL;
}

static void write_double(tp_buffer *out, double number)
{
    if (isnan(number))
        tp_buffer_append_text(out, "\"NaN\"");
    else if (isinf(number))
        tp_buffer_append_text(out, number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    else
        tp_json_write_double(out, number);
}

static temporal_error *write_enum(tp_proto_writer *writer, const tp_place *place,
                                  const ProtobufCFieldDescriptor *field, int32_t number)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(field->descriptor, number);

    if (tp_proto_is_null_value(field))
        tp_buffer_append_text(writer->out, "null");
    else if (value)
        return tp_proto_write_text(writer, place, value->name);
    else
        tp_buffer_format(writer->out, "%" PRId32, number);
    return NULL;
}

static void write_bytes(tp_buffer *out, const void *value)
{
    ProtobufCBinaryData bytes;

    memcpy(&bytes, value, sizeof(bytes));
    tp_buffer_append_text(out, "\"");
    tp_base64_write(out, (tp_bytes){ bytes.data, bytes.len });
    tp_buffer_append_text(out, "\"");
}

temporal_error *tp_proto_write_scalar(tp_proto_writer *writer, const tp_place *place,
                                      const ProtobufCFieldDescriptor *field, const void *value)
{
    size_t size = tp_proto_size(field);
    uint64_t number64 = 0;
    uint32_t number32 = 0;
    const char *text;
    double number;
    float small;

    memcpy(&number64, value, size == sizeof(number64) ? size : 0);
    memcpy(&number32, value, size == sizeof(number32) ? size : 0);
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        tp_buffer_append_text(writer->out, number32 ? "true" : "false");
        return NULL;
    case PROTOBUF_C_TYPE_STRING:
        memcpy(&text, value, sizeof(text));
        return tp_proto_write_text(writer, place, text ? text : "");
    case PROTOBUF_C_TYPE_BYTES:
        write_bytes(writer->out, value);
        return NULL;
    case PROTOBUF_C_TYPE_ENUM:
        return write_enum(writer, place, field, (int32_t)number32);
    case PROTOBUF_C_TYPE_DOUBLE:
        memcpy(&number, value, sizeof(number));
        write_double(writer->out, number);
        return NULL;
    case PROTOBUF_C_TYPE_FLOAT:
        memcpy(&small, value, sizeof(small));
        write_double(writer->out, (double)small);
        return NULL;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        tp_buffer_format(writer->out, "\"%" PRIu64 "\"", number64);
        return NULL;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        tp_buffer_format(writer->out, "%" PRIu32, number32);
        return NULL;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        tp_buffer_format(writer->out, "\"%" PRId64 "\"", (int64_t)number64);
        return NULL;
    default:
        tp_buffer_format(writer->out, "%" PRId32, (int32_t)number32);
        return NULL;
    }
}

/* --- well-known types ------------------------------------------------------------------------ */

static const void *member(const ProtobufCMessage *message, unsigned number)
{
    return tp_proto_member(message, tp_proto_number(message->descriptor, number));
}

static temporal_error *write_time(tp_proto_writer *writer, const tp_place *place, bool duration,
                                  const ProtobufCMessage *message)
{
    char text[TP_PROTO_TIME_ROOM];
    int32_t nanoseconds;
    int64_t seconds;
    bool good;

    memcpy(&seconds, member(message, 1), sizeof(seconds));
    memcpy(&nanoseconds, member(message, 2), sizeof(nanoseconds));
    good = duration ? tp_proto_write_duration(text, seconds, nanoseconds)
                    : tp_proto_write_timestamp(text, seconds, nanoseconds);
    if (!good)
        return tp_place_error(place, "%" PRId64 " s and %" PRId32 " ns are no %s", seconds,
                              nanoseconds, duration ? "duration" : "point in time");
    return tp_proto_write_text(writer, place, text);
}

/* "foo_bar.baz" as "fooBar.baz"; false when that could not be read back. */
static bool append_path(tp_buffer *out, const char *path)
{
    for (; *path; path++) {
        char character = *path;

        if ((character >= 'A' && character <= 'Z') || character == ',' ||
            (unsigned char)character <= ' ')
            return false;
        if (character == '_') {
            path++;
            if (*path < 'a' || *path > 'z')
                return false;
            character = (char)(*path - 'a' + 'A');
        }
        tp_buffer_append(out, &character, 1);
    }
    return true;
}

static temporal_error *write_mask(tp_proto_writer *writer, const tp_place *place,
                                  const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field = tp_proto_number(message->descriptor, 1);
    tp_buffer text = { 0 };
    temporal_error *error = NULL;
    char **paths;
    size_t count;

    memcpy(&count, tp_proto_quantifier(message, field), sizeof(count));
    memcpy(&paths, tp_proto_member(message, field), sizeof(paths));
    for (size_t i = 0; i < count && !error; i++) {
        if (i)
            tp_buffer_append_text(&text, ",");
        if (!append_path(&text, paths[i]))
            error = tp_place_error(&(tp_place){ .up = place, .index = i },
                                   "the path cannot be written in camelCase");
    }
    tp_buffer_append(&text, "", 1);
    if (!error)
        error = tp_proto_write_text(writer, place, (const char *)text.data);
    tp_buffer_done(&text);
    return error;
}

static temporal_error *write_json_value(tp_proto_writer *writer, const tp_place *place,
                                        const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field = tp_proto_number(message->descriptor, 1);
    uint32_t which;
    double number;

    memcpy(&which, tp_proto_quantifier(message, field), sizeof(which));
    field = tp_proto_number(message->descriptor, which);
    if (!field || field->type == PROTOBUF_C_TYPE_ENUM) {
        tp_buffer_append_text(writer->out, "null");
        return NULL;
    }
    if (field->type == PROTOBUF_C_TYPE_DOUBLE) {
        memcpy(&number, tp_proto_member(message, field), sizeof(number));
        if (!isfinite(number))
            return tp_place_error(place, "NaN and infinity are no JSON");
    }
    return tp_proto_write_value(writer, place, field, tp_proto_member(message, field));
}

static temporal_error *write_any(tp_proto_writer *writer, const tp_place *place,
                                 const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor;
    const ProtobufCMessage *inner;
    ProtobufCBinaryData value;
    const char *url;

    memcpy(&url, member(message, 1), sizeof(url));
    memcpy(&value, member(message, 2), sizeof(value));
    if ((!url || !*url) && value.len == 0) {
        tp_buffer_append_text(writer->out, "{}");
        return NULL;
    }
    descriptor = tp_proto_find_type(url ? url : "");
    if (!descriptor)
        return tp_place_error(
            place, "an Any of type %s, which is not known here",
            tp_utf8_clean(&writer->scratch, tp_arena_strdup(&writer->scratch, url ? url : "")));
    inner =
        tp_message_unpack_within(&writer->scratch, descriptor, (tp_bytes){ value.data, value.len },
                                 writer->depth_most - writer->depth);
    if (!inner)
        return tp_place_error(place, "the value of the Any is no %s", descriptor->name);
    tp_buffer_append_text(writer->out, "{\"@type\":");
    TEMPORAL_TRY(tp_proto_write_text(writer, place, url));
    if (tp_proto_classify(descriptor) == TP_PROTO_ORDINARY) {
        TEMPORAL_TRY(tp_proto_write_members(writer, place, inner, false));
    } else {
        tp_buffer_append_text(writer->out, ",\"value\":");
        TEMPORAL_TRY(tp_proto_write_message(writer, place, inner));
    }
    tp_buffer_append_text(writer->out, "}");
    return NULL;
}

temporal_error *tp_proto_write_known(tp_proto_writer *writer, const tp_place *place,
                                     tp_proto_known known, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *first = tp_proto_number(message->descriptor, 1);

    switch (known) {
    case TP_PROTO_TIMESTAMP:
    case TP_PROTO_DURATION:
        return write_time(writer, place, known == TP_PROTO_DURATION, message);
    case TP_PROTO_FIELD_MASK:
        return write_mask(writer, place, message);
    case TP_PROTO_WRAPPER:
        return tp_proto_write_scalar(writer, place, first, tp_proto_member(message, first));
    case TP_PROTO_STRUCT:
    case TP_PROTO_LIST_VALUE:
        return tp_proto_write_repeated(writer, place, message, first);
    case TP_PROTO_VALUE:
        return write_json_value(writer, place, message);
    default:
        return write_any(writer, place, message);
    }
}
