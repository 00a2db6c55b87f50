/* SPDX-License-Identifier: MIT */
/* test_options.c -- what a worker refuses before it does anything, and the sentence it says. */
#include "tests/support/support.h"

#include <math.h>

#include "worker/heartbeats.h"

TEMPORAL_ACTIVITY(note, temporal_string, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(note)
temporal_error *note(temporal_activity *attempt, temporal_string text, temporal_none *nothing)
{
    (void)attempt, (void)text, (void)nothing;
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(idle, temporal_none, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(idle)
temporal_error *idle(temporal_workflow *run, temporal_none in, temporal_none *out)
{
    (void)run, (void)in, (void)out;
    return TEMPORAL_OK;
}

static temporal_worker *worker; /* stays NULL: none of these makes one */

static void a_worker_needs_a_task_queue(void **state)
{
    (void)state;
    assert_fails(temporal_worker_new(&worker, .workflows = TEMPORAL_WORKFLOWS(&idle_workflow)),
                 INVALID_ARGUMENT, ".task_queue is required");
    assert_fails(temporal_worker_new(&worker, .task_queue = "",
                                     .workflows = TEMPORAL_WORKFLOWS(&idle_workflow)),
                 INVALID_ARGUMENT, ".task_queue is required");
}

static void a_worker_needs_something_to_do(void **state)
{
    (void)state;
    assert_fails(temporal_worker_new(&worker, .task_queue = "q"), INVALID_ARGUMENT,
                 "nothing to do");
}

static void a_name_stands_once(void **state)
{
    (void)state;
    assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                     .async.activities = TEMPORAL_ACTIVITIES(&note_activity),
                                     .threads.activities = TEMPORAL_ACTIVITIES(&note_activity)),
                 INVALID_ARGUMENT,
                 "activity note stands twice (async.activities, threads.activities)");
    assert_fails(
        temporal_worker_new(&worker, .task_queue = "q",
                            .workflows = TEMPORAL_WORKFLOWS(&idle_workflow, &idle_workflow)),
        INVALID_ARGUMENT, "workflow idle stands twice");
}

static void a_definition_is_whole(void **state)
{
    static const temporal_activity_def hollow = { .struct_size = sizeof hollow, .name = "hollow" };
    static const temporal_activity_def foreign = { .name = "foreign" };

    (void)state;
    assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                     .async.activities = TEMPORAL_ACTIVITIES(&hollow)),
                 INVALID_ARGUMENT, "hollow needs exactly one of invoke and invoke_values");
    assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                     .async.activities = TEMPORAL_ACTIVITIES(&foreign)),
                 INVALID_ARGUMENT, "foreign is not a definition made by");
}

static void lengths_of_time_are_finite_and_not_negative(void **state)
{
    (void)state;
    assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                     .workflows = TEMPORAL_WORKFLOWS(&idle_workflow),
                                     .graceful_shutdown_timeout = -1),
                 INVALID_ARGUMENT, ".graceful_shutdown_timeout");
    assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                     .workflows = TEMPORAL_WORKFLOWS(&idle_workflow),
                                     .sticky_timeout = NAN),
                 INVALID_ARGUMENT, ".sticky_timeout");
    assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                     .workflows = TEMPORAL_WORKFLOWS(&idle_workflow),
                                     .deadlock_timeout = NAN),
                 INVALID_ARGUMENT, ".deadlock_timeout");
    assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                     .workflows = TEMPORAL_WORKFLOWS(&idle_workflow),
                                     .max_heartbeat_throttle = INFINITY),
                 INVALID_ARGUMENT, ".max_heartbeat_throttle");
}

static void both_queues_are_polled_at_once(void **state)
{
    (void)state;
    assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                     .workflows = TEMPORAL_WORKFLOWS(&idle_workflow),
                                     .max_concurrent_workflow_tasks = 1),
                 INVALID_ARGUMENT, "at least 2");
    assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                     .workflows = TEMPORAL_WORKFLOWS(&idle_workflow),
                                     .activity_pollers = 101),
                 INVALID_ARGUMENT, "at most 100 pollers");
}

static void rates_are_finite_and_not_negative(void **state)
{
    static const double wrong[] = { -1, NAN, INFINITY };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                         .workflows = TEMPORAL_WORKFLOWS(&idle_workflow),
                                         .max_activities_per_second = wrong[i]),
                     INVALID_ARGUMENT, ".max_activities_per_second");
        assert_fails(temporal_worker_new(&worker, .task_queue = "q",
                                         .workflows = TEMPORAL_WORKFLOWS(&idle_workflow),
                                         .max_task_queue_activities_per_second = wrong[i]),
                     INVALID_ARGUMENT, ".max_task_queue_activities_per_second");
    }
}

static temporal_worker *make_in_a_function_that_returns(void)
{
    temporal_worker *made = NULL;

    assert_ok(temporal_worker_new(&made, .task_queue = "q",
                                  .workflows = TEMPORAL_WORKFLOWS(&idle_workflow),
                                  .async.activities = TEMPORAL_ACTIVITIES(&note_activity)));
    return made;
}

static void the_lists_may_go_when_the_worker_is_made(void **state)
{
    temporal_worker *made = make_in_a_function_that_returns();
    temporal_client *client = NULL;

    (void)state;
    /* Nobody listens there: the worker starts all the same, and stops. */
    assert_ok(temporal_client_connect(&client, "127.0.0.1:1", .lazy = true));
    assert_ok(temporal_worker_start(made, client));
    assert_fails(temporal_worker_start(made, client), INVALID_ARGUMENT, "it was started before");
    temporal_worker_shutdown(made);
    assert_ok(temporal_worker_wait(made));
    temporal_worker_free(made);
    temporal_client_free(client);
}

static void a_worker_that_never_ran_is_freed(void **state)
{
    (void)state;
    temporal_worker_free(make_in_a_function_that_returns());
    temporal_worker_free(NULL);
}

static void heartbeats_are_throttled_by_their_timeout(void **state)
{
    (void)state;
    assert_float_equal(tp_heartbeats_interval(10, 60, 30), 8, 1e-9);
    assert_float_equal(tp_heartbeats_interval(1000, 60, 30), 60, 1e-9);
    assert_float_equal(tp_heartbeats_interval(0, 60, 30), 30, 1e-9);
    assert_float_equal(tp_heartbeats_interval(0, 5, 30), 5, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_needs_a_task_queue),
        cmocka_unit_test(a_worker_needs_something_to_do),
        cmocka_unit_test(a_name_stands_once),
        cmocka_unit_test(a_definition_is_whole),
        cmocka_unit_test(lengths_of_time_are_finite_and_not_negative),
        cmocka_unit_test(both_queues_are_polled_at_once),
        cmocka_unit_test(rates_are_finite_and_not_negative),
        cmocka_unit_test(the_lists_may_go_when_the_worker_is_made),
        cmocka_unit_test(a_worker_that_never_ran_is_freed),
        cmocka_unit_test(heartbeats_are_throttled_by_their_timeout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
