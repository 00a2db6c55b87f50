/* SPDX-License-Identifier: MIT */
/* converter/proto_read.h -- the parts of reading proto3 JSON: messages and their fields, scalars,
 * the well-known types, and payloads as tools show them. For converter/proto_*.c alone. */
#ifndef TP_CONVERTER_PROTO_READ_H
#define TP_CONVERTER_PROTO_READ_H

#include "converter/json.h"
#include "converter/place.h"
#include "converter/proto_field.h"
#include "converter/proto_json.h"
#include "temporal/api/common/v1/message.pb-c.h"

typedef struct tp_proto_reader {
    tp_arena *arena;
    tp_json_reader json;
    tp_proto_json_source source;
    unsigned depth, depth_most; /* levels of messages */
} tp_proto_reader;

/** The value that comes next as that message; NULL in *message for nothing but a payload that is
 * no payload. */
temporal_error *tp_proto_read_message(tp_proto_reader *reader, const tp_place *place,
                                      const ProtobufCMessageDescriptor *descriptor,
                                      ProtobufCMessage **message);
/** The members of the object that comes next, into an empty message. */
temporal_error *tp_proto_read_members(tp_proto_reader *reader, const tp_place *place,
                                      ProtobufCMessage *message);
/** The array, or the object of a map, that comes next, into a repeated field. */
temporal_error *tp_proto_read_repeated(tp_proto_reader *reader, const tp_place *place,
                                       const ProtobufCFieldDescriptor *field,
                                       ProtobufCMessage *message);

/** Anything but a message: the value that comes next into out (tp_proto_size bytes). */
temporal_error *tp_proto_read_scalar(tp_proto_reader *reader, const tp_place *place,
                                     const ProtobufCFieldDescriptor *field, void *out);
/** The same, for the name of a map's member. */
temporal_error *tp_proto_read_key(tp_proto_reader *reader, const tp_place *place,
                                  const ProtobufCFieldDescriptor *field, tp_bytes token, void *out);
/** A copy that ends with a NUL and has none before. */
temporal_error *tp_proto_read_text(tp_proto_reader *reader, const tp_place *place, tp_bytes token,
                                   char **text);
temporal_error *tp_proto_expected(const tp_place *place, const char *what, tp_json_kind kind);

/** A well-known type that is not ordinary, into an empty message. */
temporal_error *tp_proto_read_known(tp_proto_reader *reader, const tp_place *place,
                                    tp_proto_known known, ProtobufCMessage *message);

/** From a tool's history: as the message that it is, or the bare value that it holds. */
temporal_error *tp_proto_read_payload(tp_proto_reader *reader, const tp_place *place,
                                      Tp__Common__Payload *payload);

#endif
