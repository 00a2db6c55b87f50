/* SPDX-License-Identifier: MIT */
/* client/call.c -- a call of the loop's, waited for by a thread or a coroutine. */
#include "base/clock.h"
#include "base/error.h"
#include "base/waiter.h"
#include "client/client.h"

#define LONG_POLL (70 * TEMPORAL_SECOND)

typedef struct pending {
    tp_connection *connection;
    tp_call_options options;
    void *response;
    temporal_error *error;
    tp_waiter waiter;
} pending;

static void on_answer(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    pending *self = data;

    self->error = error;
    self->response = (void *)(uintptr_t)response; /* in the caller's arena */
    tp_waiter_wake(&self->waiter);
}

static void start(void *data)
{
    pending *self = data;

    tp_call_start(tp_connection_channel(self->connection), &self->options, on_answer, self);
}

static temporal_error *check_caller(const temporal_client *client, const char *method)
{
    if (tp_loop_is_current(tp_connection_loop(client->connection)))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%s: a callback on the client's own loop may not wait for a call",
                                  method);
    return tp_waiter_check(method);
}

temporal_error *tp_client_call(temporal_client *client, const tp_call_options *options,
                               tp_arena *arena, void **response)
{
    pending self = { .connection = client->connection, .options = *options };
    temporal_error *error;

    TEMPORAL_TRY(check_caller(client, options->method));
    self.options.namespace_name = client->namespace_name;
    self.options.metadata = client->metadata;
    self.options.arena = arena;
    if (self.options.timeout == 0)
        self.options.timeout = client->rpc_timeout;

    tp_waiter_init(&self.waiter);
    tp_loop_post(tp_connection_loop(client->connection), start, &self);
    tp_waiter_wait(&self.waiter);
    tp_waiter_done(&self.waiter);

    /* It was made on the loop's thread: now it becomes the caller's. */
    error = tp_error_copy(self.error);
    temporal_error_free(self.error);
    if (!error && response)
        *response = self.response;
    return error;
}

temporal_error *tp_client_long_poll(temporal_client *client, const tp_call_options *given,
                                    int64_t deadline, tp_arena *arena, void **response)
{
    tp_call_options options = *given;

    options.timeout = LONG_POLL;
    options.retry = TP_RETRY_FOREVER;
    options.long_poll = true;
    if (deadline != INT64_MAX) {
        int64_t left = deadline - tp_clock_monotonic();

        if (left <= 0)
            return temporal_error_new(TEMPORAL_ERROR_TIMEOUT, "no time is left");
        options.timeout = (double)left / (double)TP_NANOSECONDS;
        options.retry = TP_RETRY_DEADLINE;
    }
    return tp_client_call(client, &options, arena, response);
}
