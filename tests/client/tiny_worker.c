/* SPDX-License-Identifier: MIT */
/* tiny_worker.c -- a worker of a few calls: takes a task from the real server, and answers it. */
#include "tests/client/tiny_worker.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"
#include "converter/text.h"

typedef struct workflow_task {
    temporal_client *client;
    tp_arena arena;
    const Tp__Ws__PollWorkflowTaskQueueResponse *task;
} workflow_task;

static void call(temporal_client *client, const char *method, const ProtobufCMessage *request,
                 const ProtobufCMessageDescriptor *response, tp_arena *arena, void **answer)
{
    assert_ok(tp_client_call(client,
                             &(const tp_call_options){
                                 .method = method,
                                 .request = request,
                                 .response = response,
                                 .timeout = TEST_PATIENCE,
                                 .retry = TP_RETRY_DEADLINE,
                             },
                             arena, answer));
}

static void name_queue(Tp__Taskqueue__TaskQueue *queue, const char *name)
{
    tp__taskqueue__task_queue__init(queue);
    queue->name = tp_text_lend(name);
    queue->kind = TP__ENUMS__TASK_QUEUE_KIND__TASK_QUEUE_KIND_NORMAL;
}

/* --- workflow tasks --------------------------------------------------------------------------- */

static void take(workflow_task *self, temporal_client *client, const char *queue)
{
    Tp__Ws__PollWorkflowTaskQueueRequest request;
    Tp__Taskqueue__TaskQueue where;
    void *answer = NULL;

    tp_arena_init(&self->arena);
    self->client = client;
    name_queue(&where, queue);
    tp__ws__poll_workflow_task_queue_request__init(&request);
    request.namespace_ = client->namespace_name;
    request.identity = client->identity;
    request.task_queue = &where;
    call(client, "PollWorkflowTaskQueue", &request.base,
         &tp__ws__poll_workflow_task_queue_response__descriptor, &self->arena, &answer);
    self->task = answer;
    assert_true(self->task->task_token.len > 0); /* a task, not the end of the long poll */
}

static void answer(workflow_task *self, Tp__Command__Command *command)
{
    Tp__Ws__RespondWorkflowTaskCompletedRequest request;

    tp__ws__respond_workflow_task_completed_request__init(&request);
    request.namespace_ = self->client->namespace_name;
    request.identity = self->client->identity;
    request.task_token = self->task->task_token;
    request.n_commands = command ? 1 : 0;
    request.commands = &command;
    call(self->client, "RespondWorkflowTaskCompleted", &request.base,
         &tp__ws__respond_workflow_task_completed_response__descriptor, &self->arena, NULL);
    tp_arena_done(&self->arena);
}

/* A command of that kind; its attributes are of the type and member that the kind's name has. */
#define COMMAND(command, KIND, kind, attributes)                                                  \
    do {                                                                                          \
        tp__command__command__init(&(command));                                                   \
        (command).command_type = TP__ENUMS__COMMAND_TYPE__COMMAND_TYPE_##KIND;                    \
        (command).attributes_case = TP__COMMAND__COMMAND__ATTRIBUTES_##KIND##_COMMAND_ATTRIBUTES; \
        (command).kind##_command_attributes = &(attributes);                                      \
        tp__command__##kind##_command_attributes__init(&(attributes));                            \
    } while (0)

static Tp__Common__Payloads *payloads(tp_arena *arena, const temporal_type *type, const void *value)
{
    const temporal_argument argument = { type, value };
    Tp__Common__Payloads *made = NULL;

    assert_ok(tp_payloads_make(arena, &argument, type ? 1 : 0, &made));
    return made;
}

void tiny_complete(temporal_client *client, const char *queue, const temporal_type *type,
                   const void *result)
{
    Tp__Command__CompleteWorkflowExecutionCommandAttributes attributes;
    Tp__Command__Command command;
    workflow_task self;

    take(&self, client, queue);
    COMMAND(command, COMPLETE_WORKFLOW_EXECUTION, complete_workflow_execution, attributes);
    attributes.result = payloads(&self.arena, type, result);
    answer(&self, &command);
}

void tiny_fail(temporal_client *client, const char *queue, const temporal_error *failure)
{
    Tp__Command__FailWorkflowExecutionCommandAttributes attributes;
    Tp__Command__Command command;
    workflow_task self;

    take(&self, client, queue);
    COMMAND(command, FAIL_WORKFLOW_EXECUTION, fail_workflow_execution, attributes);
    attributes.failure = tp_failure_from_error(&self.arena, failure);
    answer(&self, &command);
}

void tiny_cancel(temporal_client *client, const char *queue, const temporal_type *type,
                 const void *details)
{
    Tp__Command__CancelWorkflowExecutionCommandAttributes attributes;
    Tp__Command__Command command;
    workflow_task self;

    take(&self, client, queue);
    COMMAND(command, CANCEL_WORKFLOW_EXECUTION, cancel_workflow_execution, attributes);
    attributes.details = payloads(&self.arena, type, details);
    answer(&self, &command);
}

void tiny_continue_as_new(temporal_client *client, const char *queue, const char *workflow)
{
    Tp__Command__ContinueAsNewWorkflowExecutionCommandAttributes attributes;
    Tp__Command__Command command;
    Tp__Common__WorkflowType type;
    Tp__Taskqueue__TaskQueue where;
    workflow_task self;

    take(&self, client, queue);
    name_queue(&where, queue);
    tp__common__workflow_type__init(&type);
    type.name = tp_text_lend(workflow);
    COMMAND(command, CONTINUE_AS_NEW_WORKFLOW_EXECUTION, continue_as_new_workflow_execution,
            attributes);
    attributes.workflow_type = &type;
    attributes.task_queue = &where;
    answer(&self, &command);
}

void tiny_schedule(temporal_client *client, const char *queue, const char *activity_id,
                   temporal_seconds heartbeat_timeout, int attempts)
{
    Tp__Command__ScheduleActivityTaskCommandAttributes attributes;
    Tp__Command__Command command;
    Tp__Common__ActivityType type;
    Tp__Common__RetryPolicy retry;
    Tp__Taskqueue__TaskQueue where;
    workflow_task self;

    take(&self, client, queue);
    name_queue(&where, queue);
    tp__common__activity_type__init(&type);
    type.name = tp_text_lend("work");
    tp__common__retry_policy__init(&retry);
    retry.maximum_attempts = attempts;
    retry.initial_interval = tp_message_duration(&self.arena, 0.01);
    COMMAND(command, SCHEDULE_ACTIVITY_TASK, schedule_activity_task, attributes);
    attributes.activity_id = tp_text_lend(activity_id);
    attributes.activity_type = &type;
    attributes.task_queue = &where;
    attributes.retry_policy = &retry;
    attributes.start_to_close_timeout = tp_message_duration(&self.arena, TEST_PATIENCE);
    attributes.heartbeat_timeout = tp_message_duration(&self.arena, heartbeat_timeout);
    answer(&self, &command);
}

void tiny_cancel_activity(temporal_client *client, const char *queue)
{
    Tp__Command__RequestCancelActivityTaskCommandAttributes attributes;
    Tp__Command__Command command;
    workflow_task self;

    take(&self, client, queue);
    COMMAND(command, REQUEST_CANCEL_ACTIVITY_TASK, request_cancel_activity_task, attributes);
    for (size_t i = 0; i < self.task->history->n_events; i++) {
        const Tp__History__HistoryEvent *event = self.task->history->events[i];

        if (event->event_type == TP__ENUMS__EVENT_TYPE__EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
            attributes.scheduled_event_id = event->event_id;
    }
    answer(&self, &command);
}

void tiny_wait(temporal_client *client, const char *queue)
{
    workflow_task self;

    take(&self, client, queue);
    answer(&self, NULL);
}

/* --- queries ---------------------------------------------------------------------------------- */

static void answer_query(workflow_task *self, Tp__Ws__RespondQueryTaskCompletedRequest *request)
{
    request->namespace_ = self->client->namespace_name;
    request->task_token = self->task->task_token;
    call(self->client, "RespondQueryTaskCompleted", &request->base,
         &tp__ws__respond_query_task_completed_response__descriptor, &self->arena, NULL);
    tp_arena_done(&self->arena);
}

void tiny_answer(temporal_client *client, const char *queue, const char *query,
                 const temporal_type *type, const void *value)
{
    Tp__Ws__RespondQueryTaskCompletedRequest request;
    workflow_task self;

    take(&self, client, queue);
    assert_non_null(self.task->query);
    assert_string_equal(self.task->query->query_type, query);
    tp__ws__respond_query_task_completed_request__init(&request);
    request.completed_type = TP__ENUMS__QUERY_RESULT_TYPE__QUERY_RESULT_TYPE_ANSWERED;
    request.query_result = payloads(&self.arena, type, value);
    answer_query(&self, &request);
}

void tiny_refuse(temporal_client *client, const char *queue, const char *message)
{
    Tp__Ws__RespondQueryTaskCompletedRequest request;
    workflow_task self;

    take(&self, client, queue);
    assert_non_null(self.task->query);
    tp__ws__respond_query_task_completed_request__init(&request);
    request.completed_type = TP__ENUMS__QUERY_RESULT_TYPE__QUERY_RESULT_TYPE_FAILED;
    request.error_message = tp_text_lend(message);
    answer_query(&self, &request);
}

/* --- activity tasks --------------------------------------------------------------------------- */

void tiny_take(tiny_activity *self, temporal_client *client, const char *queue)
{
    Tp__Ws__PollActivityTaskQueueRequest request;
    Tp__Taskqueue__TaskQueue where;
    void *response = NULL;

    tp_arena_init(&self->arena);
    name_queue(&where, queue);
    tp__ws__poll_activity_task_queue_request__init(&request);
    request.namespace_ = client->namespace_name;
    request.identity = client->identity;
    request.task_queue = &where;
    call(client, "PollActivityTaskQueue", &request.base,
         &tp__ws__poll_activity_task_queue_response__descriptor, &self->arena, &response);
    self->task = response;
    assert_true(self->task->task_token.len > 0);
    self->by_token = (temporal_activity_target){ .task_token = { self->task->task_token.data,
                                                                 self->task->task_token.len } };
    self->by_id = (temporal_activity_target){
        .workflow_id = self->task->workflow_execution->workflow_id,
        .run_id = self->task->workflow_execution->run_id,
        .activity_id = self->task->activity_id,
    };
}

void tiny_activity_done(tiny_activity *self)
{
    tp_arena_done(&self->arena);
}

/* --- beside workers --------------------------------------------------------------------------- */

const Tp__History__History *tiny_history(temporal_handle *handle, tp_arena *arena)
{
    temporal_bytes encoded = { 0 };
    const Tp__History__History *history;

    assert_ok(temporal_handle_fetch_history(handle, &encoded));
    history = tp_message_unpack(arena, &tp__history__history__descriptor,
                                (tp_bytes){ encoded.data, encoded.size });
    assert_non_null(history);
    return history;
}

const Tp__History__WorkflowExecutionStartedEventAttributes *tiny_started(temporal_handle *handle,
                                                                         tp_arena *arena)
{
    const Tp__History__History *history = tiny_history(handle, arena);

    assert_in_range(history->n_events, 1, SIZE_MAX);
    return history->events[0]->workflow_execution_started_event_attributes;
}

size_t tiny_count_events(temporal_handle *handle, Tp__Enums__EventType type)
{
    const Tp__History__History *history;
    size_t count = 0;
    tp_arena arena;

    tp_arena_init(&arena);
    history = tiny_history(handle, &arena);
    for (size_t i = 0; i < history->n_events; i++)
        count += history->events[i]->event_type == type;
    tp_arena_done(&arena);
    return count;
}

static bool is_served(temporal_client *client, const char *name)
{
    temporal_client *own = NULL;
    temporal_handle *handle = NULL;
    const temporal_workflow_description *description = NULL;
    temporal_error *error;
    bool served;

    assert_ok(temporal_client_copy(&own, client, .namespace_name = name));
    assert_ok(temporal_client_get_handle(own, "nobody", NULL, &handle));
    error = temporal_handle_describe(handle, &description);
    served =
        strstr(temporal_error_message(error), "amespace") == NULL; /* only the workflow fails */
    temporal_error_free(error);
    temporal_handle_free(handle);
    temporal_client_free(own);
    return served;
}

void tiny_register_namespace(temporal_client *client, const char *name)
{
    Tp__Ws__RegisterNamespaceRequest request;
    tp_arena arena;

    tp_arena_init(&arena);
    tp__ws__register_namespace_request__init(&request);
    request.namespace_ = tp_text_lend(name);
    request.workflow_execution_retention_period = tp_message_duration(&arena, 24 * TEMPORAL_HOUR);
    call(client, "RegisterNamespace", &request.base,
         &tp__ws__register_namespace_response__descriptor, &arena, NULL);
    tp_arena_done(&arena);
    test_wait_for(is_served(client, name));
}

struct tiny_thread {
    pthread_t thread;
    void (*fn)(void *data);
    void *data;
};

static void *run(void *data)
{
    tiny_thread *self = data;

    self->fn(self->data);
    return NULL;
}

tiny_thread *tiny_run(void (*fn)(void *data), void *data)
{
    tiny_thread *self = tp_alloc(sizeof *self);

    self->fn = fn;
    self->data = data;
    assert_int_equal(pthread_create(&self->thread, NULL, run, self), 0);
    return self;
}

void tiny_join(tiny_thread *self)
{
    pthread_join(self->thread, NULL);
    tp_free(self);
}
