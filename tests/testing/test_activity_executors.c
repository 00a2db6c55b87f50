/* SPDX-License-Identifier: MIT */
/* test_activity_executors.c -- T3: an activity alone, by the waiting rules of each executor. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/support.h"
#include "tests/testing/activities.h"

TEMPORAL_ACTIVITY(tell_pid, temporal_none, temporal_int)
TEMPORAL_ACTIVITY_DEFINE(tell_pid)
temporal_error *tell_pid(temporal_activity *attempt, temporal_none in, temporal_int *pid)
{
    (void)attempt, (void)in;
    *pid = getpid();
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(kill_itself, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(kill_itself)
temporal_error *kill_itself(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)attempt, (void)in, (void)out;
    raise(SIGKILL);
    return TEMPORAL_OK;
}

/* What wakes it is told by a heartbeat's listener, so it beats first. */
TEMPORAL_ACTIVITY(beat_and_wait, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(beat_and_wait)
temporal_error *beat_and_wait(temporal_activity *attempt, temporal_string what,
                              temporal_string *text)
{
    TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_string, what));
    if (strcmp(what, "shutdown") == 0) {
        *text = temporal_activity_wait_for_worker_shutdown(attempt, 0) ? "shut down" : "?";
        return TEMPORAL_OK;
    }
    if (strcmp(what, "sleep") == 0)
        return temporal_activity_sleep(attempt, 3600);
    temporal_activity_wait_for_cancelled(attempt, 0);
    return temporal_activity_cancelled(attempt);
}

static const temporal_activity_executor kinds[] = { TEMPORAL_ON_THREAD, TEMPORAL_ON_COROUTINE,
                                                    TEMPORAL_ON_PROCESS };
#define KIND_OF(state) (*(const temporal_activity_executor *)*(state))

static void T3_it_runs_there_with_its_info_and_types(void **state)
{
    temporal_activity_env *env =
        temporal_activity_env_new(.info = { .attempt = 7, .heartbeat_timeout = 2.5 },
                                  .executor = KIND_OF(state));
    const order wheat = { "wheat", 2 };
    order twice = { NULL, 0 };
    temporal_string text = NULL;
    temporal_int pid = 0;

    assert_ok(temporal_activity_env_run(env, describe_itself, TEMPORAL_NONE, &text));
    assert_string_equal(text, "test describe_itself test test test test test 7 2.5 ");
    assert_ok(temporal_activity_env_run(env, double_order, wheat, &twice));
    assert_string_equal(twice.item, "wheat");
    assert_int_equal(twice.count, 4);
    assert_ok(temporal_activity_env_run(env, tell_pid, TEMPORAL_NONE, &pid));
    assert_int_equal(pid != getpid(), KIND_OF(state) == TEMPORAL_ON_PROCESS);
    temporal_activity_env_free(env);
}

static void T3_its_ends_are_the_same_there(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new(.executor = KIND_OF(state));
    temporal_error *error = temporal_activity_env_run(env, give_up, "Shortage", NULL);

    assert_string_equal(temporal_error_type(assert_has(error, APPLICATION)), "Shortage");
    temporal_error_free(error);
    assert_fails(temporal_activity_env_run(env, leave_it, TEMPORAL_NONE, NULL), COMPLETE_ASYNC, "");
    temporal_activity_env_free(env);
}

static void T3_its_heartbeats_are_told_there(void **state)
{
    const temporal_int reached = 7;
    const temporal_argument details[] = { { temporal_int_type(), &reached } };
    beats seen = { 0 };
    temporal_activity_env *env =
        temporal_activity_env_new(.heartbeat_details = details, .heartbeat_detail_count = 1,
                                  .on_heartbeat = count_beat, .data = &seen,
                                  .executor = KIND_OF(state));
    temporal_int at = 0;

    assert_ok(temporal_activity_env_run(env, count_on, 10, &at));
    assert_int_equal(at, 10);
    assert_in_range(seen.count, 1, 3); /* the latest wins */
    assert_ok(temporal_value_get(seen.last, temporal_int, &at));
    assert_int_equal(at, 10);
    temporal_activity_env_free(env);
}

typedef struct waker {
    temporal_activity_env *env;
    temporal_cancel_reason reason; /* NONE: the shutdown */
} waker;

static void wake(const temporal_value *details, size_t count, void *data)
{
    waker *self = data;

    (void)details, (void)count;
    if (self->reason == TEMPORAL_CANCEL_NONE)
        temporal_activity_env_worker_shutdown(self->env);
    else
        temporal_activity_env_cancel(self->env, self->reason);
}

static void T3_each_reason_reaches_it_there(void **state)
{
    static const temporal_cancel_reason reasons[] = {
        TEMPORAL_CANCEL_REQUESTED, TEMPORAL_CANCEL_TIMED_OUT, TEMPORAL_CANCEL_WORKER_SHUTDOWN,
        TEMPORAL_CANCEL_PAUSED,    TEMPORAL_CANCEL_RESET,     TEMPORAL_CANCEL_NOT_FOUND
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        waker self = { .reason = reasons[i] };
        const char *name = temporal_cancel_reason_name(reasons[i]);

        self.env = temporal_activity_env_new(.on_heartbeat = wake, .data = &self,
                                             .executor = KIND_OF(state));
        assert_fails(temporal_activity_env_run(self.env, beat_and_wait, "cancel", NULL), CANCELLED,
                     name);
        /* And what runs later, whatever the reason given then. */
        temporal_activity_env_cancel(self.env, TEMPORAL_CANCEL_RESET);
        assert_fails(temporal_activity_env_run(self.env, beat_and_wait, "sleep", NULL), CANCELLED,
                     name);
        temporal_activity_env_free(self.env);
    }
}

static void T3_the_shutdown_reaches_it_there(void **state)
{
    waker self = { .reason = TEMPORAL_CANCEL_NONE };
    temporal_string text = NULL;
    temporal_bool came = false;

    self.env =
        temporal_activity_env_new(.on_heartbeat = wake, .data = &self, .executor = KIND_OF(state));
    assert_ok(temporal_activity_env_run(self.env, beat_and_wait, "shutdown", &text));
    assert_string_equal(text, "shut down");
    assert_ok(temporal_activity_env_run(self.env, wait_for_shutdown, 0.0, &came)); /* and another */
    assert_true(came);
    temporal_activity_env_free(self.env);
}

static void T3_what_is_cancelled_before_sees_it_there(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new(.executor = KIND_OF(state));

    temporal_activity_env_cancel(env, TEMPORAL_CANCEL_NONE);
    assert_fails(temporal_activity_env_run(env, beat_and_wait, "cancel", NULL), CANCELLED,
                 "requested");
    temporal_activity_env_free(env);
}

typedef struct running {
    temporal_activity_env *env;
    temporal_error *error;
} running;

static void *run_beating(void *data)
{
    running *self = data;

    self->error = temporal_activity_env_run(self->env, beat_and_wait, "cancel", NULL);
    return NULL;
}

static void T3_several_run_there_at_once(void **state)
{
    waker self = { .reason = TEMPORAL_CANCEL_PAUSED };
    running runs[6] = { { NULL, NULL } };
    pthread_t threads[6];

    self.env =
        temporal_activity_env_new(.on_heartbeat = wake, .data = &self, .executor = KIND_OF(state));
    for (int i = 0; i < 6; i++) {
        runs[i].env = self.env;
        assert_int_equal(pthread_create(&threads[i], NULL, run_beating, &runs[i]), 0);
    }
    for (int i = 0; i < 6; i++) {
        pthread_join(threads[i], NULL);
        assert_fails(runs[i].error, CANCELLED, "paused");
    }
    temporal_activity_env_free(self.env);
}

static void T3_a_process_that_crashes_is_a_failure_of_its_attempt(void **state)
{
    temporal_activity_env *env = temporal_activity_env_new(.executor = TEMPORAL_ON_PROCESS);
    temporal_error *error = temporal_activity_env_run(env, kill_itself, TEMPORAL_NONE, NULL);
    temporal_int pid = 0;

    (void)state;
    assert_string_equal(temporal_error_type(assert_has(error, APPLICATION)),
                        "ActivityProcessCrashed");
    temporal_error_free(error);
    assert_ok(temporal_activity_env_run(env, tell_pid, TEMPORAL_NONE, &pid)); /* it goes on */
    temporal_activity_env_free(env);
}

#define THERE(test)                                                               \
    { #test " (thread)", test, NULL, NULL, (void *)(uintptr_t)&kinds[0] },        \
        { #test " (coroutine)", test, NULL, NULL, (void *)(uintptr_t)&kinds[1] }, \
    {                                                                             \
#test " (process)", test, NULL, NULL, (void *)(uintptr_t)&kinds[2]        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        THERE(T3_it_runs_there_with_its_info_and_types),
        THERE(T3_its_ends_are_the_same_there),
        THERE(T3_its_heartbeats_are_told_there),
        THERE(T3_each_reason_reaches_it_there),
        THERE(T3_the_shutdown_reaches_it_there),
        THERE(T3_what_is_cancelled_before_sees_it_there),
        THERE(T3_several_run_there_at_once),
        cmocka_unit_test(T3_a_process_that_crashes_is_a_failure_of_its_attempt),
    };
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    return cmocka_run_group_tests_name("activities on each executor", tests, NULL, NULL);
}
