/* SPDX-License-Identifier: MIT */
/* poll_server.c -- a gRPC server whose polls wait until the worker says farewell, and which never
 * answers a heartbeat. */
#include "tests/worker/poll_server.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/message.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "tests/support/grpc_server.h"

struct poll_server {
    poll_server_rules rules;
    test_grpc_server *grpc;
    tp_list waiting; /* polls; the thread's */
    bool opened;     /* the opening task is out */

    pthread_mutex_t mutex;
    poll_server_counts counts;
};

/* What is known of a call while it waits. */
typedef struct poll {
    poll_server *server;
    test_call *call;
    tp_list link;
    bool is_sticky, is_for_activities;
} poll;

static void add(poll_server *server, unsigned *count, int more)
{
    pthread_mutex_lock(&server->mutex);
    *count += (unsigned)more;
    pthread_mutex_unlock(&server->mutex);
}

/* --- answers ---------------------------------------------------------------------------------- */

static void answer(test_call *call, const ProtobufCMessage *message)
{
    tp_buffer packed = { 0 };

    tp_message_pack(&packed, message);
    test_call_answer(call, &(test_answer){ .message = packed.data, .size = packed.size });
    tp_buffer_done(&packed);
}

static void answer_nothing(test_call *call)
{
    test_call_answer(call, &(test_answer){ .status = 0 });
}

static void answer_description(poll_server *server, test_call *call)
{
    Tp__Ws__DescribeNamespaceResponse response;
    Tp__Namespace__NamespaceInfo info;
    Tp__Namespace__NamespaceInfo__Capabilities capabilities;

    tp__namespace__namespace_info__capabilities__init(&capabilities);
    capabilities.worker_poll_complete_on_shutdown = server->rules.ends_polls;
    tp__namespace__namespace_info__init(&info);
    info.capabilities = &capabilities;
    tp__ws__describe_namespace_response__init(&response);
    response.namespace_info = &info;
    answer(call, &response.base);
}

static void answer_task(test_call *call)
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
    answer(call, &task.base);
}

/* --- polls ------------------------------------------------------------------------------------ */

static void wait_for_farewell(poll_server *server, test_call *call, bool is_for_activities,
                              bool is_sticky)
{
    poll *waits = tp_alloc(sizeof *waits);

    waits->server = server;
    waits->call = call;
    waits->is_for_activities = is_for_activities;
    waits->is_sticky = is_sticky;
    test_call_set_data(call, waits);
    tp_list_append(&server->waiting, &waits->link);
    add(server, &server->counts.waiting, 1);
}

static void leave(poll *waits, unsigned *count)
{
    poll_server *server = waits->server;

    test_call_set_data(waits->call, NULL);
    tp_list_remove(&waits->link);
    tp_free(waits);
    add(server, &server->counts.waiting, -1);
    add(server, count, 1);
}

static void end_poll(poll *waits)
{
    poll_server *server = waits->server;
    test_call *call = waits->call;
    const bool last = waits->is_for_activities && server->counts.waiting == 1;

    leave(waits, &server->counts.ended);
    if (last && server->rules.parting_task)
        answer_task(call);
    else
        answer_nothing(call);
}

static void end_polls(poll_server *server, bool sticky, unsigned but)
{
    tp_list *next;

    for (tp_list *at = server->waiting.next; at != &server->waiting; at = next) {
        poll *waits = tp_list_entry(at, poll, link);

        next = at->next;
        if (waits->is_sticky == sticky && but-- == 0) {
            but = 0;
            end_poll(waits);
        }
    }
}

/* --- requests --------------------------------------------------------------------------------- */

static void serve_farewell(poll_server *server, test_call *call)
{
    Tp__Ws__ShutdownWorkerRequest *request =
        test_call_request(call, &tp__ws__shutdown_worker_request__descriptor);
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
    test_call_answer(call, &(test_answer){ .status = server->rules.farewell_status });
}

static void serve_workflow_poll(poll_server *server, test_call *call)
{
    Tp__Ws__PollWorkflowTaskQueueRequest *request =
        test_call_request(call, &tp__ws__poll_workflow_task_queue_request__descriptor);

    wait_for_farewell(server, call, false,
                      request->task_queue->kind ==
                          TP__ENUMS__TASK_QUEUE_KIND__TASK_QUEUE_KIND_STICKY);
    protobuf_c_message_free_unpacked(&request->base, NULL);
}

static void serve_activity_poll(poll_server *server, test_call *call)
{
    if (server->rules.opening_task && !server->opened) {
        server->opened = true;
        answer_task(call);
    } else {
        wait_for_farewell(server, call, true, false);
    }
}

static void serve(void *data, test_call *call)
{
    poll_server *server = data;
    const char *method = test_call_method(call);

    if (strcmp(method, "PollWorkflowTaskQueue") == 0) {
        serve_workflow_poll(server, call);
    } else if (strcmp(method, "PollActivityTaskQueue") == 0) {
        serve_activity_poll(server, call);
    } else if (strcmp(method, "RecordActivityTaskHeartbeat") == 0) {
        add(server, &server->counts.heartbeats, 1);
    } else if (strcmp(method, "ShutdownWorker") == 0) {
        serve_farewell(server, call);
    } else if (strcmp(method, "DescribeNamespace") == 0) {
        answer_description(server, call);
    } else {
        if (strcmp(method, "RespondActivityTaskCompleted") == 0)
            add(server, &server->counts.completed, 1);
        answer_nothing(call);
    }
}

static void end(void *data, test_call *call)
{
    poll_server *server = data;

    if (test_call_data(call))
        leave(test_call_data(call), &server->counts.cancelled);
}

/* --- the server ------------------------------------------------------------------------------- */

poll_server *poll_server_start(const poll_server_rules *rules)
{
    poll_server *server = tp_alloc(sizeof *server);

    server->rules = *rules;
    tp_list_init(&server->waiting);
    pthread_mutex_init(&server->mutex, NULL);
    server->grpc = test_grpc_start(&(test_grpc_service){ serve, end, server }, 0, NULL);
    return server;
}

const char *poll_server_target(const poll_server *server)
{
    return test_grpc_target(server->grpc);
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
    test_grpc_stop(server->grpc);
    pthread_mutex_destroy(&server->mutex);
    tp_free(server);
}
