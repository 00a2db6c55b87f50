/* SPDX-License-Identifier: MIT */
/* test_start.c -- starting workflows: what the server is told, and what it refuses. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "converter/message.h"
#include "converter/payload.h"
#include "tests/client/connected.h"
#include "tests/client/tiny_worker.h"

/* --- what it is told -------------------------------------------------------------------------- */

static void a_started_workflow_has_a_run(void **state)
{
    const char *id = test_unique("workflow");
    temporal_handle *handle = NULL;
    const temporal_workflow_description *description;

    (void)state;
    assert_ok(tiny_start(client, &handle, .id = id, .task_queue = "queue"));
    assert_string_equal(temporal_handle_id(handle), id);
    description = test_describe(handle);
    assert_string_equal(description->id, id);
    assert_string_equal(description->run_id, temporal_handle_run_id(handle));
    assert_string_equal(description->workflow_type, "work");
    assert_string_equal(description->task_queue, "queue");
    assert_int_equal(description->status, TEMPORAL_STATUS_RUNNING);
    assert_true(description->start_time > 0);
    assert_int_equal(description->close_time, 0);
    assert_null(description->parent_id);
    temporal_handle_free(handle);
}

static void inputs_arrive_in_their_order(void **state)
{
    const temporal_string name = "na\xc3\xafve";
    const temporal_int number = INT64_C(9007199254740993);
    const temporal_argument inputs[] = { { temporal_string_type(), &name },
                                         { temporal_int_type(), &number } };
    const Tp__History__WorkflowExecutionStartedEventAttributes *started;
    temporal_string read_name = NULL;
    temporal_int read_number = 0;
    temporal_handle *handle = NULL;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    assert_ok(temporal_client_start_workflow(client, "two", inputs, 2, &handle,
                                             TEMPORAL_OPTIONS(temporal_start_options,
                                                              .id = test_unique("workflow"),
                                                              .task_queue = "queue")));
    started = tiny_started(handle, &arena);
    assert_string_equal(started->workflow_type->name, "two");
    assert_int_equal(started->input->n_payloads, 2);
    assert_ok(tp_payloads_read(&arena, started->input, 0, temporal_string_type(), &read_name));
    assert_ok(tp_payloads_read(&arena, started->input, 1, temporal_int_type(), &read_number));
    assert_string_equal(read_name, name);
    assert_true(read_number == number);
    tp_arena_done(&arena);
    temporal_handle_free(handle);
}

static void every_option_reaches_the_server(void **state)
{
    const temporal_retry_policy retry = { .initial_interval = 2,
                                          .backoff_coefficient = 1.5,
                                          .maximum_interval = 7,
                                          .maximum_attempts = 3 };
    const Tp__History__WorkflowExecutionStartedEventAttributes *started;
    temporal_handle *handle = NULL;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    assert_ok(tiny_start(client, &handle, .id = test_unique("workflow"), .task_queue = "queue",
                         .execution_timeout = 3600, .run_timeout = 600, .task_timeout = 5,
                         .start_delay = 300, .retry = &retry));
    started = tiny_started(handle, &arena);
    assert_true(tp_message_seconds(started->workflow_execution_timeout) == 3600);
    assert_true(tp_message_seconds(started->workflow_run_timeout) == 600);
    assert_true(tp_message_seconds(started->workflow_task_timeout) == 5);
    assert_true(tp_message_seconds(started->first_workflow_task_backoff) == 300);
    assert_true(tp_message_seconds(started->retry_policy->initial_interval) == 2);
    assert_true(started->retry_policy->backoff_coefficient == 1.5);
    assert_true(tp_message_seconds(started->retry_policy->maximum_interval) == 7);
    assert_int_equal(started->retry_policy->maximum_attempts, 3);
    assert_string_equal(started->identity, client->identity);
    assert_string_equal(started->original_execution_run_id, temporal_handle_run_id(handle));
    temporal_handle_free(handle);

    assert_ok(tiny_start(client, &handle, .id = test_unique("workflow"), .task_queue = "queue",
                         .cron = "0 12 * * *"));
    started = tiny_started(handle, &arena);
    assert_string_equal(started->cron_schedule, "0 12 * * *");
    assert_ok(temporal_handle_terminate(handle, NULL, NULL, 0));
    temporal_handle_free(handle);
    tp_arena_done(&arena);
}

/* --- ids -------------------------------------------------------------------------------------- */

static void an_id_in_use_is_already_started_and_names_the_run(void **state)
{
    const char *id = test_unique("workflow");
    temporal_handle *handle = NULL, *second = NULL;
    temporal_error *error;

    (void)state;
    assert_ok(tiny_start(client, &handle, .id = id, .task_queue = "queue"));
    error = tiny_start(client, &second, .id = id, .task_queue = "queue");
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_ALREADY_STARTED);
    assert_contains(temporal_error_message(error), id);
    assert_contains(temporal_error_message(error), temporal_handle_run_id(handle));
    assert_null(second);
    temporal_error_free(error);
    temporal_handle_free(handle);
}

static void an_id_in_use_may_mean_the_workflow_that_runs(void **state)
{
    const char *id = test_unique("workflow");
    temporal_handle *handle = NULL, *second = NULL;

    (void)state;
    assert_ok(tiny_start(client, &handle, .id = id, .task_queue = "queue"));
    assert_ok(tiny_start(client, &second, .id = id, .task_queue = "queue",
                         .id_conflict = TEMPORAL_ID_CONFLICT_USE_EXISTING));
    assert_string_equal(temporal_handle_run_id(second), temporal_handle_run_id(handle));
    temporal_handle_free(second);
    temporal_handle_free(handle);
}

static void an_id_in_use_may_end_the_workflow_that_runs(void **state)
{
    const char *id = test_unique("workflow");
    temporal_handle *handle = NULL, *second = NULL;

    (void)state;
    assert_ok(tiny_start(client, &handle, .id = id, .task_queue = "queue"));
    assert_ok(tiny_start(client, &second, .id = id, .task_queue = "queue",
                         .id_conflict = TEMPORAL_ID_CONFLICT_TERMINATE_EXISTING));
    assert_string_not_equal(temporal_handle_run_id(second), temporal_handle_run_id(handle));
    assert_fails(temporal_handle_result(handle, temporal_none_type(), NULL), TERMINATED, id);
    assert_int_equal(test_describe(second)->status, TEMPORAL_STATUS_RUNNING);
    temporal_handle_free(second);
    temporal_handle_free(handle);
}

static void an_id_of_the_past_is_reused_as_the_policy_says(void **state)
{
    const char *queue = test_unique("queue"), *failed = test_unique("failed"),
               *completed = test_unique("completed");
    temporal_error *failure = temporal_error_application("Bad", "as it happens");
    temporal_handle *handle = NULL, *again = NULL;

    (void)state;
    assert_ok(tiny_start(client, &handle, .id = failed, .task_queue = queue));
    tiny_fail(client, queue, failure);
    temporal_handle_free(handle);
    assert_ok(tiny_start(client, &handle, .id = completed, .task_queue = queue));
    tiny_complete(client, queue, NULL, NULL);
    temporal_handle_free(handle);

    assert_fails(tiny_start(client, &again, .id = completed, .task_queue = queue,
                            .id_reuse = TEMPORAL_ID_REUSE_REJECT),
                 ALREADY_STARTED, completed);
    assert_fails(tiny_start(client, &again, .id = completed, .task_queue = queue,
                            .id_reuse = TEMPORAL_ID_REUSE_ALLOW_FAILED_ONLY),
                 ALREADY_STARTED, completed);
    assert_fails(tiny_start(client, &again, .id = failed, .task_queue = queue,
                            .id_reuse = TEMPORAL_ID_REUSE_REJECT),
                 ALREADY_STARTED, failed);
    assert_null(again);
    assert_ok(tiny_start(client, &again, .id = failed, .task_queue = queue,
                         .id_reuse = TEMPORAL_ID_REUSE_ALLOW_FAILED_ONLY));
    temporal_handle_free(again);
    assert_ok(tiny_start(client, &again, .id = completed, .task_queue = queue));
    temporal_handle_free(again);
    temporal_error_free(failure);
}

/* --- signal-with-start ------------------------------------------------------------------------ */

static void signal_with_start_starts_once_and_signals_each_time(void **state)
{
    const char *id = test_unique("workflow");
    const temporal_string word = "hello";
    const temporal_argument input = { temporal_string_type(), &word };
    const Tp__History__History *history;
    temporal_handle *first = NULL, *second = NULL;
    temporal_string read = NULL;
    size_t signals = 0;
    tp_arena arena;

    (void)state;
    assert_ok(tiny_start(client, &first, .id = id, .task_queue = "queue", .signal = "greet",
                         .signal_inputs = &input, .signal_input_count = 1));
    assert_ok(tiny_start(client, &second, .id = id, .task_queue = "queue", .signal = "greet",
                         .signal_inputs = &input, .signal_input_count = 1));
    assert_string_equal(temporal_handle_run_id(first), temporal_handle_run_id(second));

    tp_arena_init(&arena);
    history = tiny_history(first, &arena);
    for (size_t i = 0; i < history->n_events; i++) {
        const Tp__History__HistoryEvent *event = history->events[i];

        if (event->event_type != TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
            continue;
        signals++;
        assert_string_equal(event->workflow_execution_signaled_event_attributes->signal_name,
                            "greet");
        assert_ok(tp_payloads_read(&arena,
                                   event->workflow_execution_signaled_event_attributes->input, 0,
                                   temporal_string_type(), &read));
        assert_string_equal(read, "hello");
    }
    assert_int_equal(signals, 2);
    tp_arena_done(&arena);
    temporal_handle_free(second);
    temporal_handle_free(first);
}

/* --- refused ---------------------------------------------------------------------------------- */

static void what_is_missing_or_wrong_is_said_at_once(void **state)
{
    const temporal_retry_policy retry = { .backoff_coefficient = 0.5 };
    temporal_handle *handle = NULL;

    (void)state;
    assert_fails(tiny_start(client, &handle, .task_queue = "q"), INVALID_ARGUMENT,
                 ".id is required");
    assert_fails(tiny_start(client, &handle, .id = "", .task_queue = "q"), INVALID_ARGUMENT,
                 ".id is required");
    assert_fails(tiny_start(client, &handle, .id = "x"), INVALID_ARGUMENT,
                 ".task_queue is required");
    assert_fails(tiny_start(client, &handle, .id = "\xc3(", .task_queue = "q"), INVALID_ARGUMENT,
                 ".id is not UTF-8");
    assert_fails(tiny_start(client, &handle, .id = "x", .task_queue = "q", .run_timeout = -1),
                 INVALID_ARGUMENT, ".run_timeout");
    assert_fails(
        tiny_start(client, &handle, .id = "x", .task_queue = "q", .execution_timeout = (double)NAN),
        INVALID_ARGUMENT, ".execution_timeout");
    assert_fails(tiny_start(client, &handle, .id = "x", .task_queue = "q", .retry = &retry),
                 INVALID_ARGUMENT, ".retry");
    assert_fails(
        tiny_start(client, &handle, .id = "x", .task_queue = "q", .id_reuse = (temporal_id_reuse)9),
        INVALID_ARGUMENT, ".id_reuse");
    assert_fails(tiny_start(client, &handle, .id = "x", .task_queue = "q", .signal = ""),
                 INVALID_ARGUMENT, ".signal");
    assert_fails(tiny_start(NULL, &handle, .id = "x", .task_queue = "q"), INVALID_ARGUMENT,
                 "client is NULL");
    assert_fails(temporal_client_start_workflow(
                     client, "", NULL, 0, &handle,
                     TEMPORAL_OPTIONS(temporal_start_options, .id = "x", .task_queue = "q")),
                 INVALID_ARGUMENT, "name is required");
    assert_null(handle);
}

static void what_the_server_refuses_is_passed_on(void **state)
{
    temporal_handle *handle = NULL;

    (void)state;
    assert_fails(tiny_start(client, &handle, .id = test_unique("workflow"), .task_queue = "queue",
                            .cron = "at teatime"),
                 INVALID_ARGUMENT, "StartWorkflowExecution");
    assert_null(handle);
}

static void an_input_that_does_not_encode_is_not_sent(void **state)
{
    const char *id = test_unique("workflow");
    const temporal_double not_a_number = (double)NAN;
    const temporal_argument input = { temporal_double_type(), &not_a_number };
    const temporal_workflow_description *description = NULL;
    temporal_handle *handle = NULL;

    (void)state;
    assert_fails(temporal_client_start_workflow(
                     client, "work", &input, 1, &handle,
                     TEMPORAL_OPTIONS(temporal_start_options, .id = id, .task_queue = "queue")),
                 CONVERSION, "");
    assert_null(handle);
    assert_ok(temporal_client_get_handle(client, id, NULL, &handle));
    assert_fails(temporal_handle_describe(handle, &description), NOT_FOUND, "");
    temporal_handle_free(handle);
}

static void an_input_over_the_servers_limit_is_refused_by_name(void **state)
{
    static char large[5 * 1024 * 1024];
    const temporal_bytes input_bytes = { large, sizeof large };
    const temporal_argument input = { temporal_bytes_type(), &input_bytes };
    temporal_handle *handle = NULL;
    temporal_error *error;

    (void)state;
    error = temporal_client_start_workflow(client, "work", &input, 1, &handle,
                                           TEMPORAL_OPTIONS(temporal_start_options,
                                                            .id = test_unique("workflow"),
                                                            .task_queue = "queue"));
    assert_contains(temporal_error_message(error), "StartWorkflowExecution");
    assert_contains(temporal_error_message(error), "larger than max");
    assert_false(temporal_error_is_retryable(error));
    temporal_error_free(error);
    assert_null(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_started_workflow_has_a_run),
        cmocka_unit_test(inputs_arrive_in_their_order),
        cmocka_unit_test(every_option_reaches_the_server),
        cmocka_unit_test(an_id_in_use_is_already_started_and_names_the_run),
        cmocka_unit_test(an_id_in_use_may_mean_the_workflow_that_runs),
        cmocka_unit_test(an_id_in_use_may_end_the_workflow_that_runs),
        cmocka_unit_test(an_id_of_the_past_is_reused_as_the_policy_says),
        cmocka_unit_test(signal_with_start_starts_once_and_signals_each_time),
        cmocka_unit_test(what_is_missing_or_wrong_is_said_at_once),
        cmocka_unit_test(what_the_server_refuses_is_passed_on),
        cmocka_unit_test(an_input_that_does_not_encode_is_not_sent),
        cmocka_unit_test(an_input_over_the_servers_limit_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, open_client, close_client);
}
