/* SPDX-License-Identifier: MIT */
/* protobuf.h -- protobuf messages, as protobuf-c generates them, as inputs and outputs.
 *
 * Not part of temporal.h: include it where such messages are, with protobuf-c's header in reach. */
#ifndef TEMPORAL_PROTOBUF_H
#define TEMPORAL_PROTOBUF_H

#include <protobuf-c/protobuf-c.h>

#include "base.h"
#include "value.h"

TEMPORAL_BEGIN

/** What stands behind a type of TEMPORAL_KIND_PROTOBUF. */
typedef struct temporal_protobuf_type {
    temporal_type type;
    const ProtobufCMessageDescriptor *descriptor;
    bool binary; /* written as binary/protobuf, not as json/protobuf */
} temporal_protobuf_type;

/** TEMPORAL_PROTOBUF(order, Acme__Order, acme__order__descriptor) makes the type order, which is
 * const Acme__Order *, for contracts, records and lists. NULL is null.
 *
 * Written as json/protobuf, with the message's name beside it; read from that, from
 * binary/protobuf, and from plain JSON. CONVERSION when the payload names another message, or with
 * the path of the field that does not fit. An Any may hold the types of google.protobuf and of
 * Temporal's own wire. A message that was read lives where every value does: free nothing. */
#define TEMPORAL_PROTOBUF(name, Message, descriptor) \
    TEMPORAL_PROTOBUF_AS_(name, Message, descriptor, false)
/** The same, written as binary/protobuf: smaller, but no tool shows what it holds. */
#define TEMPORAL_PROTOBUF_BINARY(name, Message, descriptor) \
    TEMPORAL_PROTOBUF_AS_(name, Message, descriptor, true)

#define TEMPORAL_PROTOBUF_AS_(name, Message, message_descriptor, as_binary)                       \
    typedef const Message *name;                                                                  \
    TEMPORAL_UNUSED static inline const temporal_type *name##_type(void)                          \
    {                                                                                             \
        static const temporal_protobuf_type type = { { TEMPORAL_KIND_PROTOBUF, #name,             \
                                                       sizeof(name), NULL, 0, NULL, NULL, 0, 0 }, \
                                                     &(message_descriptor),                       \
                                                     as_binary };                                 \
        return &type.type;                                                                        \
    }

TEMPORAL_END
#endif
