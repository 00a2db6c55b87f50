/* SPDX-License-Identifier: MIT */
/* test_record.c -- runs each workflow of workflows.h on the real server, and replays what the
 * server then holds. See recorder.h for how they are written down. */
#include <stdlib.h>

#include "tests/histories/recorder.h"
#include "tests/histories/workflows.h"
#include "tests/support/live.h"

static void activities_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_activities", "one", "one! left! right! Mute");
}

static void timers_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_timers", "time", NULL); /* with a random number in it */
}

static temporal_int count_signals(temporal_handle *handle)
{
    temporal_int count = 0;

    assert_ok(temporal_query(handle, with_signals, count, TEMPORAL_NONE, &count));
    return count;
}

static void signals_are_replayed(void **state)
{
    temporal_handle *handle = recorder_begin("with_signals", "got");
    temporal_string output = NULL;

    (void)state;
    assert_ok(temporal_signal(handle, with_signals, add, "a"));
    test_wait_for(count_signals(handle) == 1);
    assert_ok(temporal_signal(handle, with_signals, add, "b"));
    test_wait_for(count_signals(handle) == 2);
    assert_ok(temporal_signal(handle, with_signals, add, "c"));
    assert_ok(temporal_get_result(handle, with_signals, &output));
    assert_string_equal(output, "got a!b!c!");
    recorder_keep("with_signals", handle);
}

/* By the command line; its exit status. */
static int update(temporal_handle *handle, const char *input)
{
    const char *cli = getenv("TEMPORAL_TEST_CLI");
    test_process *program = test_process_run(
        cli ? cli : "temporal", "workflow", "update", "execute", "--address", test_server_address(),
        "--workflow-id", temporal_handle_id(handle), "--name", "change", "--input", input);
    int status = test_process_wait(program);

    test_process_free(program);
    return status;
}

static void updates_are_replayed(void **state)
{
    temporal_handle *handle = recorder_begin("with_updates", "now");
    temporal_string output = NULL;

    (void)state;
    assert_int_equal(update(handle, "\"one\""), 0);
    assert_int_equal(update(handle, "\"\""), 1); /* rejected */
    assert_int_equal(update(handle, "\"two\""), 0);
    assert_ok(temporal_get_result(handle, with_updates, &output));
    assert_string_equal(output, "now two!");
    recorder_keep("with_updates", handle);
}

static void scopes_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_scopes", "on", "done!");
}

static void cancellation_is_replayed(void **state)
{
    temporal_handle *handle = recorder_begin("with_cancellation", "bye");
    temporal_string output = NULL;

    (void)state;
    test_wait_for(test_describe(handle)->history_length >= 5); /* it sleeps */
    assert_ok(temporal_handle_cancel(handle));
    assert_fails(temporal_get_result(handle, with_cancellation, &output), WORKFLOW, "");
    recorder_keep("with_cancellation", handle);
}

static void failures_are_replayed(void **state)
{
    temporal_handle *handle = recorder_begin("with_failure", "all");
    temporal_string output = NULL;

    (void)state;
    assert_fails(temporal_get_result(handle, with_failure, &output), WORKFLOW, "");
    recorder_keep("with_failure", handle);
}

static void coroutines_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_coroutines", "x", "x0!x1!x2!");
}

static void children_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_children", "kid", "kid well Tantrum");
    recorder_run_to_its_end("with_cancelled_child", "", "cancelled");
}

static void the_end_by_a_new_run_is_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_new_run", "first", "second");
}

static void local_activities_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_local_activities", "one", "one! other!! Mute");
}

static void patches_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_patches", "new", "new!!");
}

static void upserts_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_upserts", "remember", "remember 7");
}

static void other_workflows_are_replayed(void **state)
{
    (void)state;
    recorder_run_to_its_end("with_others", "gone", "gone nobody nobody");
}

static void reset_to_the_first_task(temporal_handle *handle)
{
    const char *cli = getenv("TEMPORAL_TEST_CLI");
    test_process *program =
        test_process_run(cli ? cli : "temporal", "workflow", "reset", "--address",
                         test_server_address(), "--workflow-id", temporal_handle_id(handle),
                         "--type", "FirstWorkflowTask", "--reason", "to have it again");

    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
}

/* The server brings an update that was accepted, and not completed, into the new run as an event.
 */
static void an_update_that_a_reset_brings_again_is_replayed(void **state)
{
    temporal_handle *first = recorder_begin("with_reset", "in"), *current = NULL, *again = NULL;
    temporal_update *update = NULL;
    temporal_string output = NULL;

    (void)state;
    assert_ok(temporal_start_update(first, with_reset, enter, "ann", &update));
    reset_to_the_first_task(first);
    assert_ok(
        temporal_client_get_handle(recorder_client, temporal_handle_id(first), NULL, &current));
    assert_ok(temporal_client_get_handle(recorder_client, temporal_handle_id(first),
                                         test_describe(current)->run_id, &again));
    assert_ok(temporal_signal(again, with_reset, unlock, TEMPORAL_NONE));
    assert_ok(temporal_get_result(again, with_reset, &output));
    assert_string_equal(output, "in ann!!");
    recorder_keep("with_reset", again);
    temporal_update_free(update);
    temporal_handle_free(current);
    temporal_handle_free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activities_are_replayed),
        cmocka_unit_test(timers_are_replayed),
        cmocka_unit_test(signals_are_replayed),
        cmocka_unit_test(scopes_are_replayed),
        cmocka_unit_test(cancellation_is_replayed),
        cmocka_unit_test(failures_are_replayed),
        cmocka_unit_test(coroutines_are_replayed),
        cmocka_unit_test(children_are_replayed),
        cmocka_unit_test(updates_are_replayed),
        cmocka_unit_test(the_end_by_a_new_run_is_replayed),
        cmocka_unit_test(local_activities_are_replayed),
        cmocka_unit_test(patches_are_replayed),
        cmocka_unit_test(upserts_are_replayed),
        cmocka_unit_test(other_workflows_are_replayed),
        cmocka_unit_test(an_update_that_a_reset_brings_again_is_replayed),
    };

    return cmocka_run_group_tests(tests, recorder_set_up, recorder_tear_down);
}
