/* SPDX-License-Identifier: MIT */
/* test_handle.c -- what is done to a workflow through its handle, and what is read of it. */
#include <string.h>

#include "base/error.h"
#include "converter/payload.h"
#include "tests/client/connected.h"
#include "tests/client/tiny_worker.h"

static temporal_handle *start_on(const char *queue)
{
    temporal_handle *handle = NULL;

    assert_ok(tiny_start(client, &handle, .id = test_unique("workflow"), .task_queue = queue));
    return handle;
}

/* --- signals, cancellation, termination ------------------------------------------------------- */

static void signals_arrive_with_their_inputs(void **state)
{
    const temporal_string word = "hello";
    const temporal_int number = 7;
    const temporal_argument inputs[] = { { temporal_string_type(), &word },
                                         { temporal_int_type(), &number } };
    const Tp__History__WorkflowExecutionSignaledEventAttributes *event = NULL;
    temporal_handle *handle = start_on("queue");
    const Tp__History__History *history;
    temporal_int read = 0;
    tp_arena arena;

    (void)state;
    assert_ok(temporal_handle_signal(handle, "greet", inputs, 2));
    assert_ok(temporal_handle_signal(handle, "bare", NULL, 0));
    assert_int_equal(
        tiny_count_events(handle, TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED),
        2);
    tp_arena_init(&arena);
    history = tiny_history(handle, &arena);
    for (size_t i = 0; i < history->n_events && !event; i++)
        event = history->events[i]->event_type ==
                        TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
                    ? history->events[i]->workflow_execution_signaled_event_attributes
                    : NULL;
    assert_string_equal(event->signal_name, "greet");
    assert_string_equal(event->identity, client->identity);
    assert_ok(tp_payloads_read(&arena, event->input, 1, temporal_int_type(), &read));
    assert_int_equal(read, 7);
    tp_arena_done(&arena);
    temporal_handle_free(handle);
}

static void a_workflow_that_has_ended_takes_no_signals(void **state)
{
    temporal_handle *handle = start_on("queue");

    (void)state;
    assert_ok(temporal_handle_terminate(handle, "over", NULL, 0));
    assert_fails(temporal_handle_signal(handle, "late", NULL, 0), NOT_FOUND,
                 "SignalWorkflowExecution");
    assert_ok(temporal_handle_cancel(handle)); /* the server takes it for done */
    assert_fails(temporal_handle_terminate(handle, "again", NULL, 0), NOT_FOUND,
                 "TerminateWorkflowExecution");
    temporal_handle_free(handle);
}

static void a_handle_of_an_older_start_does_not_end_a_newer_workflow(void **state)
{
    const char *id = test_unique("workflow");
    temporal_handle *old = NULL, *young = NULL;

    (void)state;
    assert_ok(tiny_start(client, &old, .id = id, .task_queue = "queue"));
    assert_ok(temporal_handle_terminate(old, "over", NULL, 0));
    assert_ok(tiny_start(client, &young, .id = id, .task_queue = "queue"));
    assert_fails(temporal_handle_terminate(old, "again", NULL, 0), NOT_FOUND, "");
    assert_int_equal(test_describe(young)->status, TEMPORAL_STATUS_RUNNING);
    temporal_handle_free(young);
    temporal_handle_free(old);
}

static void names_that_are_missing_are_said(void **state)
{
    temporal_handle *handle = NULL;
    temporal_int answer = 0;

    (void)state;
    assert_fails(temporal_client_get_handle(client, NULL, NULL, &handle), INVALID_ARGUMENT,
                 "workflow id");
    assert_fails(temporal_client_get_handle(NULL, "x", NULL, &handle), INVALID_ARGUMENT, "client");
    assert_null(handle);
    assert_ok(temporal_client_get_handle(client, "x", NULL, &handle));
    assert_fails(temporal_handle_signal(handle, "", NULL, 0), INVALID_ARGUMENT, "signal's name");
    assert_fails(temporal_handle_signal(handle, "\xff", NULL, 0), INVALID_ARGUMENT, "UTF-8");
    assert_fails(temporal_handle_query(handle, NULL, NULL, 0, temporal_int_type(), &answer),
                 INVALID_ARGUMENT, "query's name");
    assert_fails(temporal_handle_signal(NULL, "x", NULL, 0), INVALID_ARGUMENT, "handle is NULL");
    assert_fails(temporal_handle_cancel(NULL), INVALID_ARGUMENT, "handle is NULL");
    temporal_handle_free(handle);
}

/* --- queries ---------------------------------------------------------------------------------- */

typedef struct asking {
    temporal_handle *handle;
    temporal_int answer;
    temporal_error *error;
} asking;

static void ask(void *data)
{
    asking *self = data;

    self->error = temporal_handle_query(self->handle, "progress", NULL, 0, temporal_int_type(),
                                        &self->answer);
}

static void a_query_is_answered_by_a_worker(void **state)
{
    const char *queue = test_unique("queue");
    const temporal_int progress = 42;
    asking self = { .handle = start_on(queue) };
    tiny_thread *thread;

    (void)state;
    tiny_wait(client, queue); /* a workflow answers once its first task is done */
    thread = tiny_run(ask, &self);
    tiny_answer(client, queue, "progress", temporal_int_type(), &progress);
    tiny_join(thread);
    assert_ok(self.error);
    assert_int_equal(self.answer, 42);
    temporal_handle_free(self.handle);
}

static void a_query_that_fails_says_what_the_worker_said(void **state)
{
    const char *queue = test_unique("queue");
    asking self = { .handle = start_on(queue) };
    tiny_thread *thread;

    (void)state;
    tiny_wait(client, queue);
    thread = tiny_run(ask, &self);
    tiny_refuse(client, queue, "there is no query of that name");
    tiny_join(thread);
    assert_fails(self.error, QUERY_REJECTED, "there is no query of that name");
    temporal_handle_free(self.handle);
}

static void a_query_that_no_worker_answers_ends_in_time(void **state)
{
    const char *queue = test_unique("queue");
    temporal_client *hasty = NULL;
    temporal_handle *started = start_on(queue), *handle = NULL;
    temporal_int answer = 0;
    temporal_error *error;

    (void)state;
    tiny_wait(client, queue);
    assert_ok(temporal_client_copy(&hasty, client, .rpc_timeout = 0.5));
    assert_ok(temporal_client_get_handle(hasty, temporal_handle_id(started), NULL, &handle));
    error = temporal_handle_query(handle, "progress", NULL, 0, temporal_int_type(), &answer);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_TIMEOUT);
    assert_contains(temporal_error_message(error), "QueryWorkflow");
    temporal_error_free(error);
    temporal_handle_free(handle);
    temporal_handle_free(started);
    temporal_client_free(hasty);
}

/* --- describe --------------------------------------------------------------------------------- */

static void a_description_tells_of_pending_activities(void **state)
{
    const char *queue = test_unique("queue");
    const temporal_int offset = 4711;
    const temporal_argument details = { temporal_int_type(), &offset };
    const temporal_workflow_description *description;
    const temporal_pending_activity *pending;
    temporal_handle *handle = start_on(queue);
    temporal_int read = 0;
    tiny_activity activity;
    int reason = -1;

    (void)state;
    assert_int_equal(test_describe(handle)->pending_activity_count, 0);
    tiny_schedule(client, queue, "a-1", TEST_PATIENCE, 1);
    test_wait_for(test_describe(handle)->pending_activity_count == 1);
    pending = test_describe(handle)->pending_activities;
    assert_string_equal(pending->activity_id, "a-1");
    assert_string_equal(pending->activity_type, "work");
    assert_false(pending->started);
    assert_int_equal(pending->heartbeat_details_count, 0);

    tiny_take(&activity, client, queue);
    assert_ok(temporal_client_heartbeat_activity(client, &activity.by_token, &details, 1, &reason));
    description = test_describe(handle);
    assert_int_equal(description->pending_activity_count, 1);
    pending = description->pending_activities;
    assert_true(pending->started);
    assert_false(pending->cancel_requested);
    assert_int_equal(pending->attempt, 1);
    assert_string_equal(pending->last_failure, "");
    assert_string_equal(pending->last_worker_identity, client->identity);
    assert_int_equal(pending->heartbeat_details_count, 1);
    assert_ok(temporal_value_get(&pending->heartbeat_details[0], temporal_int, &read));
    assert_int_equal(read, 4711);
    tiny_activity_done(&activity);
    temporal_handle_free(handle);
}

static void a_description_tells_the_last_failure_of_an_activity(void **state)
{
    const char *queue = test_unique("queue");
    temporal_error *failure = temporal_error_application("Flaky", "the disk is full");
    const temporal_pending_activity *pending;
    temporal_handle *handle = start_on(queue);
    tiny_activity activity;

    (void)state;
    tiny_schedule(client, queue, "a-1", 0, 5);
    tiny_take(&activity, client, queue);
    assert_ok(temporal_client_fail_activity(client, &activity.by_token, failure));
    tiny_activity_done(&activity);
    pending = test_describe(handle)->pending_activities;
    assert_int_equal(pending->attempt, 2);
    assert_string_equal(pending->last_failure, "the disk is full");
    temporal_error_free(failure);
    temporal_handle_free(handle);
}

static void a_description_of_nobody_is_not_found(void **state)
{
    const temporal_workflow_description *description = NULL;
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_client_get_handle(client, test_unique("nobody"), NULL, &handle));
    assert_fails(temporal_handle_describe(handle, &description), NOT_FOUND, "");
    assert_null(description);
    temporal_handle_free(handle);
}

/* --- history ---------------------------------------------------------------------------------- */

static void send_signals(void *data)
{
    for (int i = 0; i < 350; i++)
        assert_ok(temporal_handle_signal(data, "more", NULL, 0));
}

static void a_history_of_many_pages_is_fetched_whole(void **state)
{
    enum {
        THREADS = 4
    };
    tiny_thread *threads[THREADS];
    temporal_handle *handle = start_on("queue"), *handles[THREADS];
    const Tp__History__History *history;
    temporal_bytes first = { 0 };
    tp_arena arena;

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        handles[i] = NULL;
        assert_ok(
            temporal_client_get_handle(client, temporal_handle_id(handle), NULL, &handles[i]));
        threads[i] = tiny_run(send_signals, handles[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        tiny_join(threads[i]);
        temporal_handle_free(handles[i]);
    }
    assert_ok(temporal_handle_fetch_history(handle, &first));
    tp_arena_init(&arena);
    history = tiny_history(handle, &arena);
    assert_in_range(history->n_events, 1402, 1410); /* the start, a task, and the signals */
    for (size_t i = 0; i < history->n_events; i++)
        assert_int_equal(history->events[i]->event_id, i + 1);
    assert_true(first.size > 0); /* both live until they are released */
    tp_arena_done(&arena);
    temporal_handle_free(handle);
}

static void a_history_of_nobody_is_not_found(void **state)
{
    temporal_bytes history = { 0 };
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_client_get_handle(client, test_unique("nobody"), NULL, &handle));
    assert_fails(temporal_handle_fetch_history(handle, &history), NOT_FOUND, "");
    assert_null(history.data);
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_arrive_with_their_inputs),
        cmocka_unit_test(a_workflow_that_has_ended_takes_no_signals),
        cmocka_unit_test(a_handle_of_an_older_start_does_not_end_a_newer_workflow),
        cmocka_unit_test(names_that_are_missing_are_said),
        cmocka_unit_test(a_query_is_answered_by_a_worker),
        cmocka_unit_test(a_query_that_fails_says_what_the_worker_said),
        cmocka_unit_test(a_query_that_no_worker_answers_ends_in_time),
        cmocka_unit_test(a_description_tells_of_pending_activities),
        cmocka_unit_test(a_description_tells_the_last_failure_of_an_activity),
        cmocka_unit_test(a_description_of_nobody_is_not_found),
        cmocka_unit_test(a_history_of_many_pages_is_fetched_whole),
        cmocka_unit_test(a_history_of_nobody_is_not_found),
    };

    return cmocka_run_group_tests(tests, open_client, close_client);
}
