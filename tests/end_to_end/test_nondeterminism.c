/* SPDX-License-Identifier: MIT */
/* test_nondeterminism.c -- code that was deployed over running workflows: what the server and
 * whoever waits are told: F15. */
#include <temporal/diagnosis.h>

#include "converter/failure.h"
#include "tests/end_to_end/fixture.h"

TEMPORAL_ACTIVITY(twice, temporal_int, temporal_int)
TEMPORAL_ACTIVITY(thrice, temporal_int, temporal_int)
TEMPORAL_WORKFLOW_NAMED(before, "deployed", temporal_int, temporal_int)
TEMPORAL_SIGNAL_NAMED(before, finish, "finish", temporal_none)
TEMPORAL_WORKFLOW_NAMED(after, "deployed", temporal_int, temporal_int)

typedef struct progress {
    bool finished;
} progress;

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

TEMPORAL_SIGNAL_DEFINE(before, progress, finish)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(before, progress, &before_finish_handler)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(after, progress, &before_finish_handler)

temporal_error *before_finish(temporal_workflow *run, progress *self, temporal_none none)
{
    (void)run, (void)none;
    self->finished = true;
    return TEMPORAL_OK;
}

temporal_error *before(temporal_workflow *run, progress *self, temporal_int in, temporal_int *out)
{
    TEMPORAL_TRY(temporal_execute_activity(run, twice, in, out, .start_to_close_timeout = 100,
                                           .id = "first"));
    TEMPORAL_TRY(temporal_execute_activity(run, twice, in, out, .start_to_close_timeout = 100,
                                           .id = "second"));
    TEMPORAL_WAIT_UNTIL(run, self->finished);
    return TEMPORAL_OK;
}

temporal_error *after(temporal_workflow *run, progress *self, temporal_int in, temporal_int *out)
{
    TEMPORAL_TRY(temporal_execute_activity(run, twice, in, out, .start_to_close_timeout = 100,
                                           .id = "first"));
    TEMPORAL_TRY(temporal_execute_activity(run, thrice, in, out, .start_to_close_timeout = 100,
                                           .id = "other"));
    TEMPORAL_WAIT_UNTIL(run, self->finished);
    return TEMPORAL_OK;
}

#define ACTIVITIES TEMPORAL_ACTIVITIES(&twice_activity, &thrice_activity)

/* A run that waits for its signal, whose worker has gone. */
static temporal_handle *leave_waiting(const char *queue)
{
    temporal_worker *worker = test_worker_start(client, .task_queue = queue,
                                                .workflows = TEMPORAL_WORKFLOWS(&before_workflow),
                                                .async.activities = ACTIVITIES);
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, before, 21, &handle, .id = test_unique("deployed"),
                                      .task_queue = queue, .task_timeout = 1));
    test_wait_for(fixture_count_events(handle, EVENT_TASK_COMPLETED) == 3);
    test_worker_stop(worker);
    return handle;
}

static void check_report(const temporal_error *failure)
{
    temporal_nondeterminism report;

    assert_string_equal(temporal_error_type(failure), "NONDETERMINISM");
    assert_ok(temporal_error_detail(failure, 0, temporal_nondeterminism, &report));
    assert_int_equal(report.event_id, 11);
    assert_string_equal(report.event_type, "ActivityTaskScheduled");
    assert_string_equal(report.expected, "ActivityTaskScheduled (activity twice, id second)");
    assert_string_equal(report.actual, "ScheduleActivityTask (activity thrice, id other)");
    assert_int_equal(report.differences.count, 2);
    assert_string_equal(report.differences.items[0].name, "activity type");
    assert_string_equal(report.differences.items[0].expected, "twice");
    assert_string_equal(report.differences.items[0].actual, "thrice");
    assert_string_equal(report.differences.items[1].name, "activity id");
    assert_string_equal(report.differences.items[1].expected, "second");
    assert_string_equal(report.differences.items[1].actual, "other");
    assert_int_equal(report.last_commands.count, 1);
    assert_string_equal(report.last_commands.items[0],
                        "event 5: ActivityTaskScheduled (activity twice, id first)");
}

/* The failure of the workflow task that failed last. */
static temporal_error *task_failure(temporal_handle *handle)
{
    Tp__History__History *history = fixture_fetch_history(handle);
    temporal_error *failure = NULL;

    for (size_t i = 0; i < history->n_events; i++) {
        if ((int)history->events[i]->event_type != EVENT_TASK_FAILED)
            continue;
        temporal_error_free(failure);
        failure =
            tp_failure_to_error(history->events[i]->workflow_task_failed_event_attributes->failure);
    }
    protobuf_c_message_free_unpacked(&history->base, NULL);
    return failure;
}

static void F15_the_failed_task_carries_the_whole_report(void **state)
{
    const char *queue = test_unique("report");
    temporal_handle *handle = leave_waiting(queue);
    temporal_worker *worker;
    temporal_error *failure;
    temporal_int result = 0;

    (void)state;
    assert_ok(temporal_signal(handle, before, finish, TEMPORAL_NONE));
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&after_workflow),
                               .async.activities = ACTIVITIES);
    fixture_wait_for_event(handle, EVENT_TASK_FAILED);
    failure = task_failure(handle);
    check_report(failure);
    temporal_error_free(failure);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_RUNNING);
    test_worker_stop(worker);

    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&before_workflow),
                               .async.activities = ACTIVITIES);
    assert_ok(temporal_get_result(handle, before, &result));
    assert_int_equal(result, 42);
    test_worker_stop(worker);
    temporal_handle_free(handle);
}

static void F15_by_choice_the_run_fails_with_the_report(void **state)
{
    const char *queue = test_unique("report");
    temporal_handle *handle = leave_waiting(queue);
    temporal_worker *worker;
    temporal_error *failure;
    temporal_int result = 0;

    (void)state;
    assert_ok(temporal_signal(handle, before, finish, TEMPORAL_NONE));
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&after_workflow),
                               .async.activities = ACTIVITIES,
                               .nondeterminism_fails_runs_of = TEMPORAL_WORKFLOWS(&after_workflow));
    failure = temporal_get_result(handle, before, &result);
    assert_int_equal(temporal_error_get_code(failure), TEMPORAL_ERROR_WORKFLOW);
    check_report(temporal_error_cause(failure));
    temporal_error_free(failure);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_FAILED);
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
    test_worker_stop(worker);
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F15_the_failed_task_carries_the_whole_report),
        cmocka_unit_test(F15_by_choice_the_run_fails_with_the_report),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
