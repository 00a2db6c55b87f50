/* SPDX-License-Identifier: MIT */
/* test_cache.c -- runs that are dropped and rebuilt: evicted ones, ones of more than a page of
 * history, queries of them, and code that changed in between: F15. */
#include <stdatomic.h>

#include "temporal/api/history/v1/message.pb-c.h"
#include "tests/end_to_end/fixture.h"

enum {
    RUNS = 3,
    ROUNDS = 4,
    TIMERS = 550 /* two events each */
};

TEMPORAL_ACTIVITY(twice, temporal_int, temporal_int)
TEMPORAL_ACTIVITY(thrice, temporal_int, temporal_int)
TEMPORAL_WORKFLOW(collector, temporal_int, temporal_int)
TEMPORAL_SIGNAL(collector, add, temporal_int)
TEMPORAL_SIGNAL(collector, finish, temporal_none)
TEMPORAL_QUERY(collector, total, temporal_none, temporal_int)
TEMPORAL_WORKFLOW_NAMED(deployed_before, "deployed", temporal_int, temporal_int)
TEMPORAL_WORKFLOW_NAMED(deployed_after, "deployed", temporal_int, temporal_int)
TEMPORAL_SIGNAL(deployed_before, finish, temporal_none)

TEMPORAL_ACTIVITY_DEFINE(twice)
temporal_error *twice(temporal_activity *attempt, temporal_int in, temporal_int *out)
{
    (void)attempt;
    *out = 2 * in;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(thrice)
temporal_error *thrice(temporal_activity *attempt, temporal_int in, temporal_int *out)
{
    (void)attempt;
    *out = 3 * in;
    return TEMPORAL_OK;
}

typedef struct collection {
    temporal_int total;
    bool finished;
} collection;

TEMPORAL_SIGNAL_DEFINE(collector, collection, add)
TEMPORAL_SIGNAL_DEFINE(collector, collection, finish)
TEMPORAL_QUERY_DEFINE(collector, collection, total)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(collector, collection, &collector_add_handler,
                                  &collector_finish_handler, &collector_total_handler)

static atomic_int beginnings; /* how often a run of the collector was begun, or begun again */

/* Fires so many timers first, for a long history; then each number that comes is doubled by an
 * activity. */
temporal_error *collector(temporal_workflow *run, collection *self, temporal_int timers,
                          temporal_int *total)
{
    temporal_future **fired =
        temporal_workflow_alloc(run, ((size_t)timers + 1) * sizeof(temporal_future *));

    atomic_fetch_add(&beginnings, 1);
    for (temporal_int i = 0; i < timers; i++)
        fired[i] = temporal_workflow_start_timer(run, 0.001);
    if (timers > 0)
        TEMPORAL_TRY(temporal_workflow_await_all(run, fired, (size_t)timers));
    self->total += timers;
    TEMPORAL_WAIT_UNTIL(run, self->finished);
    *total = self->total;
    return TEMPORAL_OK;
}

temporal_error *collector_add(temporal_workflow *run, collection *self, temporal_int number)
{
    temporal_int doubled;

    TEMPORAL_TRY(
        temporal_execute_activity(run, twice, number, &doubled, .start_to_close_timeout = 100));
    self->total += doubled;
    return TEMPORAL_OK;
}

temporal_error *collector_finish(temporal_workflow *run, collection *self, temporal_none none)
{
    (void)run, (void)none;
    self->finished = true;
    return TEMPORAL_OK;
}

temporal_error *collector_total(temporal_workflow *run, const collection *self, temporal_none none,
                                temporal_int *total)
{
    (void)run, (void)none;
    *total = self->total;
    return TEMPORAL_OK;
}

/* --- eviction -----------------------------------------------------------------------------------
 */

static const char *queue;
static temporal_worker *worker;

/* One run is cached. */
static int set_up(void **state)
{
    (void)state;
    queue = test_unique("cache");
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&collector_workflow),
                               .async.activities = TEMPORAL_ACTIVITIES(&twice_activity),
                               .max_cached_workflows = 1, .workflow_threads = 1);
    atomic_store(&beginnings, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_worker_stop(worker);
    return 0;
}

static temporal_handle *start_collector(temporal_int timers)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, collector, timers, &handle,
                                      .id = test_unique("collector"), .task_queue = queue));
    return handle;
}

static temporal_int total_of(temporal_handle *handle)
{
    temporal_int total = -1;

    assert_ok(temporal_query(handle, collector, total, TEMPORAL_NONE, &total));
    return total;
}

static void expect_end(temporal_handle *handle, temporal_int expected)
{
    temporal_int total = -1;

    assert_ok(temporal_signal(handle, collector, finish, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, collector, &total));
    assert_int_equal(total, expected);
}

static void F15_runs_that_evict_each_other_all_come_to_their_end(void **state)
{
    temporal_handle *runs[RUNS];
    temporal_int sum = 0;

    (void)state;
    for (int i = 0; i < RUNS; i++)
        runs[i] = start_collector(0);
    for (int round = 1; round <= ROUNDS; round++) {
        sum += 2 * round;
        for (int i = 0; i < RUNS; i++)
            assert_ok(temporal_signal(runs[i], collector, add, round));
        for (int i = 0; i < RUNS; i++)
            test_wait_for(total_of(runs[i]) == sum);
    }
    assert_true(atomic_load(&beginnings) > RUNS);
    for (int i = 0; i < RUNS; i++) {
        expect_end(runs[i], sum);
        assert_int_equal(fixture_count_events(runs[i], EVENT_ACTIVITY_SCHEDULED), ROUNDS);
        assert_int_equal(fixture_count_events(runs[i], EVENT_TASK_FAILED), 0);
        temporal_handle_free(runs[i]);
    }
}

static void F15_queries_read_runs_that_are_cached_evicted_and_completed(void **state)
{
    temporal_handle *first = start_collector(0), *second;

    (void)state;
    assert_ok(temporal_signal(first, collector, add, 10));
    test_wait_for(total_of(first) == 20); /* cached by now, at the latest */
    assert_int_equal(total_of(first), 20);

    second = start_collector(3);
    test_wait_for(total_of(second) == 3); /* now this one is */
    assert_int_equal(total_of(first), 20);
    assert_int_equal(total_of(second), 3);

    expect_end(second, 3);
    assert_int_equal(total_of(second), 3);
    expect_end(first, 20);
    assert_int_equal(total_of(second), 3);
    assert_int_equal(total_of(first), 20);
    temporal_handle_free(first);
    temporal_handle_free(second);
}

static void F15_a_history_of_more_than_a_page_is_read_again(void **state)
{
    temporal_handle *old = start_collector(TIMERS), *other;

    (void)state;
    test_wait_for(total_of(old) == TIMERS);
    other = start_collector(0);
    test_wait_for(total_of(other) == 0);
    assert_int_equal(total_of(old), TIMERS); /* asked of a run that was evicted ... */
    assert_int_equal(total_of(other), 0);
    assert_ok(temporal_signal(old, collector, add, 1)); /* ... which goes on all the same */
    test_wait_for(total_of(old) == TIMERS + 2);
    expect_end(old, TIMERS + 2);
    expect_end(other, 0);
    assert_int_equal(fixture_count_events(old, EVENT_TIMER_FIRED), TIMERS);
    assert_int_equal(fixture_count_events(old, EVENT_TASK_FAILED), 0);
    temporal_handle_free(old);
    temporal_handle_free(other);
}

/* --- other code --------------------------------------------------------------------------------
 */

TEMPORAL_SIGNAL_DEFINE(deployed_before, collection, finish)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(deployed_before, collection, &deployed_before_finish_handler)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(deployed_after, collection, &deployed_before_finish_handler)

temporal_error *deployed_before_finish(temporal_workflow *run, collection *self, temporal_none none)
{
    return collector_finish(run, self, none);
}

temporal_error *deployed_before(temporal_workflow *run, collection *self, temporal_int in,
                                temporal_int *out)
{
    TEMPORAL_TRY(temporal_execute_activity(run, twice, in, out, .start_to_close_timeout = 100));
    TEMPORAL_WAIT_UNTIL(run, self->finished);
    return TEMPORAL_OK;
}

temporal_error *deployed_after(temporal_workflow *run, collection *self, temporal_int in,
                               temporal_int *out)
{
    TEMPORAL_TRY(temporal_execute_activity(run, thrice, in, out, .start_to_close_timeout = 100));
    TEMPORAL_WAIT_UNTIL(run, self->finished);
    return TEMPORAL_OK;
}

static temporal_worker *start_version(const temporal_workflow_def *version, const char *on)
{
    return test_worker_start(client, .task_queue = on, .workflows = TEMPORAL_WORKFLOWS(version),
                             .async.activities =
                                 TEMPORAL_ACTIVITIES(&twice_activity, &thrice_activity));
}

static bool failed_for_nondeterminism(temporal_handle *handle)
{
    const Tp__Enums__EventType failed = (Tp__Enums__EventType)EVENT_TASK_FAILED;
    temporal_bytes bytes;
    Tp__History__History *history;
    bool found = false;

    assert_ok(temporal_handle_fetch_history(handle, &bytes));
    history = (Tp__History__History *)protobuf_c_message_unpack(&tp__history__history__descriptor,
                                                                NULL, bytes.size, bytes.data);
    assert_non_null(history);
    for (size_t i = 0; i < history->n_events; i++)
        found |=
            history->events[i]->event_type == failed &&
            history->events[i]->workflow_task_failed_event_attributes->cause ==
                TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR;
    protobuf_c_message_free_unpacked(&history->base, NULL);
    return found;
}

static void F15_code_that_changed_fails_the_task_and_the_old_code_finishes_the_run(void **state)
{
    const char *on = test_unique("deploy");
    temporal_worker *version = start_version(&deployed_before_workflow, on);
    temporal_handle *handle = NULL;
    temporal_int result = 0;
    const char *message;

    (void)state;
    assert_ok(temporal_start_workflow(client, deployed_before, 21, &handle,
                                      .id = test_unique("deployed"), .task_queue = on,
                                      .task_timeout = 1));
    fixture_wait_for_event(handle, EVENT_ACTIVITY_COMPLETED);
    test_worker_stop(version);

    assert_ok(temporal_signal(handle, deployed_before, finish, TEMPORAL_NONE));
    version = start_version(&deployed_after_workflow, on);
    fixture_wait_for_event(handle, EVENT_TASK_FAILED);
    assert_true(failed_for_nondeterminism(handle));
    message = fixture_task_failure(handle);
    assert_contains(message, "event 5: history holds ");
    assert_contains(message, "twice");
    assert_contains(message, "but the code did ");
    assert_contains(message, "thrice");
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_RUNNING);
    test_worker_stop(version);

    version = start_version(&deployed_before_workflow, on);
    assert_ok(temporal_get_result(handle, deployed_before, &result));
    assert_int_equal(result, 42);
    test_worker_stop(version);
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(F15_runs_that_evict_each_other_all_come_to_their_end,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(F15_queries_read_runs_that_are_cached_evicted_and_completed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(F15_a_history_of_more_than_a_page_is_read_again, set_up,
                                        tear_down),
        cmocka_unit_test(F15_code_that_changed_fails_the_task_and_the_old_code_finishes_the_run),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
