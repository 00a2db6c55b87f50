/* SPDX-License-Identifier: MIT */
/* converter/payload_read.c -- a value from its payload, by the encoding that the payload names. */
#include <string.h>

#include "base/error.h"
#include "converter/encodings.h"
#include "converter/payload.h"
#include "converter/protobuf.h"
#include "converter/typed.h"
#include "converter/utf8.h"

#define SHOWN 64 /* bytes of a foreign text that a message shows */

/* Of an entry that stands twice the last one counts, as protobuf has it. NULL when there is none.
 */
static const ProtobufCBinaryData *find_metadata(const Tp__Common__Payload *payload,
                                                const char *name)
{
    for (size_t i = payload->n_metadata; i > 0; i--)
        if (strcmp(payload->metadata[i - 1]->key, name) == 0)
            return &payload->metadata[i - 1]->value;
    return NULL;
}

/* A foreign text as it may stand in a message. */
static char *shown(tp_arena *scratch, const ProtobufCBinaryData *text)
{
    char *copy =
        tp_arena_strndup(scratch, (const char *)text->data, text->len < SHOWN ? text->len : SHOWN);

    for (char *at = copy; at && *at; at++)
        if ((unsigned char)*at < ' ')
            *at = '?';
    return tp_utf8_clean(scratch, copy);
}

static temporal_error *refuse(const Tp__Common__Payload *payload,
                              const ProtobufCBinaryData *encoding)
{
    const ProtobufCBinaryData *message = find_metadata(payload, TP_METADATA_MESSAGE);
    temporal_error *error;
    tp_arena scratch;

    if (!encoding)
        return temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                                  "the payload does not say its encoding (no \"encoding\" in its "
                                  "metadata)");
    tp_arena_init(&scratch);
    error = temporal_error_new(
        TEMPORAL_ERROR_CONVERSION,
        "payloads of encoding \"%s\"%s%s cannot be read: have its sender write " TP_ENCODING_JSON
        ", " TP_ENCODING_BINARY " or " TP_ENCODING_NULL ", or take it as a temporal_value",
        shown(&scratch, encoding), message ? " with message " : "",
        message ? shown(&scratch, message) : "");
    tp_arena_done(&scratch);
    return error;
}

/* *data becomes the arena's. */
static temporal_error *take_bytes(tp_arena *arena, uint8_t **data, size_t size)
{
    uint8_t *copy = tp_arena_alloc_large(arena, size);

    if (!copy)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    if (size)
        memcpy(copy, *data, size);
    *data = copy;
    return NULL;
}

static temporal_error *read_null(tp_arena *arena, const Tp__Common__Payload *payload, bool borrow,
                                 const temporal_type *type, void *out)
{
    (void)arena, (void)payload, (void)borrow, (void)type, (void)out; /* which is zero */
    return NULL;
}

static temporal_error *read_binary(tp_arena *arena, const Tp__Common__Payload *payload, bool borrow,
                                   const temporal_type *type, void *out)
{
    temporal_bytes bytes = { .size = payload->data.len };
    uint8_t *data = payload->data.data;

    type = tp_typed_make_room(arena, type, &out);
    if (type->kind != TEMPORAL_KIND_BYTES)
        return temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                                  "expected " TP_ENCODING_JSON " for a %s, not raw bytes "
                                  "(" TP_ENCODING_BINARY ")",
                                  type->name);
    if (!borrow)
        TEMPORAL_TRY(take_bytes(arena, &data, bytes.size));
    bytes.data = data;
    memcpy(out, &bytes, sizeof(bytes));
    return NULL;
}

static temporal_error *read_json(tp_arena *arena, const Tp__Common__Payload *payload, bool borrow,
                                 const temporal_type *type, void *out)
{
    (void)borrow;
    return tp_typed_read(arena, (tp_bytes){ payload->data.data, payload->data.len }, type, out);
}

static temporal_error *read_json_protobuf(tp_arena *arena, const Tp__Common__Payload *payload,
                                          bool borrow, const temporal_type *type, void *out)
{
    (void)borrow;
    return tp_protobuf_read_json(arena, payload, type, out);
}

static temporal_error *read_binary_protobuf(tp_arena *arena, const Tp__Common__Payload *payload,
                                            bool borrow, const temporal_type *type, void *out)
{
    (void)borrow;
    return tp_protobuf_read_binary(arena, payload, type, out);
}

/* Each reads into zeroed memory; another converter is another line here. */
static const struct decoder {
    const char *encoding;
    temporal_error *(*read)(tp_arena *arena, const Tp__Common__Payload *payload, bool borrow,
                            const temporal_type *type, void *out);
} decoders[] = {
    { TP_ENCODING_NULL, read_null },
    { TP_ENCODING_BINARY, read_binary },
    { TP_ENCODING_JSON, read_json },
    { TP_ENCODING_JSON_PROTOBUF, read_json_protobuf },
    { TP_ENCODING_BINARY_PROTOBUF, read_binary_protobuf },
};

static const struct decoder *find_decoder(const ProtobufCBinaryData *encoding)
{
    for (size_t i = 0; encoding && i < sizeof(decoders) / sizeof(decoders[0]); i++)
        if (encoding->len == strlen(decoders[i].encoding) &&
            memcmp(encoding->data, decoders[i].encoding, encoding->len) == 0)
            return &decoders[i];
    return NULL;
}

/* Payload is the arena's, or lives as long as it. */
static void read_untyped(tp_arena *arena, const Tp__Common__Payload *payload, temporal_value *out)
{
    const ProtobufCBinaryData *encoding = find_metadata(payload, TP_METADATA_ENCODING);

    *out = (temporal_value){
        .encoding =
            encoding ? tp_arena_strndup(arena, (const char *)encoding->data, encoding->len) : "",
        .data = payload->data.data,
        .size = payload->data.len,
        .payload = payload,
        .memory = arena,
    };
}

static temporal_error *read(tp_arena *arena, const Tp__Common__Payload *payload, bool borrow,
                            const temporal_type *type, void *out)
{
    const ProtobufCBinaryData *encoding = find_metadata(payload, TP_METADATA_ENCODING);
    const struct decoder *decoder = find_decoder(encoding);
    void *fresh;

    if (type->kind == TEMPORAL_KIND_VALUE) {
        if (!borrow && !(payload = tp_message_copy(arena, &payload->base)))
            return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
        read_untyped(arena, payload, out);
        return NULL;
    }
    if (!decoder)
        return refuse(payload, encoding);
    fresh = tp_arena_alloc(arena, type->size); /* out is written on success only */
    TEMPORAL_TRY(decoder->read(arena, payload, borrow, type, fresh));
    memcpy(out, fresh, type->size);
    return NULL;
}

temporal_error *tp_payload_read(tp_arena *arena, const Tp__Common__Payload *payload,
                                const temporal_type *type, void *out)
{
    if (type->kind == TEMPORAL_KIND_NONE)
        return NULL;
    if (payload)
        return read(arena, payload, false, type, out);
    memset(out, 0, type->size);
    return NULL;
}

temporal_error *tp_payload_read_borrowed(tp_arena *arena, const Tp__Common__Payload *payload,
                                         const temporal_type *type, void *out)
{
    if (payload && type->kind != TEMPORAL_KIND_NONE)
        return read(arena, payload, true, type, out);
    return tp_payload_read(arena, NULL, type, out);
}
