/* SPDX-License-Identifier: MIT */
/* test_async_completion.c -- activities that are ended, or kept alive, from outside. */
#include <string.h>

#include <temporal/activity.h>

#include "base/error.h"
#include "converter/failure.h"
#include "converter/text.h"
#include "tests/client/connected.h"
#include "tests/client/tiny_worker.h"

/* One workflow with one activity that has been taken. */
typedef struct scene {
    const char *queue;
    temporal_handle *handle;
    tiny_activity activity;
} scene;

static void open_scene(scene *self, int attempts)
{
    *self = (scene){ .queue = test_unique("queue") };
    assert_ok(tiny_start(client, &self->handle, .id = test_unique("workflow"),
                         .task_queue = self->queue));
    tiny_schedule(client, self->queue, "a-1", TEST_PATIENCE, attempts);
    tiny_take(&self->activity, client, self->queue);
}

static void close_scene(scene *self)
{
    tiny_activity_done(&self->activity);
    temporal_handle_free(self->handle);
}

/* What the history says of the activity's end. */
static size_t count(const scene *self, Tp__Enums__EventType type)
{
    return tiny_count_events(self->handle, type);
}

/* --- ends ------------------------------------------------------------------------------------- */

static void an_activity_is_completed_by_token_or_by_id(void **state)
{
    const temporal_string result = "done";

    (void)state;
    for (int by_id = 0; by_id < 2; by_id++) {
        scene self;
        const temporal_activity_target *target;

        open_scene(&self, 1);
        target = by_id ? &self.activity.by_id : &self.activity.by_token;
        assert_ok(
            temporal_client_complete_activity(client, target, temporal_string_type(), &result));
        assert_int_equal(count(&self, TP__ENUMS__EVENT_TYPE__EVENT_TYPE_ACTIVITY_TASK_COMPLETED),
                         1);
        assert_fails(
            temporal_client_complete_activity(client, target, temporal_string_type(), &result),
            NOT_FOUND, "RespondActivityTaskCompleted");
        close_scene(&self);
    }
}

static void an_activity_without_a_result_is_completed(void **state)
{
    scene self;

    (void)state;
    open_scene(&self, 1);
    assert_ok(temporal_client_complete_activity(client, &self.activity.by_token,
                                                temporal_none_type(), &TEMPORAL_NONE));
    assert_int_equal(count(&self, TP__ENUMS__EVENT_TYPE__EVENT_TYPE_ACTIVITY_TASK_COMPLETED), 1);
    close_scene(&self);
}

static void an_activity_is_failed_by_token_or_by_id(void **state)
{
    temporal_error *failure = temporal_error_application("Refused", "the bank says no");

    (void)state;
    for (int by_id = 0; by_id < 2; by_id++) {
        scene self;

        open_scene(&self, 1);
        assert_ok(temporal_client_fail_activity(
            client, by_id ? &self.activity.by_id : &self.activity.by_token, failure));
        assert_int_equal(count(&self, TP__ENUMS__EVENT_TYPE__EVENT_TYPE_ACTIVITY_TASK_FAILED), 1);
        close_scene(&self);
    }
    temporal_error_free(failure);
}

/* The server takes application failures only; an error of any code has to get there. */
static const Tp__Failure__Failure *failure_of(const scene *self, tp_arena *arena)
{
    const Tp__History__History *history = tiny_history(self->handle, arena);

    for (size_t i = 0; i < history->n_events; i++) {
        if (history->events[i]->event_type ==
            TP__ENUMS__EVENT_TYPE__EVENT_TYPE_ACTIVITY_TASK_FAILED)
            return history->events[i]->activity_task_failed_event_attributes->failure;
    }
    return NULL;
}

static void an_error_of_any_code_fails_an_activity(void **state)
{
    static const temporal_error_code codes[] = { TEMPORAL_ERROR_TIMEOUT, TEMPORAL_ERROR_CANCELLED,
                                                 TEMPORAL_ERROR_SYSTEM, TEMPORAL_ERROR_ACTIVITY,
                                                 TEMPORAL_ERROR_WORKFLOW };

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        temporal_error *failure = temporal_error_new(codes[i], "of code %d", (int)codes[i]), *read;
        tp_arena arena;
        scene self;

        open_scene(&self, 1);
        assert_ok(temporal_client_fail_activity(client, &self.activity.by_token, failure));
        tp_arena_init(&arena);
        read = tp_failure_to_error(failure_of(&self, &arena));
        assert_int_equal(temporal_error_get_code(read), TEMPORAL_ERROR_APPLICATION);
        assert_contains(temporal_error_message(read), temporal_error_message(failure));
        temporal_error_free(read);
        tp_arena_done(&arena);
        close_scene(&self);
        temporal_error_free(failure);
    }
}

static void an_activity_is_cancelled_when_that_was_asked_for(void **state)
{
    const temporal_string detail = "stopped at page 3";
    const temporal_argument details = { temporal_string_type(), &detail };

    (void)state;
    for (int by_id = 0; by_id < 2; by_id++) {
        scene self;
        const temporal_activity_target *target;

        open_scene(&self, 1);
        target = by_id ? &self.activity.by_id : &self.activity.by_token;
        assert_fails(temporal_client_cancel_activity(client, target, &details, 1), INVALID_ARGUMENT,
                     "RespondActivityTaskCanceled"); /* nobody has asked yet */
        assert_ok(temporal_handle_signal(self.handle, "stop", NULL, 0));
        tiny_cancel_activity(client, self.queue);
        assert_ok(temporal_client_cancel_activity(client, target, &details, 1));
        assert_int_equal(count(&self, TP__ENUMS__EVENT_TYPE__EVENT_TYPE_ACTIVITY_TASK_CANCELED), 1);
        close_scene(&self);
    }
}

/* --- heartbeats ------------------------------------------------------------------------------- */

static int beat(const temporal_activity_target *target)
{
    const temporal_int offset = 7;
    const temporal_argument details = { temporal_int_type(), &offset };
    int reason = -1;

    assert_ok(temporal_client_heartbeat_activity(client, target, &details, 1, &reason));
    return reason;
}

static void a_heartbeat_tells_of_a_request_to_cancel(void **state)
{
    scene self;

    (void)state;
    open_scene(&self, 1);
    assert_int_equal(beat(&self.activity.by_token), TEMPORAL_CANCEL_NONE);
    assert_int_equal(beat(&self.activity.by_id), TEMPORAL_CANCEL_NONE);
    assert_ok(temporal_handle_signal(self.handle, "stop", NULL, 0));
    tiny_cancel_activity(client, self.queue);
    assert_int_equal(beat(&self.activity.by_token), TEMPORAL_CANCEL_REQUESTED);
    assert_int_equal(beat(&self.activity.by_id), TEMPORAL_CANCEL_REQUESTED);
    close_scene(&self);
}

static void call(const char *method, const ProtobufCMessage *request,
                 const ProtobufCMessageDescriptor *response)
{
    tp_arena arena;

    tp_arena_init(&arena);
    assert_ok(tp_client_call(
        client,
        &(const tp_call_options){ .method = method, .request = request, .response = response },
        &arena, NULL));
    tp_arena_done(&arena);
}

static void a_heartbeat_tells_of_a_pause(void **state)
{
    Tp__Ws__PauseActivityRequest request;
    Tp__Common__WorkflowExecution execution;
    scene self;

    (void)state;
    open_scene(&self, 5);
    tp__common__workflow_execution__init(&execution);
    execution.workflow_id = tp_text_lend(temporal_handle_id(self.handle));
    tp__ws__pause_activity_request__init(&request);
    request.namespace_ = client->namespace_name;
    request.execution = &execution;
    request.activity_case = TP__WS__PAUSE_ACTIVITY_REQUEST__ACTIVITY_ID;
    request.id = tp_text_lend("a-1");
    call("PauseActivity", &request.base, &tp__ws__pause_activity_response__descriptor);
    assert_int_equal(beat(&self.activity.by_token), TEMPORAL_CANCEL_PAUSED);
    assert_true(test_describe(self.handle)->pending_activities->paused);
    close_scene(&self);
}

static void a_heartbeat_tells_of_a_reset(void **state)
{
    Tp__Ws__ResetActivityRequest request;
    Tp__Common__WorkflowExecution execution;
    scene self;

    (void)state;
    open_scene(&self, 5);
    tp__common__workflow_execution__init(&execution);
    execution.workflow_id = tp_text_lend(temporal_handle_id(self.handle));
    tp__ws__reset_activity_request__init(&request);
    request.namespace_ = client->namespace_name;
    request.execution = &execution;
    request.activity_case = TP__WS__RESET_ACTIVITY_REQUEST__ACTIVITY_ID;
    request.id = tp_text_lend("a-1");
    call("ResetActivity", &request.base, &tp__ws__reset_activity_response__descriptor);
    assert_int_equal(beat(&self.activity.by_token), TEMPORAL_CANCEL_RESET);
    close_scene(&self);
}

static void a_heartbeat_for_an_activity_that_has_ended_is_not_found(void **state)
{
    int reason = -1;
    scene self;

    (void)state;
    open_scene(&self, 1);
    assert_ok(temporal_handle_terminate(self.handle, "over", NULL, 0));
    assert_fails(
        temporal_client_heartbeat_activity(client, &self.activity.by_token, NULL, 0, &reason),
        NOT_FOUND, "RecordActivityTaskHeartbeat");
    assert_int_equal(reason, -1);
    close_scene(&self);
}

/* --- refused ---------------------------------------------------------------------------------- */

static void a_target_needs_a_token_or_ids(void **state)
{
    const temporal_activity_target nothing = { .run_id = "x" };
    const temporal_activity_target half = { .workflow_id = "x" };
    const temporal_activity_target rubbish = { .task_token = { "rubbish", 7 } };
    temporal_error *failure = temporal_error_application("A", "b");
    int reason = 0;

    (void)state;
    assert_fails(temporal_client_complete_activity(client, &nothing, temporal_none_type(), NULL),
                 INVALID_ARGUMENT, ".task_token");
    assert_fails(temporal_client_fail_activity(client, &half, failure), INVALID_ARGUMENT,
                 ".activity_id");
    assert_fails(temporal_client_fail_activity(client, &rubbish, NULL), INVALID_ARGUMENT,
                 "failure is required");
    assert_fails(temporal_client_cancel_activity(NULL, &rubbish, NULL, 0), INVALID_ARGUMENT,
                 "client is NULL");
    assert_fails(temporal_client_heartbeat_activity(client, &rubbish, NULL, 0, &reason),
                 INVALID_ARGUMENT, "RecordActivityTaskHeartbeat");
    temporal_error_free(failure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_activity_is_completed_by_token_or_by_id),
        cmocka_unit_test(an_activity_without_a_result_is_completed),
        cmocka_unit_test(an_activity_is_failed_by_token_or_by_id),
        cmocka_unit_test(an_error_of_any_code_fails_an_activity),
        cmocka_unit_test(an_activity_is_cancelled_when_that_was_asked_for),
        cmocka_unit_test(a_heartbeat_tells_of_a_request_to_cancel),
        cmocka_unit_test(a_heartbeat_tells_of_a_pause),
        cmocka_unit_test(a_heartbeat_tells_of_a_reset),
        cmocka_unit_test(a_heartbeat_for_an_activity_that_has_ended_is_not_found),
        cmocka_unit_test(a_target_needs_a_token_or_ids),
    };

    return cmocka_run_group_tests(tests, open_client, close_client);
}
