/* SPDX-License-Identifier: MIT */
/* tests/executor/test_threads.c -- the thread executor: every behaviour, and what threads alone can
 * do. */
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/executor/activities.h"
#include "tests/executor/behaviours.h"

static temporal_error *make_threads(tp_executor **executor,
                                    const temporal_activity_def *const *activities,
                                    uint32_t concurrency)
{
    return tp_thread_executor_new(
        executor,
        &(temporal_thread_executor){ .activities = activities, .concurrency = concurrency });
}

/* --- activities ------------------------------------------------------------------------------ */

static pthread_barrier_t meeting;

static temporal_error *meet(temporal_activity *activity, const void *in, void *out)
{
    (void)activity, (void)in, (void)out;
    pthread_barrier_wait(&meeting);
    return TEMPORAL_OK;
}

static temporal_error *tell_thread(temporal_activity *activity, const void *in, void *out)
{
    temporal_int *thread = out;

    (void)in;
    *thread = gettid();
    if (temporal_activity_suspend(activity) || temporal_activity_loop(activity))
        return temporal_error_new(TEMPORAL_ERROR_APPLICATION, "there is no loop on a thread");
    return TEMPORAL_OK;
}

/* More than a thread has unless it was asked for. */
static temporal_error *use_much_stack(temporal_activity *activity, const void *in, void *out)
{
    volatile char stack[16 << 20];

    (void)activity, (void)in, (void)out;
    for (size_t i = 0; i < sizeof(stack); i += 4096)
        stack[i] = 1;
    return stack[4096] ? TEMPORAL_OK : temporal_error_new(TEMPORAL_ERROR_APPLICATION, "not there");
}

/* Does not listen: ends when the test lets it. */
static sem_t let_go;
static atomic_int deaf_ended;
static atomic_int states_made, states_unmade, states_refused;

static temporal_error *be_deaf(temporal_activity *activity, const void *in, void *out)
{
    const temporal_activity_info *info = temporal_activity_get_info(activity);
    temporal_int number = 1;
    temporal_string text;

    (void)in, (void)out;
    TEMPORAL_TRY(temporal_heartbeat(activity, temporal_int, number));
    while (sem_wait(&let_go))
        ;
    /* All of this belongs to the attempt still, whoever has given it up. */
    TEMPORAL_TRY(temporal_heartbeat(activity, temporal_int, number));
    text = temporal_activity_format(activity, "%s of %s", info->activity_id, info->workflow_id);
    if (temporal_activity_is_cancelled(activity) && !atomic_load(&states_unmade) &&
        strcmp(text, "activity-1 of workflow-1") == 0)
        atomic_fetch_add(&deaf_ended, 1);
    return TEMPORAL_OK;
}

static void *make_error(void *data)
{
    (void)data;
    return temporal_error_application("Elsewhere", "made on another thread");
}

static temporal_error *fail_elsewhere(temporal_activity *activity, const void *in, void *out)
{
    pthread_t thread;
    void *error = NULL;

    (void)activity, (void)in, (void)out;
    pthread_create(&thread, NULL, make_error, NULL);
    pthread_join(thread, &error);
    return error;
}

/* A state that says what is done with it. */
static temporal_error *make_state(void *state)
{
    if (atomic_load(&states_refused) > 0) {
        atomic_fetch_sub(&states_refused, 1);
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM, "not yet");
    }
    usleep(1000); /* so that somebody comes meanwhile */
    *(int *)state = 1 + atomic_fetch_add(&states_made, 1);
    return TEMPORAL_OK;
}

static void unmake_state(void *state)
{
    (void)state;
    atomic_fetch_add(&states_unmade, 1);
}

static temporal_error *tell_state(temporal_activity *activity, const void *in, void *out)
{
    temporal_int *number = out;
    const int *state = temporal_activity_state(activity);

    (void)in;
    *number = *state;
    return TEMPORAL_OK;
}

static const temporal_activity_def meet_def = { .name = "meet", .invoke = meet };
static const temporal_activity_def thread_def = { .name = "thread",
                                                  .output = temporal_int_type,
                                                  .invoke = tell_thread };
static const temporal_activity_def stack_def = { .name = "stack", .invoke = use_much_stack };
static const temporal_activity_def deaf_def = { .name = "deaf", .invoke = be_deaf };
static const temporal_activity_def elsewhere_def = { .name = "elsewhere",
                                                     .invoke = fail_elsewhere };
static const temporal_activity_def state_def = { .name = "state",
                                                 .output = temporal_int_type,
                                                 .invoke = tell_state,
                                                 .state_size = sizeof(int),
                                                 .state_init = make_state,
                                                 .state_done = unmake_state };
static const temporal_activity_def deaf_state_def = { .name = "deaf_state",
                                                      .invoke = be_deaf,
                                                      .state_size = sizeof(int),
                                                      .state_init = make_state,
                                                      .state_done = unmake_state };
static const temporal_activity_def *const definitions[] = {
    &meet_def, &thread_def, &stack_def, &deaf_def, &elsewhere_def, &state_def, &deaf_state_def, NULL
};

static int set_up(void **state)
{
    (void)state;
    sem_init(&let_go, 0, 0);
    atomic_store(&deaf_ended, 0);
    atomic_store(&states_made, 0);
    atomic_store(&states_unmade, 0);
    atomic_store(&states_refused, 0);
    return 0;
}

/* --- tests ----------------------------------------------------------------------------------- */

static void two_attempts_really_run_at_once(void **state)
{
    struct harness harness;
    struct subject first, second;

    (void)state;
    pthread_barrier_init(&meeting, NULL, 2);
    harness_open(&harness, make_threads, definitions, 2);
    subject_init(&first, &harness, &meet_def);
    subject_init(&second, &harness, &meet_def);
    subject_submit(&first);
    subject_submit(&second);
    subject_wait_end(&first);
    subject_wait_end(&second);
    harness_close(&harness);
    subject_done(&first);
    subject_done(&second);
    pthread_barrier_destroy(&meeting);
}

static void a_thread_is_kept_for_the_next_attempt(void **state)
{
    struct harness harness;
    temporal_int threads[3];

    (void)state;
    harness_open(&harness, make_threads, definitions, 1);
    for (size_t i = 0; i < 3; i++) {
        struct subject subject;

        subject_init(&subject, &harness, &thread_def);
        subject_run(&subject);
        subject_result(&subject, temporal_int_type(), &threads[i]);
        assert_true(threads[i] != getpid() && threads[i] == threads[0]);
        subject_done(&subject);
    }
    harness_close(&harness);
}

static void no_thread_is_left_after_a_stop(void **state)
{
    size_t before = test_count_threads();
    struct harness harness;
    struct subject subjects[4];

    (void)state;
    pthread_barrier_init(&meeting, NULL, 4);
    harness_open(&harness, make_threads, definitions, 4);
    for (size_t i = 0; i < 4; i++) {
        subject_init(&subjects[i], &harness, &meet_def);
        subject_submit(&subjects[i]);
    }
    for (size_t i = 0; i < 4; i++)
        subject_wait_end(&subjects[i]);
    harness_close(&harness);
    test_wait_for(test_count_threads() == before);
    for (size_t i = 0; i < 4; i++)
        subject_done(&subjects[i]);
    pthread_barrier_destroy(&meeting);
}

static void one_thread_a_processor_is_the_default(void **state)
{
    tp_executor *executor;

    (void)state;
    assert_ok(make_threads(&executor, definitions, 0));
    assert_int_equal(executor->capacity, sysconf(_SC_NPROCESSORS_ONLN));
    assert_string_equal(executor->ops->name, "threads");
    tp_executor_free(executor);
}

static temporal_error *make_with_stack(tp_executor **executor,
                                       const temporal_activity_def *const *activities,
                                       uint32_t concurrency)
{
    return tp_thread_executor_new(executor, &(temporal_thread_executor){ .activities = activities,
                                                                         .concurrency = concurrency,
                                                                         .stack_size = 24 << 20 });
}

static void the_stack_is_as_large_as_asked(void **state)
{
    struct harness harness;
    struct subject subject;
    tp_executor *executor = NULL;

    (void)state;
    harness_open(&harness, make_with_stack, definitions, 1);
    subject_init(&subject, &harness, &stack_def);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    harness_close(&harness);
    subject_done(&subject);
    assert_fails(
        tp_thread_executor_new(&executor, &(temporal_thread_executor){ .activities = definitions,
                                                                       .stack_size = 4096 }),
        INVALID_ARGUMENT, "4096 bytes is too small");
}

static temporal_error *make_without_threads(tp_executor **executor,
                                            const temporal_activity_def *const *activities,
                                            uint32_t concurrency)
{
    return tp_thread_executor_new(executor,
                                  &(temporal_thread_executor){ .activities = activities,
                                                               .concurrency = concurrency,
                                                               .stack_size = (size_t)1 << 48 });
}

static void an_attempt_fails_when_no_thread_can_be_had(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_error *error;

    (void)state;
    harness_open(&harness, make_without_threads, definitions, 2);
    subject_init(&subject, &harness, &thread_def);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_FAILED);
    error = subject_failure(&subject);
    assert_contains(temporal_error_message(error), "activity thread: cannot start a thread");
    assert_false(error->non_retryable);
    temporal_error_free(error);
    harness_close(&harness);
    subject_done(&subject);
}

static void an_error_of_another_thread_may_be_returned(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_error *error;

    (void)state;
    harness_open(&harness, make_threads, definitions, 1);
    subject_init(&subject, &harness, &elsewhere_def);
    subject_run(&subject);
    error = subject_failure(&subject);
    assert_string_equal(temporal_error_type(error), "Elsewhere");
    temporal_error_free(error);
    harness_close(&harness);
    subject_done(&subject);
}

static void attempts_that_come_together_share_one_state(void **state)
{
    struct harness harness;
    struct subject subjects[4];

    (void)state;
    harness_open(&harness, make_threads, definitions, 4);
    for (size_t i = 0; i < 4; i++) {
        subject_init(&subjects[i], &harness, &state_def);
        subject_submit(&subjects[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        temporal_int number = 0;

        subject_wait_end(&subjects[i]);
        subject_result(&subjects[i], temporal_int_type(), &number);
        assert_int_equal(number, 1);
    }
    assert_int_equal(atomic_load(&states_unmade), 0);
    harness_close(&harness);
    assert_int_equal(atomic_load(&states_made), 1);
    assert_int_equal(atomic_load(&states_unmade), 1);
    for (size_t i = 0; i < 4; i++)
        subject_done(&subjects[i]);
}

static void a_state_that_failed_is_tried_again_by_the_next(void **state)
{
    struct harness harness;
    struct subject first, second;
    temporal_int number = 0;

    (void)state;
    atomic_store(&states_refused, 1);
    harness_open(&harness, make_threads, definitions, 2);
    subject_init(&first, &harness, &state_def);
    subject_run(&first);
    assert_int_equal(first.kind, TP_OUTCOME_FAILED);
    subject_init(&second, &harness, &state_def);
    subject_run(&second);
    subject_result(&second, temporal_int_type(), &number);
    assert_int_equal(number, 1);
    harness_close(&harness);
    assert_int_equal(atomic_load(&states_unmade), 1);
    subject_done(&first);
    subject_done(&second);
}

static void leave_deaf_ones_behind(const temporal_activity_def *def)
{
    size_t before = test_count_threads();
    struct harness harness;
    struct subject deaf[2];

    harness_open(&harness, make_threads, definitions, 3);
    for (size_t i = 0; i < 2; i++) {
        subject_init(&deaf[i], &harness, def);
        subject_submit(&deaf[i]);
    }
    for (size_t i = 0; i < 2; i++)
        subject_wait_beats(&deaf[i], 1);
    harness_abandon(&harness);
    for (size_t i = 0; i < 2; i++) {
        subject_wait_end(&deaf[i]);
        assert_int_equal(deaf[i].kind, TP_OUTCOME_FAILED);
        subject_done(&deaf[i]);
    }
    memset(deaf, 0x5a, sizeof(deaf)); /* nobody looks at these any more */
    harness_close(&harness);
    assert_int_equal(atomic_load(&deaf_ended), 0);
    sem_post(&let_go);
    sem_post(&let_go);
    test_wait_for(atomic_load(&deaf_ended) == 2 && test_count_threads() == before);
}

static void threads_left_behind_may_go_on_with_their_attempts(void **state)
{
    (void)state;
    leave_deaf_ones_behind(&deaf_def);
}

static void the_last_thread_left_behind_unmakes_the_state(void **state)
{
    (void)state;
    leave_deaf_ones_behind(&deaf_state_def);
    assert_int_equal(atomic_load(&states_made), 1);
    assert_int_equal(atomic_load(&states_unmade), 1);
}

static void a_state_is_unmade_although_its_threads_ended_before_the_stop(void **state)
{
    size_t before;
    struct harness harness;
    struct subject deaf;

    (void)state;
    harness_open(&harness, make_threads, definitions, 1);
    before = test_count_threads();
    subject_init(&deaf, &harness, &deaf_state_def);
    subject_submit(&deaf);
    subject_wait_beats(&deaf, 1);
    harness_abandon(&harness);
    subject_wait_end(&deaf);
    sem_post(&let_go);
    test_wait_for(test_count_threads() == before);
    assert_int_equal(atomic_load(&states_unmade), 0);
    harness_close(&harness);
    assert_int_equal(atomic_load(&states_unmade), 1);
    subject_done(&deaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(two_attempts_really_run_at_once, set_up),
        cmocka_unit_test_setup(a_thread_is_kept_for_the_next_attempt, set_up),
        cmocka_unit_test_setup(no_thread_is_left_after_a_stop, set_up),
        cmocka_unit_test_setup(one_thread_a_processor_is_the_default, set_up),
        cmocka_unit_test_setup(the_stack_is_as_large_as_asked, set_up),
        cmocka_unit_test_setup(an_attempt_fails_when_no_thread_can_be_had, set_up),
        cmocka_unit_test_setup(an_error_of_another_thread_may_be_returned, set_up),
        cmocka_unit_test_setup(attempts_that_come_together_share_one_state, set_up),
        cmocka_unit_test_setup(a_state_that_failed_is_tried_again_by_the_next, set_up),
        cmocka_unit_test_setup(threads_left_behind_may_go_on_with_their_attempts, set_up),
        cmocka_unit_test_setup(the_last_thread_left_behind_unmakes_the_state, set_up),
        cmocka_unit_test_setup(a_state_is_unmade_although_its_threads_ended_before_the_stop,
                               set_up),
    };
    int failed = behaviours_run("thread executor: behaviours", make_threads);

    return failed + cmocka_run_group_tests_name("thread executor", tests, NULL, NULL);
}
