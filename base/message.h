/* SPDX-License-Identifier: MIT */
/* base/message.h -- protobuf-c messages in arenas, unpacked from bytes that nobody vouches for. */
#ifndef TP_BASE_MESSAGE_H
#define TP_BASE_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/buffer.h"

/* protobuf-c unpacks by recursion, about 1 KiB of stack a level. The deepest message that we know,
 * a failure with TP_FAILURE_DEPTH causes in a history, stays below. */
#define TP_MESSAGE_DEPTH 128

/** Unpacks any message into the arena; NULL when the bytes are not one, or nest deeper than
 * TP_MESSAGE_DEPTH. Not on a coroutine's stack. */
void *tp_message_unpack(tp_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                        tp_bytes encoded);
/** The same with a limit of its own, about 1.2 KiB of stack a level. */
void *tp_message_unpack_within(tp_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                               tp_bytes encoded, unsigned depth);
/** A deep copy into the arena, through its encoding. NULL for NULL. */
void *tp_message_copy(tp_arena *arena, const ProtobufCMessage *message);
/** Appends the encoding; nothing for NULL. */
void tp_message_pack(tp_buffer *out, const ProtobufCMessage *message);

#endif
