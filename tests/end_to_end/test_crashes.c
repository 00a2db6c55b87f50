/* SPDX-License-Identifier: MIT */
/* test_crashes.c -- activity processes that die, in a busy pool: A7, and of what befalls the pool
 * of another SDK, a heartbeat loop that starves its neighbours. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/end_to_end/relay.h"

enum {
    PROCESSES = 3
};

/* Beats once, then ends its process in the way that it is told. */
TEMPORAL_ACTIVITY(die, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(die)
temporal_error *die(temporal_activity *attempt, temporal_string how, temporal_string *text)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);
    temporal_string last = NULL;

    if (info->heartbeat_details_count > 0) {
        TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[0], temporal_string, &last));
        *text = temporal_activity_format(attempt, "survived %s in attempt %d", last,
                                         (int)info->attempt);
        return TEMPORAL_OK;
    }
    temporal_heartbeat(attempt, temporal_string, how);
    if (strcmp(how, "SIGSEGV") == 0)
        raise(SIGSEGV);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "exit") == 0)
        exit(3);
    if (strcmp(how, "SIGKILL") == 0)
        raise(SIGKILL);
    return temporal_error_application("Wrong", "%s did not end this process", how);
}

/* Works, beating as fast as it can, until a file is there. */
TEMPORAL_ACTIVITY(toil, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(toil)
temporal_error *toil(temporal_activity *attempt, temporal_string until, temporal_string *text)
{
    temporal_int beats = 0;

    while (access(until, F_OK) != 0)
        for (int i = 0; i < 1000; i++, beats++)
            temporal_heartbeat(attempt, temporal_int, beats);
    *text = temporal_activity_format(attempt, "process %d attempt %d", getpid(),
                                     (int)temporal_activity_get_info(attempt)->attempt);
    return TEMPORAL_OK;
}

static const char *const ways[] = { "SIGSEGV", "abort", "exit", "SIGKILL" };
static const char *const words[] = { "SIGSEGV", "SIGABRT", "3", "SIGKILL" };
enum {
    WAYS = sizeof ways / sizeof ways[0]
};

static const char *processes; /* the queue of the pool */
static char finish[64];       /* the file that ends the toil */

static temporal_handle *start_toil(void)
{
    temporal_handle *handle = relay_start(.activity = "toil", .input = finish, .queue = processes,
                                          .heartbeat = 10, .attempts = 1);

    test_wait_for(test_describe(handle)->pending_activity_count == 1 &&
                  test_describe(handle)->pending_activities[0].started);
    return handle;
}

static void end_toil(temporal_handle *const *handles, size_t count)
{
    FILE *file = fopen(finish, "w");

    assert_non_null(file);
    fclose(file);
    for (size_t i = 0; i < count; i++)
        assert_contains(relay_result(handles[i]), "attempt 1");
    unlink(finish);
}

static bool pool_is_at_strength(void)
{
    temporal_process_status status[PROCESSES + 1];

    if (temporal_worker_process_status(relay_workers[ON_PROCESSES], status, PROCESSES + 1) !=
        PROCESSES)
        return false;
    for (int i = 0; i < PROCESSES; i++)
        if (status[i].pid == 0)
            return false;
    return true;
}

static uint64_t count_crashes(void)
{
    temporal_process_status status[PROCESSES];
    uint64_t crashes = 0;

    temporal_worker_process_status(relay_workers[ON_PROCESSES], status, PROCESSES);
    for (int i = 0; i < PROCESSES; i++)
        crashes += status[i].crashes;
    return crashes;
}

static void a_crash_fails_that_attempt_only_and_says_what_it_was(void **state)
{
    temporal_handle *neighbour = start_toil();
    const uint64_t before = count_crashes();

    (void)state;
    for (int i = 0; i < WAYS; i++) {
        temporal_error *error =
            relay_failure(relay_start(.activity = "die", .input = ways[i], .queue = processes,
                                      .heartbeat = 30, .attempts = 1));
        const temporal_error *crash = assert_has(error, APPLICATION);

        assert_contains(temporal_error_message(crash), words[i]);
        assert_true(strlen(temporal_error_type(crash)) > 0);
        assert_true(temporal_error_is_retryable(crash));
        temporal_error_free(error);
    }
    test_wait_for(pool_is_at_strength());
    assert_int_equal(count_crashes() - before, WAYS);
    end_toil(&neighbour, 1);
}

static void the_next_attempt_has_the_last_heartbeat(void **state)
{
    char expected[64];

    (void)state;
    for (int i = 0; i < WAYS; i++) {
        snprintf(expected, sizeof expected, "survived %s in attempt 2", ways[i]);
        assert_string_equal(
            relay_run(.activity = "die", .input = ways[i], .queue = processes, .heartbeat = 30),
            expected);
    }
}

static void many_crashes_at_once_cost_nobody_else_anything(void **state)
{
    temporal_handle *neighbour = start_toil();
    temporal_handle *handles[40];

    (void)state;
    for (int i = 0; i < 40; i++)
        handles[i] = relay_start(.activity = "die", .input = ways[i % WAYS], .queue = processes,
                                 .heartbeat = 30);
    for (int i = 0; i < 40; i++)
        assert_contains(relay_result(handles[i]), "in attempt 2");
    test_wait_for(pool_is_at_strength());
    end_toil(&neighbour, 1);
}

static void an_idle_process_that_is_killed_is_replaced(void **state)
{
    temporal_process_status status[PROCESSES];

    (void)state;
    test_wait_for(pool_is_at_strength());
    temporal_worker_process_status(relay_workers[ON_PROCESSES], status, PROCESSES);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(kill(status[i].pid, SIGKILL), 0);
    assert_string_equal(
        relay_run(.activity = "die", .input = "exit", .queue = processes, .heartbeat = 30),
        "survived exit in attempt 2");
    test_wait_for(pool_is_at_strength());
}

/* Two activities that do nothing but beat, and four that end well meanwhile, one after the other.
 */
static void a_storm_of_heartbeats_starves_no_neighbour(void **state)
{
    temporal_handle *storm[] = { start_toil(), start_toil() };

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_contains(
            relay_run(.activity = "die", .input = "SIGSEGV", .queue = processes, .heartbeat = 30),
            "survived");
    end_toil(storm, 2);
}

static int set_up(void **state)
{
    fixture_connect(state);
    relay_start_workers(TEMPORAL_ACTIVITIES(&die_activity, &toil_activity),
                        &(temporal_worker_options){ .struct_size = sizeof(temporal_worker_options),
                                                    .processes.concurrency = PROCESSES });
    processes = relay_queues[ON_PROCESSES];
    snprintf(finish, sizeof finish, "/tmp/%s", test_unique("temporal-finish"));
    return 0;
}

static int tear_down(void **state)
{
    relay_stop_workers();
    assert_int_equal(test_count_children(), 2); /* the fork server and its guard */
    return fixture_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_fails_that_attempt_only_and_says_what_it_was),
        cmocka_unit_test(the_next_attempt_has_the_last_heartbeat),
        cmocka_unit_test(many_crashes_at_once_cost_nobody_else_anything),
        cmocka_unit_test(an_idle_process_that_is_killed_is_replaced),
        cmocka_unit_test(a_storm_of_heartbeats_starves_no_neighbour),
    };

    return fixture_run(tests, set_up, tear_down);
}
