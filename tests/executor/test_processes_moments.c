/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_moments.c -- activity processes that are killed at the worst of
 * moments.
 *
 * The process's side of the slot is compiled into this program with a call at each of its moments.
 * Fork server and processes are forked from this program, so that they run this side; a word of
 * shared memory says at which moment the next process is to die. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    NEVER,
    BEFORE_READY,
    BEFORE_CLAIM,
    AFTER_CLAIM,
    BEFORE_BEAT,
    WHILE_BEATING,
    BEFORE_PUBLISH,
    AFTER_PUBLISH,
    BEFORE_OUTCOME,
    BEFORE_DONE,
    AFTER_DONE,
    MOMENTS
};
static _Atomic int *deadly; /* shared with every process */

static void at(int moment)
{
    int expected = moment;

    if (atomic_load_explicit(deadly, memory_order_relaxed) == moment &&
        atomic_compare_exchange_strong(deadly, &expected, NEVER))
        kill(getpid(), SIGKILL);
}
#define TP_SLOT_MOMENT(moment) at(moment)
#include "shm/slot_process.c"
#include "tests/executor/rogue.h"

/* Beats its input and completes with it. */
static temporal_error *beat_and_return(temporal_activity *activity, const void *in, void *out)
{
    const temporal_int *number = in;

    *(temporal_int *)out = *number;
    return temporal_heartbeat(activity, temporal_int, *number);
}

static const temporal_activity_def beat_def = { .struct_size = sizeof beat_def,
                                                .name = "beat",
                                                .input = temporal_int_type,
                                                .output = temporal_int_type,
                                                .invoke = beat_and_return };
static const temporal_activity_def *const activities[] = { &beat_def, NULL };

static void begin(struct subject *subject, struct harness *harness, temporal_int number)
{
    subject_init(subject, harness, &beat_def);
    subject_give(subject, temporal_int, number);
    subject_submit(subject);
}

static bool completed_with(struct subject *subject, temporal_int number)
{
    if (subject->kind != TP_OUTCOME_COMPLETED)
        return false;
    details_assert_int(&subject->body, 0, number);
    return true;
}

/* An attempt whose process dies has an end, one end, and the right one: it ran elsewhere if it had
 * not begun, failed if it had, and counts if it was done. Heartbeats count once they were
 * published. */
static void a_process_may_die_at_every_moment(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    harness_open(&harness, rogue_make, activities, 1);
    for (int round = 0; round < 5; round++)
        for (int moment = BEFORE_CLAIM; moment < MOMENTS; moment++) {
            bool fails = moment >= AFTER_CLAIM && moment < AFTER_DONE;

            *deadly = moment;
            begin(&subject, &harness, moment);
            subject_wait_end(&subject);
            assert_int_equal(*deadly, NEVER);
            assert_int_equal(completed_with(&subject, moment), !fails);
            if (moment >= AFTER_PUBLISH) {
                assert_true(subject.had_last || subject.beats > 0);
                if (subject.had_last)
                    details_assert_int(&subject.last, 0, moment);
            }
            if (moment >= AFTER_CLAIM && moment <= BEFORE_PUBLISH)
                assert_false(subject.had_last);
            subject_done(&subject);
            if (!fails) { /* the pool may be without a process now: it comes back */
                begin(&subject, &harness, 1);
                subject_wait_end(&subject);
                assert_true(completed_with(&subject, 1));
                subject_done(&subject);
            }
        }
    harness_close(&harness);
}

static void a_process_may_die_before_it_is_ready(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    *deadly = BEFORE_READY;
    harness_open(&harness, rogue_make, activities, 1);
    begin(&subject, &harness, 1);
    subject_wait_end(&subject);
    assert_int_equal(*deadly, NEVER);
    assert_true(completed_with(&subject, 1));
    subject_done(&subject);
    harness_close(&harness);
}

/* A fixed number of tasks, more than there are processes at any time, while processes are killed
 * from outside at random: each has one end, and what completes is what it should be. */
static void nothing_is_lost_when_processes_are_killed_at_random(void **state)
{
    enum {
        TASKS = 3000,
        WIDTH = 12,
        PROCESSES = 3
    };
    static struct subject subjects[WIDTH];
    temporal_process_status status[PROCESSES];
    size_t completed = 0, failed = 0, kills = 0;
    struct harness harness;
    unsigned seed = 7;

    (void)state;
    harness_open(&harness, rogue_make, activities, PROCESSES);
    for (temporal_int i = 0; i < TASKS; i += WIDTH) {
        for (temporal_int j = 0; j < WIDTH; j++)
            begin(&subjects[j], &harness, i + j);
        rogue_status(&harness, status, PROCESSES);
        for (size_t j = 0; j < PROCESSES; j++)
            if (status[j].pid > 0 && rand_r(&seed) % 3 == 0)
                kills += kill(status[j].pid, SIGKILL) == 0;
        for (temporal_int j = 0; j < WIDTH; j++) {
            subject_wait_end(&subjects[j]);
            if (completed_with(&subjects[j], i + j))
                completed++;
            else
                failed++;
            subject_done(&subjects[j]);
        }
    }
    assert_int_equal(completed + failed, TASKS);
    assert_true(kills > 0);
    assert_true(failed <= kills); /* at most the one attempt that ran */
    assert_int_equal(harness_running(&harness), 0);
    harness_close(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_may_die_at_every_moment),
        cmocka_unit_test(a_process_may_die_before_it_is_ready),
        cmocka_unit_test(nothing_is_lost_when_processes_are_killed_at_random),
    };
    temporal_error *error;

    deadly = mmap(NULL, sizeof *deadly, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (deadly == MAP_FAILED)
        return 1;
    error = temporal_fork_server_start();
    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    return cmocka_run_group_tests_name("process executor: killed at every moment", tests, NULL,
                                       NULL);
}
