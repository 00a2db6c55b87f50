/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_rules.c -- attempts are ended by the rules of their activity, and
 * nobody else is. */
#include <signal.h>
#include <string.h>

#include "executor/rules.h"
#include "tests/executor/rogue.h"

/* Short enough to be waited for, and FOR_EVER when a test does not want it to come. */
#define SHORT    0.05
#define FOR_EVER TEMPORAL_FOREVER

static const temporal_process_executor no_options;

static int open_nothing(void **state)
{
    (void)state;
    rogue_options = no_options;
    return 0;
}

static temporal_process_status status_of(struct harness *harness)
{
    temporal_process_status status = { 0 };

    assert_int_equal(rogue_status(harness, &status, 1), 1);
    return status;
}

static void expect_type(struct subject *subject, const char *type, bool retryable)
{
    temporal_error *error;

    subject_wait_end(subject);
    assert_int_equal(subject->kind, TP_OUTCOME_FAILED);
    error = subject_failure(subject);
    assert_string_equal(temporal_error_type(error), type);
    assert_int_equal(temporal_error_is_retryable(error), retryable);
    temporal_error_free(error);
    subject_done(subject);
}

/* --- who ignores what he is asked ------------------------------------------------------------- */

static void each_step_of_an_ending_is_counted(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_process_status status;

    (void)state;
    rogue_options.rules =
        (temporal_process_rules){ .cancel_grace = SHORT, .terminate_grace = SHORT };
    rogue_open(&harness, 1);
    rogue_begin(&subject, &harness, "ignore");
    subject_cancel(&subject, TEMPORAL_CANCEL_TIMED_OUT);
    expect_type(&subject, "ActivityProcessKilled", true);
    status = status_of(&harness);
    assert_int_equal(status.terminated, 1);
    assert_int_equal(status.killed, 0);

    rogue_begin(&subject, &harness, "ignore everything");
    subject_cancel(&subject, TEMPORAL_CANCEL_TIMED_OUT);
    expect_type(&subject, "ActivityProcessKilled", true);
    status = status_of(&harness);
    assert_int_equal(status.terminated, 2);
    assert_int_equal(status.killed, 1);
    assert_int_equal(status.crashes, 0);
    harness_close(&harness);
}

static void an_activity_may_end_in_its_own_way_on_sigterm(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    rogue_options.rules =
        (temporal_process_rules){ .cancel_grace = SHORT, .terminate_grace = FOR_EVER };
    rogue_open(&harness, 1);
    rogue_begin(&subject, &harness, "obey the signal");
    subject_cancel(&subject, TEMPORAL_CANCEL_REQUESTED);
    subject_wait_end(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    subject_assert_text(&subject, "obeyed");
    subject_done(&subject);
    assert_true(rogue_pid(&harness) > 0);
    assert_int_equal(status_of(&harness).killed, 0);
    harness_close(&harness);
}

static void an_activity_may_have_rules_of_its_own(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    rogue_options.rules.cancel_grace = FOR_EVER;
    rogue_options.exceptions = TEMPORAL_EXCEPTIONS(TEMPORAL_RULES(rogue, .cancel_grace = SHORT));
    rogue_open(&harness, 1);
    rogue_begin(&subject, &harness, "ignore");
    subject_cancel(&subject, TEMPORAL_CANCEL_WORKER_SHUTDOWN);
    expect_type(&subject, "ActivityProcessKilled", true);
    harness_close(&harness);
}

/* --- who does not get on ---------------------------------------------------------------------- */

static void an_attempt_that_stalls_is_ended(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    rogue_options.rules.stall_timeout = SHORT;
    rogue_open(&harness, 1);
    rogue_init(&subject, &harness, "ignore");
    subject_submit(&subject);
    rogue_failed(&subject, "ActivityStalled", "did not get on for 0.05 s");
    assert_int_equal(status_of(&harness).terminated, 1);
    harness_close(&harness);
}

/* As long as another one, by the same rules, was given to get on. */
static void progress_without_a_heartbeat_is_progress(void **state)
{
    struct harness harness;
    struct subject subject, witness;

    (void)state;
    rogue_options.rules.stall_timeout = 60 * SHORT;
    rogue_open(&harness, 2);
    rogue_begin(&subject, &harness, "get on");
    rogue_begin(&witness, &harness, "ignore");
    rogue_failed(&witness, "ActivityStalled", "did not get on");
    subject_cancel(&subject, TEMPORAL_CANCEL_REQUESTED);
    subject_wait_end(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    subject_done(&subject);
    harness_close(&harness);
}

/* --- causes that are final -------------------------------------------------------------------- */

static void the_user_says_which_ends_are_retried(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    rogue_options.rules.final_causes = TEMPORAL_CAUSE_CRASHED;
    rogue_options.rules.cancel_grace = SHORT;
    rogue_open(&harness, 1);
    rogue_init(&subject, &harness, "segv"); /* nobody could take a beat in time */
    subject_submit(&subject);
    expect_type(&subject, "ActivityProcessCrashed", false);
    rogue_begin(&subject, &harness, "ignore");
    subject_cancel(&subject, TEMPORAL_CANCEL_TIMED_OUT);
    expect_type(&subject, "ActivityProcessKilled", true);
    harness_close(&harness);
}

/* --- rules that are none ---------------------------------------------------------------------- */

static void refuse(const temporal_activity_rules *exceptions, const char *text)
{
    tp_executor *executor = NULL;

    rogue_options.exceptions = exceptions;
    assert_fails(rogue_make(&executor, rogue_activities, 1), INVALID_ARGUMENT, text);
    assert_null(executor);
}

static const temporal_activity_def stranger_activity = { .name = "stranger" };

static void rules_that_cannot_be_are_refused(void **state)
{
    (void)state;
    refuse(TEMPORAL_EXCEPTIONS(TEMPORAL_RULES(stranger, .cancel_grace = 1)),
           "activity stranger is not one of the pool's");
    refuse(TEMPORAL_EXCEPTIONS(TEMPORAL_RULES(rogue, .cancel_grace = 1),
                               TEMPORAL_RULES(rogue, .cancel_grace = 2)),
           "activity rogue stands there twice");
    refuse(TEMPORAL_EXCEPTIONS(TEMPORAL_RULES(rogue, .stall_timeout = -1)),
           "processes.exceptions of activity rogue.stall_timeout: -1 seconds is negative");
    refuse(TEMPORAL_EXCEPTIONS(TEMPORAL_RULES(rogue, .final_causes = 1U << 30)),
           "holds what is no temporal_process_cause");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, open_nothing)
    const struct CMUnitTest tests[] = {
        TEST(each_step_of_an_ending_is_counted),
        TEST(an_activity_may_end_in_its_own_way_on_sigterm),
        TEST(an_activity_may_have_rules_of_its_own),
        TEST(an_attempt_that_stalls_is_ended),
        TEST(progress_without_a_heartbeat_is_progress),
        TEST(the_user_says_which_ends_are_retried),
        TEST(rules_that_cannot_be_are_refused),
    };
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    return cmocka_run_group_tests_name("process executor: rules", tests, NULL, NULL);
}
