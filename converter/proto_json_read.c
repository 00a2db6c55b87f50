/* SPDX-License-Identifier: MIT */
/* converter/proto_json_read.c -- messages, their fields, lists and maps, from proto3 JSON. */
#include <string.h>

#include "base/error.h"
#include "converter/proto_read.h"

#define SEEN_FIELDS 256 /* of a message with more, the last of a name that stands twice counts */

struct seen {
    uint64_t words[SEEN_FIELDS / 64];
};

temporal_error *tp_proto_expected(const tp_place *place, const char *what, tp_json_kind kind)
{
    return tp_place_error(place, "expected %s, not %s", what, tp_json_kind_name(kind));
}

static bool is_message(const ProtobufCFieldDescriptor *field,
                       const ProtobufCMessageDescriptor *descriptor)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor == descriptor;
}

/* Null says something, where it does not mean that nothing is there. */
static bool takes_null(const tp_proto_reader *reader, const ProtobufCFieldDescriptor *field,
                       bool element)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE &&
        tp_proto_classify(field->descriptor) == TP_PROTO_VALUE)
        return true;
    if (tp_proto_is_null_value(field))
        return element || tp_proto_is_oneof(field);
    return element && reader->source == TP_PROTO_JSON_HISTORY &&
           is_message(field, &tp__common__payload__descriptor);
}

static temporal_error *read_value(tp_proto_reader *reader, const tp_place *place,
                                  const ProtobufCFieldDescriptor *field, bool element, void *out)
{
    ProtobufCMessage *message;

    if (element && tp_json_peek(&reader->json) == TP_JSON_NULL && !takes_null(reader, field, true))
        return tp_place_error(place, "null is no value of a list or a map");
    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return tp_proto_read_scalar(reader, place, field, out);
    TEMPORAL_TRY(tp_proto_read_message(reader, place, field->descriptor, &message));
    memcpy(out, &message, sizeof(message));
    return NULL;
}

/* --- lists and maps -------------------------------------------------------------------------- */

static temporal_error *read_list(tp_proto_reader *reader, const tp_place *place,
                                 const ProtobufCFieldDescriptor *field, uint8_t *items)
{
    size_t size = tp_proto_size(field), i = 0;

    for (tp_json_open(&reader->json); tp_json_more(&reader->json); i++)
        TEMPORAL_TRY(read_value(reader, &(tp_place){ .up = place, .index = i }, field, true,
                                items + i * size));
    return NULL;
}

static temporal_error *read_entry(tp_proto_reader *reader, const tp_place *place,
                                  const ProtobufCMessageDescriptor *descriptor,
                                  ProtobufCMessage **out)
{
    const ProtobufCFieldDescriptor *key = &descriptor->fields[0], *value = &descriptor->fields[1];
    ProtobufCMessage *entry = tp_proto_new(reader->arena, descriptor);
    tp_bytes name = tp_json_name(&reader->json);
    tp_place inner = { .up = place, .key = { name.data + 1, name.size - 2 } };

    if (!entry)
        return tp_place_error(place, "the code of %s has no init functions", descriptor->name);
    TEMPORAL_TRY(tp_proto_read_key(reader, &inner, key, name, tp_proto_member(entry, key)));
    *out = entry;
    return read_value(reader, &inner, value, true, tp_proto_member(entry, value));
}

static temporal_error *enter(tp_proto_reader *reader, const tp_place *place)
{
    if (reader->depth == reader->depth_most)
        return tp_place_error(place, "more than %u messages within each other", reader->depth_most);
    reader->depth++;
    return NULL;
}

static temporal_error *read_map(tp_proto_reader *reader, const tp_place *place,
                                const ProtobufCFieldDescriptor *field, ProtobufCMessage **entries)
{
    TEMPORAL_TRY(enter(reader, place)); /* entries are messages, too */
    for (tp_json_open(&reader->json); tp_json_more(&reader->json); entries++)
        TEMPORAL_TRY(read_entry(reader, place, field->descriptor, entries));
    reader->depth--;
    return NULL;
}

temporal_error *tp_proto_read_repeated(tp_proto_reader *reader, const tp_place *place,
                                       const ProtobufCFieldDescriptor *field,
                                       ProtobufCMessage *message)
{
    bool map = tp_proto_is_map(message->descriptor, field);
    tp_json_kind kind = tp_json_peek(&reader->json);
    size_t count;
    void *items;

    if (kind != (map ? TP_JSON_OBJECT : TP_JSON_ARRAY))
        return tp_proto_expected(place, map ? "an object" : "a list", kind);
    count = tp_json_count(&reader->json);
    items = tp_arena_alloc_large(reader->arena, count * tp_proto_size(field));
    if (!items)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    memcpy(tp_proto_quantifier(message, field), &count, sizeof(count));
    memcpy(tp_proto_member(message, field), &items, sizeof(items));
    return map ? read_map(reader, place, field, items) : read_list(reader, place, field, items);
}

/* --- fields ---------------------------------------------------------------------------------- */

/* What else of the same oneof is set; NULL for nothing. */
static const ProtobufCFieldDescriptor *rival(const ProtobufCMessage *message,
                                             const ProtobufCFieldDescriptor *field)
{
    uint32_t number;

    if (!tp_proto_is_oneof(field))
        return NULL;
    memcpy(&number, tp_proto_quantifier(message, field), sizeof(number));
    return number ? tp_proto_number(message->descriptor, number) : NULL;
}

/* That the field is there, where something says so. */
static void set_present(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    protobuf_c_boolean yes = 1;

    if (tp_proto_is_oneof(field))
        memcpy(tp_proto_quantifier(message, field), &field->id, sizeof(field->id));
    else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type != PROTOBUF_C_TYPE_STRING &&
             field->type != PROTOBUF_C_TYPE_MESSAGE)
        memcpy(tp_proto_quantifier(message, field), &yes, sizeof(yes));
}

static bool see(struct seen *seen, size_t index)
{
    uint64_t bit = UINT64_C(1) << index % 64;
    bool before;

    if (index >= SEEN_FIELDS)
        return false;
    before = seen->words[index / 64] & bit;
    seen->words[index / 64] |= bit;
    return before;
}

static temporal_error *read_field(tp_proto_reader *reader, const tp_place *place,
                                  const ProtobufCFieldDescriptor *field, struct seen *seen,
                                  ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *other;

    if (tp_json_peek(&reader->json) == TP_JSON_NULL && !takes_null(reader, field, false)) {
        tp_json_token(&reader->json);
        return NULL;
    }
    if (see(seen, (size_t)(field - message->descriptor->fields)))
        return tp_place_error(place, "the field stands twice");
    if ((other = rival(message, field)))
        return tp_place_error(place, "%s is set already, and only one of the two may be",
                              other->name);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return tp_proto_read_repeated(reader, place, field, message);
    TEMPORAL_TRY(read_value(reader, place, field, false, tp_proto_member(message, field)));
    set_present(message, field);
    return NULL;
}

temporal_error *tp_proto_read_members(tp_proto_reader *reader, const tp_place *place,
                                      ProtobufCMessage *message)
{
    tp_json_kind kind = tp_json_peek(&reader->json);
    struct seen seen = { .words = { 0 } };

    if (kind != TP_JSON_OBJECT)
        return tp_proto_expected(place, "an object", kind);
    for (tp_json_open(&reader->json); tp_json_more(&reader->json);) {
        tp_bytes name = tp_json_name(&reader->json);
        const ProtobufCFieldDescriptor *field = tp_proto_named(message->descriptor, name);

        if (!field)
            tp_json_token(&reader->json); /* of a newer version */
        else
            TEMPORAL_TRY(read_field(reader, &(tp_place){ .up = place, .field = field->name }, field,
                                    &seen, message));
    }
    return NULL;
}

/* --- messages -------------------------------------------------------------------------------- */

static temporal_error *read_whole(tp_proto_reader *reader, const tp_place *place,
                                  ProtobufCMessage *message)
{
    tp_proto_known known = tp_proto_classify(message->descriptor);

    if (known != TP_PROTO_ORDINARY)
        return tp_proto_read_known(reader, place, known, message);
    if (reader->source == TP_PROTO_JSON_HISTORY) {
        if (message->descriptor == &tp__common__payload__descriptor)
            return tp_proto_read_payload(reader, place, (Tp__Common__Payload *)message);
        if (message->descriptor == &tp__common__payloads__descriptor &&
            tp_json_peek(&reader->json) == TP_JSON_ARRAY)
            return tp_proto_read_repeated(reader, place, &message->descriptor->fields[0], message);
    }
    return tp_proto_read_members(reader, place, message);
}

temporal_error *tp_proto_read_message(tp_proto_reader *reader, const tp_place *place,
                                      const ProtobufCMessageDescriptor *descriptor,
                                      ProtobufCMessage **message)
{
    ProtobufCMessage *new = tp_proto_new(reader->arena, descriptor);

    if (!new)
        return tp_place_error(place, "the code of %s has no init functions", descriptor->name);
    TEMPORAL_TRY(enter(reader, place));
    TEMPORAL_TRY(read_whole(reader, place, new));
    reader->depth--;
    *message = new;
    return NULL;
}

temporal_error *tp_proto_json_read(tp_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                                   tp_bytes text, tp_proto_json_source source,
                                   ProtobufCMessage **message)
{
    bool history = source == TP_PROTO_JSON_HISTORY;
    tp_proto_reader reader = { .arena = arena,
                               .source = source,
                               .depth_most = history ? TP_MESSAGE_DEPTH : TP_PROTO_PAYLOAD_DEPTH };
    tp_place whole = { .up = NULL };
    size_t at;
    const char *problem = tp_json_check(text, history ? TP_JSON_DEPTH_MOST : TP_JSON_DEPTH, &at);

    if (problem)
        return temporal_error_new(TEMPORAL_ERROR_CONVERSION, "byte %zu: %s", at, problem);
    reader.json = tp_json_reader_make(text);
    return tp_proto_read_message(&reader, &whole, descriptor, message);
}
