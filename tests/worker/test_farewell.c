/* SPDX-License-Identifier: MIT */
/* test_farewell.c -- how the polls of a worker end when it shuts down, by what its server can do:
 * W3. */
#include <stdatomic.h>

#include "tests/support/live.h"
#include "tests/worker/poll_server.h"

enum {
    UNIMPLEMENTED = 12, /* gRPC's */
    UNAVAILABLE = 14,
    POLLS = 5,        /* for activities */
    NORMAL_POLLS = 2, /* for workflow tasks */
    STICKY_POLLS = 3
};

static atomic_int notes;

TEMPORAL_ACTIVITY(note, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(note)
temporal_error *note(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)attempt, (void)in, (void)out;
    atomic_fetch_add(&notes, 1);
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(idle, temporal_none, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(idle)
temporal_error *idle(temporal_workflow *run, temporal_none in, temporal_none *out)
{
    (void)run, (void)in, (void)out;
    return TEMPORAL_OK;
}

/* Starts a worker, waits until all of its polls are there, and shuts it down. */
static poll_server_counts shut_down(const poll_server_rules *rules,
                                    const temporal_worker_options *options, unsigned polls)
{
    poll_server *server = poll_server_start(rules);
    temporal_client *client = test_connect_to(poll_server_target(server));
    temporal_worker *worker = test_worker_start_with(client, options);
    poll_server_counts counts;

    test_wait_for(poll_server_count(server).waiting == polls);
    test_worker_stop(worker);
    temporal_client_free(client);
    test_wait_for(poll_server_count(server).waiting == 0); /* hears of what was cancelled */
    counts = poll_server_count(server);
    poll_server_stop(server);
    return counts;
}

#define SHUT_DOWN(rules, polls, ...)           \
    shut_down(&(const poll_server_rules)rules, \
              TEMPORAL_OPTIONS(temporal_worker_options, .task_queue = "q", __VA_ARGS__), (polls))
#define RULES(...)  \
    {               \
        __VA_ARGS__ \
    }
#define ONLY_ACTIVITIES \
    .async.activities = TEMPORAL_ACTIVITIES(&note_activity), .activity_pollers = POLLS
#define ONLY_WORKFLOWS \
    .workflows = TEMPORAL_WORKFLOWS(&idle_workflow), .workflow_pollers = NORMAL_POLLS + STICKY_POLLS

static void W3_a_server_that_ends_polls_has_none_of_them_cancelled(void **state)
{
    const poll_server_counts counts =
        SHUT_DOWN(RULES(.ends_polls = true), POLLS + NORMAL_POLLS + STICKY_POLLS, ONLY_ACTIVITIES,
                  ONLY_WORKFLOWS, .graceful_shutdown_timeout = TEST_PATIENCE);

    (void)state;
    assert_int_equal(counts.ended, POLLS + NORMAL_POLLS + STICKY_POLLS);
    assert_int_equal(counts.cancelled, 0);
}

static void W3_a_task_that_ends_a_poll_is_still_done(void **state)
{
    const poll_server_counts counts =
        SHUT_DOWN(RULES(.ends_polls = true, .parting_task = true), POLLS, ONLY_ACTIVITIES,
                  .graceful_shutdown_timeout = TEST_PATIENCE);

    (void)state;
    assert_int_equal(counts.ended, POLLS);
    assert_int_equal(atomic_load(&notes), 1);
    assert_int_equal(counts.completed, 1);
}

static void W3_without_a_grace_the_server_ends_polls_too(void **state)
{
    const poll_server_counts counts = SHUT_DOWN(RULES(.ends_polls = true), POLLS, ONLY_ACTIVITIES);

    (void)state;
    assert_int_equal(counts.ended, POLLS);
    assert_int_equal(counts.cancelled, 0);
}

static void W3_a_server_that_has_overlooked_polls_is_told_again(void **state)
{
    const poll_server_counts counts =
        SHUT_DOWN(RULES(.ends_polls = true, .overlooked = 2), POLLS, ONLY_ACTIVITIES);

    (void)state;
    assert_int_equal(counts.ended, POLLS);
    assert_int_equal(counts.cancelled, 0);
    assert_int_equal(counts.farewells, 2);
}

static void W3_a_server_that_does_not_end_polls_has_them_cancelled(void **state)
{
    const poll_server_counts counts =
        SHUT_DOWN(RULES(.farewell_status = UNIMPLEMENTED), POLLS + NORMAL_POLLS + STICKY_POLLS,
                  ONLY_ACTIVITIES, ONLY_WORKFLOWS);

    (void)state;
    assert_int_equal(counts.ended, 0);
    assert_int_equal(counts.cancelled, POLLS + NORMAL_POLLS + STICKY_POLLS);
    assert_int_equal(counts.farewells, 0);
    assert_int_equal(counts.sticky_farewells, 1);
}

static void W3_polls_are_cancelled_when_a_farewell_fails(void **state)
{
    const poll_server_counts counts = SHUT_DOWN(
        RULES(.ends_polls = true, .farewell_status = UNAVAILABLE), POLLS, ONLY_ACTIVITIES);

    (void)state;
    assert_int_equal(counts.ended, 0);
    assert_int_equal(counts.cancelled, POLLS);
}

/* Once when it begins, and once when the last of its polls has ended, which may have brought the
 * queue back to life. */
static void W3_every_server_ends_the_polls_of_the_sticky_queue(void **state)
{
    const poll_server_counts counts =
        SHUT_DOWN(RULES(.ends_polls = false), NORMAL_POLLS + STICKY_POLLS, ONLY_WORKFLOWS);

    (void)state;
    assert_int_equal(counts.ended, STICKY_POLLS);
    assert_int_equal(counts.cancelled, NORMAL_POLLS);
    assert_int_equal(counts.sticky_farewells, 2);
    assert_int_equal(counts.farewells, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(W3_a_server_that_ends_polls_has_none_of_them_cancelled),
        cmocka_unit_test(W3_a_task_that_ends_a_poll_is_still_done),
        cmocka_unit_test(W3_without_a_grace_the_server_ends_polls_too),
        cmocka_unit_test(W3_a_server_that_has_overlooked_polls_is_told_again),
        cmocka_unit_test(W3_a_server_that_does_not_end_polls_has_them_cancelled),
        cmocka_unit_test(W3_polls_are_cancelled_when_a_farewell_fails),
        cmocka_unit_test(W3_every_server_ends_the_polls_of_the_sticky_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
