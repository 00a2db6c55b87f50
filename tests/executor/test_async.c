/* SPDX-License-Identifier: MIT */
/* tests/executor/test_async.c -- the async executor: every behaviour, and what coroutines alone can
 * do. */
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/error.h"
#include "base/waiter.h"
#include "tests/executor/activities.h"
#include "tests/executor/behaviours.h"

static temporal_error *make_async(tp_executor **executor,
                                  const temporal_activity_def *const *activities,
                                  uint32_t concurrency)
{
    return tp_async_executor_new(
        executor,
        &(temporal_async_executor){ .activities = activities, .concurrency = concurrency });
}

static temporal_error *complain(const char *what)
{
    return temporal_error_new(TEMPORAL_ERROR_APPLICATION, "%s", what);
}

/* --- activities with handles of their own ---------------------------------------------------- */

struct alarm {
    uv_timer_t timer;
    temporal_activity *activity;
    bool outside; /* its callback ran outside of every activity */
};

static void on_closed(uv_handle_t *handle)
{
    struct alarm *alarm = handle->data;

    temporal_activity_resume(alarm->activity);
}

static void on_alarm(uv_timer_t *timer)
{
    struct alarm *alarm = timer->data;

    alarm->outside = !temporal_activity_current();
    uv_close((uv_handle_t *)timer, on_closed);
}

static struct alarm *set_alarm(temporal_activity *activity)
{
    struct alarm *alarm = temporal_activity_alloc(activity, sizeof(*alarm));

    alarm->activity = activity;
    uv_timer_init(temporal_activity_loop(activity), &alarm->timer);
    alarm->timer.data = alarm;
    uv_timer_start(&alarm->timer, on_alarm, 1, 0);
    return alarm;
}

static temporal_error *wait_for_alarm(temporal_activity *activity, const void *in, void *out)
{
    struct alarm *alarm = set_alarm(activity);

    (void)in, (void)out;
    if (!temporal_activity_suspend(activity))
        return complain("it was not suspended");
    if (!uv_is_closing((uv_handle_t *)&alarm->timer))
        return complain("it was resumed too early");
    return alarm->outside ? TEMPORAL_OK : complain("a callback ran inside of an activity");
}

/* The alarm goes off while the activity sleeps: it is not lost, and does not end the sleep. */
static temporal_error *sleep_over_alarm(temporal_activity *activity, const void *in, void *out)
{
    struct alarm *alarm = set_alarm(activity);

    (void)in, (void)out;
    while (!uv_is_closing((uv_handle_t *)&alarm->timer))
        TEMPORAL_TRY(temporal_activity_sleep(activity, 0.005));
    TEMPORAL_TRY(temporal_activity_sleep(activity, 0.005)); /* and it is closed */
    return temporal_activity_suspend(activity) ? TEMPORAL_OK : complain("it was not suspended");
}

static uv_timer_t forgotten;

static void on_forgotten(uv_timer_t *timer)
{
    (void)timer;
    abort();
}

static temporal_error *forget_handle(temporal_activity *activity, const void *in, void *out)
{
    (void)in, (void)out;
    uv_timer_init(temporal_activity_loop(activity), &forgotten);
    uv_timer_start(&forgotten, on_forgotten, UINT64_C(1000) * 3600, 0);
    return TEMPORAL_OK;
}

/* --- activities that block, or would --------------------------------------------------------- */

static sem_t let_go;
static atomic_int ended_late;

static temporal_error *block(temporal_activity *activity, const void *in, void *out)
{
    temporal_int number = 1;

    (void)in, (void)out;
    TEMPORAL_TRY(temporal_heartbeat(activity, temporal_int, number));
    while (sem_wait(&let_go))
        ;
    number++;
    TEMPORAL_TRY(temporal_heartbeat(activity, temporal_int, number));
    /* Whoever was abandoned meanwhile is told so, and has its memory still. */
    if (temporal_activity_is_cancelled(activity) &&
        !strcmp(temporal_activity_get_info(activity)->activity_id, "activity-1"))
        atomic_fetch_add(&ended_late, 1);
    return TEMPORAL_OK;
}

/* A call of the kind that a client makes: it ends when the test says so, on another thread. */
static tp_waiter call;
static sem_t called;

static temporal_error *make_call(temporal_activity *activity, const void *in, void *out)
{
    (void)in, (void)out;
    tp_waiter_init(&call);
    sem_post(&called);
    tp_waiter_wait(&call);
    tp_waiter_done(&call);
    if (temporal_activity_current() != activity)
        return complain("another one is current");
    atomic_fetch_add(&ended_late, 1);
    return TEMPORAL_OK;
}

static void *answer(void *data)
{
    tp_waiter_wake(data);
    return NULL;
}

/* The answer comes before the wait, from another thread or from this one. */
static temporal_error *make_quick_calls(temporal_activity *activity, const void *in, void *out)
{
    (void)in, (void)out;
    for (int i = 0; i < 20; i++) {
        tp_waiter waiter;
        pthread_t thread;

        tp_waiter_init(&waiter);
        if (i % 2) {
            pthread_create(&thread, NULL, answer, &waiter);
            pthread_join(thread, NULL);
        } else {
            tp_waiter_wake(&waiter);
        }
        /* Every other time the answer comes while it sleeps, and does not end that. */
        if (i % 4 > 1)
            TEMPORAL_TRY(temporal_activity_sleep(activity, 0.001));
        tp_waiter_wait(&waiter);
        tp_waiter_done(&waiter);
    }
    return TEMPORAL_OK;
}

/* --- activities that look at what they run on ------------------------------------------------ */

/* Each coroutine finds its own attempt, and its own error owner, after every wait. */
static temporal_error *stay_itself(temporal_activity *activity, const void *in, void *out)
{
    const temporal_int *number = in;
    temporal_int *thread = out;

    for (int i = 0; i < 5; i++) {
        const char *text = temporal_activity_format(activity, "%d", (int)*number);
        temporal_error *error = temporal_error_new(TEMPORAL_ERROR_APPLICATION, "%d", (int)*number);

        TEMPORAL_TRY(temporal_activity_sleep(activity, 0.001));
        if (temporal_activity_current() != activity)
            return complain("another one is current");
        if (strcmp(text, temporal_error_message(error)) != 0)
            return complain("its memory is another's");
    }
    *thread = gettid();
    return TEMPORAL_OK;
}

static temporal_error *use_much_stack(temporal_activity *activity, const void *in, void *out)
{
    volatile char stack[512 * 1024];

    (void)activity, (void)in, (void)out;
    for (size_t i = 0; i < sizeof(stack); i += 4096)
        stack[i] = 1;
    return stack[4096] ? TEMPORAL_OK : complain("it is not there");
}

static atomic_int states_made, states_unmade;

static temporal_error *make_state(void *state)
{
    tp_waiter waiter; /* may block: it is not on a coroutine */
    pthread_t thread;

    tp_waiter_init(&waiter);
    pthread_create(&thread, NULL, answer, &waiter);
    tp_waiter_wait(&waiter);
    tp_waiter_done(&waiter);
    pthread_join(thread, NULL);
    *(int *)state = 1 + atomic_fetch_add(&states_made, 1);
    return temporal_activity_current() ? complain("there is an activity") : TEMPORAL_OK;
}

static void unmake_state(void *state)
{
    (void)state;
    atomic_fetch_add(&states_unmade, 1);
}

static temporal_error *tell_state(temporal_activity *activity, const void *in, void *out)
{
    temporal_int *number = out;

    (void)in;
    TEMPORAL_TRY(temporal_activity_sleep(activity, 0.001));
    *number = *(const int *)temporal_activity_state(activity);
    return TEMPORAL_OK;
}

static const temporal_activity_def alarm_def = { .name = "alarm", .invoke = wait_for_alarm };
static const temporal_activity_def over_alarm_def = { .name = "over", .invoke = sleep_over_alarm };
static const temporal_activity_def forget_def = { .name = "forget", .invoke = forget_handle };
static const temporal_activity_def block_def = { .name = "block", .invoke = block };
static const temporal_activity_def call_def = { .name = "call", .invoke = make_call };
static const temporal_activity_def quick_def = { .name = "quick", .invoke = make_quick_calls };
static const temporal_activity_def itself_def = {
    .name = "itself", .input = temporal_int_type, .output = temporal_int_type, .invoke = stay_itself
};
static const temporal_activity_def stack_def = { .name = "stack", .invoke = use_much_stack };
static const temporal_activity_def state_def = { .name = "state",
                                                 .output = temporal_int_type,
                                                 .invoke = tell_state,
                                                 .state_size = sizeof(int),
                                                 .state_init = make_state,
                                                 .state_done = unmake_state };
static const temporal_activity_def *const definitions[] = {
    &alarm_def, &over_alarm_def, &forget_def, &block_def, &call_def,
    &quick_def, &itself_def,     &stack_def,  &state_def, &behave_square_activity,
    NULL
};

static int set_up(void **state)
{
    (void)state;
    sem_init(&let_go, 0, 0);
    sem_init(&called, 0, 0);
    atomic_store(&ended_late, 0);
    atomic_store(&states_made, 0);
    atomic_store(&states_unmade, 0);
    return 0;
}

/* --- tests ----------------------------------------------------------------------------------- */

static void assert_completes(const temporal_activity_def *def)
{
    struct harness harness;
    struct subject subject;

    harness_open(&harness, make_async, definitions, 4);
    subject_init(&subject, &harness, def);
    subject_run(&subject);
    if (subject.kind != TP_OUTCOME_COMPLETED)
        fail_msg("%s", temporal_error_message(subject_failure(&subject)));
    harness_close(&harness);
    subject_done(&subject);
}

static void an_activity_waits_for_a_libuv_handle_of_its_own(void **state)
{
    (void)state;
    assert_completes(&alarm_def);
}

static void a_resume_before_the_suspension_is_not_lost(void **state)
{
    (void)state;
    assert_completes(&over_alarm_def);
}

static void answers_that_come_before_the_wait_are_not_lost(void **state)
{
    (void)state;
    assert_completes(&quick_def);
}

static void a_hundred_coroutines_take_turns_on_one_thread(void **state)
{
    enum {
        COUNT = 100
    };
    struct harness harness;
    struct subject subjects[COUNT];
    temporal_int threads[COUNT];

    (void)state;
    harness_open(&harness, make_async, definitions, COUNT);
    for (temporal_int i = 0; i < COUNT; i++) {
        subject_init(&subjects[i], &harness, &itself_def);
        subject_give(&subjects[i], temporal_int, i);
        subject_submit(&subjects[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        subject_wait_end(&subjects[i]);
        subject_result(&subjects[i], temporal_int_type(), &threads[i]);
        assert_int_equal(threads[i], threads[0]);
        subject_done(&subjects[i]);
    }
    harness_close(&harness);
}

static void one_that_blocks_delays_its_neighbours_but_not_the_loop(void **state)
{
    struct harness harness;
    struct subject blocking, neighbour;
    tp_buffer details = { 0 };

    (void)state;
    harness_open(&harness, make_async, definitions, 4);
    subject_init(&blocking, &harness, &block_def);
    subject_init(&neighbour, &harness, &behave_square_activity);
    subject_submit(&blocking);
    subject_wait_beats(&blocking, 1);
    subject_submit(&neighbour);
    assert_true(subject_take(&blocking, &details)); /* the loop answers */
    subject_cancel(&neighbour, TEMPORAL_CANCEL_REQUESTED);
    assert_int_equal(harness_running(&harness), 2);
    sem_post(&let_go);
    subject_wait_end(&blocking);
    subject_wait_end(&neighbour);
    details_assert_int(&blocking.last, 0, 2);
    tp_buffer_done(&details);
    harness_close(&harness);
    subject_done(&blocking);
    subject_done(&neighbour);
}

static void a_call_that_would_block_lets_the_others_run(void **state)
{
    struct harness harness;
    struct subject calling, neighbour;

    (void)state;
    harness_open(&harness, make_async, definitions, 4);
    subject_init(&calling, &harness, &call_def);
    subject_init(&neighbour, &harness, &behave_square_activity);
    subject_submit(&calling);
    sem_wait(&called);
    subject_run(&neighbour);
    subject_cancel(&calling, TEMPORAL_CANCEL_REQUESTED); /* does not end the call */
    assert_int_equal(harness_running(&harness), 1);
    tp_waiter_wake(&call);
    subject_wait_end(&calling);
    assert_int_equal(calling.kind, TP_OUTCOME_COMPLETED);
    harness_close(&harness);
    subject_done(&calling);
    subject_done(&neighbour);
}

static void hear(const temporal_log_record *record, void *data)
{
    snprintf(data, 200, "%s", record->message);
}

static void a_forgotten_handle_is_closed_and_complained_of(void **state)
{
    static char heard[200];

    (void)state;
    temporal_log_set(TEMPORAL_LOG_WARN, hear, heard);
    assert_completes(&forget_def);
    temporal_log_set(TEMPORAL_LOG_WARN, NULL, NULL);
    assert_contains(heard, "left a libuv handle (timer) open");
}

static void a_state_is_made_off_the_coroutine_once_for_all(void **state)
{
    struct harness harness;
    struct subject subjects[3];

    (void)state;
    harness_open(&harness, make_async, definitions, 4);
    for (size_t i = 0; i < 3; i++) {
        subject_init(&subjects[i], &harness, &state_def);
        subject_submit(&subjects[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        temporal_int number = 0;

        subject_wait_end(&subjects[i]);
        subject_result(&subjects[i], temporal_int_type(), &number);
        assert_int_equal(number, 1);
        subject_done(&subjects[i]);
    }
    assert_int_equal(atomic_load(&states_unmade), 0);
    harness_close(&harness);
    assert_int_equal(atomic_load(&states_unmade), 1);
}

static temporal_error *make_with_stack(tp_executor **executor,
                                       const temporal_activity_def *const *activities,
                                       uint32_t concurrency)
{
    return tp_async_executor_new(executor, &(temporal_async_executor){ .activities = activities,
                                                                       .concurrency = concurrency,
                                                                       .stack_size = 1 << 20 });
}

static void the_stack_is_as_large_as_asked(void **state)
{
    struct harness harness;
    struct subject subject;
    tp_executor *executor = NULL;

    (void)state;
    harness_open(&harness, make_with_stack, definitions, 2);
    subject_init(&subject, &harness, &stack_def);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    harness_close(&harness);
    subject_done(&subject);
    assert_fails(
        tp_async_executor_new(
            &executor, &(temporal_async_executor){ .activities = definitions, .stack_size = 1 }),
        INVALID_ARGUMENT, "1 bytes is too small");
}

static temporal_error *make_without_stacks(tp_executor **executor,
                                           const temporal_activity_def *const *activities,
                                           uint32_t concurrency)
{
    return tp_async_executor_new(executor,
                                 &(temporal_async_executor){ .activities = activities,
                                                             .concurrency = concurrency,
                                                             .stack_size = (size_t)1 << 48 });
}

static void an_attempt_fails_when_no_stack_can_be_had(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_error *error;

    (void)state;
    harness_open(&harness, make_without_stacks, definitions, 2);
    subject_init(&subject, &harness, &behave_square_activity);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_FAILED);
    error = subject_failure(&subject);
    assert_false(error->non_retryable);
    temporal_error_free(error);
    harness_close(&harness);
    subject_done(&subject);
}

static void a_hundred_at_once_is_the_default(void **state)
{
    tp_executor *executor;

    (void)state;
    assert_ok(make_async(&executor, definitions, 0));
    assert_int_equal(executor->capacity, 100);
    assert_string_equal(executor->ops->name, "async");
    tp_executor_free(executor);
}

static void no_thread_is_left_after_a_stop(void **state)
{
    size_t before = test_count_threads();

    (void)state;
    assert_completes(&alarm_def);
    test_wait_for(test_count_threads() == before);
}

/* The executor is gone, its thread is not: it is in user code, and ends when that lets it. */
static void a_thread_that_blocks_is_left_behind_and_ends_by_itself(void **state)
{
    size_t before = test_count_threads();
    struct harness harness;
    struct subject blocking[3];

    (void)state;
    harness_open(&harness, make_async, definitions, 2);
    for (size_t i = 0; i < 3; i++) {
        subject_init(&blocking[i], &harness, &block_def);
        subject_submit(&blocking[i]);
    }
    subject_wait_beats(&blocking[0], 1);
    harness_abandon(&harness);
    for (size_t i = 0; i < 3; i++) {
        subject_wait_end(&blocking[i]);
        assert_int_equal(blocking[i].kind, TP_OUTCOME_FAILED);
        subject_done(&blocking[i]);
    }
    memset(blocking, 0x5a, sizeof(blocking)); /* nobody looks at these any more */
    harness_close(&harness);
    assert_int_equal(atomic_load(&ended_late), 0);
    sem_post(&let_go);
    /* The two behind it had not begun, and do not. */
    test_wait_for(test_count_threads() == before);
    assert_int_equal(atomic_load(&ended_late), 1);
}

static void a_call_may_be_answered_after_its_attempt_was_abandoned(void **state)
{
    size_t before = test_count_threads();
    struct harness harness;
    struct subject calling;

    (void)state;
    harness_open(&harness, make_async, definitions, 2);
    subject_init(&calling, &harness, &call_def);
    subject_submit(&calling);
    sem_wait(&called);
    harness_abandon(&harness);
    subject_wait_end(&calling);
    harness_close(&harness);
    subject_done(&calling);
    tp_waiter_wake(&call);
    test_wait_for(test_count_threads() == before);
    assert_int_equal(atomic_load(&ended_late), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_activity_waits_for_a_libuv_handle_of_its_own, set_up),
        cmocka_unit_test_setup(a_resume_before_the_suspension_is_not_lost, set_up),
        cmocka_unit_test_setup(answers_that_come_before_the_wait_are_not_lost, set_up),
        cmocka_unit_test_setup(a_hundred_coroutines_take_turns_on_one_thread, set_up),
        cmocka_unit_test_setup(one_that_blocks_delays_its_neighbours_but_not_the_loop, set_up),
        cmocka_unit_test_setup(a_call_that_would_block_lets_the_others_run, set_up),
        cmocka_unit_test_setup(a_forgotten_handle_is_closed_and_complained_of, set_up),
        cmocka_unit_test_setup(a_state_is_made_off_the_coroutine_once_for_all, set_up),
        cmocka_unit_test_setup(the_stack_is_as_large_as_asked, set_up),
        cmocka_unit_test_setup(an_attempt_fails_when_no_stack_can_be_had, set_up),
        cmocka_unit_test_setup(a_hundred_at_once_is_the_default, set_up),
        cmocka_unit_test_setup(no_thread_is_left_after_a_stop, set_up),
        cmocka_unit_test_setup(a_thread_that_blocks_is_left_behind_and_ends_by_itself, set_up),
        cmocka_unit_test_setup(a_call_may_be_answered_after_its_attempt_was_abandoned, set_up),
    };
    int failed = behaviours_run("async executor: behaviours", make_async);

    return failed + cmocka_run_group_tests_name("async executor", tests, NULL, NULL);
}
