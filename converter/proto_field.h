/* SPDX-License-Identifier: MIT */
/* converter/proto_field.h -- what protobuf-c's descriptors say, in the words of proto3 JSON. */
#ifndef TP_CONVERTER_PROTO_FIELD_H
#define TP_CONVERTER_PROTO_FIELD_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/buffer.h"

/* Messages whose JSON is not an object of their fields. */
typedef enum tp_proto_known {
    TP_PROTO_ORDINARY = 0,
    TP_PROTO_ANY,
    TP_PROTO_TIMESTAMP,
    TP_PROTO_DURATION,
    TP_PROTO_FIELD_MASK,
    TP_PROTO_WRAPPER, /* its one field's JSON */
    TP_PROTO_STRUCT,
    TP_PROTO_VALUE,
    TP_PROTO_LIST_VALUE
} tp_proto_known;

/** Known by its name, and has the fields which that one has. */
tp_proto_known tp_proto_classify(const ProtobufCMessageDescriptor *descriptor);
/** The field of that number: of a known type, where it cannot be missing. */
const ProtobufCFieldDescriptor *tp_proto_number(const ProtobufCMessageDescriptor *descriptor,
                                                unsigned number);
/** The field with that camelCase name or name of its own, from a JSON token; NULL for none. */
const ProtobufCFieldDescriptor *tp_proto_named(const ProtobufCMessageDescriptor *descriptor,
                                               tp_bytes token);
/** Appends the camelCase name. */
void tp_proto_camel(tp_buffer *out, const char *name);
/** A repeated message that stands for a map: its entries have key and value. */
bool tp_proto_is_map(const ProtobufCMessageDescriptor *descriptor,
                     const ProtobufCFieldDescriptor *field);
bool tp_proto_is_oneof(const ProtobufCFieldDescriptor *field);
bool tp_proto_is_null_value(const ProtobufCFieldDescriptor *field); /* the enum of JSON's null */
size_t tp_proto_size(const ProtobufCFieldDescriptor *field);        /* of one, in memory */

/* Where the field stands in a message, and what says whether, which or how many are there. */
void *tp_proto_member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
void *tp_proto_quantifier(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/** An empty one, from the arena; NULL when its code was made without init functions. */
ProtobufCMessage *tp_proto_new(tp_arena *arena, const ProtobufCMessageDescriptor *descriptor);
/** What an Any may hold, by the name behind its last slash; NULL when we do not know it. */
const ProtobufCMessageDescriptor *tp_proto_find_type(const char *url);

#endif
