/* SPDX-License-Identifier: MIT */
/* test_server_restart.c -- the server is killed, and comes back: a worker, an activity and a client
 * that waits go on as if nothing had been: W4. */
#include <pthread.h>
#include <stdatomic.h>

#include "tests/end_to_end/fixture.h"

TEMPORAL_ACTIVITY(hold, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(crossing, temporal_string, temporal_string)
TEMPORAL_SIGNAL(crossing, board, temporal_string)

static atomic_bool released, holding;

/* Runs until the test lets it go; the attempt is the same before and after the server was away. */
TEMPORAL_ACTIVITY_DEFINE(hold)
temporal_error *hold(temporal_activity *attempt, temporal_string text, temporal_string *result)
{
    atomic_store(&holding, true);
    while (!atomic_load(&released))
        TEMPORAL_TRY(temporal_activity_sleep(attempt, 0.01));
    *result = temporal_activity_format(attempt, "%s, attempt %d", text,
                                       temporal_activity_get_info(attempt)->attempt);
    return TEMPORAL_OK;
}

typedef struct passenger {
    temporal_string ticket;
} passenger;

TEMPORAL_SIGNAL_DEFINE(crossing, passenger, board)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(crossing, passenger, &crossing_board_handler)

temporal_error *crossing_board(temporal_workflow *run, passenger *self, temporal_string ticket)
{
    self->ticket = temporal_workflow_format(run, "%s", ticket);
    return TEMPORAL_OK;
}

temporal_error *crossing(temporal_workflow *run, passenger *self, temporal_string text,
                         temporal_string *result)
{
    temporal_string held;

    TEMPORAL_TRY(temporal_execute_activity(run, hold, text, &held, .start_to_close_timeout = 100));
    TEMPORAL_WAIT_UNTIL(run, self->ticket);
    *result = temporal_workflow_format(run, "%s, ticket %s", held, self->ticket);
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(holding_locally, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(holding_locally)
temporal_error *holding_locally(temporal_workflow *run, temporal_string text,
                                temporal_string *result)
{
    return temporal_execute_local_activity(run, hold, text, result, .start_to_close_timeout = 100);
}

static temporal_worker *start_worker(temporal_client *own, const char *queue)
{
    return test_worker_start(own, .task_queue = queue,
                             .workflows =
                                 TEMPORAL_WORKFLOWS(&crossing_workflow, &holding_locally_workflow),
                             .threads.activities = TEMPORAL_ACTIVITIES(&hold_activity),
                             .graceful_shutdown_timeout = 100);
}

/* A client that waits on a thread of its own. */
typedef struct waiting {
    temporal_client *client;
    const char *queue, *id;
    temporal_handle *handle;
    temporal_error *error;
    temporal_string result;
} waiting;

static void *wait_for_result(void *data)
{
    waiting *self = data;

    self->error = temporal_get_result(self->handle, crossing, &self->result);
    return NULL;
}

static void *start_and_wait(void *data)
{
    waiting *self = data;

    self->error =
        temporal_execute_workflow(self->client, crossing, "late", &self->handle, &self->result,
                                  .id = self->id, .task_queue = self->queue);
    return NULL;
}

static void expect_result(pthread_t thread, waiting *self, const char *expected)
{
    pthread_join(thread, NULL);
    assert_ok(self->error);
    assert_string_equal(self->result, expected);
    temporal_handle_free(self->handle);
}

static int reset(void **state)
{
    (void)state;
    atomic_store(&released, false);
    atomic_store(&holding, false);
    return 0;
}

static void an_activity_that_ends_while_the_server_is_away_is_not_lost(void **state)
{
    test_dev_server *server = test_dev_server_start();
    temporal_client *own = test_connect_to(test_dev_server_address(server));
    const char *queue = test_unique("crossing");
    temporal_worker *worker = start_worker(own, queue);
    waiting waiter = { .client = own };
    temporal_handle *signaller = NULL;
    pthread_t thread;

    (void)state;
    assert_ok(temporal_start_workflow(own, crossing, "early", &waiter.handle,
                                      .id = test_unique("crossing"), .task_queue = queue));
    assert_ok(temporal_client_get_handle(own, temporal_handle_id(waiter.handle), NULL, &signaller));
    assert_int_equal(pthread_create(&thread, NULL, wait_for_result, &waiter), 0);
    test_wait_for(atomic_load(&holding));

    test_dev_server_kill(server);
    atomic_store(&released, true);
    test_dev_server_restart(server);
    fixture_wait_for_event(signaller, EVENT_ACTIVITY_COMPLETED);

    /* Once more, with nothing but a workflow that waits. */
    test_dev_server_kill(server);
    test_dev_server_restart(server);
    assert_ok(temporal_signal(signaller, crossing, board, "A7"));
    expect_result(thread, &waiter, "early, attempt 1, ticket A7");

    temporal_handle_free(signaller);
    test_worker_stop(worker);
    temporal_client_free(own);
    test_dev_server_free(server);
}

static void whoever_connects_lazily_may_be_there_before_the_server(void **state)
{
    test_dev_server *server = test_dev_server_start();
    const char *address = test_dev_server_address(server), *queue = test_unique("lazy");
    waiting waiter = { .queue = queue, .id = test_unique("lazy") };
    temporal_client *eager = NULL;
    temporal_handle *signaller = NULL;
    temporal_worker *worker;
    pthread_t thread;

    (void)state;
    test_dev_server_kill(server);
    assert_fails(temporal_client_connect(&eager, address, .rpc_timeout = 0.5), UNAVAILABLE,
                 address);
    assert_null(eager);
    assert_ok(temporal_client_connect(&waiter.client, address, .lazy = true,
                                      .rpc_timeout = TEST_PATIENCE));
    worker = start_worker(waiter.client, queue);
    assert_int_equal(pthread_create(&thread, NULL, start_and_wait, &waiter), 0);

    test_dev_server_restart(server);
    test_wait_for(atomic_load(&holding));
    atomic_store(&released, true);
    assert_ok(temporal_client_get_handle(waiter.client, waiter.id, NULL, &signaller));
    assert_ok(temporal_signal(signaller, crossing, board, "B2"));
    expect_result(thread, &waiter, "late, attempt 1, ticket B2");

    temporal_handle_free(signaller);
    test_worker_stop(worker);
    temporal_client_free(waiter.client);
    test_dev_server_free(server);
}

static void a_worker_stops_while_the_server_is_away(void **state)
{
    test_dev_server *server = test_dev_server_start();
    temporal_client *own = test_connect_to(test_dev_server_address(server));
    temporal_worker *worker = start_worker(own, test_unique("away"));

    (void)state;
    test_dev_server_kill(server);
    test_worker_stop(worker);
    temporal_client_free(own);
    test_dev_server_free(server);
}

/* The local activity ends within the grace; then there is nobody to tell, and it is not waited for
 * any longer. When the server is back, another worker does the task. */
static void a_worker_stops_with_an_answer_that_nobody_takes(void **state)
{
    test_dev_server *server = test_dev_server_start();
    temporal_client *own = test_connect_to(test_dev_server_address(server));
    const char *queue = test_unique("untold");
    temporal_worker *worker = start_worker(own, queue);
    temporal_handle *handle = NULL;
    temporal_string result;

    (void)state;
    assert_ok(temporal_start_workflow(own, holding_locally, "late", &handle,
                                      .id = test_unique("untold"), .task_queue = queue,
                                      .task_timeout = 20));
    test_wait_for(atomic_load(&holding));
    test_dev_server_kill(server);
    temporal_worker_shutdown(worker);
    atomic_store(&released, true);
    test_worker_stop(worker);

    test_dev_server_restart(server);
    worker = start_worker(own, queue);
    assert_ok(temporal_handle_result(handle, temporal_string_type(), &result));
    assert_string_equal(result, "late, attempt 1");
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 1);
    temporal_handle_free(handle);
    test_worker_stop(worker);
    temporal_client_free(own);
    test_dev_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_activity_that_ends_while_the_server_is_away_is_not_lost, reset),
        cmocka_unit_test_setup(whoever_connects_lazily_may_be_there_before_the_server, reset),
        cmocka_unit_test_setup(a_worker_stops_while_the_server_is_away, reset),
        cmocka_unit_test_setup(a_worker_stops_with_an_answer_that_nobody_takes, reset),
    };

    return fixture_run(tests, NULL, NULL);
}
