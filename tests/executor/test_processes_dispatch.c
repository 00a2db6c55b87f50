/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_dispatch.c -- which attempt runs where, and when: queue, prefetch,
 * cancellation before the beginning, recycling, force. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "executor/processes.h"
#include "tests/executor/rogue.h"

static void expect_cancelled(struct subject *subject, const char *text)
{
    temporal_error *error;

    subject_wait_end(subject);
    assert_int_equal(subject->kind, TP_OUTCOME_CANCELLED);
    error = subject_failure(subject);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_CANCELLED);
    assert_contains(temporal_error_message(error), text);
    temporal_error_free(error);
    subject_done(subject);
}

/* Which process has it in its slot, as the pool knows; -1: it waits. */
struct whereabouts {
    struct subject *subject;
    int process;
};

static void ask_where(void *data)
{
    struct whereabouts *where = data;
    const tp_place *place = where->subject->attempt.state;

    where->process = place && place->process ? (int)place->process->index : -1;
}

static int where_is(struct subject *subject)
{
    struct whereabouts where = { subject, -1 };

    tp_loop_call(subject->harness->loop, ask_where, &where);
    return where.process;
}

static void an_attempt_never_waits_behind_another_while_a_process_is_free(void **state)
{
    struct subject subjects[2], behind;
    struct harness harness;
    size_t slow;

    (void)state;
    rogue_open(&harness, 2);
    rogue_begin(&subjects[0], &harness, "wait");
    rogue_begin(&subjects[1], &harness, "wait");
    rogue_init(&behind, &harness, "pid");
    subject_submit(&behind); /* lies ready behind one of them */
    slow = where_is(&behind) == where_is(&subjects[1]);
    assert_int_equal(where_is(&behind), where_is(&subjects[slow]));
    rogue_end(&subjects[!slow]);
    subject_wait_end(&behind); /* and was taken over: the slow one runs still */
    assert_int_equal(behind.kind, TP_OUTCOME_COMPLETED);
    assert_int_equal(harness_running(&harness), 1);
    subject_done(&behind);
    rogue_end(&subjects[slow]);
    harness_close(&harness);
}

/* Each says when it began. */
static _Atomic int order;

static void note_order(struct subject *subject)
{
    *(int *)subject->data = ++order;
}

static void attempts_run_in_the_order_of_their_submission(void **state)
{
    struct subject first, subjects[20];
    struct harness harness;
    int places[20] = { 0 };

    (void)state;
    rogue_open(&harness, 1);
    rogue_begin(&first, &harness, "wait");
    order = 0;
    for (size_t i = 0; i < 20; i++) {
        rogue_init(&subjects[i], &harness, "pid");
        subjects[i].data = &places[i];
        subjects[i].on_end = note_order;
        subject_submit(&subjects[i]);
    }
    rogue_end(&first);
    for (size_t i = 0; i < 20; i++) {
        subject_wait_end(&subjects[i]);
        subject_done(&subjects[i]);
    }
    harness_close(&harness);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(places[i], i + 1);
}

static void what_has_not_begun_is_cancelled_at_once(void **state)
{
    struct subject first, ready, waiting, last;
    struct harness harness;

    (void)state;
    rogue_open(&harness, 1);
    rogue_begin(&first, &harness, "wait");
    rogue_init(&ready, &harness, "kill");
    rogue_init(&waiting, &harness, "kill");
    rogue_init(&last, &harness, "pid");
    subject_submit(&ready);
    subject_submit(&waiting);
    subject_submit(&last);
    assert_int_equal(where_is(&ready), 0);
    assert_int_equal(where_is(&waiting), -1);
    subject_cancel(&waiting, TEMPORAL_CANCEL_REQUESTED);
    subject_cancel(&waiting, TEMPORAL_CANCEL_TIMED_OUT); /* too late to change anything */
    expect_cancelled(&waiting, "was cancelled before it began: requested");
    subject_cancel(&ready, TEMPORAL_CANCEL_NOT_FOUND);
    expect_cancelled(&ready, "was cancelled before it began: not found");
    assert_int_equal(harness_running(&harness), 2);
    rogue_end(&first);
    subject_wait_end(&last);
    assert_int_equal(last.kind, TP_OUTCOME_COMPLETED);
    subject_done(&last);
    harness_close(&harness);
}

static void the_first_reason_stays(void **state)
{
    struct subject subject;
    struct harness harness;

    (void)state;
    rogue_open(&harness, 1);
    rogue_begin(&subject, &harness, "ignore");
    subject_cancel(&subject, TEMPORAL_CANCEL_PAUSED);
    subject_cancel(&subject, TEMPORAL_CANCEL_RESET);
    assert_int_equal(((tp_place *)subject.attempt.state)->cancelled, TEMPORAL_CANCEL_PAUSED);
    harness_abandon(&harness);
    rogue_failed(&subject, "ActivityProcessKilled", "ended by force");
    harness_close(&harness);
}

/* --- recycling and state ---------------------------------------------------------------------- */

/* Answers with the process, and with how often the state that it has was used. */
static pid_t count_call(struct harness *harness, int *calls)
{
    struct subject subject;
    temporal_string text = NULL;
    tp_arena arena;
    int pid = 0;

    subject_init(&subject, harness, &counting_activity);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    tp_arena_init(&arena);
    rogue_decode(&arena, &subject.body, temporal_string_type(), &text);
    assert_int_equal(sscanf(text, "%d %d", &pid, calls), 2);
    tp_arena_done(&arena);
    subject_done(&subject);
    return pid;
}

static void state_is_made_once_in_each_process(void **state)
{
    struct harness harness;
    int calls = 0;
    pid_t pid;

    (void)state;
    rogue_open(&harness, 1);
    pid = count_call(&harness, &calls);
    assert_int_equal(calls, 1);
    for (int i = 2; i < 10; i++) {
        assert_int_equal(count_call(&harness, &calls), pid);
        assert_int_equal(calls, i);
    }
    kill(pid, SIGKILL);
    test_wait_for(!rogue_is_alive(pid));
    assert_int_not_equal(count_call(&harness, &calls), pid);
    assert_int_equal(calls, 1);
    harness_close(&harness);
}

static void a_process_is_replaced_after_its_share_of_tasks(void **state)
{
    temporal_process_status status;
    struct harness harness;
    pid_t pid = 0;
    int calls = 0;

    (void)state;
    rogue_options.recycle.tasks = 3;
    rogue_open(&harness, 1);
    for (int i = 0; i < 30; i++) {
        pid_t now = count_call(&harness, &calls);

        assert_int_equal(calls, i % 3 + 1);
        assert_int_equal(now == pid, i % 3 != 0);
        pid = now;
    }
    rogue_status(&harness, &status, 1);
    assert_int_equal(status.tasks, 30);
    assert_int_equal(status.crashes, 0);
    harness_close(&harness);
    rogue_options.recycle.tasks = 0;
}

/* Many at once over few processes that are replaced all the time: each has its end. */
static void recycling_loses_nothing(void **state)
{
    enum {
        TASKS = 200
    };
    static struct subject subjects[TASKS];
    struct harness harness;

    (void)state;
    rogue_options.recycle.tasks = 1;
    rogue_open(&harness, 2);
    for (size_t i = 0; i < TASKS; i++) {
        rogue_init(&subjects[i], &harness, "pid");
        subject_submit(&subjects[i]);
    }
    for (size_t i = 0; i < TASKS; i++) {
        subject_wait_end(&subjects[i]);
        assert_int_equal(subjects[i].kind, TP_OUTCOME_COMPLETED);
        subject_done(&subjects[i]);
    }
    harness_close(&harness);
    rogue_options.recycle.tasks = 0;
}

/* It is killed after a while, so that its slot is not lost. */
static void a_process_that_does_not_leave_is_replaced_all_the_same(void **state)
{
    struct subject subject;
    struct harness harness;

    (void)state;
    rogue_options.recycle.tasks = 1;
    rogue_open(&harness, 1);
    subject_init(&subject, &harness, &clinging_activity);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    subject_done(&subject);
    assert_true(rogue_pid(&harness) > 0);
    harness_close(&harness);
    rogue_options.recycle.tasks = 0;
}

/* --- force ------------------------------------------------------------------------------------ */

static void an_ignored_cancellation_ends_with_a_signal(void **state)
{
    static const struct {
        const char *deed, *text;
    } cases[] = {
        { "ignore", "did not end within 0.05 s of its cancellation" },
        { "ignore everything", "was killed by SIGKILL" },
    };
    struct harness harness;
    struct subject subject, behind;

    (void)state;
    rogue_options.rules.cancel_grace = 0.05;
    rogue_open(&harness, 1);
    for (size_t i = 0; i < 2; i++) {
        rogue_begin(&subject, &harness, cases[i].deed);
        rogue_init(&behind, &harness, "pid"); /* must not be hit by what is meant for the first */
        subject_submit(&behind);
        subject_cancel(&subject, TEMPORAL_CANCEL_REQUESTED);
        expect_cancelled(&subject, cases[i].text);
        subject_wait_end(&behind);
        assert_int_equal(behind.kind, TP_OUTCOME_COMPLETED);
        subject_done(&behind);
    }
    rogue_begin(&subject, &harness, "ignore");
    subject_cancel(&subject, TEMPORAL_CANCEL_WORKER_SHUTDOWN);
    rogue_failed(&subject, "ActivityProcessKilled", "SIGTERM");
    harness_close(&harness);
    rogue_options.rules.cancel_grace = 0;
}

static void a_cancellation_that_is_heard_ends_without_force(void **state)
{
    struct harness harness;
    struct subject subject;
    pid_t pid;

    (void)state;
    rogue_options.rules.cancel_grace = 30;
    rogue_open(&harness, 1);
    pid = rogue_begin(&subject, &harness, "wait");
    rogue_end(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    assert_int_equal(rogue_pid(&harness), pid);
    harness_close(&harness);
    rogue_options.rules.cancel_grace = 0;
}

static void abandoning_ends_everything_now(void **state)
{
    struct subject deaf[2], waiting[6], late;
    struct harness harness;
    pid_t pids[2];

    (void)state;
    rogue_open(&harness, 2);
    for (size_t i = 0; i < 2; i++)
        pids[i] = rogue_begin(&deaf[i], &harness, "ignore everything");
    for (size_t i = 0; i < 6; i++) {
        rogue_init(&waiting[i], &harness, "pid");
        subject_submit(&waiting[i]);
    }
    harness_abandon(&harness);
    for (size_t i = 0; i < 2; i++)
        rogue_failed(&deaf[i], "ActivityProcessKilled", "ended by force");
    for (size_t i = 0; i < 6; i++)
        rogue_failed(&waiting[i], "ActivityProcessKilled", "ended by force");
    rogue_init(&late, &harness, "pid");
    subject_submit(&late);
    rogue_failed(&late, "ActivityProcessKilled", "ended by force");
    harness_close(&harness);
    for (size_t i = 0; i < 2; i++)
        assert_false(rogue_is_alive(pids[i]));
}

/* --- what the activity has and has not -------------------------------------------------------- */

static void a_process_has_nothing_of_the_program_open(void **state)
{
    struct harness harness;

    (void)state;
    rogue_open(&harness, 1);
    rogue_expect(&harness, "files", "0");
    harness_close(&harness);
}

static void a_closed_bell_costs_the_process_but_not_the_result(void **state)
{
    struct harness harness;

    (void)state;
    rogue_open(&harness, 1);
    for (int i = 0; i < 5; i++)
        rogue_expect(&harness, "close bell", "closed");
    harness_close(&harness);
}

static void signals_for_the_program_are_not_for_its_activities(void **state)
{
    struct harness harness;

    (void)state;
    rogue_open(&harness, 1);
    rogue_expect(&harness, "take signals", "still here");
    harness_close(&harness);
}

/* Threads that hold locks and allocate do not matter to processes that are made meanwhile. */
static _Atomic bool churning;
static pthread_mutex_t churned = PTHREAD_MUTEX_INITIALIZER;

static void *churn(void *data)
{
    while (churning) {
        pthread_mutex_lock(&churned);
        free(malloc(100000));
        pthread_mutex_unlock(&churned);
    }
    return data;
}

static void processes_are_made_while_threads_run(void **state)
{
    struct harness harness;
    struct subject subject;
    pthread_t threads[4];

    (void)state;
    rogue_open(&harness, 2);
    churning = true;
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, churn, NULL);
    for (int i = 0; i < 50; i++) {
        rogue_init(&subject, &harness, "kill");
        subject_run(&subject);
        subject_done(&subject);
        assert_true(rogue_pid(&harness) > 0);
    }
    churning = false;
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    harness_close(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attempt_never_waits_behind_another_while_a_process_is_free),
        cmocka_unit_test(attempts_run_in_the_order_of_their_submission),
        cmocka_unit_test(what_has_not_begun_is_cancelled_at_once),
        cmocka_unit_test(the_first_reason_stays),
        cmocka_unit_test(state_is_made_once_in_each_process),
        cmocka_unit_test(a_process_is_replaced_after_its_share_of_tasks),
        cmocka_unit_test(recycling_loses_nothing),
        cmocka_unit_test(a_process_that_does_not_leave_is_replaced_all_the_same),
        cmocka_unit_test(an_ignored_cancellation_ends_with_a_signal),
        cmocka_unit_test(a_cancellation_that_is_heard_ends_without_force),
        cmocka_unit_test(abandoning_ends_everything_now),
        cmocka_unit_test(a_process_has_nothing_of_the_program_open),
        cmocka_unit_test(a_closed_bell_costs_the_process_but_not_the_result),
        cmocka_unit_test(signals_for_the_program_are_not_for_its_activities),
        cmocka_unit_test(processes_are_made_while_threads_run),
    };
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    return cmocka_run_group_tests_name("process executor: dispatch", tests, NULL, NULL);
}
