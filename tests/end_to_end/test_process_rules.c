/* SPDX-License-Identifier: MIT */
/* test_process_rules.c -- an activity process ends when the server has given its attempt away, and
 * lives as long as it gets on: A5, A8, W3. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/end_to_end/relay.h"

#define SHORT 0.2

/* --- activities ------------------------------------------------------------------------------- */

/* The first attempt beats its pid and is deaf from then on; the next one tells that pid, and why
 * the first failed as far as it left a heartbeat. */
TEMPORAL_ACTIVITY(deaf, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(deaf)
temporal_error *deaf(temporal_activity *attempt, temporal_string input, temporal_string *text)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);
    temporal_int pid = getpid();

    if (info->attempt > 1) {
        pid = 0;
        if (info->heartbeat_details_count > 0)
            TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[0], temporal_int, &pid));
        *text = temporal_activity_format(attempt, "%d", (int)pid);
        return TEMPORAL_OK;
    }
    if (strcmp(input, "silent") != 0)
        (void)signal(SIGTERM, SIG_IGN);
    temporal_heartbeat(attempt, temporal_int, pid);
    while (strcmp(input, "beating") == 0) {
        temporal_heartbeat(attempt, temporal_int, pid);
        test_pause();
    }
    for (;;)
        pause();
}

/* Longer than its heartbeat timeout without a heartbeat, but not without progress. */
TEMPORAL_ACTIVITY(plod, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(plod)
temporal_error *plod(temporal_activity *attempt, temporal_string input, temporal_string *text)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);
    const double end = test_clock() + 3 * info->heartbeat_timeout;

    (void)input;
    while (test_clock() < end) {
        temporal_activity_progress(attempt);
        if (temporal_activity_wait_for_cancelled(attempt, 0.01))
            return temporal_activity_cancelled(attempt);
    }
    *text = temporal_activity_format(attempt, "attempt %d", (int)info->attempt);
    return TEMPORAL_OK;
}

/* --- workers ---------------------------------------------------------------------------------- */

static temporal_worker *start_worker(const char *queue)
{
    relay_queues[0] = queue;
    return test_worker_start(
        client, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&relay_workflow),
        .processes = {
            .activities = TEMPORAL_ACTIVITIES(&deaf_activity, &plod_activity),
            .concurrency = 2,
            .rules = { .cancel_grace = SHORT, .terminate_grace = SHORT },
            .exceptions = TEMPORAL_EXCEPTIONS(TEMPORAL_RULES(plod, .keep_alive = true)),
        });
}

static bool is_alive(const char *pid)
{
    return kill((pid_t)strtol(pid, NULL, 10), 0) == 0;
}

static bool has_beaten(temporal_handle *handle)
{
    const temporal_workflow_description *now = test_describe(handle);

    return now->pending_activity_count == 1 &&
           now->pending_activities[0].heartbeat_details_count == 1;
}

/* Until the server has heard of the first attempt, which is deaf from then on. */
static void wait_for_beat(temporal_handle *handle)
{
    test_wait_for(has_beaten(handle));
}

/* --- tests ------------------------------------------------------------------------------------ */

static void A8_a_process_does_not_outlive_its_start_to_close_timeout(void **state)
{
    temporal_worker *worker = start_worker(test_unique("rules"));
    const char *first = relay_run(.activity = "deaf", .input = "silent", .start_to_close = 1);

    (void)state;
    test_wait_for(!is_alive(first));
    test_worker_stop(worker);
}

static void A8_a_process_does_not_outlive_its_heartbeat_timeout(void **state)
{
    temporal_worker *worker = start_worker(test_unique("rules"));
    const char *first = relay_run(.activity = "deaf", .input = "everything", .heartbeat = 1);

    (void)state;
    test_wait_for(!is_alive(first));
    test_worker_stop(worker);
}

static void A8_a_cancelled_activity_that_is_deaf_ends_its_workflow_all_the_same(void **state)
{
    temporal_worker *worker = start_worker(test_unique("rules"));
    temporal_handle *handle =
        relay_start(.activity = "deaf", .input = "beating", .heartbeat = 1, .attempts = 1,
                    .cancellation = TEMPORAL_CANCELLATION_WAIT);
    temporal_error *error;

    (void)state;
    wait_for_beat(handle);
    assert_ok(temporal_handle_cancel(handle));
    error = relay_failure(handle);
    assert_has(error, CANCELLED);
    temporal_error_free(error);
    test_worker_stop(worker);
}

static void W3_a_shutdown_ends_though_an_activity_is_deaf(void **state)
{
    const char *queue = test_unique("rules");
    temporal_worker *worker = start_worker(queue);
    temporal_handle *handle = relay_start(.activity = "deaf", .input = "everything");
    const char *first;

    (void)state;
    wait_for_beat(handle);
    test_worker_stop(worker);
    worker = start_worker(queue);
    first = relay_result(handle);
    assert_false(is_alive(first));
    test_worker_stop(worker);
}

static void A4_an_activity_that_gets_on_is_kept_alive(void **state)
{
    temporal_worker *worker = start_worker(test_unique("rules"));

    (void)state;
    assert_string_equal(relay_run(.activity = "plod", .input = "", .heartbeat = 1), "attempt 1");
    test_worker_stop(worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(A8_a_process_does_not_outlive_its_start_to_close_timeout),
        cmocka_unit_test(A8_a_process_does_not_outlive_its_heartbeat_timeout),
        cmocka_unit_test(A8_a_cancelled_activity_that_is_deaf_ends_its_workflow_all_the_same),
        cmocka_unit_test(W3_a_shutdown_ends_though_an_activity_is_deaf),
        cmocka_unit_test(A4_an_activity_that_gets_on_is_kept_alive),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
