/* SPDX-License-Identifier: MIT */
/* caller.c -- a loop with a channel on it, and calls that a test waits for. */
#include "tests/rpc/caller.h"

#include <grpc/grpc.h>

#include "base/alloc.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"

/* --- the channel ------------------------------------------------------------------------------ */

void caller_open_with(caller *self, const tp_channel_options *options)
{
    assert_ok(tp_loop_new(&self->loop, "test-rpc"));
    assert_ok(tp_channel_new(&self->channel, self->loop, options));
}

void caller_open(caller *self, const char *target)
{
    caller_open_with(self, &(const tp_channel_options){ .target = target });
}

typedef struct closing {
    caller *self;
    tp_waiter closed;
} closing;

static void on_closed(void *data)
{
    tp_waiter_wake(&((closing *)data)->closed);
}

static void close_on_loop(void *data)
{
    tp_channel_close(((closing *)data)->self->channel, on_closed, data);
}

void wait_for_grpc_end(void)
{
    test_wait_for(!grpc_is_initialized());
}

void caller_close(caller *self)
{
    closing end = { .self = self };

    tp_waiter_init(&end.closed);
    tp_loop_post(self->loop, close_on_loop, &end);
    tp_waiter_wait(&end.closed);
    tp_waiter_done(&end.closed);
    tp_loop_free(self->loop);
}

/* --- a call ----------------------------------------------------------------------------------- */

static void on_done(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    made_call *call = data;
    const Tp__Ws__GetSystemInfoResponse *answer = (const Tp__Ws__GetSystemInfoResponse *)response;

    call->error = error;
    call->answer = answer ? tp_strdup(answer->server_version) : NULL;
    call->done = true;
    tp_waiter_wake(&call->ended);
}

void made_call_init(made_call *call, caller *from, const char *script)
{
    static const Tp__Ws__GetSystemInfoRequest request = TP__WS__GET_SYSTEM_INFO_REQUEST__INIT;

    *call = (made_call){ .from = from, .key = test_unique("key") };
    call->metadata[0] = (temporal_pair){ "x-script", script };
    call->metadata[1] = (temporal_pair){ "x-key", call->key };
    call->options = (tp_call_options){
        .service = "test.Scripted",
        .method = "GetSystemInfo",
        .request = &request.base,
        .response = &tp__ws__get_system_info_response__descriptor,
        .timeout = TEST_PATIENCE,
        .metadata = call->metadata,
    };
}

static void start(void *data)
{
    made_call *call = data;

    call->call = tp_call_start(call->from->channel, &call->options, on_done, call);
}

void made_call_start(made_call *call)
{
    tp_waiter_init(&call->ended);
    tp_loop_call(call->from->loop, start, call);
}

static void cancel(void *data)
{
    made_call *call = data;

    if (!call->done)
        tp_call_cancel(call->call);
}

void made_call_cancel(made_call *call)
{
    tp_loop_call(call->from->loop, cancel, call);
}

temporal_error *made_call_wait(made_call *call)
{
    tp_waiter_wait(&call->ended);
    return call->error;
}

void made_call_done(made_call *call)
{
    tp_waiter_done(&call->ended);
    tp_free(call->answer);
}
