/* SPDX-License-Identifier: MIT */
/* converter/payloads.c -- any number of values in a row, and values without a type. */
#include "base/error.h"
#include "converter/payload.h"
#include "converter/typed.h"

static temporal_error *name_argument(temporal_error *error, size_t index)
{
    temporal_error *named;

    if (temporal_error_get_code(error) != TEMPORAL_ERROR_CONVERSION)
        return error;
    named = temporal_error_new(TEMPORAL_ERROR_CONVERSION, "argument %zu: %s", index + 1,
                               temporal_error_message(error));
    temporal_error_free(error);
    return named;
}

temporal_error *tp_payloads_make(tp_arena *arena, const temporal_argument *arguments, size_t count,
                                 Tp__Common__Payloads **payloads)
{
    Tp__Common__Payloads *all = tp_arena_alloc(arena, sizeof(*all));

    tp__common__payloads__init(all);
    all->payloads = tp_arena_alloc(arena, count * sizeof(*all->payloads));
    for (size_t i = 0; i < count; i++) {
        temporal_error *error = tp_payload_make(arena, arguments[i].type, arguments[i].value,
                                                &all->payloads[all->n_payloads]);

        if (error)
            return count > 1 ? name_argument(error, i) : error;
        all->n_payloads += all->payloads[all->n_payloads] != NULL;
    }
    *payloads = all->n_payloads ? all : NULL;
    return NULL;
}

temporal_error *tp_payloads_encode(tp_buffer *out, const temporal_argument *arguments, size_t count)
{
    size_t start = out->size;

    for (size_t i = 0; i < count; i++) {
        temporal_error *error = tp_payload_encode(out, arguments[i].type, arguments[i].value);

        if (error) {
            out->size = start;
            return count > 1 ? name_argument(error, i) : error;
        }
    }
    return NULL;
}

void tp_payloads_pack(tp_buffer *out, const Tp__Common__Payloads *payloads)
{
    if (payloads)
        tp_message_pack(out, &payloads->base);
}

temporal_error *tp_payloads_unpack(tp_arena *arena, tp_bytes encoded,
                                   Tp__Common__Payloads **payloads)
{
    Tp__Common__Payloads *unpacked = NULL;

    if (encoded.size) {
        unpacked = tp_message_unpack(arena, &tp__common__payloads__descriptor, encoded);
        if (!unpacked)
            return temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                                      "%zu bytes are no encoded payloads", encoded.size);
    }
    *payloads = unpacked;
    return NULL;
}

static const Tp__Common__Payload *payload_at(const Tp__Common__Payloads *payloads, size_t index)
{
    return payloads && index < payloads->n_payloads ? payloads->payloads[index] : NULL;
}

temporal_error *tp_payloads_read(tp_arena *arena, const Tp__Common__Payloads *payloads,
                                 size_t index, const temporal_type *type, void *out)
{
    return tp_payload_read(arena, payload_at(payloads, index), type, out);
}

/* What can be borrowed is unpacked into the arena at once; of the rest only the value stays there.
 */
temporal_error *tp_payloads_decode(tp_arena *arena, tp_bytes encoded, size_t index,
                                   const temporal_type *type, void *out)
{
    temporal_kind kind = tp_typed_unwrap(type, NULL)->kind;
    bool borrow = kind == TEMPORAL_KIND_BYTES || kind == TEMPORAL_KIND_VALUE;
    Tp__Common__Payloads *payloads = NULL;
    temporal_error *error;
    tp_arena scratch;

    tp_arena_init(&scratch);
    error = tp_payloads_unpack(borrow ? arena : &scratch, encoded, &payloads);
    if (!error && borrow)
        error = tp_payload_read_borrowed(arena, payload_at(payloads, index), type, out);
    else if (!error)
        error = tp_payload_read(arena, payload_at(payloads, index), type, out);
    tp_arena_done(&scratch);
    return error;
}

/* --- values without a type -------------------------------------------------------------------- */

void tp_payloads_values(tp_arena *arena, const Tp__Common__Payloads *payloads,
                        temporal_value **values, size_t *count)
{
    *count = payloads ? payloads->n_payloads : 0;
    *values = tp_arena_alloc(arena, *count * sizeof(**values));
    for (size_t i = 0; i < *count; i++) {
        /* A payload as it stands cannot fail to be read as itself. */
        temporal_error *error = tp_payload_read_borrowed(arena, payloads->payloads[i],
                                                         temporal_value_type(), &(*values)[i]);

        temporal_error_free(error);
    }
}

temporal_error *temporal_value_read(const temporal_value *value, const temporal_type *type,
                                    void *out)
{
    Tp__Common__Payload *payload = NULL;
    tp_arena scratch;
    temporal_error *error;

    if (!type || (!out && type->kind != TEMPORAL_KIND_NONE))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "temporal_value_read: type and out are required");
    if (!value || !value->encoding)
        return tp_payload_read(NULL, NULL, type, out);
    if (!value->memory)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "temporal_value_read: only a value that the library gave can be "
                                  "read; this one has no memory to read into");
    if (value->payload)
        return tp_payload_read(value->memory, value->payload, type, out);
    tp_arena_init(&scratch);
    error = tp_payload_make(&scratch, temporal_value_type(), value, &payload);
    if (!error)
        error = tp_payload_read(value->memory, payload, type, out);
    tp_arena_done(&scratch);
    return error;
}
