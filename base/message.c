/* SPDX-License-Identifier: MIT */
/* base/message.c -- protobuf-c messages in arenas, unpacked from bytes that nobody vouches for. */
#include "base/message.h"

static void *allocate(void *arena, size_t size)
{
    return tp_arena_alloc_large(arena, size);
}

static void release(void *arena, void *pointer)
{
    (void)arena;
    (void)pointer;
}

/* Its free does nothing. */
static ProtobufCAllocator allocator_over(tp_arena *arena)
{
    return (ProtobufCAllocator){ .alloc = allocate, .free = release, .allocator_data = arena };
}

/* --- nesting: walks the encoding along the descriptor, as far as it goes --------------------- */

static bool read_varint(tp_bytes *bytes, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && bytes->size; shift += 7) {
        uint8_t byte = *bytes->data++;

        bytes->size--;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

static bool skip(tp_bytes *bytes, uint64_t count)
{
    if (count > bytes->size)
        return false;
    bytes->data += count;
    bytes->size -= (size_t)count;
    return true;
}

/* Malformed bytes end the walk: the unpacking proper, which never goes deeper, refuses them. */
static bool nests_too_deep(const ProtobufCMessageDescriptor *descriptor, tp_bytes bytes,
                           unsigned depth)
{
    if (depth == 0)
        return true;
    while (bytes.size) {
        const ProtobufCFieldDescriptor *field;
        tp_bytes inner;
        uint64_t tag, value;

        if (!read_varint(&bytes, &tag))
            return false;
        switch (tag & 7) {
        case 0:
            if (!read_varint(&bytes, &value))
                return false;
            break;
        case 1:
        case 5:
            if (!skip(&bytes, (tag & 7) == 1 ? 8 : 4))
                return false;
            break;
        case 2:
            if (!read_varint(&bytes, &value))
                return false;
            inner = (tp_bytes){ bytes.data, (size_t)value };
            if (!skip(&bytes, value))
                return false;
            field = protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> 3));
            if (field && field->type == PROTOBUF_C_TYPE_MESSAGE &&
                nests_too_deep(field->descriptor, inner, depth - 1))
                return true;
            break;
        default:
            return false;
        }
    }
    return false;
}

void *tp_message_unpack_within(tp_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                               tp_bytes encoded, unsigned depth)
{
    ProtobufCAllocator allocator = allocator_over(arena);

    if (nests_too_deep(descriptor, encoded, depth))
        return NULL;
    return protobuf_c_message_unpack(descriptor, &allocator, encoded.size, encoded.data);
}

void *tp_message_unpack(tp_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                        tp_bytes encoded)
{
    return tp_message_unpack_within(arena, descriptor, encoded, TP_MESSAGE_DEPTH + 1);
}

void *tp_message_copy(tp_arena *arena, const ProtobufCMessage *message)
{
    ProtobufCAllocator allocator = allocator_over(arena);
    tp_buffer packed = { 0 };
    void *copy;

    if (!message)
        return NULL;
    tp_message_pack(&packed, message);
    copy = protobuf_c_message_unpack(message->descriptor, &allocator, packed.size, packed.data);
    tp_buffer_done(&packed);
    return copy;
}

void tp_message_pack(tp_buffer *out, const ProtobufCMessage *message)
{
    size_t size;

    if (!message)
        return;
    size = protobuf_c_message_get_packed_size(message);
    protobuf_c_message_pack(message, tp_buffer_reserve(out, size));
    out->size += size;
}
