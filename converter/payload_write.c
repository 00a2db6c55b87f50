/* SPDX-License-Identifier: MIT */
/* converter/payload_write.c -- a value to its payload, as a message or encoded at once. */
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "converter/encodings.h"
#include "converter/payload.h"
#include "converter/protobuf.h"
#include "converter/typed.h"

#define SMALL_JSON 4096 /* is copied, rather than kept with the room that it grew into */

/* --- making ---------------------------------------------------------------------------------- */

/* Data is the arena's, or lives as long as it. */
static Tp__Common__Payload *payload_new(tp_arena *arena, const char *encoding, uint8_t *data,
                                        size_t size)
{
    Tp__Common__Payload *payload = tp_arena_alloc(arena, sizeof(*payload));
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(arena, sizeof(*entry));

    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(arena, TP_METADATA_ENCODING);
    entry->value.len = strlen(encoding);
    entry->value.data = tp_arena_memdup(arena, encoding, entry->value.len);
    tp__common__payload__init(payload);
    payload->metadata = tp_arena_memdup(arena, &entry, sizeof(entry));
    payload->n_metadata = 1;
    payload->data.data = data;
    payload->data.len = size;
    return payload;
}

static temporal_error *make_bytes(tp_arena *arena, const char *encoding, const void *data,
                                  size_t size, Tp__Common__Payload **payload)
{
    uint8_t *copy = tp_arena_alloc_large(arena, size);

    if (!copy)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    if (size)
        memcpy(copy, data, size);
    *payload = payload_new(arena, encoding, copy, size);
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
    *payload = payload_new(arena, TP_ENCODING_JSON, data, size);
    return NULL;
}

/* Passed through with all of its metadata; or made from an encoding and data of the user's own. */
static temporal_error *make_untyped(tp_arena *arena, const temporal_value *value,
                                    Tp__Common__Payload **payload)
{
    const Tp__Common__Payload *existing = value->payload;

    if (!value->encoding)
        return NULL;
    if (!existing)
        return make_bytes(arena, value->encoding, value->data, value->size, payload);
    *payload = tp_message_copy(arena, &existing->base);
    return *payload ? NULL : tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
}

static bool is_null(const temporal_type *type, const void *value)
{
    return !value || (type->kind == TEMPORAL_KIND_STRING && !*(const char *const *)value) ||
           (type->kind == TEMPORAL_KIND_PROTOBUF && !*(const void *const *)value) ||
           (type->kind == TEMPORAL_KIND_JSON && !((const temporal_json *)value)->text);
}

temporal_error *tp_payload_make(tp_arena *arena, const temporal_type *type, const void *value,
                                Tp__Common__Payload **payload)
{
    const temporal_bytes *bytes;

    *payload = NULL;
    type = tp_typed_unwrap(type, &value);
    if (type->kind == TEMPORAL_KIND_NONE)
        return NULL;
    if (is_null(type, value)) {
        *payload = payload_new(arena, TP_ENCODING_NULL, NULL, 0);
        return NULL;
    }
    if (type->kind == TEMPORAL_KIND_VALUE)
        return make_untyped(arena, value, payload);
    if (type->kind == TEMPORAL_KIND_PROTOBUF)
        return tp_protobuf_make(arena, type, value, payload);
    if (type->kind != TEMPORAL_KIND_BYTES)
        return make_json(arena, type, value, payload);
    bytes = value;
    return make_bytes(arena, TP_ENCODING_BINARY, bytes->data, bytes->size, payload);
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
    size += put_field(inner + size, 1, TP_METADATA_ENCODING, sizeof TP_METADATA_ENCODING - 1);
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
    head_size = make_head(head, TP_ENCODING_JSON, size);
    tp_buffer_reserve(out, head_size);
    memmove(out->data + start + head_size, out->data + start, size);
    memcpy(out->data + start, head, head_size);
    out->size += head_size;
    return NULL;
}

static temporal_error *encode_untyped(tp_buffer *out, const temporal_value *value)
{
    Tp__Common__Payload *payload = (Tp__Common__Payload *)(uintptr_t)value->payload;
    Tp__Common__Payloads all = TP__COMMON__PAYLOADS__INIT;
    temporal_error *error = NULL;
    tp_arena scratch;

    if (!value->encoding)
        return NULL;
    tp_arena_init(&scratch);
    if (!payload)
        error = make_untyped(&scratch, value, &payload);
    all.payloads = &payload;
    all.n_payloads = payload ? 1 : 0;
    tp_payloads_pack(out, &all);
    tp_arena_done(&scratch);
    return error;
}

static temporal_error *encode_protobuf(tp_buffer *out, const temporal_type *type, const void *value)
{
    Tp__Common__Payloads all = TP__COMMON__PAYLOADS__INIT;
    Tp__Common__Payload *payload;
    temporal_error *error;
    tp_arena scratch;

    tp_arena_init(&scratch);
    error = tp_protobuf_make(&scratch, type, value, &payload);
    all.payloads = &payload;
    all.n_payloads = 1;
    if (!error)
        tp_payloads_pack(out, &all);
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
        encode_bytes(out, TP_ENCODING_NULL, NULL, 0);
        return NULL;
    }
    if (type->kind == TEMPORAL_KIND_VALUE)
        return encode_untyped(out, value);
    if (type->kind == TEMPORAL_KIND_PROTOBUF)
        return encode_protobuf(out, type, value);
    if (type->kind != TEMPORAL_KIND_BYTES)
        return encode_json(out, type, value);
    bytes = value;
    encode_bytes(out, TP_ENCODING_BINARY, bytes->data, bytes->size);
    return NULL;
}
