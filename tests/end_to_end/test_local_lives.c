/* SPDX-License-Identifier: MIT */
/* test_local_lives.c -- local activities whose worker dies, shuts down or does not know them, and
 * those that are cancelled between two attempts: F5, W3. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/end_to_end/fixture.h"

/* Longer than a shutdown waits for a server that is away. */
#define BEYOND_PATIENCE 12.0

static bool doomed; /* this program is the worker that will be killed */

/* --- the activities ----------------------------------------------------------------------- */

/* In the worker that will be killed it says that it runs, and stays. */
static temporal_error *stay(temporal_activity *attempt, temporal_int *number)
{
    *number = temporal_activity_get_info(attempt)->attempt;
    if (!doomed)
        return TEMPORAL_OK;
    printf("stays %s\n", temporal_activity_get_info(attempt)->activity_type);
    fflush(stdout); /* it is an activity process's own, too */
    return temporal_activity_sleep(attempt, 3600);
}

TEMPORAL_ACTIVITY(stay_coroutine, temporal_none, temporal_int)
TEMPORAL_ACTIVITY_DEFINE(stay_coroutine)
temporal_error *stay_coroutine(temporal_activity *attempt, temporal_none in, temporal_int *number)
{
    (void)in;
    return stay(attempt, number);
}

TEMPORAL_ACTIVITY(stay_thread, temporal_none, temporal_int)
TEMPORAL_ACTIVITY_DEFINE(stay_thread)
temporal_error *stay_thread(temporal_activity *attempt, temporal_none in, temporal_int *number)
{
    (void)in;
    return stay(attempt, number);
}

TEMPORAL_ACTIVITY(stay_process, temporal_none, temporal_int)
TEMPORAL_ACTIVITY_DEFINE(stay_process)
temporal_error *stay_process(temporal_activity *attempt, temporal_none in, temporal_int *number)
{
    (void)in;
    return stay(attempt, number);
}

/* Begins before the shutdown and takes its time after it was told. */
TEMPORAL_ACTIVITY(finish_late, temporal_none, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(finish_late)
temporal_error *finish_late(temporal_activity *attempt, temporal_none in, temporal_string *text)
{
    (void)in;
    temporal_activity_wait_for_worker_shutdown(attempt, 0);
    TEMPORAL_TRY(temporal_activity_sleep(attempt, BEYOND_PATIENCE));
    *text = temporal_activity_format(attempt, "attempt %d, in peace",
                                     (int)temporal_activity_get_info(attempt)->attempt);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(fail_once, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(fail_once)
temporal_error *fail_once(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)attempt, (void)in, (void)out;
    return temporal_error_application("Once", "the next attempt is far away");
}

TEMPORAL_ACTIVITY(late_comer, temporal_none, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(late_comer)
temporal_error *late_comer(temporal_activity *attempt, temporal_none in, temporal_string *text)
{
    (void)attempt, (void)in;
    *text = "here at last";
    return TEMPORAL_OK;
}

/* --- the workflows ------------------------------------------------------------------------ */

TEMPORAL_WORKFLOW(stayer, temporal_none, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(stayer)
temporal_error *stayer(temporal_workflow *run, temporal_none in, temporal_string *text)
{
    temporal_future *one =
        temporal_start_local_activity(run, stay_coroutine, in, .start_to_close_timeout = 3600);
    temporal_future *two =
        temporal_start_local_activity(run, stay_thread, in, .start_to_close_timeout = 3600);
    temporal_future *three =
        temporal_start_local_activity(run, stay_process, in, .start_to_close_timeout = 3600);
    temporal_int a, b, c;

    TEMPORAL_TRY(temporal_await_activity(run, stay_coroutine, one, &a));
    TEMPORAL_TRY(temporal_await_activity(run, stay_thread, two, &b));
    TEMPORAL_TRY(temporal_await_activity(run, stay_process, three, &c));
    *text = temporal_workflow_format(run, "%d %d %d", (int)a, (int)b, (int)c);
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(finisher, temporal_none, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(finisher)
temporal_error *finisher(temporal_workflow *run, temporal_none in, temporal_string *text)
{
    return temporal_execute_local_activity(run, finish_late, in, text,
                                           .start_to_close_timeout = 100);
}

/* Cancelled between two attempts, an hour apart: waiting here, or for a timer of the server's. */
TEMPORAL_WORKFLOW(pausing, temporal_bool, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(pausing)
temporal_error *pausing(temporal_workflow *run, temporal_bool by_timer, temporal_string *text)
{
    const temporal_retry_policy hourly = { .initial_interval = TEMPORAL_HOUR };
    temporal_none none;
    temporal_error *error = temporal_execute_local_activity(
        run, fail_once, TEMPORAL_NONE, &none, .start_to_close_timeout = 10, .retry = &hourly,
        .local_retry_threshold = by_timer ? TEMPORAL_MINUTE : TEMPORAL_DAY,
        .cancellation = TEMPORAL_CANCELLATION_WAIT);

    *text = temporal_workflow_format(run, "%s %d %d", temporal_error_message(error),
                                     (int)temporal_error_retry_state(error),
                                     temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) != NULL);
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(wanting, temporal_none, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(wanting)
temporal_error *wanting(temporal_workflow *run, temporal_none in, temporal_string *text)
{
    return temporal_execute_local_activity(run, late_comer, in, text, .start_to_close_timeout = 10);
}

static const char *queue;

static temporal_worker *new_worker(const char *on_queue, bool complete, temporal_seconds grace)
{
    temporal_worker *worker = NULL;
    const temporal_activity_def *const threads[] = { &stay_thread_activity, &fail_once_activity,
                                                     complete ? &late_comer_activity : NULL, NULL };

    assert_ok(temporal_worker_new(
        &worker, .task_queue = on_queue,
        .workflows = TEMPORAL_WORKFLOWS(&stayer_workflow, &finisher_workflow, &pausing_workflow,
                                        &wanting_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&stay_coroutine_activity, &finish_late_activity),
        .threads.activities = threads,
        .processes = { .activities = TEMPORAL_ACTIVITIES(&stay_process_activity),
                       .concurrency = 1 },
        .sticky_timeout = 1, .graceful_shutdown_timeout = grace));
    return worker;
}

static temporal_worker *start_worker(bool complete, temporal_seconds grace)
{
    temporal_worker *worker = new_worker(queue, complete, grace);

    assert_ok(temporal_worker_start(worker, client));
    return worker;
}

/* The program that is killed. */
static int worker_program(const char *address, const char *on_queue)
{
    temporal_worker *worker;
    temporal_client *own = NULL;

    setvbuf(stdout, NULL, _IOLBF, 0);
    doomed = true;
    worker = new_worker(on_queue, true, 0);
    assert_ok(temporal_client_connect(&own, address));
    return temporal_error_report(temporal_worker_run(worker, own));
}

/* --- the tests ---------------------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    queue = test_unique("lives");
    return 0;
}

/* On each executor; in its first workflow task, or when that was kept alive already. */
static void expect_survival(bool kept_alive)
{
    test_process *program =
        test_process_run(test_program_path(), "worker", test_server_address(), queue);
    temporal_handle *handle = NULL;
    temporal_worker *worker;
    temporal_string text;

    assert_ok(temporal_start_workflow(client, stayer, TEMPORAL_NONE, &handle,
                                      .id = test_unique("stayer"), .task_queue = queue,
                                      .task_timeout = kept_alive ? 1 : 3));
    for (int i = 0; i < 3; i++)
        test_process_expect(program, "stays ");
    if (kept_alive)
        fixture_wait_for_event(handle, EVENT_TASK_COMPLETED);
    test_process_signal(program, SIGKILL);
    assert_int_equal(test_process_wait(program), 128 + SIGKILL);
    test_process_free(program);

    worker = start_worker(true, 0);
    assert_ok(temporal_get_result(handle, stayer, &text));
    assert_string_equal(text, "1 1 1");
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 3);
    assert_true(fixture_count_events(handle, EVENT_TASK_TIMED_OUT) > 0);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void F5_those_of_a_worker_that_is_killed_run_on_another(void **state)
{
    (void)state;
    expect_survival(false);
}

static void F5_those_of_a_worker_that_is_killed_later_run_on_another(void **state)
{
    (void)state;
    expect_survival(true);
}

/* The workflow task is kept alive meanwhile: it takes two seconds. */
static void W3_a_shutdown_lets_one_end_within_a_long_grace_and_tells_its_result(void **state)
{
    temporal_worker *worker = start_worker(true, 10 * BEYOND_PATIENCE);
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_start_workflow(client, finisher, TEMPORAL_NONE, &handle,
                                      .id = test_unique("finisher"), .task_queue = queue,
                                      .task_timeout = 2));
    fixture_wait_for_event(handle, EVENT_TASK_COMPLETED); /* kept alive: it is under way */
    test_worker_stop(worker);
    assert_ok(temporal_get_result(handle, finisher, &text)); /* though there is no worker */
    assert_string_equal(text, "attempt 1, in peace");
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 1);
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_TIMED_OUT), 0);
    temporal_handle_free(handle);
}

static void expect_cancellation(bool by_timer, int begun)
{
    temporal_worker *worker = start_worker(true, 0);
    temporal_handle *handle = NULL;
    temporal_string text;

    assert_ok(temporal_start_workflow(client, pausing, by_timer, &handle,
                                      .id = test_unique("pausing"), .task_queue = queue,
                                      .task_timeout = 1));
    fixture_wait_for_event(handle, begun);
    assert_ok(temporal_handle_cancel(handle));
    assert_ok(temporal_get_result(handle, pausing, &text));
    assert_string_equal(text, "local activity fail_once (id 1) was cancelled 7 1");
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 1);
    assert_int_equal(fixture_count_events(handle, EVENT_TIMER_CANCELED), by_timer);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void F5_one_is_cancelled_in_a_pause_that_its_worker_waits_for(void **state)
{
    (void)state;
    expect_cancellation(false, EVENT_TASK_COMPLETED); /* kept alive: the attempt has failed */
}

static void F5_one_is_cancelled_in_a_pause_that_is_a_timer(void **state)
{
    (void)state;
    expect_cancellation(true, EVENT_TIMER_STARTED);
}

/* As with an unknown workflow type, the task fails and nothing is lost. */
static void F5_one_of_a_type_that_its_worker_does_not_have_waits_for_a_worker_that_has(void **state)
{
    temporal_worker *worker = start_worker(false, 0);
    temporal_handle *handle = NULL, *other = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_start_workflow(client, wanting, TEMPORAL_NONE, &handle,
                                      .id = test_unique("wanting"), .task_queue = queue,
                                      .task_timeout = 1));
    fixture_wait_for_event(handle, EVENT_TASK_FAILED);
    assert_contains(fixture_task_failure(handle),
                    "local activity type late_comer is not registered");
    assert_contains(fixture_task_failure(handle), "which has: ");
    assert_ok(temporal_execute_workflow(client, stayer, TEMPORAL_NONE, &other, &text,
                                        .id = test_unique("stayer"), .task_queue = queue));
    assert_string_equal(text, "1 1 1");
    temporal_handle_free(other);
    test_worker_stop(worker);

    worker = start_worker(true, 0);
    assert_ok(temporal_get_result(handle, wanting, &text));
    assert_string_equal(text, "here at last");
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 1);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(F5_those_of_a_worker_that_is_killed_run_on_another),
        TEST(F5_those_of_a_worker_that_is_killed_later_run_on_another),
        TEST(W3_a_shutdown_lets_one_end_within_a_long_grace_and_tells_its_result),
        TEST(F5_one_is_cancelled_in_a_pause_that_its_worker_waits_for),
        TEST(F5_one_is_cancelled_in_a_pause_that_is_a_timer),
        TEST(F5_one_of_a_type_that_its_worker_does_not_have_waits_for_a_worker_that_has),
    };

    if (argc == 4)
        return worker_program(argv[2], argv[3]);
    return fixture_run(tests, fixture_connect, fixture_close);
}
