/* SPDX-License-Identifier: MIT */
/* test_history_pages.c -- histories that come in pages, some of them cut off, torn, out of order or
 * with what nobody knows, from a server that is a script: F15. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/message.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "tests/support/grpc_server.h"
#include "tests/support/live.h"

#define EVENT(name) TP__ENUMS__EVENT_TYPE__EVENT_TYPE_##name

enum {
    START = EVENT(WORKFLOW_EXECUTION_STARTED),
    SCHEDULED = EVENT(WORKFLOW_TASK_SCHEDULED),
    STARTED = EVENT(WORKFLOW_TASK_STARTED),
    UNKNOWN = 999,    /* of a server to come */
    MAY_IGNORE = 998, /* the same, and it says so */
    NOT_FOUND = 5,    /* gRPC's */
    MOST_EVENTS = 6
};

TEMPORAL_WORKFLOW(idle, temporal_none, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(idle)
temporal_error *idle(temporal_workflow *run, temporal_none in, temporal_none *out)
{
    (void)run, (void)in, (void)out;
    return TEMPORAL_OK;
}

/* --- a script --------------------------------------------------------------------------------- */

typedef struct line {
    int64_t id; /* 0: the end of the page */
    int type;
} line;

/* A task of event 3, if nothing else is said: what came with it, and the page behind that. */
typedef struct script {
    line polled[MOST_EVENTS], page[MOST_EVENTS];
    int64_t started;
    int status;         /* the page's */
    bool torn, further; /* its bytes end too early; it says that there is another one, and the page
                           comes a second time */
} script;

/* What the worker answered: "completed", or why it failed; "" when it did not. */
typedef struct server {
    const script *script;
    unsigned given; /* tasks: the script's, and a good one behind it */
    bool asked;
    test_grpc_server *grpc;
    pthread_mutex_t mutex;
    char answer[512];
    bool served; /* the good one, too */
} server;

static void say(server *self, const char *text)
{
    pthread_mutex_lock(&self->mutex);
    (void)snprintf(self->answer, sizeof(self->answer), "%s", text);
    pthread_mutex_unlock(&self->mutex);
}

static void serve_good(server *self)
{
    pthread_mutex_lock(&self->mutex);
    self->served = true;
    pthread_mutex_unlock(&self->mutex);
}

static void answer(test_call *call, const ProtobufCMessage *message, size_t torn)
{
    tp_buffer packed = { 0 };

    tp_message_pack(&packed, message);
    test_call_answer(call, &(test_answer){ .message = packed.data, .size = packed.size - torn });
    tp_buffer_done(&packed);
}

/* From that memory. */
static Tp__History__History *make_history(tp_arena *arena, const line *lines)
{
    Tp__History__History *history = tp_arena_alloc(arena, sizeof(*history));

    tp__history__history__init(history);
    history->events = tp_arena_alloc(arena, MOST_EVENTS * sizeof(*history->events));
    for (; lines->id; lines++) {
        Tp__History__HistoryEvent *event = tp_arena_alloc(arena, sizeof(*event));

        tp__history__history_event__init(event);
        event->event_id = lines->id;
        event->event_type = (Tp__Enums__EventType)lines->type;
        event->worker_may_ignore = lines->type == MAY_IGNORE;
        if (lines->type == START) {
            Tp__History__WorkflowExecutionStartedEventAttributes *start =
                tp_arena_alloc(arena, sizeof(*start));

            tp__history__workflow_execution_started_event_attributes__init(start);
            event->workflow_execution_started_event_attributes = start;
            event->attributes_case =
                TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_STARTED_EVENT_ATTRIBUTES;
        }
        history->events[history->n_events++] = event;
    }
    return history;
}

static void give_task(test_call *call, const line *lines, int64_t started, const char *run,
                      bool whole)
{
    Tp__Ws__PollWorkflowTaskQueueResponse task;
    Tp__Common__WorkflowType type;
    Tp__Common__WorkflowExecution execution;
    tp_arena arena;

    tp_arena_init(&arena);
    tp__common__workflow_type__init(&type);
    type.name = (char *)(uintptr_t) "idle";
    tp__common__workflow_execution__init(&execution);
    execution.workflow_id = (char *)(uintptr_t)run;
    execution.run_id = (char *)(uintptr_t)run;
    tp__ws__poll_workflow_task_queue_response__init(&task);
    task.task_token = (ProtobufCBinaryData){ strlen(run), (uint8_t *)(uintptr_t)run };
    task.workflow_execution = &execution;
    task.workflow_type = &type;
    task.attempt = 1;
    task.started_event_id = started ? started : 3;
    task.history = make_history(&arena, lines);
    if (!whole)
        task.next_page_token = (ProtobufCBinaryData){ 4, (uint8_t *)(uintptr_t) "more" };
    answer(call, &task.base, 0);
    tp_arena_done(&arena);
}

static void give_page(server *self, test_call *call)
{
    Tp__Ws__GetWorkflowExecutionHistoryResponse response;
    tp_arena arena;

    if (self->script->status) {
        test_call_answer(call, &(test_answer){ .status = self->script->status, .text = "gone" });
        return;
    }
    tp_arena_init(&arena);
    tp__ws__get_workflow_execution_history_response__init(&response);
    response.history = make_history(&arena, self->script->page);
    if (self->script->further && !self->asked)
        response.next_page_token = (ProtobufCBinaryData){ 4, (uint8_t *)(uintptr_t) "more" };
    self->asked = true;
    answer(call, &response.base, self->script->torn ? 1 : 0);
    tp_arena_done(&arena);
}

static const line good[MOST_EVENTS] = { { 1, START }, { 2, SCHEDULED }, { 3, STARTED } };

static void serve(void *data, test_call *call)
{
    const char *method = test_call_method(call);
    server *self = data;

    if (strcmp(method, "PollWorkflowTaskQueue") == 0) {
        if (self->given == 0)
            give_task(call, self->script->polled, self->script->started, "scripted", false);
        if (self->given == 1)
            give_task(call, good, 3, "good", true);
        self->given++; /* the next ones wait until they are cancelled */
        return;
    }
    if (strcmp(method, "GetWorkflowExecutionHistory") == 0) {
        give_page(self, call);
        return;
    }
    if (strcmp(method, "RespondWorkflowTaskCompleted") == 0) {
        Tp__Ws__RespondWorkflowTaskCompletedRequest *request =
            test_call_request(call, &tp__ws__respond_workflow_task_completed_request__descriptor);

        if (request->task_token.len == strlen("good"))
            serve_good(self);
        else
            say(self, "completed");
        protobuf_c_message_free_unpacked(&request->base, NULL);
    } else if (strcmp(method, "RespondWorkflowTaskFailed") == 0) {
        Tp__Ws__RespondWorkflowTaskFailedRequest *request =
            test_call_request(call, &tp__ws__respond_workflow_task_failed_request__descriptor);

        say(self, request->failure->message);
        protobuf_c_message_free_unpacked(&request->base, NULL);
    }
    test_call_answer(call, &(test_answer){ .status = 0 });
}

/* --- what is logged: a task that gets no answer ------------------------------------------------
 */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char warned[1024];

static void listen(const temporal_log_record *record, void *data)
{
    (void)data;
    pthread_mutex_lock(&mutex);
    if (strstr(record->message, "the history of a workflow task"))
        (void)snprintf(warned, sizeof(warned), "%s", record->message);
    pthread_mutex_unlock(&mutex);
}

/* And serves another run. */
static bool is_told(server *self, char *told, size_t size)
{
    bool served;

    pthread_mutex_lock(&self->mutex);
    pthread_mutex_lock(&mutex);
    (void)snprintf(told, size, "%s%s", self->answer, warned);
    served = self->served;
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&self->mutex);
    return *told && served;
}

/* One worker, which gets that task, and a good one. */
static void play(const script *what, const char *expected)
{
    server self = { .script = what };
    temporal_client *client;
    temporal_worker *worker;
    char told[2048];

    warned[0] = '\0';
    pthread_mutex_init(&self.mutex, NULL);
    self.grpc = test_grpc_start(&(test_grpc_service){ serve, NULL, &self }, 0, NULL);
    client = test_connect_to(test_grpc_target(self.grpc));
    worker = test_worker_start(client, .task_queue = "q",
                               .workflows = TEMPORAL_WORKFLOWS(&idle_workflow));
    test_wait_for(is_told(&self, told, sizeof(told)));
    assert_contains(told, expected);
    test_worker_stop(worker);
    temporal_client_free(client);
    test_grpc_stop(self.grpc);
    pthread_mutex_destroy(&self.mutex);
}

static void F15_a_history_in_pages_is_put_together(void **state)
{
    (void)state;
    play(
        &(const script){ .polled = { { 1, START } }, .page = { { 2, SCHEDULED }, { 3, STARTED } } },
        "completed");
    play(&(const script){ .page = { { 1, START }, { 2, SCHEDULED }, { 3, STARTED } } },
         "completed");
}

static void F15_a_page_that_ends_too_early_fails_the_task(void **state)
{
    (void)state;
    play(&(const script){ .polled = { { 1, START } }, .page = { { 2, SCHEDULED } } },
         "its history ends at event 2 without the start of the task");
    play(&(const script){ .polled = { { 1, START } } },
         "its history ends at event 1 without the start of the task");
    play(&(const script){ 0 }, "the server was asked for the whole history, and gave no event");
    play(&(const script){ .polled = { { 2, SCHEDULED } }, .page = { { 3, STARTED } } },
         "the server was asked for the whole history, and gave 1 events from event 3 on");
}

static void F15_a_page_that_is_out_of_order_fails_the_task(void **state)
{
    (void)state;
    play(&(const script){ .polled = { { 1, START } }, .page = { { 3, STARTED } } },
         "event id 3 stands where 2 was expected");
    play(
        &(const script){ .polled = { { 1, START } }, .page = { { 3, STARTED }, { 2, SCHEDULED } } },
        "event id 3 stands where 2 was expected");
    play(&(const script){ .polled = { { 1, START } },
                          .page = { { 2, SCHEDULED }, { 3, STARTED } },
                          .further = true },
         "event id 2 stands where 4 was expected");
}

static void F15_an_event_that_nobody_knows_is_named_unless_it_may_be_ignored(void **state)
{
    (void)state;
    play(&(const script){ .polled = { { 1, START } },
                          .page = { { 2, UNKNOWN }, { 3, SCHEDULED }, { 4, STARTED } },
                          .started = 4 },
         "999");
    play(&(const script){ .polled = { { 1, START } },
                          .page = { { 2, MAY_IGNORE }, { 3, SCHEDULED }, { 4, STARTED } },
                          .started = 4 },
         "completed");
}

static void F15_a_page_that_cannot_be_had_leaves_the_task_to_others(void **state)
{
    (void)state;
    play(&(const script){ .polled = { { 1, START } }, .status = NOT_FOUND }, "gone");
    play(&(const script){ .polled = { { 1, START } },
                          .page = { { 2, SCHEDULED }, { 3, STARTED } },
                          .torn = true },
         "GetWorkflowExecutionHistory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F15_a_history_in_pages_is_put_together),
        cmocka_unit_test(F15_a_page_that_ends_too_early_fails_the_task),
        cmocka_unit_test(F15_a_page_that_is_out_of_order_fails_the_task),
        cmocka_unit_test(F15_an_event_that_nobody_knows_is_named_unless_it_may_be_ignored),
        cmocka_unit_test(F15_a_page_that_cannot_be_had_leaves_the_task_to_others),
    };

    temporal_log_set(TEMPORAL_LOG_INFO, listen, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
