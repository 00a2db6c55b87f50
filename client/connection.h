/* SPDX-License-Identifier: MIT */
/* client/connection.h -- what all clients of one connection share: a loop and a channel on it. */
#ifndef TP_CLIENT_CONNECTION_H
#define TP_CLIENT_CONNECTION_H

#include "base/loop.h"
#include "rpc/channel.h"

typedef struct tp_connection tp_connection;

temporal_error *tp_connection_new(tp_connection **connection, const tp_channel_options *options);
tp_connection *tp_connection_ref(tp_connection *connection);
/** The last one closes channel and loop and waits for it. Not from the loop. NULL is accepted. */
void tp_connection_unref(tp_connection *connection);

tp_loop *tp_connection_loop(tp_connection *connection);
tp_channel *tp_connection_channel(tp_connection *connection);
const char *tp_connection_target(const tp_connection *connection);

#endif
