/* SPDX-License-Identifier: MIT */
/* test_activity_environment.c -- T3: an activity alone, with what surrounds it made by the test. */
#include <pthread.h>
#include <string.h>

#include "tests/support/support.h"
#include "tests/testing/activities.h"

TEMPORAL_ACTIVITY(say_hello, temporal_string, temporal_string)
TEMPORAL_ACTIVITY(wait_to_be_cancelled, temporal_none, temporal_none)
TEMPORAL_ACTIVITY(sleep_for, temporal_double, temporal_none)
TEMPORAL_ACTIVITY(count_calls, temporal_none, temporal_int)

TEMPORAL_ACTIVITY_DEFINE(say_hello)
temporal_error *say_hello(temporal_activity *attempt, temporal_string name, temporal_string *text)
{
    *text = temporal_activity_format(attempt, "Hello, %s!", name);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(wait_to_be_cancelled)
temporal_error *wait_to_be_cancelled(temporal_activity *attempt, temporal_none in,
                                     temporal_none *out)
{
    (void)in, (void)out;
    atomic_fetch_add(&waiting, 1);
    assert_true(temporal_activity_wait_for_cancelled(attempt, 0));
    return temporal_activity_cancelled(attempt);
}

TEMPORAL_ACTIVITY_DEFINE(sleep_for)
temporal_error *sleep_for(temporal_activity *attempt, temporal_double time, temporal_none *out)
{
    (void)out;
    return temporal_activity_sleep(attempt, time);
}

typedef struct counter {
    temporal_int calls;
} counter;
static int counters; /* that are made */

static temporal_error *make_counter(counter *self)
{
    self->calls = 100;
    counters++;
    return TEMPORAL_OK;
}

static void put_counter_away(counter *self)
{
    (void)self;
    counters--;
}

TEMPORAL_STATEFUL_ACTIVITY_DEFINE(count_calls, counter, make_counter, put_counter_away)
temporal_error *count_calls(temporal_activity *attempt, counter *self, temporal_none in,
                            temporal_int *calls)
{
    (void)attempt, (void)in;
    *calls = ++self->calls;
    return TEMPORAL_OK;
}

static temporal_error *join(temporal_activity *attempt, const temporal_value *inputs, size_t count,
                            temporal_value *output)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++) {
        temporal_string part = NULL;

        TEMPORAL_TRY(temporal_value_get(&inputs[i], temporal_string, &part));
        text = temporal_activity_format(attempt, "%s%s", text, part);
    }
    return temporal_activity_write(attempt, output, temporal_string_type(), &text);
}

TEMPORAL_DYNAMIC_ACTIVITY_DEFINE(join, "join")

TEMPORAL_ACTIVITY_MOCK(say_hello, mocked_hello)
static temporal_error *mocked_hello(temporal_activity *attempt, temporal_string name,
                                    temporal_string *text)
{
    (void)attempt, (void)name;
    *text = "mocked";
    return TEMPORAL_OK;
}

/* --- what goes in and comes out --------------------------------------------------------------- */

static void T3_an_activity_is_run_with_its_types(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new();
    temporal_string text = NULL;
    order doubled = { 0 };
    const order single = { "screw", 21 };

    (void)state;
    assert_null(temporal_activity_current());
    assert_ok(temporal_activity_env_run(env, say_hello, "World", &text));
    assert_ok(temporal_activity_env_run(env, double_order, single, &doubled));
    assert_null(temporal_activity_current());
    /* A result lives as long as the environment, whatever runs after it. */
    assert_string_equal(text, "Hello, World!");
    assert_string_equal(doubled.item, "screw");
    assert_int_equal(doubled.count, 42);
    assert_ok(temporal_activity_env_run(env, mocked_hello, "World", &text));
    assert_string_equal(text, "mocked");
    assert_ok(temporal_activity_env_run(env, say_hello, "nobody", NULL));
    temporal_activity_env_free(env);
}

static void T3_a_dynamic_activity_takes_any_arguments(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new();
    const temporal_string first = "one, ", second = "two";
    const temporal_argument inputs[] = { { temporal_string_type(), &first },
                                         { temporal_string_type(), &second } };
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_activity_env_run_values(env, &join_activity, inputs, 2,
                                               temporal_string_type(), &text));
    assert_string_equal(text, "one, two");
    assert_fails(temporal_activity_env_run_def(env, &join_activity, &first, &text),
                 INVALID_ARGUMENT, "temporal_activity_env_run_values");
    assert_fails(temporal_activity_env_run_def(env, NULL, &first, &text), INVALID_ARGUMENT,
                 "an activity is required");
    temporal_activity_env_free(env);
}

static void T3_a_failure_is_what_a_workflow_would_see(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new();
    temporal_error *error = temporal_activity_env_run(env, give_up, "Empty", NULL);

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_APPLICATION);
    assert_string_equal(temporal_error_type(error), "Empty");
    assert_string_equal(temporal_error_message(error), "no more left");
    temporal_activity_env_free(env);
    assert_string_equal(temporal_error_type(error), "Empty"); /* the caller's own */
    temporal_error_free(error);
}

static void T3_what_does_not_encode_is_refused(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new();

    (void)state;
    assert_fails(temporal_activity_env_run(env, sleep_for, 0.0 / 0.0, NULL), CONVERSION,
                 "activity sleep_for: the input does not encode");
    assert_fails(temporal_activity_env_run(env, say_hello, "\xff", NULL), CONVERSION, "");
    temporal_activity_env_free(env);
}

static void T3_completion_from_outside_is_told(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new();

    (void)state;
    assert_fails(temporal_activity_env_run(env, leave_it, TEMPORAL_NONE, NULL), COMPLETE_ASYNC, "");
    temporal_activity_env_free(env);
}

static void T3_a_state_is_made_once_and_put_away_at_the_end(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new();
    temporal_int calls = 0;

    (void)state;
    assert_ok(temporal_activity_env_run(env, count_calls, TEMPORAL_NONE, &calls));
    assert_ok(temporal_activity_env_run(env, count_calls, TEMPORAL_NONE, &calls));
    assert_int_equal(calls, 102);
    assert_int_equal(counters, 1);
    temporal_activity_env_free(env);
    assert_int_equal(counters, 0);
}

/* --- info ------------------------------------------------------------------------------------- */

static void T3_an_info_is_made_up(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new();
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_activity_env_run(env, describe_itself, TEMPORAL_NONE, &text));
    assert_string_equal(text, "test describe_itself test test test test test 1 0 ");
    temporal_activity_env_free(env);
}

static void T3_an_info_is_what_the_test_says(void **state)
{
    char queue[] = "a queue";
    temporal_activity_env *env = temporal_activity_env_new(.info = { .activity_id = "id",
                                                                     .activity_type = "type",
                                                                     .task_queue = queue,
                                                                     .workflow_id = "workflow",
                                                                     .workflow_run_id = "run",
                                                                     .workflow_type = "Kind",
                                                                     .workflow_namespace = "space",
                                                                     .attempt = 7,
                                                                     .heartbeat_timeout = 2.5,
                                                                     .task_token = { "token", 5 },
                                                                     .is_local = true });
    temporal_string text = NULL;

    (void)state;
    memset(queue, 'x', sizeof queue - 1); /* it was copied */
    assert_ok(temporal_activity_env_run(env, describe_itself, TEMPORAL_NONE, &text));
    assert_string_equal(text, "id type a queue workflow run Kind space 7 2.5 token local");
    temporal_activity_env_free(env);
}

/* --- heartbeats ------------------------------------------------------------------------------- */

static void T3_each_heartbeat_is_told(void **state)
{
    beats seen = { 0 };
    temporal_activity_env *env =
        temporal_activity_env_new(.on_heartbeat = count_beat, .data = &seen);
    temporal_int at = 0;

    (void)state;
    assert_ok(temporal_activity_env_run(env, count_on, 5, &at));
    assert_int_equal(seen.count, 5);
    assert_ok(temporal_value_get(seen.last, temporal_int, &at)); /* it lives on */
    assert_int_equal(at, 5);
    temporal_activity_env_free(env);
}

static void T3_a_heartbeat_may_bring_a_cancellation_back(void **state)
{
    beats seen = { .cancel_at = 3 };
    temporal_activity_env *env =
        temporal_activity_env_new(.on_heartbeat = count_beat, .data = &seen);
    temporal_int at = 0;

    (void)state;
    seen.env = env;
    assert_ok(temporal_activity_env_run(env, count_on, 1000, &at));
    assert_int_equal(at, 3);
    temporal_activity_env_free(env);
}

static void T3_an_activity_goes_on_where_the_attempt_before_was(void **state)
{
    const temporal_int reached = 7;
    const temporal_argument details[] = { { temporal_int_type(), &reached } };
    beats seen = { 0 }, seen_again = { 0 };
    temporal_activity_env *first =
        temporal_activity_env_new(.heartbeat_details = details, .heartbeat_detail_count = 1,
                                  .on_heartbeat = count_beat, .data = &seen);
    temporal_activity_env *second;
    temporal_int at = 0;

    (void)state;
    assert_ok(temporal_activity_env_run(first, count_on, 10, &at));
    assert_int_equal(at, 10);
    assert_int_equal(seen.count, 3);

    /* What one attempt said last is what the next one is given. */
    second = temporal_activity_env_new(.info = { .heartbeat_details = seen.last,
                                                 .heartbeat_details_count = 1,
                                                 .attempt = 2 },
                                       .on_heartbeat = count_beat, .data = &seen_again);
    temporal_activity_env_free(first);
    assert_ok(temporal_activity_env_run(second, count_on, 12, &at));
    assert_int_equal(at, 12);
    assert_int_equal(seen_again.count, 2);
    temporal_activity_env_free(second);
}

static void T3_details_that_do_not_encode_are_told_by_run(void **state)
{
    const temporal_string bad = "\xff";
    const temporal_argument details[] = { { temporal_string_type(), &bad } };
    temporal_activity_env *env =
        temporal_activity_env_new(.heartbeat_details = details, .heartbeat_detail_count = 1);
    temporal_int at = 0;

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_fails(temporal_activity_env_run(env, count_on, 1, &at), CONVERSION,
                     ".heartbeat_details");
    temporal_activity_env_free(env);
}

/* --- cancellation and shutdown ---------------------------------------------------------------- */

static void T3_what_is_cancelled_before_it_runs_sees_it(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new();

    (void)state;
    temporal_activity_env_cancel(env, TEMPORAL_CANCEL_TIMED_OUT);
    temporal_activity_env_cancel(env, TEMPORAL_CANCEL_RESET); /* the first stays */
    assert_fails(temporal_activity_env_run(env, wait_to_be_cancelled, TEMPORAL_NONE, NULL),
                 CANCELLED, "activity wait_to_be_cancelled was cancelled: timed out");
    assert_fails(temporal_activity_env_run(env, sleep_for, 3600, NULL), CANCELLED, "timed out");
    temporal_activity_env_free(env);
}

typedef struct running {
    temporal_activity_env *env;
    temporal_error *error;
    temporal_bool came;
} running;

static void *run_until_cancelled(void *data)
{
    running *self = data;

    self->error = temporal_activity_env_run(self->env, wait_to_be_cancelled, TEMPORAL_NONE, NULL);
    return NULL;
}

static void *run_until_shutdown(void *data)
{
    running *self = data;

    self->error = temporal_activity_env_run(self->env, wait_for_shutdown, 0.0, &self->came);
    return NULL;
}

static void *run_asleep(void *data)
{
    running *self = data;

    atomic_fetch_add(&waiting, 1);
    self->error = temporal_activity_env_run(self->env, sleep_for, 3600, NULL);
    return NULL;
}

static void T3_all_that_run_are_cancelled_from_another_thread(void **state)
{
    void *(*const bodies[])(void *) = { run_until_cancelled, run_until_cancelled, run_asleep };
    temporal_activity_env *env = temporal_activity_env_new();
    running runs[3] = { { env, NULL, false }, { env, NULL, false }, { env, NULL, false } };
    pthread_t threads[3];

    (void)state;
    atomic_store(&waiting, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, bodies[i], &runs[i]), 0);
    test_wait_for(atomic_load(&waiting) == 3);
    temporal_activity_env_cancel(env, TEMPORAL_CANCEL_NONE);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_fails(runs[i].error, CANCELLED, "was cancelled: requested");
    }
    temporal_activity_env_free(env);
}

static void T3_a_shutdown_of_the_worker_is_seen(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new();
    running run = { env, NULL, false };
    temporal_bool came = true;
    pthread_t thread;

    (void)state;
    assert_ok(temporal_activity_env_run(env, wait_for_shutdown, 0.01, &came));
    assert_false(came); /* the time ran out */
    atomic_store(&waiting, 0);
    assert_int_equal(pthread_create(&thread, NULL, run_until_shutdown, &run), 0);
    test_wait_for(atomic_load(&waiting) == 1);
    temporal_activity_env_worker_shutdown(env);
    pthread_join(thread, NULL);
    assert_ok(run.error);
    assert_true(run.came);
    assert_ok(temporal_activity_env_run(env, wait_for_shutdown, 0.0, &came)); /* and from now on */
    assert_true(came);
    temporal_activity_env_free(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(T3_an_activity_is_run_with_its_types),
        cmocka_unit_test(T3_a_dynamic_activity_takes_any_arguments),
        cmocka_unit_test(T3_a_failure_is_what_a_workflow_would_see),
        cmocka_unit_test(T3_what_does_not_encode_is_refused),
        cmocka_unit_test(T3_completion_from_outside_is_told),
        cmocka_unit_test(T3_a_state_is_made_once_and_put_away_at_the_end),
        cmocka_unit_test(T3_an_info_is_made_up),
        cmocka_unit_test(T3_an_info_is_what_the_test_says),
        cmocka_unit_test(T3_each_heartbeat_is_told),
        cmocka_unit_test(T3_a_heartbeat_may_bring_a_cancellation_back),
        cmocka_unit_test(T3_an_activity_goes_on_where_the_attempt_before_was),
        cmocka_unit_test(T3_details_that_do_not_encode_are_told_by_run),
        cmocka_unit_test(T3_what_is_cancelled_before_it_runs_sees_it),
        cmocka_unit_test(T3_all_that_run_are_cancelled_from_another_thread),
        cmocka_unit_test(T3_a_shutdown_of_the_worker_is_seen),
    };

    return cmocka_run_group_tests_name("activity environment", tests, NULL, NULL);
}
