/* SPDX-License-Identifier: MIT */
/* client/connection.c -- what all clients of one connection share: a loop and a channel on it. */
#include "client/connection.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/waiter.h"

struct tp_connection {
    atomic_int references;
    tp_loop *loop;
    tp_channel *channel;
    char *target;
};

typedef struct closing {
    tp_channel *channel;
    tp_waiter closed;
} closing;

static void on_closed(void *data)
{
    closing *self = data;

    tp_waiter_wake(&self->closed);
}

static void close_on_loop(void *data)
{
    closing *self = data;

    tp_channel_close(self->channel, on_closed, self);
}

static void close_channel(tp_connection *connection)
{
    closing self = { .channel = connection->channel };

    tp_waiter_init(&self.closed);
    tp_loop_post(connection->loop, close_on_loop, &self);
    tp_waiter_wait(&self.closed);
    tp_waiter_done(&self.closed);
}

static void free_connection(tp_connection *connection)
{
    if (connection->channel)
        close_channel(connection);
    if (connection->loop)
        tp_loop_free(connection->loop);
    tp_free(connection->target);
    tp_free(connection);
}

temporal_error *tp_connection_new(tp_connection **result, const tp_channel_options *options)
{
    tp_connection *connection = tp_alloc(sizeof *connection);
    temporal_error *error = tp_loop_new(&connection->loop, "tp-loop");

    if (!error)
        error = tp_channel_new(&connection->channel, connection->loop, options);
    if (error) {
        free_connection(connection);
        return error;
    }
    atomic_init(&connection->references, 1);
    connection->target = tp_strdup(options->target);
    *result = connection;
    return TEMPORAL_OK;
}

tp_connection *tp_connection_ref(tp_connection *connection)
{
    atomic_fetch_add(&connection->references, 1);
    return connection;
}

void tp_connection_unref(tp_connection *connection)
{
    if (connection && atomic_fetch_sub(&connection->references, 1) == 1)
        free_connection(connection);
}

tp_loop *tp_connection_loop(tp_connection *connection)
{
    return connection->loop;
}

tp_channel *tp_connection_channel(tp_connection *connection)
{
    return connection->channel;
}

const char *tp_connection_target(const tp_connection *connection)
{
    return connection->target;
}
