/* SPDX-License-Identifier: MIT */
/* converter/payload.c -- one value and its payload. The only place that knows the encodings. */
#include "converter/payload.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "converter/typed.h"
#include "converter/utf8.h"

#define METADATA_ENCODING "encoding"
#define METADATA_MESSAGE  "messageType" /* of a protobuf payload: which message it is */

#define ENCODING_NULL   "binary/null"
#define ENCODING_BINARY "binary/plain"
#define ENCODING_JSON   "json/plain"

#define SHOWN      64   /* bytes of a foreign text that a message shows */
#define SMALL_JSON 4096 /* is copied, rather than kept with the room that it grew into */

/* --- making ---------------------------------------------------------------------------------- */

/* Data is the arena's, or lives as long as it. */
static Tp__Common__Payload *payload_new(tp_arena *arena, const char *encoding, uint8_t *data,
                                        size_t size)
{
    Tp__Common__Payload *payload = tp_arena_alloc(arena, sizeof(*payload));
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(arena, sizeof(*entry));

    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(arena, METADATA_ENCODING);
    entry->value.len = strlen(encoding);
    entry->value.data = tp_arena_memdup(arena, encoding, entry->value.len);
    tp__common__payload__init(payload);
    payload->metadata = tp_arena_memdup(arena, &entry, sizeof(entry));
    payload->n_metadata = 1;
    payload->data.data = data;
    payload->data.len = size;
    return payload;
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

static temporal_error *make_bytes(tp_arena *arena, bool borrow, const char *encoding,
                                  temporal_bytes bytes, Tp__Common__Payload **payload)
{
    uint8_t *data = (uint8_t *)(uintptr_t)bytes.data; /* protobuf-c knows no const */

    if (!borrow)
        TEMPORAL_TRY(take_bytes(arena, &data, bytes.size));
    *payload = payload_new(arena, encoding, data, bytes.size);
    return NULL;
}

static temporal_error *make_json(tp_arena *arena, const temporal_type *type, const void *value,
                                 Tp__Common__Payload **payload)
{
    tp_buffer text = { 0 };
    temporal_error *error = tp_typed_write(&text, type, value);
    uint8_t *data = text.data;
    size_t size = text.size;

    if (error) {
        tp_buffer_done(&text);
        return error;
    }
    if (size <= SMALL_JSON) {
        data = tp_arena_memdup(arena, text.data, size);
        tp_buffer_done(&text);
    } else {
        tp_arena_defer(arena, tp_free, text.data);
    }
    *payload = payload_new(arena, ENCODING_JSON, data, size);
    return NULL;
}

/* Passed through with all of its metadata; or made from an encoding and data of the user's own. */
static temporal_error *make_untyped(tp_arena *arena, bool borrow, const temporal_value *value,
                                    Tp__Common__Payload **payload)
{
    const Tp__Common__Payload *existing = value->payload;

    if (!value->encoding)
        return NULL;
    if (!existing)
        return make_bytes(arena, borrow, value->encoding,
                          (temporal_bytes){ value->data, value->size }, payload);
    *payload = borrow ? (Tp__Common__Payload *)(uintptr_t)existing
                      : tp_message_copy(arena, &existing->base);
    return *payload ? NULL : tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
}

static bool is_null(const temporal_type *type, const void *value)
{
    return !value || (type->kind == TEMPORAL_KIND_STRING && !*(const char *const *)value) ||
           (type->kind == TEMPORAL_KIND_JSON && !((const temporal_json *)value)->text);
}

static temporal_error *make(tp_arena *arena, bool borrow, const temporal_type *type,
                            const void *value, Tp__Common__Payload **payload)
{
    *payload = NULL;
    type = tp_typed_unwrap(type, &value);
    if (type->kind == TEMPORAL_KIND_NONE)
        return NULL;
    if (is_null(type, value)) {
        *payload = payload_new(arena, ENCODING_NULL, NULL, 0);
        return NULL;
    }
    if (type->kind == TEMPORAL_KIND_VALUE)
        return make_untyped(arena, borrow, value, payload);
    if (type->kind == TEMPORAL_KIND_BYTES)
        return make_bytes(arena, borrow, ENCODING_BINARY, *(const temporal_bytes *)value, payload);
    return make_json(arena, type, value, payload);
}

temporal_error *tp_payload_make(tp_arena *arena, const temporal_type *type, const void *value,
                                Tp__Common__Payload **payload)
{
    return make(arena, false, type, value, payload);
}

temporal_error *tp_payload_make_borrowed(tp_arena *arena, const temporal_type *type,
                                         const void *value, Tp__Common__Payload **payload)
{
    return make(arena, true, type, value, payload);
}

/* --- encoding without a message in between --------------------------------------------------- */

#define VARINT_MAXIMUM 10

/* Of the wire: a field's number, << 3, and that a length and bytes follow. */
#define FIELD_BYTES(number) ((uint8_t)((number) << 3 | 2))

static size_t put_varint(uint8_t *out, uint64_t number)
{
    size_t size = 0;

    for (; number >= 0x80; number >>= 7)
        out[size++] = (uint8_t)(number | 0x80);
    out[size++] = (uint8_t)number;
    return size;
}

static size_t put_field(uint8_t *out, unsigned number, const char *text, size_t size)
{
    out[0] = FIELD_BYTES(number);
    out[1] = (uint8_t)size; /* all that is put this way is short */
    memcpy(out + 2, text, size);
    return 2 + size;
}

#define HEAD_MAXIMUM (64 + 2 * VARINT_MAXIMUM)

/* All of a payload but its data, as a field of an encoded Payloads; answers with its size. */
static size_t make_head(uint8_t head[HEAD_MAXIMUM], const char *encoding, size_t data_size)
{
    uint8_t inner[HEAD_MAXIMUM];
    size_t size = 2, head_size = 1;

    /* metadata = 1: an entry of key = 1 and value = 2; data = 2 */
    size += put_field(inner + size, 1, METADATA_ENCODING, sizeof METADATA_ENCODING - 1);
    size += put_field(inner + size, 2, encoding, strlen(encoding));
    inner[0] = FIELD_BYTES(1);
    inner[1] = (uint8_t)(size - 2);
    if (data_size) {
        inner[size++] = FIELD_BYTES(2);
        size += put_varint(inner + size, data_size);
    }
    /* payloads = 1 */
    head[0] = FIELD_BYTES(1);
    head_size += put_varint(head + 1, size + data_size);
    memcpy(head + head_size, inner, size);
    return head_size + size;
}

static void encode_bytes(tp_buffer *out, const char *encoding, const void *data, size_t size)
{
    uint8_t head[HEAD_MAXIMUM];
    size_t head_size = make_head(head, encoding, size);

    tp_buffer_reserve(out, head_size + size);
    tp_buffer_append(out, head, head_size);
    tp_buffer_append(out, data, size);
}

/* The text is written first, to learn its size, and makes room for its head. */
static temporal_error *encode_json(tp_buffer *out, const temporal_type *type, const void *value)
{
    size_t start = out->size, size, head_size;
    uint8_t head[HEAD_MAXIMUM];
    temporal_error *error = tp_typed_write(out, type, value);

    if (error) {
        out->size = start;
        return error;
    }
    size = out->size - start;
    head_size = make_head(head, ENCODING_JSON, size);
    tp_buffer_reserve(out, head_size);
    memmove(out->data + start + head_size, out->data + start, size);
    memcpy(out->data + start, head, head_size);
    out->size += head_size;
    return NULL;
}

static temporal_error *encode_untyped(tp_buffer *out, const temporal_value *value)
{
    Tp__Common__Payload *payload = NULL;
    temporal_error *error;
    tp_arena scratch;

    tp_arena_init(&scratch);
    error = make_untyped(&scratch, true, value, &payload);
    if (!error && payload) {
        Tp__Common__Payloads all = TP__COMMON__PAYLOADS__INIT;

        all.payloads = &payload;
        all.n_payloads = 1;
        tp_payloads_pack(out, &all);
    }
    tp_arena_done(&scratch);
    return error;
}

temporal_error *tp_payload_encode(tp_buffer *out, const temporal_type *type, const void *value)
{
    const temporal_bytes *bytes;

    type = tp_typed_unwrap(type, &value);
    if (type->kind == TEMPORAL_KIND_NONE)
        return NULL;
    if (is_null(type, value)) {
        encode_bytes(out, ENCODING_NULL, NULL, 0);
        return NULL;
    }
    if (type->kind == TEMPORAL_KIND_VALUE)
        return encode_untyped(out, value);
    if (type->kind != TEMPORAL_KIND_BYTES)
        return encode_json(out, type, value);
    bytes = value;
    encode_bytes(out, ENCODING_BINARY, bytes->data, bytes->size);
    return NULL;
}

/* --- reading --------------------------------------------------------------------------------- */

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
    const ProtobufCBinaryData *message = find_metadata(payload, METADATA_MESSAGE);
    temporal_error *error;
    tp_arena scratch;

    if (!encoding)
        return temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                                  "the payload does not say its encoding (no \"encoding\" in its "
                                  "metadata)");
    tp_arena_init(&scratch);
    error = temporal_error_new(
        TEMPORAL_ERROR_CONVERSION,
        "payloads of encoding \"%s\"%s%s cannot be read: have its sender write " ENCODING_JSON
        ", " ENCODING_BINARY " or " ENCODING_NULL ", or take it as a temporal_value",
        shown(&scratch, encoding), message ? " with message " : "",
        message ? shown(&scratch, message) : "");
    tp_arena_done(&scratch);
    return error;
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
                                  "expected " ENCODING_JSON " for a %s, not raw bytes "
                                  "(" ENCODING_BINARY ")",
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

/* Each reads into zeroed memory; another converter is another line here. */
static const struct decoder {
    const char *encoding;
    temporal_error *(*read)(tp_arena *arena, const Tp__Common__Payload *payload, bool borrow,
                            const temporal_type *type, void *out);
} decoders[] = {
    { ENCODING_NULL, read_null },
    { ENCODING_BINARY, read_binary },
    { ENCODING_JSON, read_json },
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
    const ProtobufCBinaryData *encoding = find_metadata(payload, METADATA_ENCODING);

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
    const ProtobufCBinaryData *encoding = find_metadata(payload, METADATA_ENCODING);
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
