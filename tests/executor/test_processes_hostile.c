/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_hostile.c -- an activity that scribbles over what its process
 * shares with the worker: it is killed, its attempt fails, and nobody else notices. */
#include <string.h>

#include "tests/executor/rogue.h"

static struct harness harness;

static int open_pool(void **state)
{
    (void)state;
    rogue_open(&harness, 2);
    return 0;
}

static int close_pool(void **state)
{
    (void)state;
    harness_close(&harness);
    return 0;
}

/* Runs the deed beside a neighbour that has to survive it. The heartbeats are looked for, as the
 * worker does now and then. */
static void expect_violation(const char *deed, const char *text)
{
    struct subject neighbour, subject;
    tp_buffer details = { 0 };

    rogue_begin(&neighbour, &harness, "wait");
    rogue_init(&subject, &harness, deed);
    subject_submit(&subject);
    while (harness_running(&harness) > 1) {
        (void)subject_take(&subject, &details);
        test_pause();
    }
    rogue_failed(&subject, "ActivityProcessCrashed", text);
    rogue_end(&neighbour);
    assert_int_equal(neighbour.kind, TP_OUTCOME_COMPLETED);
    assert_true(rogue_pid(&harness) > 0);
    tp_buffer_done(&details);
}

static void an_impossible_state(void **state)
{
    (void)state;
    expect_violation("state", "an impossible state");
}

static void the_state_of_another_attempt(void **state)
{
    (void)state;
    expect_violation("sequence", "an impossible state");
}

static void an_impossible_length(void **state)
{
    (void)state;
    expect_violation("length", "an impossible length");
}

static void an_impossible_outcome(void **state)
{
    (void)state;
    expect_violation("outcome", "an impossible outcome");
}

static void an_impossible_heartbeat_buffer(void **state)
{
    (void)state;
    expect_violation("buffer", "an impossible heartbeat buffer");
}

static void an_impossible_heartbeat_length(void **state)
{
    (void)state;
    expect_violation("beat length", "a heartbeat that is too long");
}

static void its_whole_report(void **state)
{
    (void)state;
    expect_violation("scribble", "an impossible state");
}

/* What the worker writes is read-only for it. */
static void the_orders(void **state)
{
    (void)state;
    expect_violation("orders", "was killed by SIGSEGV");
}

static void the_input(void **state)
{
    (void)state;
    expect_violation("input", "was killed by SIGSEGV");
}

/* The worker posts a latch of nonsense; nobody is the worse for it. */
static void the_latch(void **state)
{
    struct subject subject;

    (void)state;
    rogue_begin(&subject, &harness, "latch");
    rogue_end(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    assert_true(rogue_pid(&harness) > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pool, close_pool)
    const struct CMUnitTest tests[] = {
        TEST(an_impossible_state),
        TEST(the_state_of_another_attempt),
        TEST(an_impossible_length),
        TEST(an_impossible_outcome),
        TEST(an_impossible_heartbeat_buffer),
        TEST(an_impossible_heartbeat_length),
        TEST(its_whole_report),
        TEST(the_orders),
        TEST(the_input),
        TEST(the_latch),
    };
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    return cmocka_run_group_tests_name("process executor: hostile processes", tests, NULL, NULL);
}
