/* SPDX-License-Identifier: MIT */
/* converter/proto_write.h -- the parts of writing proto3 JSON. For converter/proto_*.c alone. */
#ifndef TP_CONVERTER_PROTO_WRITE_H
#define TP_CONVERTER_PROTO_WRITE_H

#include "converter/place.h"
#include "converter/proto_field.h"
#include "converter/proto_json.h"

typedef struct tp_proto_writer {
    tp_buffer *out;
    tp_arena scratch;           /* what is unpacked on the way */
    unsigned depth, depth_most; /* levels of messages */
} tp_proto_writer;

temporal_error *tp_proto_write_message(tp_proto_writer *writer, const tp_place *place,
                                       const ProtobufCMessage *message);
/** The members of its object, without the brackets; first: nothing stands before them. */
temporal_error *tp_proto_write_members(tp_proto_writer *writer, const tp_place *place,
                                       const ProtobufCMessage *message, bool first);
/** The array, or the object of a map, of a repeated field. */
temporal_error *tp_proto_write_repeated(tp_proto_writer *writer, const tp_place *place,
                                        const ProtobufCMessage *message,
                                        const ProtobufCFieldDescriptor *field);
/** One value of a field, message or not. */
temporal_error *tp_proto_write_value(tp_proto_writer *writer, const tp_place *place,
                                     const ProtobufCFieldDescriptor *field, const void *value);
/** Anything but a message. */
temporal_error *tp_proto_write_scalar(tp_proto_writer *writer, const tp_place *place,
                                      const ProtobufCFieldDescriptor *field, const void *value);
temporal_error *tp_proto_write_text(tp_proto_writer *writer, const tp_place *place,
                                    const char *text);
/** A well-known type that is not ordinary. */
temporal_error *tp_proto_write_known(tp_proto_writer *writer, const tp_place *place,
                                     tp_proto_known known, const ProtobufCMessage *message);

#endif
