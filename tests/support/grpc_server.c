/* SPDX-License-Identifier: MIT */
/* grpc_server.c -- a gRPC server on localhost: what becomes of a call is up to the test. */
#include "tests/support/grpc_server.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define CALLS_AWAITED 32

struct test_grpc_server {
    test_grpc_service service;
    grpc_server *grpc;
    grpc_completion_queue *queue;
    pthread_t thread;
    int port;
    char target[32];
};

/* What the completion queue tells of: a call has arrived, its request is there, it is over, its
 * answer is sent. */
typedef struct event {
    test_call *call;
    void (*happened)(test_call *call, bool success);
} event;

struct test_call {
    test_grpc_server *server;
    void *data;
    unsigned under_way; /* events that will come */
    event arrived, read, closed, sent;
    grpc_call *grpc;
    grpc_call_details details;
    grpc_metadata_array metadata;
    char *path; /* NULL until it has arrived */
    grpc_byte_buffer *request, *response;
    grpc_slice status_text;
    grpc_metadata trailing;
    int cancelled;
};

/* --- the way of a call ------------------------------------------------------------------------ */

static void await_call(test_grpc_server *server);

static void free_call(test_call *call)
{
    if (call->request)
        grpc_byte_buffer_destroy(call->request);
    if (call->response)
        grpc_byte_buffer_destroy(call->response);
    grpc_slice_unref(call->status_text);
    grpc_slice_unref(call->trailing.value);
    grpc_metadata_array_destroy(&call->metadata);
    grpc_call_details_destroy(&call->details);
    gpr_free(call->path);
    if (call->grpc)
        grpc_call_unref(call->grpc);
    tp_free(call);
}

static void start(test_call *call, const grpc_op *ops, size_t count, event *tag)
{
    call->under_way++;
    assert_int_equal(grpc_call_start_batch(call->grpc, ops, count, tag, NULL), GRPC_CALL_OK);
}

static void count_down(test_call *call)
{
    const test_grpc_service *service = &call->server->service;

    if (--call->under_way > 0)
        return;
    if (service->end)
        service->end(service->data, call);
    free_call(call);
}

static void on_closed_or_sent(test_call *call, bool success)
{
    (void)success;
    count_down(call);
}

/* Of a call that was given up before, or whose request is too large, there is nothing to serve. */
static void on_read(test_call *call, bool success)
{
    if (success && call->request)
        call->server->service.serve(call->server->service.data, call);
    count_down(call);
}

static void on_arrived(test_call *call, bool success)
{
    grpc_op read = { .op = GRPC_OP_RECV_MESSAGE };
    grpc_op close = { .op = GRPC_OP_RECV_CLOSE_ON_SERVER };

    if (!success) {
        free_call(call);
        return;
    }
    await_call(call->server);
    call->path = grpc_slice_to_c_string(call->details.method);
    read.data.recv_message.recv_message = &call->request;
    close.data.recv_close_on_server.cancelled = &call->cancelled;
    start(call, &read, 1, &call->read);
    start(call, &close, 1, &call->closed);
}

static void await_call(test_grpc_server *server)
{
    test_call *call = tp_alloc(sizeof *call);

    call->server = server;
    call->arrived = (event){ call, on_arrived };
    call->read = (event){ call, on_read };
    call->closed = (event){ call, on_closed_or_sent };
    call->sent = (event){ call, on_closed_or_sent };
    call->status_text = grpc_empty_slice();
    call->trailing.value = grpc_empty_slice();
    grpc_call_details_init(&call->details);
    grpc_metadata_array_init(&call->metadata);
    grpc_server_request_call(server->grpc, &call->grpc, &call->details, &call->metadata,
                             server->queue, server->queue, &call->arrived);
}

/* --- a call ----------------------------------------------------------------------------------- */

const char *test_call_method(const test_call *call)
{
    const char *slash = strrchr(call->path, '/');

    return slash ? slash + 1 : call->path;
}

const grpc_metadata_array *test_call_metadata(const test_call *call)
{
    return &call->metadata;
}

void *test_call_request(const test_call *call, const ProtobufCMessageDescriptor *type)
{
    grpc_byte_buffer_reader reader;
    grpc_slice all;
    void *message;

    assert_true(grpc_byte_buffer_reader_init(&reader, call->request));
    all = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    message =
        protobuf_c_message_unpack(type, NULL, GRPC_SLICE_LENGTH(all), GRPC_SLICE_START_PTR(all));
    grpc_slice_unref(all);
    assert_non_null(message);
    return message;
}

void test_call_set_data(test_call *call, void *data)
{
    call->data = data;
}

void *test_call_data(const test_call *call)
{
    return call->data;
}

void test_call_answer(test_call *call, const test_answer *answer)
{
    grpc_op ops[3];
    grpc_slice message;

    message = grpc_slice_from_copied_buffer(answer->message, answer->size);
    call->response = grpc_raw_byte_buffer_create(&message, 1);
    grpc_slice_unref(message);
    if (answer->text)
        call->status_text = grpc_slice_from_copied_string(answer->text);
    call->trailing.key = grpc_slice_from_static_string("grpc-status-details-bin");
    if (answer->details)
        call->trailing.value = grpc_slice_from_copied_buffer(answer->details, answer->details_size);

    memset(ops, 0, sizeof ops);
    ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
    ops[1].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
    ops[1].data.send_status_from_server.status = (grpc_status_code)answer->status;
    ops[1].data.send_status_from_server.status_details = &call->status_text;
    ops[1].data.send_status_from_server.trailing_metadata = &call->trailing;
    ops[1].data.send_status_from_server.trailing_metadata_count = answer->details ? 1 : 0;
    ops[2].op = GRPC_OP_SEND_MESSAGE;
    ops[2].data.send_message.send_message = call->response;
    start(call, ops, answer->status ? 2 : 3, &call->sent);
}

/* --- the server ------------------------------------------------------------------------------- */

static void *work(void *data)
{
    test_grpc_server *server = data;
    grpc_event next;

    for (;;) {
        next = grpc_completion_queue_next(server->queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
        if (next.type == GRPC_QUEUE_SHUTDOWN)
            return NULL;
        if (next.tag == server) { /* shut down: no call is left */
            grpc_completion_queue_shutdown(server->queue);
        } else {
            event *now = next.tag;

            now->happened(now->call, next.success);
        }
    }
}

test_grpc_server *test_grpc_start(const test_grpc_service *service, int port,
                                  const grpc_channel_args *args)
{
    test_grpc_server *server = tp_alloc(sizeof *server);
    grpc_server_credentials *credentials;
    char address[32];

    grpc_init();
    server->service = *service;
    credentials = grpc_insecure_server_credentials_create();
    server->queue = grpc_completion_queue_create_for_next(NULL);
    server->grpc = grpc_server_create(args, NULL);
    grpc_server_register_completion_queue(server->grpc, server->queue, NULL);
    snprintf(address, sizeof address, "127.0.0.1:%d", port);
    server->port = grpc_server_add_http2_port(server->grpc, address, credentials);
    grpc_server_credentials_release(credentials);
    assert_true(server->port > 0);
    snprintf(server->target, sizeof server->target, "127.0.0.1:%d", server->port);
    grpc_server_start(server->grpc);
    for (int i = 0; i < CALLS_AWAITED; i++)
        await_call(server);
    assert_int_equal(pthread_create(&server->thread, NULL, work, server), 0);
    return server;
}

const char *test_grpc_target(const test_grpc_server *server)
{
    return server->target;
}

int test_grpc_port(const test_grpc_server *server)
{
    return server->port;
}

void test_grpc_stop(test_grpc_server *server)
{
    grpc_server_shutdown_and_notify(server->grpc, server->queue, server);
    grpc_server_cancel_all_calls(server->grpc);
    pthread_join(server->thread, NULL);
    grpc_server_destroy(server->grpc);
    grpc_completion_queue_destroy(server->queue);
    grpc_shutdown();
    tp_free(server);
}
