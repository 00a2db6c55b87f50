/* SPDX-License-Identifier: MIT */
/* test_replay.c -- runs that leave memory and are rebuilt from history: eviction from the sticky
 * cache, a worker that was killed, long histories, code that has changed: F15. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/end_to_end/fixture.h"

#define STICKY 1.0 /* seconds in which a worker that is gone keeps a task from the others */

TEMPORAL_ACTIVITY(twice, temporal_int, temporal_int)
TEMPORAL_ACTIVITY_DEFINE(twice)
temporal_error *twice(temporal_activity *attempt, temporal_int number, temporal_int *result)
{
    (void)attempt;
    *result = 2 * number;
    return TEMPORAL_OK;
}

/* Doubles a number at each signal, and draws lots, which must fall as they did. */
typedef struct doubling_state {
    temporal_int number, signals;
    bool finished;
} doubling_state;

TEMPORAL_WORKFLOW(doubling, temporal_int, temporal_int)
TEMPORAL_SIGNAL(doubling, once_more, temporal_none)
TEMPORAL_SIGNAL(doubling, finish, temporal_none)
TEMPORAL_QUERY(doubling, number, temporal_none, temporal_int)

TEMPORAL_SIGNAL_DEFINE(doubling, doubling_state, once_more)
temporal_error *doubling_once_more(temporal_workflow *run, doubling_state *self, temporal_none none)
{
    (void)run, (void)none;
    self->signals++;
    return TEMPORAL_OK;
}

TEMPORAL_SIGNAL_DEFINE(doubling, doubling_state, finish)
temporal_error *doubling_finish(temporal_workflow *run, doubling_state *self, temporal_none none)
{
    (void)run, (void)none;
    self->finished = true;
    return TEMPORAL_OK;
}

TEMPORAL_QUERY_DEFINE(doubling, doubling_state, number)
temporal_error *doubling_number(temporal_workflow *run, const doubling_state *self,
                                temporal_none none, temporal_int *number)
{
    (void)run, (void)none;
    *number = self->number;
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(doubling, doubling_state, &doubling_once_more_handler,
                                  &doubling_finish_handler, &doubling_number_handler)
temporal_error *doubling(temporal_workflow *run, doubling_state *self, temporal_int start,
                         temporal_int *result)
{
    temporal_int done = 0;

    self->number = start;
    for (;;) {
        TEMPORAL_WAIT_UNTIL(run, self->finished || done < self->signals);
        if (done == self->signals)
            break;
        if (temporal_workflow_random(run) % 2 == 0) /* a timer or none, by lot */
            TEMPORAL_TRY(temporal_workflow_sleep(run, TEMPORAL_MILLISECOND));
        TEMPORAL_TRY(temporal_execute_activity(run, twice, self->number, &self->number,
                                               .start_to_close_timeout = 10));
        done++;
    }
    *result = self->number;
    return TEMPORAL_OK;
}

/* So many activities in a row: about six events each. */
TEMPORAL_WORKFLOW(long_row, temporal_int, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(long_row)
temporal_error *long_row(temporal_workflow *run, temporal_int length, temporal_int *sum)
{
    temporal_future **futures =
        temporal_workflow_alloc(run, (size_t)length * sizeof(temporal_future *));

    *sum = 0;
    for (temporal_int i = 0; i < length; i++)
        futures[i] = temporal_start_activity(run, twice, i, .start_to_close_timeout = 60);
    for (temporal_int i = 0; i < length; i++) {
        temporal_int number;

        TEMPORAL_TRY(temporal_await_activity(run, twice, futures[i], &number));
        *sum += number;
    }
    return temporal_workflow_sleep(run, 0.01);
}

/* Two versions of one workflow: the second does not do what the first did. */
TEMPORAL_WORKFLOW_NAMED(version_1, "versions", temporal_none, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(version_1)
temporal_error *version_1(temporal_workflow *run, temporal_none none, temporal_int *result)
{
    (void)none;
    TEMPORAL_TRY(temporal_execute_activity(run, twice, 21, result, .start_to_close_timeout = 10));
    return temporal_workflow_sleep(run, 2);
}

TEMPORAL_WORKFLOW_NAMED(version_2, "versions", temporal_none, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(version_2)
temporal_error *version_2(temporal_workflow *run, temporal_none none, temporal_int *result)
{
    (void)none;
    *result = 0;
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    return temporal_execute_activity(run, twice, 21, result, .start_to_close_timeout = 10);
}

static const temporal_workflow_def *const workflows[] = { &doubling_workflow, &long_row_workflow,
                                                          NULL };

/* --- the tests ---------------------------------------------------------------------------- */

static temporal_handle *start_doubling(const char *queue, temporal_int number)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, doubling, number, &handle,
                                      .id = test_unique("doubling"), .task_queue = queue));
    return handle;
}

static temporal_int number_of(temporal_handle *handle)
{
    temporal_int number = 0;

    assert_ok(temporal_query(handle, doubling, number, TEMPORAL_NONE, &number));
    return number;
}

static void runs_that_crowd_each_other_out_of_the_cache_go_on(void **state)
{
    enum {
        RUNS = 4,
        ROUNDS = 4
    };
    const char *queue = test_unique("crowd");
    temporal_worker *worker =
        test_worker_start(client, .task_queue = queue, .workflows = workflows,
                          .async.activities = TEMPORAL_ACTIVITIES(&twice_activity),
                          .max_cached_workflows = 1, .workflow_threads = 1);
    temporal_handle *handles[RUNS];
    temporal_int number = 0;

    (void)state;
    for (int i = 0; i < RUNS; i++)
        handles[i] = start_doubling(queue, i + 1);
    for (int round = 1; round <= ROUNDS; round++)
        for (int i = 0; i < RUNS; i++) {
            assert_ok(temporal_signal(handles[i], doubling, once_more, TEMPORAL_NONE));
            test_wait_for(number_of(handles[i]) == (i + 1) << round);
        }
    for (int i = 0; i < RUNS; i++) {
        assert_ok(temporal_signal(handles[i], doubling, finish, TEMPORAL_NONE));
        assert_ok(temporal_get_result(handles[i], doubling, &number));
        assert_int_equal(number, (i + 1) << ROUNDS);
        assert_int_equal(fixture_count_events(handles[i], EVENT_TASK_FAILED), 0);
        temporal_handle_free(handles[i]);
    }
    test_worker_stop(worker);
}

/* This program in another role: a worker, until it is killed. */
static int serve(const char *address, const char *queue)
{
    temporal_worker *worker = NULL;
    temporal_client *own = NULL;
    temporal_error *error;

    error = temporal_worker_new(&worker, .task_queue = queue, .workflows = workflows,
                                .async.activities = TEMPORAL_ACTIVITIES(&twice_activity),
                                .sticky_timeout = STICKY);
    if (!error)
        error = temporal_client_connect(&own, address);
    if (!error)
        error = temporal_worker_run(worker, own);
    temporal_worker_free(worker);
    temporal_client_free(own);
    return temporal_error_report(error);
}

static void another_worker_finishes_what_a_killed_one_began(void **state)
{
    const char *queue = test_unique("killed");
    temporal_handle *handle = start_doubling(queue, 5);
    test_process *worker;
    temporal_int number = 0;

    (void)state;
    for (int i = 1; i <= 3; i++) {
        worker = test_process_run(test_program_path(), "worker", test_server_address(), queue);
        assert_ok(temporal_signal(handle, doubling, once_more, TEMPORAL_NONE));
        test_wait_for((int)fixture_count_events(handle, EVENT_ACTIVITY_COMPLETED) == i);
        if (i == 3)
            assert_ok(temporal_signal(handle, doubling, finish, TEMPORAL_NONE));
        else
            test_process_signal(worker, SIGKILL);
        if (i < 3)
            assert_int_equal(test_process_wait(worker), 128 + SIGKILL);
        else
            assert_ok(temporal_get_result(handle, doubling, &number));
        test_process_free(worker);
    }
    assert_int_equal(number, 40);
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
    temporal_handle_free(handle);
}

/* The server hands out 256 events in a page. */
static void a_history_of_many_pages_is_replayed(void **state)
{
    const char *queue = test_unique("pages");
    temporal_worker *worker =
        test_worker_start(client, .task_queue = queue, .workflows = workflows,
                          .async.activities = TEMPORAL_ACTIVITIES(&twice_activity),
                          .max_cached_workflows = 1, .workflow_threads = 1);
    temporal_handle *handle = NULL, *other;
    temporal_int sum = 0, again = 0;

    (void)state;
    assert_ok(temporal_execute_workflow(client, long_row, 400, &handle, &sum,
                                        .id = test_unique("row"), .task_queue = queue));
    assert_int_equal(sum, 400 * 399);
    assert_true(test_describe(handle)->history_length > 1200);
    assert_int_equal(fixture_count_events(handle, EVENT_ACTIVITY_COMPLETED), 400);
    other = start_doubling(queue, 1); /* takes the only place in the cache */
    assert_int_equal(number_of(other), 1);
    /* To answer the query, the whole is replayed. */
    assert_fails(temporal_handle_query(handle, "none", NULL, 0, temporal_int_type(), &again),
                 QUERY_REJECTED, "none");
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
    assert_ok(temporal_handle_terminate(other, "done", NULL, 0));
    temporal_handle_free(other);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void code_that_does_not_match_its_history_fails_the_task_and_says_where(void **state)
{
    const char *queue = test_unique("versions");
    temporal_handle *handle = NULL;
    temporal_worker *worker;
    temporal_int result = 0;

    (void)state;
    worker = test_worker_start(
        client, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&version_1_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&twice_activity), .sticky_timeout = STICKY);
    assert_ok(temporal_start_workflow(client, version_1, TEMPORAL_NONE, &handle,
                                      .id = test_unique("versions"), .task_queue = queue));
    fixture_wait_for_event(handle, EVENT_TIMER_STARTED);
    test_worker_stop(worker);

    worker = test_worker_start(
        client, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&version_2_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&twice_activity), .sticky_timeout = STICKY);
    fixture_wait_for_event(handle, EVENT_TASK_FAILED);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_RUNNING);
    test_worker_stop(worker);

    /* The old code comes back, and nothing is lost. */
    worker = test_worker_start(
        client, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&version_1_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&twice_activity), .sticky_timeout = STICKY);
    assert_ok(temporal_get_result(handle, version_1, &result));
    assert_int_equal(result, 42);
    assert_contains(fixture_task_failure(handle), "event 5: history holds ActivityTaskScheduled");
    assert_contains(fixture_task_failure(handle), "twice");
    assert_contains(fixture_task_failure(handle), "StartTimer");
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_that_crowd_each_other_out_of_the_cache_go_on),
        cmocka_unit_test(another_worker_finishes_what_a_killed_one_began),
        cmocka_unit_test(a_history_of_many_pages_is_replayed),
        cmocka_unit_test(code_that_does_not_match_its_history_fails_the_task_and_says_where),
    };

    if (argc == 4 && strcmp(argv[1], "worker") == 0)
        return serve(argv[2], argv[3]);
    return fixture_run(tests, fixture_connect, fixture_close);
}
