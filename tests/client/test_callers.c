/* SPDX-License-Identifier: MIT */
/* test_callers.c -- who may use a client: threads wait, coroutines yield, workflows and activity
 * processes are told that they may not. */
#include <stdatomic.h>
#include <string.h>

#include "tests/client/connected.h"

static const char *address;

/* --- activities and a workflow that use it ---------------------------------------------------- */

TEMPORAL_ACTIVITY(use_client, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(use_client_itself, temporal_none, temporal_string)
TEMPORAL_WORKFLOW(run_use_client, temporal_int, temporal_string_list)

/* The id that the server knows that workflow by: asked as often as it takes to be suspended more
 * than once, and after an error that nobody frees. */
TEMPORAL_ACTIVITY_DEFINE(use_client)
temporal_error *use_client(temporal_activity *attempt, temporal_string id, temporal_string *found)
{
    const temporal_workflow_description *description = NULL;
    temporal_handle *handle = NULL, *nobody = NULL;
    temporal_client *own = client;
    temporal_error *error = TEMPORAL_OK;

    if (!own) /* a process */
        error = temporal_client_connect(&own, address);
    if (!error)
        error = temporal_client_get_handle(own, "nobody", NULL, &nobody);
    if (!error && temporal_error_get_code(temporal_handle_describe(nobody, &description)) !=
                      TEMPORAL_ERROR_NOT_FOUND)
        error = temporal_error_application("Unexpected", "nobody was found");
    if (!error)
        error = temporal_client_get_handle(own, id, NULL, &handle);
    for (int i = 0; !error && i < 10; i++) {
        temporal_handle_release_results(handle);
        error = temporal_handle_describe(handle, &description);
    }
    if (!error)
        *found = temporal_activity_format(attempt, "%s", description->id);
    temporal_handle_free(handle);
    temporal_handle_free(nobody);
    return error;
}

TEMPORAL_WORKFLOW_DEFINE(run_use_client)
temporal_error *run_use_client(temporal_workflow *run, temporal_int times,
                               temporal_string_list *found)
{
    static const temporal_retry_policy once = { .maximum_attempts = 1 };
    temporal_string *items = temporal_workflow_alloc(run, (size_t)times * sizeof *items);
    temporal_future **futures = temporal_workflow_alloc(run, (size_t)times * sizeof *futures);
    temporal_string id = temporal_workflow_get_info(run)->workflow_id;

    for (int i = 0; i < times; i++)
        futures[i] = temporal_start_activity(
            run, use_client, id, .start_to_close_timeout = TEST_PATIENCE, .retry = &once);
    for (int i = 0; i < times; i++)
        TEMPORAL_TRY(temporal_await_activity(run, use_client, futures[i], &items[i]));
    *found = (temporal_string_list){ items, (size_t)times };
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(use_client_itself)
temporal_error *use_client_itself(temporal_workflow *run, temporal_none none, temporal_string *said)
{
    temporal_handle *handle = NULL;
    temporal_error *error;

    (void)none;
    TEMPORAL_TRY(temporal_client_get_handle(client, "nobody", NULL, &handle));
    error = temporal_handle_signal(handle, "hello", NULL, 0);
    *said = temporal_workflow_format(run, "%s", temporal_error_message(error));
    temporal_handle_free(handle);
    return TEMPORAL_OK;
}

/* --- each executor ---------------------------------------------------------------------------- */

enum {
    TIMES = 20
};

static void run_on(temporal_worker *worker, const char *queue)
{
    const char *id = test_unique("workflow");
    temporal_handle *handle = NULL;
    temporal_string_list found = { 0 };

    assert_ok(temporal_worker_start(worker, client));
    assert_ok(temporal_execute_workflow(client, run_use_client, TIMES, &handle, &found, .id = id,
                                        .task_queue = queue));
    assert_int_equal(found.count, TIMES);
    for (size_t i = 0; i < found.count; i++)
        assert_string_equal(found.items[i], id);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void coroutines_use_a_client_and_yield(void **state)
{
    const char *queue = test_unique("queue");
    temporal_worker *worker = NULL;

    (void)state;
    assert_ok(temporal_worker_new(
        &worker, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&run_use_client_workflow),
        .async = { .activities = TEMPORAL_ACTIVITIES(&use_client_activity), .concurrency = 10 }));
    run_on(worker, queue);
}

static void threads_use_a_client_and_wait(void **state)
{
    const char *queue = test_unique("queue");
    temporal_worker *worker = NULL;

    (void)state;
    assert_ok(temporal_worker_new(
        &worker, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&run_use_client_workflow),
        .threads = { .activities = TEMPORAL_ACTIVITIES(&use_client_activity), .concurrency = 4 }));
    run_on(worker, queue);
}

static void an_activity_process_has_no_client(void **state)
{
    const char *queue = test_unique("queue");
    temporal_worker *worker = NULL;
    temporal_handle *handle = NULL;
    temporal_string_list found = { 0 };
    temporal_error *error;

    (void)state;
    assert_ok(temporal_worker_new(
        &worker, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&run_use_client_workflow),
        .processes = { .activities = TEMPORAL_ACTIVITIES(&use_client_activity),
                       .concurrency = 1 }));
    assert_ok(temporal_worker_start(worker, client));
    error = temporal_execute_workflow(client, run_use_client, 1, &handle, &found,
                                      .id = test_unique("workflow"), .task_queue = queue);
    assert_contains(temporal_error_message(assert_has(error, APPLICATION)),
                    "in an activity process there is no client");
    temporal_error_free(error);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void a_workflow_may_not_use_a_client(void **state)
{
    const char *queue = test_unique("queue");
    temporal_worker *worker = NULL;
    temporal_handle *handle = NULL;
    temporal_string said = NULL;

    (void)state;
    assert_ok(temporal_worker_new(&worker, .task_queue = queue,
                                  .workflows = TEMPORAL_WORKFLOWS(&use_client_itself_workflow)));
    assert_ok(temporal_worker_start(worker, client));
    assert_ok(temporal_execute_workflow(client, use_client_itself, TEMPORAL_NONE, &handle, &said,
                                        .id = test_unique("workflow"), .task_queue = queue));
    assert_contains(said, "SignalWorkflowExecution");
    assert_contains(said, "workflow code may not block");
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coroutines_use_a_client_and_yield),
        cmocka_unit_test(threads_use_a_client_and_wait),
        cmocka_unit_test(an_activity_process_has_no_client),
        cmocka_unit_test(a_workflow_may_not_use_a_client),
    };

    address = test_server_address(); /* known to the processes, too */
    if (temporal_error_report(temporal_fork_server_start()) != 0)
        return 1;
    return cmocka_run_group_tests(tests, open_client, close_client);
}
