/* SPDX-License-Identifier: MIT */
/* test_time_skipping.c -- T1: the time of a test's own server, which skips. */
#include <pthread.h>
#include <temporal/testing.h>

#include "tests/support/live.h"

#define SECOND INT64_C(1000000000)
#define QUEUE  "time"

TEMPORAL_WORKFLOW(wait_a_day, temporal_none, temporal_string)
TEMPORAL_WORKFLOW(wait_for_signal, temporal_none, temporal_string)
TEMPORAL_SIGNAL(wait_for_signal, some_signal, temporal_none)
TEMPORAL_UPDATE(wait_for_signal, soon, temporal_none, temporal_string)
TEMPORAL_WORKFLOW(fail_tomorrow, temporal_none, temporal_none)

TEMPORAL_WORKFLOW_DEFINE(wait_a_day)
temporal_error *wait_a_day(temporal_workflow *run, temporal_none in, temporal_string *text)
{
    (void)in;
    TEMPORAL_TRY(temporal_workflow_sleep(run, 24 * TEMPORAL_HOUR));
    *text = "all done";
    return TEMPORAL_OK;
}

typedef struct waiting {
    bool signalled;
} waiting;

TEMPORAL_SIGNAL_DEFINE(wait_for_signal, waiting, some_signal)
temporal_error *wait_for_signal_some_signal(temporal_workflow *run, waiting *self, temporal_none in)
{
    (void)run, (void)in;
    self->signalled = true;
    return TEMPORAL_OK;
}

TEMPORAL_UPDATE_DEFINE(wait_for_signal, waiting, soon)
temporal_error *wait_for_signal_soon(temporal_workflow *run, waiting *self, temporal_none in,
                                     temporal_string *text)
{
    (void)self, (void)in;
    TEMPORAL_TRY(temporal_workflow_sleep(run, 30));
    *text = "in time";
    return TEMPORAL_OK;
}

static bool is_signalled(const void *data)
{
    return ((const waiting *)data)->signalled;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(wait_for_signal, waiting, &wait_for_signal_some_signal_handler,
                                  &wait_for_signal_soon_handler)
temporal_error *wait_for_signal(temporal_workflow *run, waiting *self, temporal_none in,
                                temporal_string *text)
{
    temporal_error *error = temporal_workflow_wait_condition(run, is_signalled, self, 45);

    (void)in;
    if (error && temporal_error_get_code(error) != TEMPORAL_ERROR_TIMEOUT)
        return error;
    *text = error ? "got timeout" : "got signal";
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(fail_tomorrow)
temporal_error *fail_tomorrow(temporal_workflow *run, temporal_none in, temporal_none *out)
{
    (void)in, (void)out;
    TEMPORAL_TRY(temporal_workflow_sleep(run, TEMPORAL_DAY));
    return temporal_error_application_with(
        &(const temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                             .non_retryable = true },
        "as it was foreseen");
}

static temporal_test_env *env;
static temporal_worker *worker;

static int start(void **state)
{
    (void)state;
    assert_ok(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_TIME_SKIPPING));
    worker = test_worker_start(temporal_test_env_client(env), .task_queue = QUEUE,
                               .workflows = TEMPORAL_WORKFLOWS(&wait_a_day_workflow,
                                                               &wait_for_signal_workflow,
                                                               &fail_tomorrow_workflow));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_worker_stop(worker);
    temporal_test_env_free(env);
    return 0;
}

static int64_t now(void)
{
    int64_t time = 0;

    assert_ok(temporal_test_env_now(env, &time));
    return time;
}

static temporal_handle *start_waiting(temporal_client *client)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, wait_for_signal, TEMPORAL_NONE, &handle,
                                      .id = test_unique("signal"), .task_queue = QUEUE));
    return handle;
}

/* --- while a result is awaited ---------------------------------------------------------------- */

static void T1_a_day_passes_while_its_result_is_awaited(void **state)
{
    const int64_t before = now();
    temporal_handle *handle = NULL;
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_execute_workflow(temporal_test_env_client(env), wait_a_day, TEMPORAL_NONE,
                                        &handle, &text, .id = test_unique("day"),
                                        .task_queue = QUEUE));
    assert_string_equal(text, "all done");
    assert_true(now() - before >= 24 * 3600 * SECOND);
    temporal_handle_free(handle);
}

static void T1_a_signal_comes_before_time_skips(void **state)
{
    temporal_handle *handle = start_waiting(temporal_test_env_client(env));
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_signal(handle, wait_for_signal, some_signal, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, wait_for_signal, &text));
    assert_string_equal(text, "got signal");
    temporal_handle_free(handle);
}

static void T1_a_copy_of_the_client_skips_time_too(void **state)
{
    const int64_t before = now();
    temporal_client *copy = NULL;
    temporal_handle *handle;
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_client_copy(&copy, temporal_test_env_client(env), .identity = "copy"));
    handle = start_waiting(copy);
    temporal_client_free(copy); /* the handle holds it */
    assert_ok(temporal_get_result_within(handle, wait_for_signal, TEST_PATIENCE, &text));
    assert_string_equal(text, "got timeout");
    assert_true(now() - before >= 45 * SECOND);
    temporal_handle_free(handle);
}

static void T1_time_skips_while_an_update_is_awaited(void **state)
{
    const int64_t before = now();
    temporal_handle *handle = start_waiting(temporal_test_env_client(env));
    temporal_update *update = NULL;
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_start_update(handle, wait_for_signal, soon, TEMPORAL_NONE, &update));
    assert_true(now() - before < 30 * SECOND);
    assert_ok(temporal_get_update_result(update, wait_for_signal, soon, &text));
    assert_string_equal(text, "in time");
    assert_true(now() - before >= 30 * SECOND);
    temporal_update_free(update);
    temporal_handle_free(handle);

    handle = start_waiting(temporal_test_env_client(env));
    assert_ok(temporal_execute_update(handle, wait_for_signal, soon, TEMPORAL_NONE, NULL));
    assert_true(now() - before >= 60 * SECOND);
    temporal_handle_free(handle);
}

/* The server would refuse an unlocking, or a locking, that is not balanced. */
static void T1_after_a_failed_wait_time_stands_still_again(void **state)
{
    temporal_handle *handle = NULL, *slow = NULL;
    temporal_error *error;
    temporal_string text = NULL;

    (void)state;
    error =
        temporal_execute_workflow(temporal_test_env_client(env), fail_tomorrow, TEMPORAL_NONE,
                                  &handle, NULL, .id = test_unique("fail"), .task_queue = QUEUE);
    assert_has(error, APPLICATION);
    temporal_error_free(error);
    temporal_handle_free(handle);

    slow = start_waiting(temporal_test_env_client(env));
    assert_ok(temporal_test_env_sleep(env, 1)); /* ... of 45 */
    assert_ok(temporal_signal(slow, wait_for_signal, some_signal, TEMPORAL_NONE));
    assert_ok(temporal_get_result(slow, wait_for_signal, &text));
    assert_string_equal(text, "got signal");
    temporal_handle_free(slow);
}

typedef struct waiter {
    pthread_t thread;
    temporal_handle *handle;
    temporal_string text;
} waiter;

static void *await_result(void *data)
{
    waiter *self = data;

    assert_ok(temporal_get_result(self->handle, wait_a_day, &self->text));
    return NULL;
}

static void T1_many_threads_wait_and_sleep_at_once(void **state)
{
    enum {
        WAITERS = 8
    };
    waiter waiters[WAITERS] = { 0 };
    const int64_t before = now();

    (void)state;
    for (int i = 0; i < WAITERS; i++)
        assert_ok(temporal_start_workflow(temporal_test_env_client(env), wait_a_day, TEMPORAL_NONE,
                                          &waiters[i].handle, .id = test_unique("many"),
                                          .task_queue = QUEUE));
    for (int i = 0; i < WAITERS; i++) {
        assert_int_equal(pthread_create(&waiters[i].thread, NULL, await_result, &waiters[i]), 0);
        assert_ok(temporal_test_env_sleep(env, 60));
    }
    for (int i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i].thread, NULL);
        assert_string_equal(waiters[i].text, "all done");
        temporal_handle_free(waiters[i].handle);
    }
    assert_true(now() - before >= 24 * 3600 * SECOND);
    /* All that was unlocked was locked again, or this would be refused. */
    assert_ok(temporal_test_env_sleep(env, 1));
}

/* --- on request ------------------------------------------------------------------------------- */

static void T1_sleeping_advances_the_time_that_far(void **state)
{
    const int64_t before = now();
    temporal_handle *handle = start_waiting(temporal_test_env_client(env));
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_test_env_sleep(env, 50));
    assert_true(now() - before >= 50 * SECOND);
    assert_ok(temporal_get_result(handle, wait_for_signal, &text));
    assert_string_equal(text, "got timeout");
    temporal_handle_free(handle);
}

static void T1_a_block_may_do_without(void **state)
{
    const int64_t before = now();
    temporal_handle *handle = start_waiting(temporal_test_env_client(env));
    temporal_string text = NULL;
    const bool was = temporal_test_env_set_auto_time_skipping(env, false);

    (void)state;
    assert_true(was);
    /* In real time these 45 seconds would not be over: nothing that waits can end it. */
    assert_fails(temporal_get_result_within(handle, wait_for_signal, 0.2, &text), TIMEOUT, "");
    assert_true(now() - before < 45 * SECOND); /* nor had the wait begun to skip */
    assert_false(temporal_test_env_set_auto_time_skipping(env, was));
    assert_ok(temporal_get_result(handle, wait_for_signal, &text));
    assert_string_equal(text, "got timeout");
    assert_true(now() - before >= 45 * SECOND);
    temporal_handle_free(handle);
}

static void T1_a_length_that_is_none_is_refused(void **state)
{
    (void)state;
    assert_fails(temporal_test_env_sleep(env, -1), INVALID_ARGUMENT, "temporal_test_env_sleep");
    assert_ok(temporal_test_env_sleep(env, 0));
}

/* --- a server that runs already --------------------------------------------------------------- */

static void T1_a_server_that_runs_is_asked_whether_it_skips(void **state)
{
    const int64_t before = now();
    temporal_test_env *second = NULL;
    temporal_handle *handle = NULL;
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_test_env_connect(&second, temporal_test_env_address(env)));
    assert_true(temporal_test_env_skips_time(second));
    assert_string_equal(temporal_test_env_address(second), temporal_test_env_address(env));
    assert_ok(temporal_execute_workflow(temporal_test_env_client(second), wait_a_day, TEMPORAL_NONE,
                                        &handle, &text, .id = test_unique("second"),
                                        .task_queue = QUEUE));
    assert_string_equal(text, "all done");
    temporal_handle_free(handle);
    temporal_test_env_free(second);
    assert_true(now() - before >= 24 * 3600 * SECOND); /* the server serves on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(T1_a_day_passes_while_its_result_is_awaited),
        cmocka_unit_test(T1_a_signal_comes_before_time_skips),
        cmocka_unit_test(T1_a_copy_of_the_client_skips_time_too),
        cmocka_unit_test(T1_time_skips_while_an_update_is_awaited),
        cmocka_unit_test(T1_after_a_failed_wait_time_stands_still_again),
        cmocka_unit_test(T1_many_threads_wait_and_sleep_at_once),
        cmocka_unit_test(T1_sleeping_advances_the_time_that_far),
        cmocka_unit_test(T1_a_block_may_do_without),
        cmocka_unit_test(T1_a_length_that_is_none_is_refused),
        cmocka_unit_test(T1_a_server_that_runs_is_asked_whether_it_skips),
    };

    return cmocka_run_group_tests_name("time skipping", tests, start, stop);
}
