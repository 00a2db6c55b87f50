/* SPDX-License-Identifier: MIT */
/* converter/protobuf.h -- protobuf-c messages of the user's own as values: in payloads, and within
 * other values. */
#ifndef TP_CONVERTER_PROTOBUF_H
#define TP_CONVERTER_PROTOBUF_H

#include <temporal/protobuf.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "converter/place.h"
#include "temporal/api/common/v1/message.pb-c.h"

/** Value points to the pointer to the message, which is not NULL. */
temporal_error *tp_protobuf_make(tp_arena *arena, const temporal_type *type, const void *value,
                                 Tp__Common__Payload **payload);
/** Payloads of json/protobuf and binary/protobuf: as the type's message. */
temporal_error *tp_protobuf_read_json(tp_arena *arena, const Tp__Common__Payload *payload,
                                      const temporal_type *type, void *out);
temporal_error *tp_protobuf_read_binary(tp_arena *arena, const Tp__Common__Payload *payload,
                                        const temporal_type *type, void *out);

/* Within JSON that holds more. */
temporal_error *tp_protobuf_write_part(tp_buffer *out, const tp_place *place,
                                       const temporal_type *type, const void *value);
temporal_error *tp_protobuf_read_part(tp_arena *arena, const tp_place *place, tp_bytes token,
                                      const temporal_type *type, void *out);

#endif
