/* SPDX-License-Identifier: MIT */
/* test_strayed.c -- a worker whose cached run and the server disagree about what the run did: the
 * whole history decides, and the log says so once. */
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/message.h"
#include "tests/support/grpc_server.h"
#include "tests/support/live.h"
#include "tests/workflow/history_builder.h"

#define POLLS 16

TEMPORAL_WORKFLOW(nap, temporal_none, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(nap)
temporal_error *nap(temporal_workflow *run, temporal_none in, temporal_none *out)
{
    (void)in, (void)out;
    return temporal_workflow_sleep(run, 60);
}

/* --- the server ------------------------------------------------------------------------------- */

/* Its tasks are given out one after the other, the next when the last one is completed. */
typedef struct server {
    test_grpc_server *grpc;
    history_builder told; /* the first task's history, and what the second one's part says */
    history_builder whole;
    tp_buffer tasks[2]; /* encoded */
    size_t given, completed;
    test_call *polls[POLLS];

    pthread_mutex_t mutex; /* of what follows */
    size_t fetches;
    bool ended;
} server;

static void answer(test_call *call, const ProtobufCMessage *message)
{
    tp_buffer packed = { 0 };

    tp_message_pack(&packed, message);
    test_call_answer(call, &(test_answer){ .message = packed.data, .size = packed.size });
    tp_buffer_done(&packed);
}

static void give_task(server *self)
{
    for (size_t i = 0; i < POLLS && self->given < 2 && self->given == self->completed; i++) {
        test_call *poll = self->polls[i];

        if (!poll)
            continue;
        self->polls[i] = NULL;
        test_call_answer(poll, &(test_answer){ .message = self->tasks[self->given].data,
                                               .size = self->tasks[self->given].size });
        self->given++;
    }
}

static void keep_poll(server *self, test_call *call)
{
    size_t i = 0;

    while (self->polls[i])
        assert_true(++i < POLLS);
    self->polls[i] = call;
    give_task(self);
}

static void take_answer(server *self, test_call *call)
{
    Tp__Ws__RespondWorkflowTaskCompletedRequest *request =
        test_call_request(call, &tp__ws__respond_workflow_task_completed_request__descriptor);

    self->completed++;
    pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < request->n_commands; i++)
        if (request->commands[i]->command_type ==
            TP__ENUMS__COMMAND_TYPE__COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION)
            self->ended = true;
    pthread_mutex_unlock(&self->mutex);
    protobuf_c_message_free_unpacked(&request->base, NULL);
    test_call_answer(call, &(test_answer){ .status = 0 });
    give_task(self);
}

static void answer_history(server *self, test_call *call)
{
    Tp__Ws__GetWorkflowExecutionHistoryResponse response;

    tp__ws__get_workflow_execution_history_response__init(&response);
    response.history = history_poll(&self->whole, 1)->history;
    answer(call, &response.base);
    pthread_mutex_lock(&self->mutex);
    self->fetches++;
    pthread_mutex_unlock(&self->mutex);
}

static void serve(void *data, test_call *call)
{
    const char *method = test_call_method(call);

    if (strcmp(method, "PollWorkflowTaskQueue") == 0)
        keep_poll(data, call);
    else if (strcmp(method, "RespondWorkflowTaskCompleted") == 0)
        take_answer(data, call);
    else if (strcmp(method, "GetWorkflowExecutionHistory") == 0)
        answer_history(data, call);
    else
        test_call_answer(call, &(test_answer){ .status = 0 });
}

static void end(void *data, test_call *call)
{
    server *self = data;

    for (size_t i = 0; i < POLLS; i++)
        if (self->polls[i] == call)
            self->polls[i] = NULL;
}

static void put_task(server *self, size_t number, int64_t first_event)
{
    Tp__Ws__PollWorkflowTaskQueueResponse *task = history_poll(&self->told, first_event);
    char token[] = "token";

    task->task_token = (ProtobufCBinaryData){ sizeof token, (uint8_t *)token };
    tp_message_pack(&self->tasks[number], &task->base);
}

/* What followed upon the first task: that timer, and its end. */
static void pass_timer(history_builder *history, const char *id)
{
    history_task_completed(history);
    {
        Tp__History__TimerStartedEventAttributes *attributes;

        HISTORY_ADD(history, TIMER_STARTED, timer_started, attributes);
        attributes->timer_id = tp_arena_strdup(&history->arena, id);
    }
    history_timer_fired(history, id);
    history_task(history);
}

static void open_server(server *self)
{
    pthread_mutex_init(&self->mutex, NULL);
    history_init(&self->told, "nap", NULL);
    history_task(&self->told);
    put_task(self, 0, 1);
    pass_timer(&self->told, "another");
    put_task(self, 1, 4);
    history_init(&self->whole, "nap", NULL);
    history_task(&self->whole);
    pass_timer(&self->whole, "1");
    self->grpc = test_grpc_start(&(test_grpc_service){ serve, end, self }, 0, NULL);
}

static void close_server(server *self)
{
    test_grpc_stop(self->grpc);
    for (size_t i = 0; i < 2; i++)
        tp_buffer_done(&self->tasks[i]);
    history_done(&self->told);
    history_done(&self->whole);
    pthread_mutex_destroy(&self->mutex);
}

static bool has_ended(server *self)
{
    bool ended;

    pthread_mutex_lock(&self->mutex);
    ended = self->ended;
    pthread_mutex_unlock(&self->mutex);
    return ended;
}

/* --- the test --------------------------------------------------------------------------------- */

typedef struct heard {
    pthread_mutex_t mutex;
    unsigned strayed, others; /* records */
    char message[512], type[64], id[64], run_id[64];
} heard;

static const char *field(const temporal_log_record *record, const char *name)
{
    for (const temporal_log_field *at = record->fields; at && at->name; at++)
        if (strcmp(at->name, name) == 0)
            return at->value;
    return "";
}

static void hear(const temporal_log_record *record, void *data)
{
    heard *self = data;

    pthread_mutex_lock(&self->mutex);
    if (strstr(record->message, "a cached run does not agree with its history")) {
        self->strayed++;
        snprintf(self->message, sizeof self->message, "%s", record->message);
        snprintf(self->type, sizeof self->type, "%s", field(record, "workflow_type"));
        snprintf(self->id, sizeof self->id, "%s", field(record, "workflow_id"));
        snprintf(self->run_id, sizeof self->run_id, "%s", field(record, "run_id"));
    } else {
        self->others++;
    }
    pthread_mutex_unlock(&self->mutex);
}

static void a_run_that_strayed_is_told_once_and_goes_on_by_its_whole_history(void **state)
{
    static server self;
    heard log = { .mutex = PTHREAD_MUTEX_INITIALIZER };
    temporal_client *client;
    temporal_worker *worker;

    (void)state;
    open_server(&self);
    temporal_log_set(TEMPORAL_LOG_WARN, hear, &log);
    client = test_connect_to(test_grpc_target(self.grpc));
    worker = test_worker_start(client, .task_queue = "q",
                               .workflows = TEMPORAL_WORKFLOWS(&nap_workflow));
    test_wait_for(has_ended(&self));
    test_worker_stop(worker);
    temporal_client_free(client);
    temporal_log_set(TEMPORAL_LOG_WARN, NULL, NULL);
    assert_int_equal(self.fetches, 1);
    close_server(&self);

    assert_int_equal(log.strayed, 1);
    assert_int_equal(log.others, 0);
    assert_contains(log.message, "the whole decides");
    assert_contains(log.message, "event 5: history holds TimerStarted (id another");
    assert_string_equal(log.type, "nap");
    assert_string_equal(log.id, "wf-1");
    assert_string_equal(log.run_id, RUN_ID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_strayed_is_told_once_and_goes_on_by_its_whole_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
