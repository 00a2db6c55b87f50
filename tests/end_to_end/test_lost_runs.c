/* SPDX-License-Identifier: MIT */
/* test_lost_runs.c -- runs that the server takes another way than the worker that has them cached:
 * terminated, reset, or given something new while they were about to end; and runs that
 * had to leave the cache: F15. */
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "tests/end_to_end/fixture.h"

TEMPORAL_ACTIVITY(twice, temporal_int, temporal_int)
TEMPORAL_WORKFLOW(counts, temporal_int, temporal_int)
TEMPORAL_SIGNAL(counts, add, temporal_int)
TEMPORAL_SIGNAL(counts, finish, temporal_none)
TEMPORAL_QUERY(counts, total, temporal_none, temporal_int)

typedef struct sum {
    temporal_int total;
    bool finished;
} sum;

static atomic_bool gated; /* whoever is about to end waits at the gate */
static sem_t at_gate, gate;
static atomic_int beginnings;

TEMPORAL_ACTIVITY_DEFINE(twice)
temporal_error *twice(temporal_activity *attempt, temporal_int in, temporal_int *out)
{
    (void)attempt;
    *out = 2 * in;
    return TEMPORAL_OK;
}

TEMPORAL_SIGNAL_DEFINE(counts, sum, add)
TEMPORAL_SIGNAL_DEFINE(counts, sum, finish)
TEMPORAL_QUERY_DEFINE(counts, sum, total)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(counts, sum, &counts_add_handler, &counts_finish_handler,
                                  &counts_total_handler)

temporal_error *counts_add(temporal_workflow *run, sum *self, temporal_int number)
{
    (void)run;
    self->total += number;
    return TEMPORAL_OK;
}

temporal_error *counts_finish(temporal_workflow *run, sum *self, temporal_none none)
{
    (void)run, (void)none;
    self->finished = true;
    return TEMPORAL_OK;
}

temporal_error *counts_total(temporal_workflow *run, const sum *self, temporal_none none,
                             temporal_int *out)
{
    (void)run, (void)none;
    *out = self->total;
    return TEMPORAL_OK;
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        assert_int_equal(errno, EINTR);
}

temporal_error *counts(temporal_workflow *run, sum *self, temporal_int in, temporal_int *out)
{
    temporal_int doubled = 0;

    atomic_fetch_add(&beginnings, 1);
    TEMPORAL_TRY(
        temporal_execute_activity(run, twice, in, &doubled, .start_to_close_timeout = 100));
    self->total += doubled;
    TEMPORAL_WAIT_UNTIL(run, self->finished);
    if (atomic_exchange(&gated, false)) { /* what no workflow may do: the test wants it held */
        sem_post(&at_gate);
        wait_for(&gate);
    }
    *out = self->total;
    return TEMPORAL_OK;
}

static const char *queue;
static temporal_worker *worker;

static int set_up(void **state)
{
    (void)state;
    queue = test_unique("lost");
    atomic_store(&beginnings, 0);
    sem_init(&at_gate, 0, 0);
    sem_init(&gate, 0, 0);
    worker = test_worker_start(client, .task_queue = queue, .deadlock_timeout = -1,
                               .workflows = TEMPORAL_WORKFLOWS(&counts_workflow),
                               .async.activities = TEMPORAL_ACTIVITIES(&twice_activity));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_worker_stop(worker);
    return 0;
}

static temporal_handle *start(const char *id, temporal_int number)
{
    temporal_handle *handle = NULL;

    assert_ok(
        temporal_start_workflow(client, counts, number, &handle, .id = id, .task_queue = queue));
    test_wait_for(fixture_count_events(handle, EVENT_TASK_COMPLETED) == 2);
    return handle;
}

static temporal_int total_of(temporal_handle *handle)
{
    temporal_int total = -1;

    assert_ok(temporal_query(handle, counts, total, TEMPORAL_NONE, &total));
    return total;
}

static void F15_a_terminated_run_shows_what_it_was_and_not_to_its_successor(void **state)
{
    const char *id = test_unique("counts");
    temporal_handle *first = start(id, 1), *second, *bound = NULL;

    (void)state;
    assert_int_equal(total_of(first), 2); /* from the cache */
    assert_ok(temporal_client_get_handle(client, id, temporal_handle_run_id(first), &bound));
    assert_ok(temporal_handle_terminate(first, "enough", NULL, 0));
    assert_int_equal(total_of(bound), 2);
    assert_fails(temporal_signal(bound, counts, add, 5), NOT_FOUND, "");
    second = start(id, 10);
    assert_int_equal(total_of(second), 20);
    assert_int_equal(total_of(bound), 2);
    assert_ok(temporal_handle_terminate(second, "enough", NULL, 0));
    temporal_handle_free(first);
    temporal_handle_free(second);
    temporal_handle_free(bound);
}

static void F15_a_signal_that_comes_while_the_run_ends_is_not_lost(void **state)
{
    temporal_handle *handle = start(test_unique("counts"), 1);
    temporal_int result = 0;

    (void)state;
    atomic_store(&gated, true);
    assert_ok(temporal_signal(handle, counts, finish, TEMPORAL_NONE));
    wait_for(&at_gate);
    assert_ok(temporal_signal(handle, counts, add, 5));
    sem_post(&gate);
    assert_ok(temporal_get_result(handle, counts, &result));
    assert_int_equal(result, 7);
    /* The first answer was refused: what it ended was dropped, and begun again. */
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 1);
    assert_contains(fixture_task_failure(handle), "UnhandledCommand");
    assert_true(atomic_load(&beginnings) > 1);
    temporal_handle_free(handle);
}

static void F15_a_reset_run_is_replayed_up_to_there_and_goes_on(void **state)
{
    const char *id = test_unique("counts");
    temporal_handle *first = start(id, 3), *current = NULL;
    temporal_int result = 0;
    test_process *reset;

    (void)state;
    assert_ok(temporal_signal(first, counts, add, 100));
    test_wait_for(total_of(first) == 106);
    /* To the first task: the activity is done again, the signal is applied again. */
    reset =
        test_process_run(test_server_cli(), "workflow", "reset", "--address", test_server_address(),
                         "--workflow-id", id, "--event-id", "4", "--reason", "the test wants it");
    assert_int_equal(test_process_wait(reset), 0);
    test_process_free(reset);
    assert_ok(temporal_client_get_handle(client, id, NULL, &current));
    test_wait_for(total_of(current) == 106);
    assert_string_not_equal(test_describe(current)->run_id, temporal_handle_run_id(first));
    assert_ok(temporal_signal(current, counts, finish, TEMPORAL_NONE));
    assert_ok(temporal_get_result(current, counts, &result));
    assert_int_equal(result, 106);
    assert_int_equal(atomic_load(&beginnings), 2);
    temporal_handle_free(first);
    temporal_handle_free(current);
}

static void F15_runs_beyond_the_limit_in_bytes_are_replayed(void **state)
{
    temporal_handle *handles[2];
    temporal_int result = 0;

    (void)state;
    test_worker_stop(worker);
    queue = test_unique("small");
    worker =
        test_worker_start(client, .task_queue = queue, .workflow_threads = 1, .max_cached_bytes = 1,
                          .workflows = TEMPORAL_WORKFLOWS(&counts_workflow),
                          .async.activities = TEMPORAL_ACTIVITIES(&twice_activity));
    for (temporal_int i = 0; i < 2; i++)
        handles[i] = start(test_unique("counts"), i + 1);
    /* One of them is kept: to be asked in turn makes each of them begin anew. */
    for (int i = 0; i < 4; i++)
        assert_int_equal(total_of(handles[i % 2]), 2 * (i % 2 + 1));
    assert_true(atomic_load(&beginnings) >= 5);
    for (temporal_int i = 0; i < 2; i++) {
        assert_ok(temporal_signal(handles[i], counts, finish, TEMPORAL_NONE));
        assert_ok(temporal_get_result(handles[i], counts, &result));
        assert_int_equal(result, 2 * (i + 1));
        temporal_handle_free(handles[i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(F15_a_terminated_run_shows_what_it_was_and_not_to_its_successor),
        TEST(F15_a_signal_that_comes_while_the_run_ends_is_not_lost),
        TEST(F15_a_reset_run_is_replayed_up_to_there_and_goes_on),
        TEST(F15_runs_beyond_the_limit_in_bytes_are_replayed),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
