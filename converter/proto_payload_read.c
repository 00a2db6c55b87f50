/* SPDX-License-Identifier: MIT */
/* converter/proto_payload_read.c -- payloads in histories that tools wrote.
 *
 * A payload is written as a message: {"metadata":{"encoding":"anNvbi9wbGFpbg=="},"data":"NQ=="}.
 * The web UI and the command line also write it decoded, as the value that it holds: 5. A
 * protobuf message then has one member more, which names its type. What reads as a message that
 * names its encoding is one; everything else is such a value. */
#include <string.h>

#include "base/alloc.h"
#include "converter/encodings.h"
#include "converter/proto_read.h"

#define TYPE_MEMBER "_protoMessageType"

static Tp__Common__Payload__MetadataEntry *new_entry(tp_arena *arena, const char *key,
                                                     const char *value, size_t size)
{
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(arena, sizeof(*entry));

    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(arena, key);
    entry->value.data = tp_arena_memdup(arena, value, size);
    entry->value.len = size;
    return entry;
}

static void mark(tp_arena *arena, Tp__Common__Payload *payload, const char *encoding,
                 const char *type)
{
    payload->metadata = tp_arena_alloc(arena, 2 * sizeof(*payload->metadata));
    payload->n_metadata = 0;
    payload->metadata[payload->n_metadata++] =
        new_entry(arena, TP_METADATA_ENCODING, encoding, strlen(encoding));
    if (type)
        payload->metadata[payload->n_metadata++] =
            new_entry(arena, TP_METADATA_MESSAGE, type, strlen(type));
}

static bool names_encoding(const Tp__Common__Payload *payload)
{
    for (size_t i = 0; i < payload->n_metadata; i++)
        if (strcmp(payload->metadata[i]->key, TP_METADATA_ENCODING) == 0)
            return true;
    return false;
}

/* Whether it has no other members than a payload's. */
static bool looks_like_payload(tp_json_reader json)
{
    bool metadata = false;

    if (tp_json_peek(&json) != TP_JSON_OBJECT)
        return false;
    for (tp_json_open(&json); tp_json_more(&json);) {
        tp_bytes name = tp_json_name(&json);

        if (!tp_proto_named(&tp__common__payload__descriptor, name))
            return false;
        metadata = metadata || tp_json_equals(name, "metadata");
        tp_json_token(&json);
    }
    return metadata;
}

/* Reads it as a message, and moves behind it; false, and nothing is moved, when it is none. */
static bool read_as_message(tp_proto_reader *reader, const tp_place *place,
                            Tp__Common__Payload *payload)
{
    tp_proto_reader before = *reader;
    Tp__Common__Payload fresh = TP__COMMON__PAYLOAD__INIT;
    temporal_error *error;

    if (!looks_like_payload(reader->json))
        return false;
    error = tp_proto_read_members(reader, place, &fresh.base);
    if (!error && names_encoding(&fresh)) {
        *payload = fresh;
        return true;
    }
    temporal_error_free(error);
    *reader = before;
    return false;
}

/* The type that a decoded protobuf message names; NULL for none. *text becomes the message
 * without it. */
static char *take_type(tp_proto_reader *reader, tp_bytes value, tp_bytes *text)
{
    tp_json_reader json = tp_json_reader_make(value);
    tp_buffer rest = { 0 };
    char *type = NULL;

    if (tp_json_peek(&json) != TP_JSON_OBJECT)
        return NULL;
    for (tp_json_open(&json); tp_json_more(&json);) {
        tp_bytes name = tp_json_name(&json);
        bool text_next = tp_json_peek(&json) == TP_JSON_TEXT;
        tp_bytes token = tp_json_token(&json);

        if (text_next && tp_json_equals(name, TYPE_MEMBER)) {
            size_t size;

            type = tp_arena_alloc(reader->arena, token.size);
            tp_json_unescape(token, (uint8_t *)type, &size);
            continue;
        }
        tp_buffer_append_text(&rest, rest.size ? "," : "{");
        tp_buffer_append(&rest, name.data, name.size);
        tp_buffer_append_text(&rest, ":");
        tp_buffer_append(&rest, token.data, token.size);
    }
    tp_buffer_append_text(&rest, rest.size ? "}" : "{}");
    if (!type || !*type) {
        tp_buffer_done(&rest);
        return NULL;
    }
    tp_arena_defer(reader->arena, tp_free, rest.data);
    *text = tp_buffer_bytes(&rest);
    return type;
}

temporal_error *tp_proto_read_payload(tp_proto_reader *reader, const tp_place *place,
                                      Tp__Common__Payload *payload)
{
    tp_bytes text;
    char *type;

    if (read_as_message(reader, place, payload))
        return NULL;
    if (tp_json_peek(&reader->json) == TP_JSON_NULL) {
        tp_json_token(&reader->json);
        mark(reader->arena, payload, TP_ENCODING_NULL, NULL);
        return NULL;
    }
    text = tp_json_token(&reader->json);
    type = take_type(reader, text, &text);
    mark(reader->arena, payload, type ? TP_ENCODING_JSON_PROTOBUF : TP_ENCODING_JSON, type);
    payload->data.data = tp_arena_memdup(reader->arena, text.data, text.size);
    payload->data.len = text.size;
    return NULL;
}
