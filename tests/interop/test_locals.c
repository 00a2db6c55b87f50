/* SPDX-License-Identifier: MIT */
/* test_locals.c -- the markers of local activities: what this library writes is replayed by the
 * official Python SDK, and the other way round: F5. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <temporal/replayer.h>

#include "tests/support/live.h"

TEMPORAL_ACTIVITY(local_echo, temporal_string, temporal_string)
TEMPORAL_ACTIVITY(local_fail, temporal_string, temporal_string)
TEMPORAL_ACTIVITY(local_hang, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(local_in_both, temporal_string, temporal_string)

TEMPORAL_ACTIVITY_DEFINE(local_echo)
temporal_error *local_echo(temporal_activity *attempt, temporal_string text, temporal_string *same)
{
    *same = temporal_activity_format(attempt, "%s", text);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(local_fail)
temporal_error *local_fail(temporal_activity *attempt, temporal_string text, temporal_string *same)
{
    (void)attempt, (void)same;
    return temporal_error_application("Refused", "%s", text);
}

TEMPORAL_ACTIVITY_DEFINE(local_hang)
temporal_error *local_hang(temporal_activity *attempt, temporal_string text, temporal_string *same)
{
    (void)text, (void)same;
    return temporal_activity_sleep(attempt, TEMPORAL_HOUR);
}

/* Of what went wrong, as locals.py names it. */
static const char *name_of(const temporal_error *error)
{
    const temporal_error *timeout = temporal_error_find(error, TEMPORAL_ERROR_TIMEOUT);

    if (!timeout)
        return temporal_error_type(temporal_error_find(error, TEMPORAL_ERROR_APPLICATION));
    return temporal_error_timeout_type(timeout) == TEMPORAL_TIMEOUT_SCHEDULE_TO_CLOSE
               ? "SCHEDULE_TO_CLOSE"
               : "START_TO_CLOSE";
}

TEMPORAL_WORKFLOW_DEFINE(local_in_both)
temporal_error *local_in_both(temporal_workflow *run, temporal_string text, temporal_string *said)
{
    const temporal_retry_policy twice = { .initial_interval = 0.01, .maximum_attempts = 2 };
    const temporal_retry_policy once = { .maximum_attempts = 1 };
    temporal_string first, last, none;
    temporal_error *failed, *over, *late;

    TEMPORAL_TRY(temporal_execute_local_activity(run, local_echo, text, &first,
                                                 .start_to_close_timeout = TEMPORAL_MINUTE));
    failed = temporal_execute_local_activity(
        run, local_fail, text, &none, .start_to_close_timeout = TEMPORAL_MINUTE, .retry = &twice);
    over = temporal_execute_local_activity(run, local_hang, text, &none,
                                           .schedule_to_close_timeout = 0.1);
    late = temporal_execute_local_activity(run, local_hang, text, &none,
                                           .start_to_close_timeout = 0.1, .retry = &once);
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    TEMPORAL_TRY(temporal_execute_local_activity(run, local_echo, "end", &last,
                                                 .start_to_close_timeout = TEMPORAL_MINUTE));
    *said = temporal_workflow_format(run, "%s %s %s %s %s", first, name_of(failed), name_of(over),
                                     name_of(late), last);
    return TEMPORAL_OK;
}

/* --- the tests ------------------------------------------------------------------------------ */

static temporal_client *client;

static int open_client(void **state)
{
    (void)state;
    client = test_connect();
    return 0;
}

static int close_client(void **state)
{
    (void)state;
    temporal_client_free(client);
    return 0;
}

/* Its history is the handle's. */
static temporal_handle *run_on(const char *queue, temporal_bytes *history)
{
    temporal_handle *handle = NULL;
    temporal_string said = NULL;

    assert_ok(temporal_execute_workflow(client, local_in_both, "grüße", &handle, &said,
                                        .id = test_unique("both"), .task_queue = queue));
    assert_string_equal(said, "grüße Refused SCHEDULE_TO_CLOSE START_TO_CLOSE end");
    assert_ok(temporal_handle_fetch_history(handle, history));
    return handle;
}

static void F5_what_is_marked_here_is_replayed_in_python(void **state)
{
    const char *queue = test_unique("c");
    temporal_worker *worker = test_worker_start(
        client, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&local_in_both_workflow),
        .async.activities =
            TEMPORAL_ACTIVITIES(&local_echo_activity, &local_fail_activity, &local_hang_activity));
    char path[] = "/tmp/temporal-history-XXXXXX";
    int file = mkstemp(path);
    temporal_bytes history;
    temporal_handle *handle = run_on(queue, &history);
    test_process *other;

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(write(file, history.data, history.size), (ssize_t)history.size);
    assert_int_equal(close(file), 0);
    other = test_python_run("tests/interop/locals.py", "replay", path);
    assert_string_equal(test_process_line(other), "replayed None");
    assert_int_equal(test_process_wait(other), 0);
    test_process_free(other);
    assert_int_equal(unlink(path), 0);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void F5_what_is_marked_in_python_is_replayed_here(void **state)
{
    const char *queue = test_unique("python");
    test_process *python =
        test_python_run("tests/interop/locals.py", "worker", test_server_address(), queue);
    temporal_replay_history_source source = { 0 };
    temporal_handle *handle;

    (void)state;
    test_process_expect(python, "ready");
    handle = run_on(queue, &source.encoded);
    assert_ok(temporal_replay(.workflows = TEMPORAL_WORKFLOWS(&local_in_both_workflow),
                              .histories = &source, .history_count = 1));
    temporal_handle_free(handle);
    test_process_free(python);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F5_what_is_marked_here_is_replayed_in_python),
        cmocka_unit_test(F5_what_is_marked_in_python_is_replayed_here),
    };

    return cmocka_run_group_tests(tests, open_client, close_client);
}
