/* SPDX-License-Identifier: MIT */
/* test_local_activities.c -- local activities on each executor, through the server: F5. */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "tests/end_to_end/fixture.h"

#define EVENT_MARKER 25

/* --- the activities ----------------------------------------------------------------------- */

static atomic_int shouts;

static temporal_error *greet(temporal_activity *attempt, temporal_string name,
                             temporal_string *text)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);

    temporal_heartbeat(attempt, temporal_string, name); /* nobody hears it */
    if (!info->is_local)
        return temporal_error_application("Wrong", "it is not local");
    *text = temporal_activity_format(attempt, "%s %s %d", name, info->workflow_type,
                                     (int)info->attempt);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(on_coroutine, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(on_coroutine)
temporal_error *on_coroutine(temporal_activity *attempt, temporal_string name,
                             temporal_string *text)
{
    atomic_fetch_add(&shouts, 1);
    return greet(attempt, name, text);
}

TEMPORAL_ACTIVITY(on_thread, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(on_thread)
temporal_error *on_thread(temporal_activity *attempt, temporal_string name, temporal_string *text)
{
    return greet(attempt, name, text);
}

TEMPORAL_ACTIVITY(in_process, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(in_process)
temporal_error *in_process(temporal_activity *attempt, temporal_string name, temporal_string *text)
{
    return greet(attempt, name, text);
}

TEMPORAL_ACTIVITY(die_once, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(die_once)
temporal_error *die_once(temporal_activity *attempt, temporal_string name, temporal_string *text)
{
    if (temporal_activity_get_info(attempt)->attempt == 1)
        raise(SIGKILL);
    return greet(attempt, name, text);
}

TEMPORAL_ACTIVITY(fail_twice, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(fail_twice)
temporal_error *fail_twice(temporal_activity *attempt, temporal_string name, temporal_string *text)
{
    int number = (int)temporal_activity_get_info(attempt)->attempt;

    if (number < 3)
        return temporal_error_application("Again", "attempt %d fails", number);
    return greet(attempt, name, text);
}

/* Longer than the workflow task may take. */
TEMPORAL_ACTIVITY(take_long, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(take_long)
temporal_error *take_long(temporal_activity *attempt, temporal_string name, temporal_string *text)
{
    TEMPORAL_TRY(temporal_activity_sleep(attempt, 3));
    return greet(attempt, name, text);
}

TEMPORAL_ACTIVITY(until_cancelled, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(until_cancelled)
temporal_error *until_cancelled(temporal_activity *attempt, temporal_string name,
                                temporal_string *text)
{
    (void)name;
    TEMPORAL_TRY(temporal_activity_sleep(attempt, 3600));
    *text = "slept";
    return TEMPORAL_OK;
}

/* --- the workflows ------------------------------------------------------------------------ */

TEMPORAL_WORKFLOW(all_executors, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(all_executors)
temporal_error *all_executors(temporal_workflow *run, temporal_string name, temporal_string *text)
{
    temporal_future *future =
        temporal_start_local_activity(run, on_coroutine, name, .start_to_close_timeout = 10);
    temporal_string one, two, three;

    TEMPORAL_TRY(temporal_execute_local_activity(run, on_thread, name, &two,
                                                 .schedule_to_close_timeout = 10));
    TEMPORAL_TRY(temporal_execute_local_activity(run, in_process, name, &three,
                                                 .start_to_close_timeout = 10));
    TEMPORAL_TRY(temporal_await_activity(run, on_coroutine, future, &one));
    *text = temporal_workflow_format(run, "%s, %s, %s", one, two, three);
    return TEMPORAL_OK;
}

/* name: the type of the local activity that it runs. */
TEMPORAL_WORKFLOW(retrying, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(retrying)
temporal_error *retrying(temporal_workflow *run, temporal_string name, temporal_string *text)
{
    const temporal_retry_policy retry = { .initial_interval = 0.05 };
    const temporal_local_options options = { .struct_size = sizeof options,
                                             .start_to_close_timeout = 20,
                                             .retry = &retry };

    return temporal_workflow_execute_local_activity(
        run, name, &(const temporal_argument){ temporal_string_type(), &name }, 1,
        temporal_string_type(), text, &options);
}

TEMPORAL_WORKFLOW(backing_off, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(backing_off)
temporal_error *backing_off(temporal_workflow *run, temporal_string name, temporal_string *text)
{
    const temporal_retry_policy retry = { .initial_interval = 1, .backoff_coefficient = 1 };

    return temporal_execute_local_activity(run, fail_twice, name, text,
                                           .start_to_close_timeout = 10, .retry = &retry,
                                           .local_retry_threshold = 0.5);
}

TEMPORAL_WORKFLOW(cancelling, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(cancelling)
temporal_error *cancelling(temporal_workflow *run, temporal_string name, temporal_string *text)
{
    temporal_error *error = temporal_execute_local_activity(
        run, until_cancelled, name, text, .start_to_close_timeout = 3600,
        .cancellation = TEMPORAL_CANCELLATION_WAIT);

    if (!temporal_error_find(error, TEMPORAL_ERROR_CANCELLED))
        return error;
    *text = "cancelled";
    return TEMPORAL_OK;
}

/* Runs one and then waits for a signal that never comes. */
TEMPORAL_WORKFLOW(resting, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(resting)
temporal_error *resting(temporal_workflow *run, temporal_string name, temporal_string *text)
{
    TEMPORAL_TRY(temporal_execute_local_activity(run, on_coroutine, name, text,
                                                 .start_to_close_timeout = 10));
    return temporal_workflow_sleep(run, 2);
}

static const char *queue;

static temporal_worker *start_worker(void)
{
    return test_worker_start(
        client, .task_queue = queue,
        .workflows =
            TEMPORAL_WORKFLOWS(&all_executors_workflow, &retrying_workflow, &backing_off_workflow,
                               &cancelling_workflow, &resting_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&on_coroutine_activity, &fail_twice_activity,
                                                &take_long_activity, &until_cancelled_activity),
        .threads.activities = TEMPORAL_ACTIVITIES(&on_thread_activity),
        .processes = { .activities = TEMPORAL_ACTIVITIES(&in_process_activity, &die_once_activity),
                       .concurrency = 1 });
}

/* --- the tests ---------------------------------------------------------------------------- */

static void F5_a_local_activity_runs_on_each_executor_without_a_task_of_its_own(void **state)
{
    temporal_worker *worker;
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    queue = test_unique("local");
    worker = start_worker();
    assert_ok(temporal_execute_workflow(client, all_executors, "x", &handle, &text,
                                        .id = test_unique("local"), .task_queue = queue));
    assert_string_equal(text, "x all_executors 1, x all_executors 1, x all_executors 1");
    assert_int_equal(fixture_count_events(handle, EVENT_ACTIVITY_SCHEDULED), 0);
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 3);
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_COMPLETED), 1);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void run_retrying(const char *activity, const char *expected, temporal_seconds task_timeout,
                         size_t least_tasks)
{
    temporal_worker *worker = start_worker();
    temporal_handle *handle = NULL;
    temporal_string text;

    assert_ok(temporal_execute_workflow(client, retrying, activity, &handle, &text,
                                        .id = test_unique("local"), .task_queue = queue,
                                        .task_timeout = task_timeout));
    assert_string_equal(text, expected);
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 1);
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_TIMED_OUT), 0);
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
    assert_true(fixture_count_events(handle, EVENT_TASK_COMPLETED) >= least_tasks);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void F5_an_attempt_whose_process_dies_is_retried(void **state)
{
    (void)state;
    run_retrying("die_once", "die_once retrying 2", 10, 1);
}

static void F5_an_attempt_that_fails_is_retried_on_the_spot(void **state)
{
    (void)state;
    run_retrying("fail_twice", "fail_twice retrying 3", 10, 1);
}

static void F5_one_that_takes_longer_than_the_workflow_task_keeps_it_alive(void **state)
{
    (void)state;
    run_retrying("take_long", "take_long retrying 1", 1, 3);
}

static void F5_a_long_pause_is_a_timer(void **state)
{
    temporal_worker *worker = start_worker();
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, backing_off, "x", &handle, &text,
                                        .id = test_unique("local"), .task_queue = queue));
    assert_string_equal(text, "x backing_off 3");
    assert_int_equal(fixture_count_events(handle, EVENT_TIMER_FIRED), 2);
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 3);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void F5_one_is_cancelled_with_its_workflow(void **state)
{
    temporal_worker *worker = start_worker();
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_start_workflow(client, cancelling, "x", &handle, .id = test_unique("local"),
                                      .task_queue = queue, .task_timeout = 1));
    fixture_wait_for_event(handle, EVENT_TASK_COMPLETED); /* kept alive: it is under way */
    assert_ok(temporal_handle_cancel(handle));
    assert_ok(temporal_handle_result(handle, temporal_string_type(), &text));
    assert_string_equal(text, "cancelled");
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void F5_what_is_marked_does_not_run_again_elsewhere(void **state)
{
    temporal_worker *worker = start_worker();
    temporal_handle *handle = NULL;
    temporal_string text;
    int before = atomic_load(&shouts);

    (void)state;
    assert_ok(temporal_start_workflow(client, resting, "x", &handle, .id = test_unique("local"),
                                      .task_queue = queue));
    fixture_wait_for_event(handle, EVENT_TIMER_STARTED);
    test_worker_stop(worker);
    worker = start_worker();
    assert_ok(temporal_handle_result(handle, temporal_string_type(), &text));
    assert_string_equal(text, "x resting 1");
    assert_int_equal(atomic_load(&shouts), before + 1);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void F5_one_that_is_under_way_at_shutdown_runs_again_elsewhere(void **state)
{
    temporal_worker *worker = start_worker();
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_start_workflow(client, retrying, "take_long", &handle,
                                      .id = test_unique("local"), .task_queue = queue,
                                      .task_timeout = 1));
    fixture_wait_for_event(handle, EVENT_TASK_COMPLETED);
    test_worker_stop(worker);
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 0);
    worker = start_worker();
    assert_ok(temporal_handle_result(handle, temporal_string_type(), &text));
    assert_string_equal(text, "take_long retrying 1");
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 1);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F5_a_local_activity_runs_on_each_executor_without_a_task_of_its_own),
        cmocka_unit_test(F5_an_attempt_whose_process_dies_is_retried),
        cmocka_unit_test(F5_an_attempt_that_fails_is_retried_on_the_spot),
        cmocka_unit_test(F5_one_that_takes_longer_than_the_workflow_task_keeps_it_alive),
        cmocka_unit_test(F5_a_long_pause_is_a_timer),
        cmocka_unit_test(F5_one_is_cancelled_with_its_workflow),
        cmocka_unit_test(F5_what_is_marked_does_not_run_again_elsewhere),
        cmocka_unit_test(F5_one_that_is_under_way_at_shutdown_runs_again_elsewhere),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
