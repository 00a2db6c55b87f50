/* SPDX-License-Identifier: MIT */
/* rpc/call.c -- one call: attempts, and pauses between them, until it is delivered. */
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/message.h"
#include "rpc/backoff.h"
#include "rpc/internal.h"
#include "rpc/status.h"

#define WORKFLOW_SERVICE "temporal.api.workflowservice.v1.WorkflowService"
#define STATUS_DETAILS   "grpc-status-details-bin"
/* How long a channel that was asked to connect gets for it before an attempt is made on it. */
#define KNOCK (50 * TEMPORAL_MILLISECOND)

static void start_attempt(tp_call *call);

/* --- delivery --------------------------------------------------------------------------------- */

static void free_call(tp_call *call)
{
    tp_channel *channel = call->channel;

    tp_list_remove(&call->link);
    tp_timer_free(call->pause);
    tp_metadata_done(&call->metadata);
    grpc_slice_unref(call->request);
    tp_free(call->path);
    tp_free(call);
    tp_channel_call_gone(channel);
}

/* Takes error. */
static void deliver(tp_call *call, temporal_error *error, const ProtobufCMessage *response)
{
    call->done(call->data, error, response);
    free_call(call);
}

static void deliver_outcome(void *data)
{
    tp_call *call = data;

    deliver(call, call->outcome, NULL);
}

/* The callback never comes from within the call that makes it. */
static void deliver_later(tp_call *call, temporal_error *error)
{
    call->outcome = error;
    tp_loop_post(call->channel->loop, deliver_outcome, call);
}

static temporal_error *cancelled_error(const tp_call *call)
{
    temporal_error *error =
        temporal_error_new(TEMPORAL_ERROR_CANCELLED, "%s at %s: the call was cancelled",
                           call->method, call->channel->target);

    error->rpc_status = TP_STATUS_CANCELLED;
    return error;
}

/* --- the end of an attempt -------------------------------------------------------------------- */

static void release_attempt(tp_call *call)
{
    grpc_metadata_array_destroy(&call->initial);
    grpc_metadata_array_destroy(&call->trailing);
    grpc_slice_unref(call->status_text);
    if (call->received)
        grpc_byte_buffer_destroy(call->received);
    call->received = NULL;
    grpc_call_unref(call->grpc);
    call->grpc = NULL;
}

static void deliver_response(tp_call *call)
{
    grpc_byte_buffer_reader reader;
    grpc_slice body = grpc_empty_slice();
    const ProtobufCMessage *response;
    temporal_error *error = TEMPORAL_OK;
    tp_arena arena;

    tp_arena_init(&arena);
    if (call->received && grpc_byte_buffer_reader_init(&reader, call->received)) {
        body = grpc_byte_buffer_reader_readall(&reader);
        grpc_byte_buffer_reader_destroy(&reader);
    }
    response = tp_message_unpack(call->arena ? call->arena : &arena, call->response,
                                 (tp_bytes){ GRPC_SLICE_START_PTR(body), GRPC_SLICE_LENGTH(body) });
    grpc_slice_unref(body);
    if (!response)
        error = temporal_error_new(TEMPORAL_ERROR_RPC, "%s at %s: the response is not a %s",
                                   call->method, call->channel->target, call->response->name);
    release_attempt(call);
    deliver(call, error, response);
    tp_arena_done(&arena);
}

/* In so many seconds, by the monotonic clock. */
static int64_t in(temporal_seconds time)
{
    int64_t now = tp_clock_monotonic(), nanoseconds = tp_clock_nanoseconds(time);

    return nanoseconds > INT64_MAX - now ? INT64_MAX : now + nanoseconds;
}

static bool is_time_left(const tp_call *call, temporal_seconds pause)
{
    return call->retry == TP_RETRY_FOREVER ||
           (call->retry == TP_RETRY_DEADLINE && in(pause + KNOCK) < call->deadline);
}

/* A server that goes down cancels the long polls that it holds. What ended for lack of time is
 * asked again by a call that goes on for ever. */
static bool is_worth_another(const tp_call *call, const tp_status *status)
{
    bool forever = call->retry == TP_RETRY_FOREVER;

    if (tp_status_is_retryable(status))
        return true;
    if (status->code == TP_STATUS_CANCELLED)
        return forever || call->long_poll;
    return status->code == TP_STATUS_DEADLINE_EXCEEDED && forever;
}

static void log_failure(const tp_call *call, const tp_status *status)
{
    bool loud = call->retry == TP_RETRY_FOREVER && tp_channel_may_complain(call->channel);

    tp_log(loud ? TEMPORAL_LOG_WARN : TEMPORAL_LOG_DEBUG, "rpc",
           "%s at %s: %s: %s; trying again (%u failures in a row)", call->method,
           call->channel->target, tp_status_name(status->code), status->message, call->failures);
}

/* The server has answered, or has kept a long poll to its end. */
static void note_success(tp_call *call)
{
    if (call->failures && call->channel->troubled) {
        call->channel->troubled = false;
        tp_log(TEMPORAL_LOG_INFO, "rpc", "%s at %s works again", call->method,
               call->channel->target);
    }
    call->failures = 0;
}

static void on_pause_over(void *data)
{
    tp_call *call = data;

    /* On a channel that is not connected an attempt fails at once, and the channel's own pause
     * before it connects again may be a long one by now. So it is asked to connect first. */
    if (!call->knocked && tp_channel_knock(call->channel)) {
        call->knocked = true;
        tp_timer_start(call->pause, KNOCK);
        return;
    }
    call->knocked = false;
    start_attempt(call);
}

static void try_again(tp_call *call, temporal_seconds pause)
{
    if (!call->pause)
        call->pause = tp_timer_new(call->channel->loop, on_pause_over, call);
    tp_timer_start(call->pause, pause);
}

static tp_bytes find_details(const tp_call *call)
{
    for (size_t i = 0; i < call->trailing.count; i++) {
        const grpc_metadata *item = &call->trailing.metadata[i];

        if (grpc_slice_str_cmp(item->key, STATUS_DETAILS) == 0)
            return (tp_bytes){ GRPC_SLICE_START_PTR(item->value), GRPC_SLICE_LENGTH(item->value) };
    }
    return (tp_bytes){ 0 };
}

static void handle_failure(tp_call *call)
{
    char *message = grpc_slice_to_c_string(call->status_text);
    tp_status status = { .code = (int)call->status,
                         .message = message,
                         .details = find_details(call) };
    bool overloaded = status.code == TP_STATUS_RESOURCE_EXHAUSTED;
    temporal_seconds pause = tp_backoff_pause(call->failures + 1, overloaded);
    temporal_error *error;

    if (call->cancelled) {
        error = cancelled_error(call);
    } else if (call->retry == TP_RETRY_FOREVER && call->long_poll &&
               status.code == TP_STATUS_DEADLINE_EXCEEDED) {
        gpr_free(message);
        release_attempt(call);
        note_success(call);
        start_attempt(call); /* nothing came in that time: ask again */
        return;
    } else if (is_worth_another(call, &status) && is_time_left(call, pause)) {
        call->failures++;
        log_failure(call, &status);
        gpr_free(message);
        release_attempt(call);
        try_again(call, pause);
        return;
    } else {
        /* The server cancels a long poll of which it sees the deadline before we do. */
        if (call->long_poll && status.code == TP_STATUS_CANCELLED)
            status.code = TP_STATUS_DEADLINE_EXCEEDED;
        error = tp_status_error(&status, call->method, call->channel->target);
    }
    gpr_free(message);
    release_attempt(call);
    deliver(call, error, NULL);
}

void tp_call_finish_attempt(tp_call *call)
{
    if (call->status != GRPC_STATUS_OK) {
        handle_failure(call);
        return;
    }
    note_success(call);
    deliver_response(call);
}

/* --- the start of an attempt ------------------------------------------------------------------ */

static gpr_timespec attempt_deadline(const tp_call *call)
{
    int64_t nanoseconds = call->retry == TP_RETRY_FOREVER ? tp_clock_nanoseconds(call->timeout)
                                                          : call->deadline - tp_clock_monotonic();

    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                        gpr_time_from_nanos(nanoseconds, GPR_TIMESPAN));
}

static void start_attempt(tp_call *call)
{
    grpc_op ops[6];
    grpc_byte_buffer *message = grpc_raw_byte_buffer_create(&call->request, 1);
    grpc_slice path = grpc_slice_from_copied_string(call->path);
    grpc_call_error refused;

    call->grpc =
        grpc_channel_create_call(call->channel->grpc, NULL, GRPC_PROPAGATE_DEFAULTS,
                                 call->channel->queue, path, NULL, attempt_deadline(call), NULL);
    grpc_slice_unref(path);
    grpc_metadata_array_init(&call->initial);
    grpc_metadata_array_init(&call->trailing);
    call->status_text = grpc_empty_slice();
    call->status = GRPC_STATUS_UNKNOWN;

    memset(ops, 0, sizeof ops);
    ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
    ops[0].data.send_initial_metadata.count = call->metadata.count;
    ops[0].data.send_initial_metadata.metadata = call->metadata.items;
    ops[1].op = GRPC_OP_SEND_MESSAGE;
    ops[1].data.send_message.send_message = message;
    ops[2].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
    ops[3].op = GRPC_OP_RECV_INITIAL_METADATA;
    ops[3].data.recv_initial_metadata.recv_initial_metadata = &call->initial;
    ops[4].op = GRPC_OP_RECV_MESSAGE;
    ops[4].data.recv_message.recv_message = &call->received;
    ops[5].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
    ops[5].data.recv_status_on_client.trailing_metadata = &call->trailing;
    ops[5].data.recv_status_on_client.status = &call->status;
    ops[5].data.recv_status_on_client.status_details = &call->status_text;
    tp_channel_hand_to_grpc(call->channel);
    refused = grpc_call_start_batch(call->grpc, ops, sizeof ops / sizeof ops[0], call, NULL);
    grpc_byte_buffer_destroy(message);
    if (refused == GRPC_CALL_OK)
        return;

    release_attempt(call);
    deliver_later(call,
                  temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                     "%s at %s: gRPC refuses the call: %s", call->method,
                                     call->channel->target, grpc_call_error_to_string(refused)));
}

static grpc_slice pack(const ProtobufCMessage *message)
{
    grpc_slice packed = grpc_slice_malloc(protobuf_c_message_get_packed_size(message));

    protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(packed));
    return packed;
}

static void set_path(tp_call *call, const tp_call_options *options)
{
    const char *service = options->service ? options->service : WORKFLOW_SERVICE;
    size_t service_size = strlen(service);
    size_t size = 1 + service_size + 1 + strlen(options->method) + 1;

    call->path = tp_alloc(size);
    snprintf(call->path, size, "/%s/%s", service, options->method);
    call->method = call->path + 1 + service_size + 1;
}

tp_call *tp_call_start(tp_channel *channel, const tp_call_options *options, tp_call_fn done,
                       void *data)
{
    tp_call *call = tp_alloc(sizeof *call);

    call->channel = channel;
    call->done = done;
    call->data = data;
    set_path(call, options);
    call->request = pack(options->request);
    call->response = options->response;
    call->timeout = options->timeout;
    call->retry = options->retry;
    call->long_poll = options->long_poll;
    call->deadline = in(options->timeout);
    call->arena = options->arena;
    tp_metadata_init(&call->metadata, options->namespace_name, options->metadata);
    tp_list_append(&channel->calls, &call->link);
    if (channel->closing)
        deliver_later(call, cancelled_error(call));
    else
        start_attempt(call);
    return call;
}

void tp_call_cancel(tp_call *call)
{
    if (call->cancelled || call->outcome)
        return;
    call->cancelled = true;
    if (call->grpc) {
        grpc_call_cancel(call->grpc, NULL);
        return;
    }
    tp_timer_stop(call->pause);
    deliver_later(call, cancelled_error(call));
}
