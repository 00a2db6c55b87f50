/* SPDX-License-Identifier: MIT */
/* poll_server.c -- a gRPC server whose polls wait until the worker says farewell, and which never
 * answers a heartbeat. */
#include "tests/worker/poll_server.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/message.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "tests/support/support.h"

#define CALLS_AWAITED 32

struct poll_server {
    poll_server_rules rules;
    grpc_server *grpc;
    grpc_completion_queue *queue;
    pthread_t thread;
    char target[32];
    tp_list waiting; /* polls; the thread's */
    bool opened;     /* the opening task is out */

    pthread_mutex_t mutex;
    poll_server_counts counts;
};

/* What the completion queue tells of: a call has arrived, its request is there, it is over, its
 * answer is sent. */
typedef struct event {
    struct served *call;
    void (*happened)(struct served *call, bool success);
} event;

typedef struct served {
    poll_server *server;
    tp_list link; /* of a poll that waits */
    event arrived, read, closed, sent;
    grpc_call *grpc;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *request, *response;
    bool waits, sending, is_sticky, is_for_activities;
    int cancelled;
} served;

static void await_call(poll_server *server);

static void add(poll_server *server, unsigned *count, int more)
{
    pthread_mutex_lock(&server->mutex);
    *count += (unsigned)more;
    pthread_mutex_unlock(&server->mutex);
}

/* --- answers ---------------------------------------------------------------------------------- */

/* message NULL: an empty one. */
static void answer(served *call, const ProtobufCMessage *message, int status)
{
    grpc_op ops[3];
    tp_buffer packed = { 0 };
    grpc_slice slice;

    if (message)
        tp_message_pack(&packed, message);
    slice = grpc_slice_from_copied_buffer((const char *)packed.data, packed.size);
    call->response = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    tp_buffer_done(&packed);

    memset(ops, 0, sizeof ops);
    ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
    ops[1].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
    ops[1].data.send_status_from_server.status = (grpc_status_code)status;
    ops[2].op = GRPC_OP_SEND_MESSAGE;
    ops[2].data.send_message.send_message = call->response;
    call->sending = true;
    grpc_call_start_batch(call->grpc, ops, status ? 2 : 3, &call->sent, NULL);
}

static void answer_description(served *call)
{
    Tp__Ws__DescribeNamespaceResponse response;
    Tp__Namespace__NamespaceInfo info;
    Tp__Namespace__NamespaceInfo__Capabilities capabilities;

    tp__namespace__namespace_info__capabilities__init(&capabilities);
    capabilities.worker_poll_complete_on_shutdown = call->server->rules.ends_polls;
    tp__namespace__namespace_info__init(&info);
    info.capabilities = &capabilities;
    tp__ws__describe_namespace_response__init(&response);
    response.namespace_info = &info;
    answer(call, &response.base, 0);
}

static void answer_task(served *call)
{
    Tp__Ws__PollActivityTaskQueueResponse task;
    Tp__Common__ActivityType type;
    Tp__Common__WorkflowExecution execution;
    Tp__Pb__Duration minute;

    tp__common__activity_type__init(&type);
    type.name = (char *)(uintptr_t) "note";
    tp__common__workflow_execution__init(&execution);
    execution.workflow_id = (char *)(uintptr_t) "a workflow";
    execution.run_id = (char *)(uintptr_t) "a run";
    tp__pb__duration__init(&minute);
    minute.seconds = 60;
    tp__ws__poll_activity_task_queue_response__init(&task);
    task.task_token = (ProtobufCBinaryData){ 5, (uint8_t *)(uintptr_t) "token" };
    task.activity_id = (char *)(uintptr_t) "1";
    task.attempt = 1;
    task.activity_type = &type;
    task.workflow_execution = &execution;
    task.start_to_close_timeout = &minute;
    answer(call, &task.base, 0);
}

/* --- polls ------------------------------------------------------------------------------------ */

static void wait_for_farewell(served *poll, bool is_for_activities, bool is_sticky)
{
    poll_server *server = poll->server;

    poll->waits = true;
    poll->is_for_activities = is_for_activities;
    poll->is_sticky = is_sticky;
    tp_list_append(&server->waiting, &poll->link);
    add(server, &server->counts.waiting, 1);
}

static void leave(served *poll, unsigned *count)
{
    poll_server *server = poll->server;

    poll->waits = false;
    tp_list_remove(&poll->link);
    add(server, &server->counts.waiting, -1);
    add(server, count, 1);
}

static void end_poll(served *poll)
{
    poll_server *server = poll->server;
    const bool last = poll->is_for_activities && server->counts.waiting == 1;

    leave(poll, &server->counts.ended);
    if (last && server->rules.parting_task)
        answer_task(poll);
    else
        answer(poll, NULL, 0);
}

static void end_polls(poll_server *server, bool sticky, unsigned but)
{
    tp_list *next;

    for (tp_list *at = server->waiting.next; at != &server->waiting; at = next) {
        served *poll = tp_list_entry(at, served, link);

        next = at->next;
        if (poll->is_sticky == sticky && but-- == 0) {
            but = 0;
            end_poll(poll);
        }
    }
}

/* --- requests --------------------------------------------------------------------------------- */

static void *unpack(const served *call, const ProtobufCMessageDescriptor *type)
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

static void serve_farewell(served *call)
{
    poll_server *server = call->server;
    Tp__Ws__ShutdownWorkerRequest *request =
        unpack(call, &tp__ws__shutdown_worker_request__descriptor);
    const bool names_worker = request->worker_instance_key[0] != '\0';
    const bool names_sticky = request->sticky_task_queue[0] != '\0';

    if (names_worker)
        add(server, &server->counts.farewells, 1);
    if (names_sticky)
        add(server, &server->counts.sticky_farewells, 1);
    if (server->rules.farewell_status == 0 && names_sticky)
        end_polls(server, true, 0);
    if (server->rules.farewell_status == 0 && names_worker && server->rules.ends_polls)
        end_polls(server, false, server->counts.farewells == 1 ? server->rules.overlooked : 0);
    protobuf_c_message_free_unpacked(&request->base, NULL);
    answer(call, NULL, server->rules.farewell_status);
}

static void serve_workflow_poll(served *call)
{
    Tp__Ws__PollWorkflowTaskQueueRequest *request =
        unpack(call, &tp__ws__poll_workflow_task_queue_request__descriptor);

    wait_for_farewell(call, false,
                      request->task_queue->kind ==
                          TP__ENUMS__TASK_QUEUE_KIND__TASK_QUEUE_KIND_STICKY);
    protobuf_c_message_free_unpacked(&request->base, NULL);
}

static void serve_activity_poll(served *call)
{
    poll_server *server = call->server;

    if (server->rules.opening_task && !server->opened) {
        server->opened = true;
        answer_task(call);
    } else {
        wait_for_farewell(call, true, false);
    }
}

static void serve(served *call)
{
    poll_server *server = call->server;
    char *path = grpc_slice_to_c_string(call->details.method);
    const char *method = strrchr(path, '/') + 1;

    if (strcmp(method, "PollWorkflowTaskQueue") == 0) {
        serve_workflow_poll(call);
    } else if (strcmp(method, "PollActivityTaskQueue") == 0) {
        serve_activity_poll(call);
    } else if (strcmp(method, "RecordActivityTaskHeartbeat") == 0) {
        add(server, &server->counts.heartbeats, 1);
    } else if (strcmp(method, "ShutdownWorker") == 0) {
        serve_farewell(call);
    } else if (strcmp(method, "DescribeNamespace") == 0) {
        answer_description(call);
    } else {
        if (strcmp(method, "RespondActivityTaskCompleted") == 0)
            add(server, &server->counts.completed, 1);
        answer(call, NULL, 0);
    }
    gpr_free(path);
}

/* --- the way of a call ------------------------------------------------------------------------ */

static void free_call(served *call)
{
    if (call->request)
        grpc_byte_buffer_destroy(call->request);
    if (call->response)
        grpc_byte_buffer_destroy(call->response);
    grpc_metadata_array_destroy(&call->metadata);
    grpc_call_details_destroy(&call->details);
    if (call->grpc)
        grpc_call_unref(call->grpc);
    tp_free(call);
}

static void on_read(served *call, bool success)
{
    if (success && call->request)
        serve(call);
}

/* It comes after the request, and after the answer if there is one to come. */
static void on_closed(served *call, bool success)
{
    (void)success;
    if (call->waits)
        leave(call, &call->server->counts.cancelled);
    call->closed.call = NULL;
    if (!call->sending)
        free_call(call);
}

static void on_sent(served *call, bool success)
{
    (void)success;
    call->sending = false;
    if (!call->closed.call)
        free_call(call);
}

static void on_arrived(served *call, bool success)
{
    grpc_op read = { .op = GRPC_OP_RECV_MESSAGE };
    grpc_op close = { .op = GRPC_OP_RECV_CLOSE_ON_SERVER };

    if (!success) {
        free_call(call);
        return;
    }
    await_call(call->server);
    read.data.recv_message.recv_message = &call->request;
    close.data.recv_close_on_server.cancelled = &call->cancelled;
    grpc_call_start_batch(call->grpc, &read, 1, &call->read, NULL);
    grpc_call_start_batch(call->grpc, &close, 1, &call->closed, NULL);
}

static void await_call(poll_server *server)
{
    served *call = tp_alloc(sizeof *call);

    call->server = server;
    call->arrived = (event){ call, on_arrived };
    call->read = (event){ call, on_read };
    call->closed = (event){ call, on_closed };
    call->sent = (event){ call, on_sent };
    grpc_call_details_init(&call->details);
    grpc_metadata_array_init(&call->metadata);
    grpc_server_request_call(server->grpc, &call->grpc, &call->details, &call->metadata,
                             server->queue, server->queue, &call->arrived);
}

static void *work(void *data)
{
    poll_server *server = data;
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

/* --- the server ------------------------------------------------------------------------------- */

poll_server *poll_server_start(const poll_server_rules *rules)
{
    poll_server *server = tp_alloc(sizeof *server);
    grpc_server_credentials *credentials;
    int port;

    grpc_init();
    server->rules = *rules;
    tp_list_init(&server->waiting);
    pthread_mutex_init(&server->mutex, NULL);
    credentials = grpc_insecure_server_credentials_create();
    server->queue = grpc_completion_queue_create_for_next(NULL);
    server->grpc = grpc_server_create(NULL, NULL);
    grpc_server_register_completion_queue(server->grpc, server->queue, NULL);
    port = grpc_server_add_http2_port(server->grpc, "127.0.0.1:0", credentials);
    grpc_server_credentials_release(credentials);
    assert_true(port > 0);
    snprintf(server->target, sizeof server->target, "127.0.0.1:%d", port);
    grpc_server_start(server->grpc);
    for (int i = 0; i < CALLS_AWAITED; i++)
        await_call(server);
    assert_int_equal(pthread_create(&server->thread, NULL, work, server), 0);
    return server;
}

const char *poll_server_target(const poll_server *server)
{
    return server->target;
}

poll_server_counts poll_server_count(poll_server *server)
{
    poll_server_counts counts;

    pthread_mutex_lock(&server->mutex);
    counts = server->counts;
    pthread_mutex_unlock(&server->mutex);
    return counts;
}

void poll_server_stop(poll_server *server)
{
    grpc_server_shutdown_and_notify(server->grpc, server->queue, server);
    grpc_server_cancel_all_calls(server->grpc);
    pthread_join(server->thread, NULL);
    grpc_server_destroy(server->grpc);
    grpc_completion_queue_destroy(server->queue);
    grpc_shutdown();
    pthread_mutex_destroy(&server->mutex);
    tp_free(server);
}
