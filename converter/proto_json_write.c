/* SPDX-License-Identifier: MIT */
/* converter/proto_json_write.c -- messages, their fields, lists and maps, as proto3 JSON. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "converter/proto_write.h"

/* --- lists and maps -------------------------------------------------------------------------- */

static temporal_error *write_list(tp_proto_writer *writer, const tp_place *place,
                                  const ProtobufCFieldDescriptor *field, const uint8_t *items,
                                  size_t count)
{
    size_t size = tp_proto_size(field);

    tp_buffer_append_text(writer->out, "[");
    for (size_t i = 0; i < count; i++) {
        tp_place item = { .up = place, .index = i };

        if (i)
            tp_buffer_append_text(writer->out, ",");
        TEMPORAL_TRY(tp_proto_write_value(writer, &item, field, items + i * size));
    }
    tp_buffer_append_text(writer->out, "]");
    return NULL;
}

/* A key as text, from the scratch memory. */
static char *key_text(tp_proto_writer *writer, const ProtobufCFieldDescriptor *field,
                      const void *key)
{
    const char *text;
    int64_t number64;
    int32_t number32;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        memcpy(&text, key, sizeof(text));
        return tp_arena_strdup(&writer->scratch, text ? text : "");
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        memcpy(&number64, key, sizeof(number64));
        return tp_arena_format(&writer->scratch, "%" PRId64, number64);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        memcpy(&number64, key, sizeof(number64));
        return tp_arena_format(&writer->scratch, "%" PRIu64, (uint64_t)number64);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        memcpy(&number32, key, sizeof(number32));
        return tp_arena_format(&writer->scratch, "%" PRIu32, (uint32_t)number32);
    case PROTOBUF_C_TYPE_BOOL:
        memcpy(&number32, key, sizeof(number32));
        return tp_arena_strdup(&writer->scratch, number32 ? "true" : "false");
    default:
        memcpy(&number32, key, sizeof(number32));
        return tp_arena_format(&writer->scratch, "%" PRId32, number32);
    }
}

static temporal_error *write_entry(tp_proto_writer *writer, const tp_place *place, const char *key,
                                   const ProtobufCMessage *entry)
{
    const ProtobufCFieldDescriptor *value = &entry->descriptor->fields[1];
    tp_place inner = { .up = place, .key = { (const uint8_t *)key, strlen(key) } };

    TEMPORAL_TRY(tp_proto_write_text(writer, &inner, key));
    tp_buffer_append_text(writer->out, ":");
    return tp_proto_write_value(writer, &inner, value, tp_proto_member(entry, value));
}

/* Of a key that stands twice the last entry counts, as on the wire. */
static temporal_error *write_entries(tp_proto_writer *writer, const tp_place *place,
                                     const ProtobufCMessage *const *entries, size_t count,
                                     tp_map *last)
{
    char **keys = tp_arena_alloc(&writer->scratch, count * sizeof(*keys));
    bool first = true;

    for (size_t i = 0; i < count; i++) {
        const ProtobufCFieldDescriptor *key = &entries[i]->descriptor->fields[0];

        keys[i] = key_text(writer, key, tp_proto_member(entries[i], key));
        tp_map_put(last, keys[i], keys[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (tp_map_get(last, keys[i]) != keys[i])
            continue;
        if (!first)
            tp_buffer_append_text(writer->out, ",");
        first = false;
        TEMPORAL_TRY(write_entry(writer, place, keys[i], entries[i]));
    }
    return NULL;
}

static temporal_error *enter(tp_proto_writer *writer, const tp_place *place)
{
    if (writer->depth == writer->depth_most)
        return tp_place_error(place, "more than %u messages within each other", writer->depth_most);
    writer->depth++;
    return NULL;
}

static temporal_error *write_map(tp_proto_writer *writer, const tp_place *place,
                                 const ProtobufCMessage *const *entries, size_t count)
{
    tp_map last = { 0 };
    temporal_error *error;

    TEMPORAL_TRY(enter(writer, place)); /* entries are messages, too */
    tp_buffer_append_text(writer->out, "{");
    error = write_entries(writer, place, entries, count, &last);
    tp_map_done(&last);
    tp_buffer_append_text(writer->out, "}");
    writer->depth--;
    return error;
}

static size_t count_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    size_t count;

    memcpy(&count, tp_proto_quantifier(message, field), sizeof(count));
    return count;
}

temporal_error *tp_proto_write_repeated(tp_proto_writer *writer, const tp_place *place,
                                        const ProtobufCMessage *message,
                                        const ProtobufCFieldDescriptor *field)
{
    size_t count = count_of(message, field);
    const void *items;

    memcpy(&items, tp_proto_member(message, field), sizeof(items));
    if (tp_proto_is_map(message->descriptor, field))
        return write_map(writer, place, items, count);
    return write_list(writer, place, field, items, count);
}

/* --- fields ---------------------------------------------------------------------------------- */

static bool is_zero(const ProtobufCFieldDescriptor *field, const void *value)
{
    static const uint8_t zeros[sizeof(uint64_t)];
    ProtobufCBinaryData bytes;
    const char *text;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        memcpy(&text, value, sizeof(text));
        return !text || !*text;
    case PROTOBUF_C_TYPE_BYTES:
        memcpy(&bytes, value, sizeof(bytes));
        return bytes.len == 0;
    default: /* messages, too: a null pointer is zero */
        return memcmp(value, zeros, tp_proto_size(field)) == 0;
    }
}

/* Whether the field is written: what has no presence of its own only when it is not zero. */
static bool is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *value = tp_proto_member(message, field), *pointer;
    protobuf_c_boolean has;
    uint32_t which;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return count_of(message, field) > 0;
    if (tp_proto_is_oneof(field)) {
        memcpy(&which, tp_proto_quantifier(message, field), sizeof(which));
        return which == field->id &&
               (field->type != PROTOBUF_C_TYPE_MESSAGE || !is_zero(field, value));
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE || field->label == PROTOBUF_C_LABEL_NONE)
        return !is_zero(field, value);
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        memcpy(&pointer, value, sizeof(pointer));
        return pointer && pointer != field->default_value;
    }
    if (field->label == PROTOBUF_C_LABEL_REQUIRED)
        return true;
    memcpy(&has, tp_proto_quantifier(message, field), sizeof(has));
    return has;
}

temporal_error *tp_proto_write_value(tp_proto_writer *writer, const tp_place *place,
                                     const ProtobufCFieldDescriptor *field, const void *value)
{
    const ProtobufCMessage *message;

    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return tp_proto_write_scalar(writer, place, field, value);
    memcpy(&message, value, sizeof(message));
    if (!message) /* in a map: as on the wire, where it is an empty one */
        message = tp_proto_new(&writer->scratch, field->descriptor);
    if (!message)
        return tp_place_error(place, "a message is missing");
    return tp_proto_write_message(writer, place, message);
}

temporal_error *tp_proto_write_members(tp_proto_writer *writer, const tp_place *place,
                                       const ProtobufCMessage *message, bool first)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        tp_place inner = { .up = place, .field = field->name };

        if (!is_present(message, field))
            continue;
        tp_buffer_append_text(writer->out, first ? "\"" : ",\"");
        first = false;
        tp_proto_camel(writer->out, field->name);
        tp_buffer_append_text(writer->out, "\":");
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            TEMPORAL_TRY(tp_proto_write_repeated(writer, &inner, message, field));
        else
            TEMPORAL_TRY(
                tp_proto_write_value(writer, &inner, field, tp_proto_member(message, field)));
    }
    return NULL;
}

/* --- messages -------------------------------------------------------------------------------- */

temporal_error *tp_proto_write_message(tp_proto_writer *writer, const tp_place *place,
                                       const ProtobufCMessage *message)
{
    tp_proto_known known = tp_proto_classify(message->descriptor);

    TEMPORAL_TRY(enter(writer, place));
    if (known != TP_PROTO_ORDINARY) {
        TEMPORAL_TRY(tp_proto_write_known(writer, place, known, message));
    } else {
        tp_buffer_append_text(writer->out, "{");
        TEMPORAL_TRY(tp_proto_write_members(writer, place, message, true));
        tp_buffer_append_text(writer->out, "}");
    }
    writer->depth--;
    return NULL;
}

temporal_error *tp_proto_json_write(tp_buffer *out, const ProtobufCMessage *message, unsigned depth)
{
    tp_proto_writer writer = { .out = out, .depth_most = depth };
    tp_place whole = { .up = NULL };
    temporal_error *error;

    tp_arena_init(&writer.scratch);
    error = tp_proto_write_message(&writer, &whole, message);
    tp_arena_done(&writer.scratch);
    return error;
}
