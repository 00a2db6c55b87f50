/* SPDX-License-Identifier: MIT */
/* relay.c -- a workflow that does nothing but run one activity, named by the test. */
#include "tests/end_to_end/relay.h"

#include <stdio.h>

const char *const relay_executors[EXECUTORS] = { "async", "threads", "processes" };
const char *relay_queues[EXECUTORS];
temporal_worker *relay_workers[EXECUTORS];
int relay_numbers[EXECUTORS] = { ON_COROUTINES, ON_THREADS, ON_PROCESSES };

TEMPORAL_WORKFLOW_DEFINE(relay)
temporal_error *relay(temporal_workflow *run, relay_task task, temporal_string *result)
{
    const char *const non_retryable[] = { task.non_retryable, NULL };
    const temporal_retry_policy retry = {
        .initial_interval = task.pause > 0 ? task.pause : 0.01,
        .maximum_attempts = task.attempts,
        .non_retryable_types = non_retryable,
    };
    const temporal_activity_options options = {
        .struct_size = sizeof options,
        .task_queue = task.queue,
        .start_to_close_timeout = task.start_to_close > 0 ? task.start_to_close : TEMPORAL_MINUTE,
        .schedule_to_close_timeout = task.schedule_to_close,
        .schedule_to_start_timeout = task.schedule_to_start,
        .heartbeat_timeout = task.heartbeat,
        .retry = &retry,
        .cancellation = (temporal_cancellation_type)task.cancellation,
    };
    const temporal_argument input = { temporal_string_type(), &task.input };

    return temporal_workflow_execute_activity(run, task.activity, &input, 1, temporal_string_type(),
                                              result, &options);
}

void relay_start_workers(const temporal_activity_def *const *activities,
                         const temporal_worker_options *options)
{
    for (int i = 0; i < EXECUTORS; i++) {
        temporal_worker_options own = *options;

        relay_queues[i] = own.task_queue = test_unique(relay_executors[i]);
        own.workflows = TEMPORAL_WORKFLOWS(&relay_workflow);
        own.async.activities = i == ON_COROUTINES ? activities : NULL;
        own.threads.activities = i == ON_THREADS ? activities : NULL;
        own.processes.activities = i == ON_PROCESSES ? activities : NULL;
        relay_workers[i] = test_worker_start_with(client, &own);
    }
}

void relay_stop_workers(void)
{
    for (int i = 0; i < EXECUTORS; i++) {
        test_worker_stop(relay_workers[i]);
        relay_workers[i] = NULL;
    }
}

temporal_handle *relay_start_task(const relay_task *task)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, relay, *task, &handle, .id = test_unique("relay"),
                                      .task_queue = relay_queues[0]));
    return handle;
}

const char *relay_result(temporal_handle *handle)
{
    static char text[4096];
    temporal_string result = NULL;

    assert_ok(temporal_get_result(handle, relay, &result));
    snprintf(text, sizeof text, "%s", result ? result : "(null)");
    temporal_handle_free(handle);
    return text;
}

temporal_error *relay_failure(temporal_handle *handle)
{
    temporal_string result = NULL;
    temporal_error *error = temporal_get_result(handle, relay, &result);

    if (!error)
        fail_msg("the workflow did not fail, but answered \"%s\"", result);
    temporal_handle_free(handle);
    return error;
}
