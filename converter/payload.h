/* SPDX-License-Identifier: MIT */
/* converter/payload.h -- values of C types to and from Temporal payloads.
 *
 * Payloads travel through the house as an encoded temporal.api.common.v1.Payloads message
 * (tp_bytes), so that executors and slots carry bytes only, or as the protobuf-c struct where a
 * request or an event holds one. Encoding chosen by the type: none (no payload), null as
 * binary/null, bytes as binary/plain, the rest as json/plain. Decoding looks at the payload's own
 * "encoding". What a decoded value points to is taken from the arena. Nesting of JSON and of types
 * is bounded (TP_JSON_DEPTH); callers on a coroutine may rely on at most 64 KiB of stack being
 * used. */
#ifndef TP_CONVERTER_PAYLOAD_H
#define TP_CONVERTER_PAYLOAD_H

#include <temporal/value.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/message.h"   /* copies and unpacks the messages themselves */
#include "converter/json.h" /* TP_JSON_DEPTH */
#include "temporal/api/common/v1/message.pb-c.h"

/* --- a whole input: any number of arguments ------------------------------------------------ */

/** Arguments of type temporal_none, and a temporal_value without a payload, are left out. *payloads
 * is taken from the arena (texts and data too); NULL in it when there are none. Of several
 * arguments the error names the one: "argument 2: lines[3].name: ...". */
temporal_error *tp_payloads_make(tp_arena *arena, const temporal_argument *arguments, size_t count,
                                 Tp__Common__Payloads **payloads);
/** The same, encoded and appended to out. */
temporal_error *tp_payloads_encode(tp_buffer *out, const temporal_argument *arguments,
                                   size_t count);
/** Packs a message of protobuf-c's; NULL packs to nothing. */
void tp_payloads_pack(tp_buffer *out, const Tp__Common__Payloads *payloads);
/** Unpacks into the arena; NULL in it for no bytes. CONVERSION when they are no Payloads message.
 */
temporal_error *tp_payloads_unpack(tp_arena *arena, tp_bytes encoded,
                                   Tp__Common__Payloads **payloads);

/* --- one value ------------------------------------------------------------------------------ */

/** Decodes the payload at index as type into out (type->size bytes). A missing payload or null
 * gives the type's zero; none takes no payload. CONVERSION with the path of the field. */
temporal_error *tp_payloads_read(tp_arena *arena, const Tp__Common__Payloads *payloads,
                                 size_t index, const temporal_type *type, void *out);
/** Unpack and read in one. */
temporal_error *tp_payloads_decode(tp_arena *arena, tp_bytes encoded, size_t index,
                                   const temporal_type *type, void *out);
/** *payload is NULL for temporal_none and a temporal_value without a payload. */
temporal_error *tp_payload_make(tp_arena *arena, const temporal_type *type, const void *value,
                                Tp__Common__Payload **payload);
/** Appends it as a field of an encoded Payloads, without a message in between; nothing for none. */
temporal_error *tp_payload_encode(tp_buffer *out, const temporal_type *type, const void *value);
temporal_error *tp_payload_read(tp_arena *arena, const Tp__Common__Payload *payload,
                                const temporal_type *type, void *out);

/* The same, but raw bytes and whole payloads are borrowed from the payload, not copied. */
temporal_error *tp_payload_read_borrowed(tp_arena *arena, const Tp__Common__Payload *payload,
                                         const temporal_type *type, void *out);

/** The payloads as untyped values that read into this arena; *values has *count. The payloads
 * themselves are borrowed: they live as long as the arena, or the values less long. */
void tp_payloads_values(tp_arena *arena, const Tp__Common__Payloads *payloads,
                        temporal_value **values, size_t *count);

#endif
