/* SPDX-License-Identifier: MIT */
/* converter/protobuf.c -- protobuf-c messages of the user's own as values. */
#include "converter/protobuf.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/message.h"
#include "converter/encodings.h"
#include "converter/proto_json.h"
#include "converter/typed.h"
#include "converter/utf8.h"

#define SHOWN 64 /* bytes of a foreign name that a message shows */

/* Its type is the first member: it stands at the same address. */
static const temporal_protobuf_type *definition(const temporal_type *type)
{
    return (const temporal_protobuf_type *)(const void *)type;
}

static temporal_error *take_message(const temporal_type *type, const void *value,
                                    const ProtobufCMessage **message)
{
    const ProtobufCMessageDescriptor *descriptor = definition(type)->descriptor;

    memcpy(message, value, sizeof(*message));
    if ((*message)->descriptor == descriptor)
        return NULL;
    return temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                              "the message is no %s: begin it with %s's init function or macro",
                              descriptor->name, descriptor->c_name);
}

/* --- writing --------------------------------------------------------------------------------- */

static temporal_error *encode(const temporal_type *type, const ProtobufCMessage *message,
                              tp_buffer *out)
{
    if (!definition(type)->binary)
        return tp_proto_json_write(out, message, TP_PROTO_PAYLOAD_DEPTH);
    tp_message_pack(out, message);
    return NULL;
}

static Tp__Common__Payload__MetadataEntry *new_entry(tp_arena *arena, const char *key,
                                                     const char *value)
{
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(arena, sizeof(*entry));

    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(arena, key);
    entry->value.len = strlen(value);
    entry->value.data = tp_arena_memdup(arena, value, entry->value.len);
    return entry;
}

temporal_error *tp_protobuf_make(tp_arena *arena, const temporal_type *type, const void *value,
                                 Tp__Common__Payload **payload)
{
    Tp__Common__Payload *new = tp_arena_alloc(arena, sizeof(*new));
    const ProtobufCMessage *message;
    tp_buffer data = { 0 };
    temporal_error *error;

    TEMPORAL_TRY(take_message(type, value, &message));
    error = encode(type, message, &data);
    if (error) {
        tp_buffer_done(&data);
        return error;
    }
    tp__common__payload__init(new);
    new->metadata = tp_arena_alloc(arena, 2 * sizeof(*new->metadata));
    new->n_metadata = 2;
    new->metadata[0] = new_entry(arena, TP_METADATA_ENCODING,
                                 definition(type)->binary ? TP_ENCODING_BINARY_PROTOBUF
                                                          : TP_ENCODING_JSON_PROTOBUF);
    new->metadata[1] = new_entry(arena, TP_METADATA_MESSAGE, message->descriptor->name);
    tp_arena_defer(arena, tp_free, data.data);
    new->data = (ProtobufCBinaryData){ .len = data.size, .data = data.data };
    *payload = new;
    return NULL;
}

temporal_error *tp_protobuf_write_part(tp_buffer *out, const tp_place *place,
                                       const temporal_type *type, const void *value)
{
    const ProtobufCMessage *message;
    temporal_error *error = take_message(type, value, &message), *placed;

    if (!error)
        error = tp_proto_json_write(out, message, TP_PROTO_PAYLOAD_DEPTH);
    if (!error)
        return NULL;
    placed = tp_place_error(place, "%s", temporal_error_message(error));
    temporal_error_free(error);
    return placed;
}

/* --- reading --------------------------------------------------------------------------------- */

static temporal_error *refuse_name(const ProtobufCBinaryData *name, const temporal_type *type)
{
    temporal_error *error;
    tp_arena scratch;
    char *shown;

    tp_arena_init(&scratch);
    shown =
        tp_arena_strndup(&scratch, (const char *)name->data, name->len < SHOWN ? name->len : SHOWN);
    for (char *at = shown; *at; at++)
        if ((unsigned char)*at < ' ')
            *at = '?';
    shown = tp_utf8_clean(&scratch, shown);
    if (type->kind == TEMPORAL_KIND_PROTOBUF)
        error = temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                                   "the payload holds a protobuf message %s, not a %s", shown,
                                   definition(type)->descriptor->name);
    else
        error = temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                                   "the payload holds a protobuf message %s, not a %s: take it as "
                                   "a TEMPORAL_PROTOBUF type, or as a temporal_value",
                                   shown, type->name);
    tp_arena_done(&scratch);
    return error;
}

/* A payload that does not name its message is taken to hold the right one. */
static temporal_error *check_name(const Tp__Common__Payload *payload, const temporal_type *type)
{
    static const char unnamed[] = "without a name";
    ProtobufCBinaryData none = { .len = sizeof(unnamed) - 1,
                                 .data = (uint8_t *)(uintptr_t)unnamed };
    const ProtobufCBinaryData *name = NULL;
    const char *wanted;

    for (size_t i = payload->n_metadata; i > 0 && !name; i--)
        if (strcmp(payload->metadata[i - 1]->key, TP_METADATA_MESSAGE) == 0)
            name = &payload->metadata[i - 1]->value;
    if (type->kind != TEMPORAL_KIND_PROTOBUF)
        return refuse_name(name ? name : &none, type);
    wanted = definition(type)->descriptor->name;
    if (name && (name->len != strlen(wanted) || memcmp(name->data, wanted, name->len) != 0))
        return refuse_name(name, type);
    return NULL;
}

static temporal_error *read_text(tp_arena *arena, tp_bytes text, const temporal_type *type,
                                 void *out)
{
    ProtobufCMessage *message;

    TEMPORAL_TRY(tp_proto_json_read(arena, definition(type)->descriptor, text,
                                    TP_PROTO_JSON_PAYLOAD, &message));
    memcpy(out, &message, sizeof(message));
    return NULL;
}

temporal_error *tp_protobuf_read_json(tp_arena *arena, const Tp__Common__Payload *payload,
                                      const temporal_type *type, void *out)
{
    type = tp_typed_make_room(arena, type, &out);
    TEMPORAL_TRY(check_name(payload, type));
    return read_text(arena, (tp_bytes){ payload->data.data, payload->data.len }, type, out);
}

temporal_error *tp_protobuf_read_binary(tp_arena *arena, const Tp__Common__Payload *payload,
                                        const temporal_type *type, void *out)
{
    const tp_bytes encoded = { payload->data.data, payload->data.len };
    ProtobufCMessage *message;

    type = tp_typed_make_room(arena, type, &out);
    TEMPORAL_TRY(check_name(payload, type));
    message = tp_message_unpack_within(arena, definition(type)->descriptor, encoded,
                                       TP_PROTO_PAYLOAD_DEPTH);
    if (!message)
        return temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                                  "the payload's bytes are no %s, or one of more than %u messages "
                                  "within each other",
                                  definition(type)->descriptor->name, TP_PROTO_PAYLOAD_DEPTH);
    memcpy(out, &message, sizeof(message));
    return NULL;
}

temporal_error *tp_protobuf_read_part(tp_arena *arena, const tp_place *place, tp_bytes token,
                                      const temporal_type *type, void *out)
{
    temporal_error *error = read_text(arena, token, type, out), *placed;

    if (!error)
        return NULL;
    placed = tp_place_error(place, "%s", temporal_error_message(error));
    temporal_error_free(error);
    return placed;
}
