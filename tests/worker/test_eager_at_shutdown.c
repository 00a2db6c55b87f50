/* SPDX-License-Identifier: MIT */
/* test_eager_at_shutdown.c -- a workflow task that ends when the activities of a worker that shuts
 * down have ended already: it begins no more of them, whatever the server says. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/message.h"
#include "tests/support/grpc_server.h"
#include "tests/support/live.h"
#include "tests/workflow/history_builder.h"

enum {
    POLLS = 16,        /* at most */
    UNIMPLEMENTED = 12 /* gRPC's */
};

static atomic_bool is_in_workflow, may_go_on;
static atomic_uint beginnings;

TEMPORAL_ACTIVITY(begin_late, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(begin_late)
temporal_error *begin_late(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)attempt, (void)in, (void)out;
    atomic_fetch_add(&beginnings, 1);
    return TEMPORAL_OK;
}

/* Its code holds the thread until the worker has nothing else to do. */
TEMPORAL_WORKFLOW(take_long, temporal_none, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(take_long)
temporal_error *take_long(temporal_workflow *run, temporal_none in, temporal_none *out)
{
    atomic_store(&is_in_workflow, true);
    test_wait_for(atomic_load(&may_go_on));
    return temporal_execute_activity(run, begin_late, in, out, .start_to_close_timeout = 60);
}

/* --- the server ------------------------------------------------------------------------------- */

typedef struct server {
    test_grpc_server *grpc;
    tp_buffer task; /* encoded */
    bool given;
    test_call *polls[POLLS]; /* for activities */
    atomic_uint waiting;     /* so many */
    atomic_uint answers, eager;
} server;

static void keep_poll(server *self, test_call *call)
{
    size_t i = 0;

    while (self->polls[i])
        assert_true(++i < POLLS);
    self->polls[i] = call;
    atomic_fetch_add(&self->waiting, 1);
}

static void end(void *data, test_call *call)
{
    server *self = data;

    for (size_t i = 0; i < POLLS; i++) {
        if (self->polls[i] != call)
            continue;
        self->polls[i] = NULL;
        atomic_fetch_sub(&self->waiting, 1);
    }
}

static void give_task(server *self, test_call *call)
{
    if (self->given)
        return; /* the poll waits */
    self->given = true;
    test_call_answer(call, &(test_answer){ .message = self->task.data, .size = self->task.size });
}

static void count_eager(server *self, test_call *call)
{
    Tp__Ws__RespondWorkflowTaskCompletedRequest *request =
        test_call_request(call, &tp__ws__respond_workflow_task_completed_request__descriptor);

    for (size_t i = 0; i < request->n_commands; i++)
        if (request->commands[i]->attributes_case ==
            TP__COMMAND__COMMAND__ATTRIBUTES_SCHEDULE_ACTIVITY_TASK_COMMAND_ATTRIBUTES)
            atomic_fetch_add(
                &self->eager,
                request->commands[i]
                    ->schedule_activity_task_command_attributes->request_eager_execution);
    protobuf_c_message_free_unpacked(&request->base, NULL);
    atomic_fetch_add(&self->answers, 1);
}

/* With an activity, whether it was asked for or not. */
static void give_activity(test_call *call)
{
    Tp__Common__ActivityType type;
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__PollActivityTaskQueueResponse activity, *list[] = { &activity };
    Tp__Ws__RespondWorkflowTaskCompletedResponse response;
    tp_buffer packed = { 0 };
    char name[] = "begin_late", id[] = "1", token[] = "activity", run_id[] = RUN_ID;

    tp__common__activity_type__init(&type);
    type.name = name;
    tp__common__workflow_execution__init(&execution);
    execution.workflow_id = id;
    execution.run_id = run_id;
    tp__ws__poll_activity_task_queue_response__init(&activity);
    activity.task_token = (ProtobufCBinaryData){ sizeof token, (uint8_t *)token };
    activity.activity_id = id;
    activity.activity_type = &type;
    activity.workflow_execution = &execution;
    tp__ws__respond_workflow_task_completed_response__init(&response);
    response.activity_tasks = list;
    response.n_activity_tasks = 1;
    tp_message_pack(&packed, &response.base);
    test_call_answer(call, &(test_answer){ .message = packed.data, .size = packed.size });
    tp_buffer_done(&packed);
}

static void serve(void *data, test_call *call)
{
    const char *method = test_call_method(call);

    if (strcmp(method, "PollActivityTaskQueue") == 0) {
        keep_poll(data, call);
    } else if (strcmp(method, "PollWorkflowTaskQueue") == 0) {
        give_task(data, call);
    } else if (strcmp(method, "RespondWorkflowTaskCompleted") == 0) {
        count_eager(data, call);
        give_activity(call);
    } else if (strcmp(method, "ShutdownWorker") == 0) {
        test_call_answer(call,
                         &(test_answer){ .status = UNIMPLEMENTED }); /* cancels polls itself */
    } else {
        test_call_answer(call, &(test_answer){ .status = 0 });
    }
}

static void open_server(server *self)
{
    char token[] = "workflow";
    history_builder history;
    Tp__Ws__PollWorkflowTaskQueueResponse *task;

    history_init(&history, "take_long", NULL);
    history_task(&history);
    task = history_poll(&history, 1);
    task->task_token = (ProtobufCBinaryData){ sizeof token, (uint8_t *)token };
    tp_message_pack(&self->task, &task->base);
    history_done(&history);
    self->grpc = test_grpc_start(&(test_grpc_service){ serve, end, self }, 0, NULL);
}

static void close_server(server *self)
{
    test_grpc_stop(self->grpc);
    tp_buffer_done(&self->task);
}

/* --- the test --------------------------------------------------------------------------------- */

static void W3_no_activity_begins_when_those_of_the_worker_have_ended(void **state)
{
    static server self;
    temporal_client *client;
    temporal_worker *worker;

    (void)state;
    open_server(&self);
    client = test_connect_to(test_grpc_target(self.grpc));
    worker = test_worker_start(client, .task_queue = "q",
                               .workflows = TEMPORAL_WORKFLOWS(&take_long_workflow),
                               .async.activities = TEMPORAL_ACTIVITIES(&begin_late_activity),
                               .deadlock_timeout = 2 * TEST_PATIENCE);
    test_wait_for(atomic_load(&is_in_workflow) && atomic_load(&self.waiting) > 0);
    temporal_worker_shutdown(worker);
    test_wait_for(atomic_load(&self.waiting) == 0);
    test_pause(); /* for the worker to hear of the polls that it has cancelled, too */
    atomic_store(&may_go_on, true);
    test_worker_stop(worker);
    temporal_client_free(client);
    close_server(&self);

    assert_int_equal(atomic_load(&self.answers), 1);
    assert_int_equal(atomic_load(&self.eager), 0);
    assert_int_equal(atomic_load(&beginnings), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(W3_no_activity_begins_when_those_of_the_worker_have_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
