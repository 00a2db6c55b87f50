/* SPDX-License-Identifier: MIT */
/* converter/proto_json.h -- wire messages as proto3 JSON, both ways, for every message that there
 * is a protobuf-c descriptor of.
 *
 * Names are camelCase; the names of the .proto file are read, too. Enums are written by name, and
 * read by name, by the short spelling of older tools ("WorkflowExecutionStarted"), or by number.
 * 64-bit integers are written as texts. Unknown fields are skipped. The well-known types of
 * google.protobuf have their own forms; what stands in an Any must be a type that
 * converter/proto_field.c lists. */
#ifndef TP_CONVERTER_PROTO_JSON_H
#define TP_CONVERTER_PROTO_JSON_H

#include <temporal/error.h>

#include "base/message.h"

/* Levels of messages in a payload, whose reading may be on a coroutine's stack: at most 64 KiB. */
#define TP_PROTO_PAYLOAD_DEPTH 56

typedef enum tp_proto_json_source {
    TP_PROTO_JSON_PAYLOAD, /* what a user sent: an unknown name of an enum is an error */
    TP_PROTO_JSON_HISTORY  /* a history from a tool, on a plain thread's stack: an unknown name of
                              an enum is 0, and payloads may be written as the bare values that
                              they hold, as the web UI and the command line do */
} tp_proto_json_source;

/** *message is taken from the arena. CONVERSION with the path of the field, in the names of the
 * .proto file: "events[2].event_time: ...". */
temporal_error *tp_proto_json_read(tp_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                                   tp_bytes text, tp_proto_json_source source,
                                   ProtobufCMessage **message);
/** Appends; on an error, what it appended is of no use. At most so many levels of messages. */
temporal_error *tp_proto_json_write(tp_buffer *out, const ProtobufCMessage *message,
                                    unsigned depth);

#endif
