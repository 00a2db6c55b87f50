/* SPDX-License-Identifier: MIT */
/* test_local_places.c -- where local activities run, how many at once, and what happens to those
 * that get no place in time: F5. */
#include <stdatomic.h>
#include <string.h>

#include "tests/end_to_end/fixture.h"

#define LIMIT 3
#define MANY  6 /* on each of two executors */

/* --- the activities ----------------------------------------------------------------------- */

static atomic_int now, most, released;

/* Stays until as many as may run at once have been seen running. */
static temporal_error *crowd(temporal_activity *attempt)
{
    int running = atomic_fetch_add(&now, 1) + 1;
    int before = atomic_load(&most);

    while (running > before && !atomic_compare_exchange_weak(&most, &before, running))
        ;
    while (atomic_load(&most) < LIMIT)
        TEMPORAL_TRY(temporal_activity_sleep(attempt, 0.005));
    TEMPORAL_TRY(temporal_activity_sleep(attempt, 0.05));
    atomic_fetch_sub(&now, 1);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(crowd_coroutine, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(crowd_coroutine)
temporal_error *crowd_coroutine(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)in, (void)out;
    return crowd(attempt);
}

TEMPORAL_ACTIVITY(crowd_thread, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(crowd_thread)
temporal_error *crowd_thread(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)in, (void)out;
    return crowd(attempt);
}

/* Holds the only thread until it is released, and then says which attempt it was. */
TEMPORAL_ACTIVITY(keep_place, temporal_none, temporal_int)
TEMPORAL_ACTIVITY_DEFINE(keep_place)
temporal_error *keep_place(temporal_activity *attempt, temporal_none in, temporal_int *number)
{
    (void)in;
    while (!atomic_load(&released))
        TEMPORAL_TRY(temporal_activity_sleep(attempt, 0.005));
    *number = temporal_activity_get_info(attempt)->attempt;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(let_go, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(let_go)
temporal_error *let_go(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)attempt, (void)in, (void)out;
    atomic_store(&released, 1);
    return TEMPORAL_OK;
}

static atomic_int reason; /* why until_told was cancelled */

TEMPORAL_ACTIVITY(until_told, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(until_told)
temporal_error *until_told(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)in, (void)out;
    temporal_activity_wait_for_cancelled(attempt, 0);
    atomic_store(&reason, (int)temporal_activity_cancel_reason(attempt));
    return temporal_activity_cancelled(attempt);
}

TEMPORAL_ACTIVITY(fail_always, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(fail_always)
temporal_error *fail_always(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)in, (void)out;
    return temporal_error_application("Always", "attempt %d fails",
                                      (int)temporal_activity_get_info(attempt)->attempt);
}

/* --- the workflows ------------------------------------------------------------------------ */

TEMPORAL_WORKFLOW(crowded, temporal_none, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(crowded)
temporal_error *crowded(temporal_workflow *run, temporal_none in, temporal_none *out)
{
    temporal_future *futures[2 * MANY];

    (void)in, (void)out;
    for (size_t i = 0; i < 2 * MANY; i += 2) {
        futures[i] = temporal_start_local_activity(run, crowd_coroutine, TEMPORAL_NONE,
                                                   .start_to_close_timeout = 100);
        futures[i + 1] = temporal_start_local_activity(run, crowd_thread, TEMPORAL_NONE,
                                                       .start_to_close_timeout = 100);
    }
    for (size_t i = 0; i < 2 * MANY; i++)
        TEMPORAL_TRY(temporal_workflow_await(run, futures[i], NULL, NULL));
    return TEMPORAL_OK;
}

/* One holds the only place; the second must have begun within a moment; the third waits. An
 * activity elsewhere then frees the place. */
TEMPORAL_WORKFLOW(queued, temporal_none, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(queued)
temporal_error *queued(temporal_workflow *run, temporal_none in, temporal_string *text)
{
    temporal_future *first = temporal_start_local_activity(run, keep_place, TEMPORAL_NONE,
                                                           .start_to_close_timeout = 100);
    temporal_future *second =
        temporal_start_local_activity(run, keep_place, TEMPORAL_NONE, .start_to_close_timeout = 100,
                                      .schedule_to_start_timeout = 0.3);
    temporal_future *third = temporal_start_local_activity(run, keep_place, TEMPORAL_NONE,
                                                           .start_to_close_timeout = 100);
    temporal_int one = 0, two = 0, three = 0;
    temporal_error *error = temporal_await_activity(run, keep_place, second, &two);

    (void)in;
    TEMPORAL_TRY(temporal_execute_local_activity(run, let_go, TEMPORAL_NONE, &(temporal_none){ 0 },
                                                 .start_to_close_timeout = 100));
    TEMPORAL_TRY(temporal_await_activity(run, keep_place, first, &one));
    TEMPORAL_TRY(temporal_await_activity(run, keep_place, third, &three));
    *text = temporal_workflow_format(run, "%d %d %d", (int)one, (int)two, (int)three);
    return error;
}

/* Its error is that of the local activity of that name, which has a second for all its attempts. */
TEMPORAL_WORKFLOW(hurried, temporal_string, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(hurried)
temporal_error *hurried(temporal_workflow *run, temporal_string name, temporal_none *out)
{
    const temporal_retry_policy retry = { .initial_interval = 0.2, .backoff_coefficient = 1 };
    const temporal_local_options options = { .struct_size = sizeof options,
                                             .schedule_to_close_timeout = 1,
                                             .retry = &retry };

    (void)out;
    return temporal_workflow_execute_local_activity(run, name, NULL, 0, NULL, NULL, &options);
}

/* Two attempts at most. */
TEMPORAL_WORKFLOW(refused, temporal_none, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(refused)
temporal_error *refused(temporal_workflow *run, temporal_none in, temporal_none *out)
{
    const temporal_retry_policy twice = { .initial_interval = 0.01, .maximum_attempts = 2 };

    (void)in;
    return temporal_execute_local_activity(run, let_go, TEMPORAL_NONE, out,
                                           .start_to_close_timeout = 100, .retry = &twice);
}

TEMPORAL_WORKFLOW(on_a_thread, temporal_none, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(on_a_thread)
temporal_error *on_a_thread(temporal_workflow *run, temporal_none in, temporal_int *number)
{
    return temporal_execute_local_activity(run, keep_place, in, number,
                                           .start_to_close_timeout = 100);
}

static const temporal_workflow_def *const workflows[] = { &crowded_workflow,     &queued_workflow,
                                                          &hurried_workflow,     &refused_workflow,
                                                          &on_a_thread_workflow, NULL };
static const temporal_activity_def *const coroutines[] = { &crowd_coroutine_activity,
                                                           &let_go_activity, &until_told_activity,
                                                           &fail_always_activity, NULL };
static const temporal_activity_def *const threads[] = { &crowd_thread_activity,
                                                        &keep_place_activity, NULL };

/* --- what history says ---------------------------------------------------------------------- */

/* The failure that the last marker of one that failed holds. */
static const Tp__Failure__Failure *marked_failure(const Tp__History__History *history)
{
    const Tp__Failure__Failure *failure = NULL;

    for (size_t i = 0; i < history->n_events; i++) {
        const Tp__History__HistoryEvent *event = history->events[i];

        if ((int)event->event_type == EVENT_MARKER &&
            event->marker_recorded_event_attributes->failure)
            failure = event->marker_recorded_event_attributes->failure;
    }
    assert_non_null(failure);
    return failure;
}

/* How the run failed: an activity failure, which the other SDKs read, with the cause below it. */
static const Tp__Failure__ActivityFailureInfo *run_failure(const Tp__History__History *history)
{
    const Tp__History__HistoryEvent *last = history->events[history->n_events - 1];
    const Tp__Failure__Failure *failure;

    assert_non_null(last->workflow_execution_failed_event_attributes);
    failure = last->workflow_execution_failed_event_attributes->failure;
    assert_non_null(failure->activity_failure_info);
    return failure->activity_failure_info;
}

static void expect_timeout(temporal_handle *handle, const char *activity,
                           temporal_timeout_type type)
{
    Tp__History__History *history = fixture_fetch_history(handle);
    const Tp__Failure__Failure *failure = marked_failure(history);

    assert_non_null(failure->timeout_failure_info);
    assert_int_equal(failure->timeout_failure_info->timeout_type, type);
    assert_string_equal(run_failure(history)->activity_type->name, activity);
    assert_int_equal(run_failure(history)->retry_state, TEMPORAL_RETRY_STATE_TIMEOUT);
    protobuf_c_message_free_unpacked(&history->base, NULL);
}

/* --- the tests ---------------------------------------------------------------------------- */

static void F5_no_more_run_at_once_than_the_worker_is_told(void **state)
{
    const char *queue = test_unique("limit");
    temporal_worker *worker = test_worker_start(
        client, .task_queue = queue, .workflows = workflows, .async.activities = coroutines,
        .threads = { .activities = threads, .concurrency = 2 * MANY },
        .max_concurrent_local_activities = LIMIT);
    temporal_handle *handles[2] = { NULL, NULL };

    (void)state;
    atomic_store(&now, 0);
    atomic_store(&most, 0);
    for (size_t i = 0; i < 2; i++)
        assert_ok(temporal_start_workflow(client, crowded, TEMPORAL_NONE, &handles[i],
                                          .id = test_unique("crowded"), .task_queue = queue));
    for (size_t i = 0; i < 2; i++) {
        assert_ok(temporal_handle_result(handles[i], NULL, NULL));
        assert_int_equal(fixture_count_events(handles[i], EVENT_MARKER), 2 * MANY);
        temporal_handle_free(handles[i]);
    }
    assert_int_equal(atomic_load(&most), LIMIT);
    assert_int_equal(atomic_load(&now), 0);
    test_worker_stop(worker);
}

static void
F5_what_waits_for_a_full_executor_times_out_unstarted_and_holds_up_no_other(void **state)
{
    const char *queue = test_unique("full");
    temporal_worker *worker = test_worker_start(
        client, .task_queue = queue, .workflows = workflows, .async.activities = coroutines,
        .threads = { .activities = threads, .concurrency = 1 });
    temporal_handle *handle = NULL;
    temporal_string text = NULL;
    temporal_error *error;

    (void)state;
    atomic_store(&released, 0);
    error = temporal_execute_workflow(client, queued, TEMPORAL_NONE, &handle, &text,
                                      .id = test_unique("queued"), .task_queue = queue);
    assert_int_equal(temporal_error_timeout_type(assert_has(error, TIMEOUT)),
                     TEMPORAL_TIMEOUT_SCHEDULE_TO_START);
    temporal_error_free(error);
    expect_timeout(handle, "keep_place", TEMPORAL_TIMEOUT_SCHEDULE_TO_START);
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 4);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void F5_a_time_for_all_attempts_ends_the_one_that_runs(void **state)
{
    const char *queue = test_unique("hurried");
    temporal_worker *worker = test_worker_start(client, .task_queue = queue, .workflows = workflows,
                                                .async.activities = coroutines);
    temporal_handle *handle = NULL;
    temporal_error *error =
        temporal_execute_workflow(client, hurried, "until_told", &handle, &(temporal_none){ 0 },
                                  .id = test_unique("hurried"), .task_queue = queue);

    (void)state;
    assert_has(error, ACTIVITY);
    temporal_error_free(error);
    expect_timeout(handle, "until_told", TEMPORAL_TIMEOUT_SCHEDULE_TO_CLOSE);
    test_wait_for(atomic_load(&reason) == TEMPORAL_CANCEL_TIMED_OUT);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

/* As the server does it: the failure is told, and why there was no further attempt. */
static void
F5_a_time_for_all_attempts_that_is_too_short_for_another_ends_with_the_last(void **state)
{
    const char *queue = test_unique("hurried");
    temporal_worker *worker = test_worker_start(client, .task_queue = queue, .workflows = workflows,
                                                .async.activities = coroutines);
    Tp__History__History *history;
    temporal_handle *handle = NULL;
    temporal_error *error =
        temporal_execute_workflow(client, hurried, "fail_always", &handle, &(temporal_none){ 0 },
                                  .id = test_unique("hurried"), .task_queue = queue);

    (void)state;
    assert_string_equal(temporal_error_type(assert_has(error, APPLICATION)), "Always");
    temporal_error_free(error);
    history = fixture_fetch_history(handle);
    assert_string_equal(marked_failure(history)->application_failure_info->type, "Always");
    assert_int_equal(run_failure(history)->retry_state, TEMPORAL_RETRY_STATE_TIMEOUT);
    protobuf_c_message_free_unpacked(&history->base, NULL);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

/* No coroutine can be made with a stack of that size. */
static void F5_an_executor_that_refuses_fails_the_attempt_and_no_other_run(void **state)
{
    const char *queue = test_unique("refused");
    temporal_worker *worker =
        test_worker_start(client, .task_queue = queue, .workflows = workflows,
                          .async = { .activities = coroutines, .stack_size = (size_t)1 << 47 },
                          .threads.activities = threads);
    Tp__History__History *history;
    temporal_handle *handle = NULL;
    temporal_int number = 0;
    temporal_error *error =
        temporal_execute_workflow(client, refused, TEMPORAL_NONE, &handle, &(temporal_none){ 0 },
                                  .id = test_unique("refused"), .task_queue = queue);

    (void)state;
    assert_int_equal(temporal_error_retry_state(assert_has(error, ACTIVITY)),
                     TEMPORAL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    temporal_error_free(error);
    history = fixture_fetch_history(handle);
    assert_contains(marked_failure(history)->message, "stack");
    protobuf_c_message_free_unpacked(&history->base, NULL);
    temporal_handle_free(handle);

    atomic_store(&released, 1);
    assert_ok(temporal_execute_workflow(client, on_a_thread, TEMPORAL_NONE, &handle, &number,
                                        .id = test_unique("thread"), .task_queue = queue));
    assert_int_equal(number, 1);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F5_no_more_run_at_once_than_the_worker_is_told),
        cmocka_unit_test(
            F5_what_waits_for_a_full_executor_times_out_unstarted_and_holds_up_no_other),
        cmocka_unit_test(F5_a_time_for_all_attempts_ends_the_one_that_runs),
        cmocka_unit_test(
            F5_a_time_for_all_attempts_that_is_too_short_for_another_ends_with_the_last),
        cmocka_unit_test(F5_an_executor_that_refuses_fails_the_attempt_and_no_other_run),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
