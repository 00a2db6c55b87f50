/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_crash.c -- an activity process dies: just that attempt fails, at
 * once, and says how; the pool is back at strength. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sanitizer.h"
#include "tests/executor/rogue.h"

/* The first detail of a failure, see executor/processes_failure.h. */
#define PROCESS_END(FIELD)                 \
    FIELD(temporal_int, signal)            \
    FIELD(temporal_string, signal_name)    \
    FIELD(temporal_int, exit_code)         \
    FIELD(temporal_int, pid)               \
    FIELD(temporal_bool, core_dumped)      \
    FIELD(temporal_double, user_seconds)   \
    FIELD(temporal_double, system_seconds) \
    FIELD(temporal_int, peak_memory)       \
    FIELD(temporal_int, major_faults)
TEMPORAL_RECORD(process_end, PROCESS_END)

static const struct {
    const char *deed, *text, *signal_name;
    int signal, exit_code;
} crashes[] = {
    { "segv", "was killed by SIGSEGV", "SIGSEGV", SIGSEGV, 0 },
    { "wild write", "was killed by SIGSEGV", "SIGSEGV", SIGSEGV, 0 },
    { "abort", "was killed by SIGABRT", "SIGABRT", SIGABRT, 0 },
    { "bus", "was killed by SIGBUS", "SIGBUS", SIGBUS, 0 },
    { "kill", "was killed by SIGKILL", "SIGKILL", SIGKILL, 0 },
    { "exit 3", "exited with code 3", "", 0, 3 },
    { "exit 0", "exited with code 0", "", 0, 0 },
};
#define CRASHES (sizeof crashes / sizeof crashes[0])

/* Of one that has beaten its pid first. */
static void check_failure(struct subject *subject, size_t crash)
{
    temporal_error *error = subject_failure(subject);
    process_end end = { 0 };
    temporal_int pid = 0;

    assert_int_equal(subject->kind, TP_OUTCOME_FAILED);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_APPLICATION);
    assert_string_equal(temporal_error_type(error), "ActivityProcessCrashed");
    assert_true(temporal_error_is_retryable(error));
    assert_contains(temporal_error_message(error), crashes[crash].text);
    assert_ok(temporal_error_detail(error, 0, process_end, &end));
    assert_int_equal(end.signal, crashes[crash].signal);
    assert_string_equal(end.signal_name, crashes[crash].signal_name);
    assert_int_equal(end.exit_code, crashes[crash].exit_code);
    assert_ok(temporal_error_detail(error, 1, temporal_int, &pid));
    assert_int_equal(end.pid, pid);
    assert_false(rogue_is_alive((pid_t)pid));
    assert_false(end.core_dumped);
    assert_true(end.peak_memory > 0);
    temporal_error_free(error);
}

/* Neighbours beat and wait all the while. */
static void a_crash_fails_its_attempt_alone(void **state)
{
    struct subject neighbours[3], subject;
    struct harness harness;

    (void)state;
    rogue_open(&harness, 4);
    for (size_t i = 0; i < 3; i++)
        rogue_begin(&neighbours[i], &harness, i ? "wait" : "flood");
    for (size_t i = 0; i < CRASHES; i++) {
        char deed[64];

        snprintf(deed, sizeof deed, "tell, %s", crashes[i].deed);
        rogue_init(&subject, &harness, deed);
        subject_run(&subject);
        check_failure(&subject, i);
        subject_done(&subject);
    }
    assert_int_equal(harness_running(&harness), 3);
    for (size_t i = 0; i < 3; i++)
        rogue_end(&neighbours[i]);
    assert_int_equal(neighbours[0].kind, TP_OUTCOME_CANCELLED);
    assert_int_equal(neighbours[1].kind, TP_OUTCOME_COMPLETED);
    assert_int_equal(neighbours[2].kind, TP_OUTCOME_COMPLETED);
    harness_close(&harness);
}

/* Frames of the C library and of this program's unoptimised neighbourhood stand between. */
static void a_crash_says_where(void **state)
{
    static const struct {
        const char *deed, *function;
    } places[] = { { "wild write", "do_wild_write" }, { "abort", "rogue" } };
    struct harness harness;

    (void)state;
    rogue_open(&harness, 1);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct subject subject;
        temporal_error *error;

        rogue_init(&subject, &harness, places[i].deed);
        subject_run(&subject);
        error = subject_failure(&subject);
        assert_contains(temporal_error_stack_trace(error), places[i].function);
        assert_contains(temporal_error_stack_trace(error), "tp_child_run");
        temporal_error_free(error);
        subject_done(&subject);
    }
    harness_close(&harness);
    rogue_options.no_backtrace = true;
    rogue_open(&harness, 1);
    for (size_t i = 0; i < 1; i++) {
        struct subject subject;
        temporal_error *error;

        rogue_init(&subject, &harness, "wild write");
        subject_run(&subject);
        error = subject_failure(&subject);
        assert_string_equal(temporal_error_stack_trace(error), "");
        temporal_error_free(error);
        subject_done(&subject);
    }
    harness_close(&harness);
    rogue_options.no_backtrace = false;
}

static void the_pool_is_back_at_strength(void **state)
{
    temporal_process_status status[3];
    struct subject subjects[3];
    struct harness harness;
    pid_t pids[3];
    uint64_t crashed = 0;

    (void)state;
    rogue_open(&harness, 3);
    for (size_t i = 0; i < 2 * CRASHES; i++) {
        rogue_init(&subjects[0], &harness, crashes[i % CRASHES].deed);
        subject_run(&subjects[0]);
        subject_done(&subjects[0]);
    }
    for (size_t i = 0; i < 3; i++) /* all at once: each in a process of its own */
        pids[i] = rogue_begin(&subjects[i], &harness, "wait");
    assert_true(pids[0] != pids[1] && pids[1] != pids[2] && pids[0] != pids[2]);
    assert_int_equal(rogue_status(&harness, status, 3), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(status[i].busy);
        assert_true(status[i].pid > 0);
        crashed += status[i].crashes;
    }
    assert_int_equal(crashed, 2 * CRASHES);
    for (size_t i = 0; i < 3; i++)
        rogue_end(&subjects[i]);
    harness_close(&harness);
}

static void the_last_heartbeat_outlives_the_process(void **state)
{
    struct subject subject;
    struct harness harness;
    temporal_error *error;
    temporal_int offset = 0;

    (void)state;
    rogue_open(&harness, 1);
    rogue_init(&subject, &harness, "beat and segv");
    subject_run(&subject);
    assert_true(subject.had_last); /* to be sent before the failure */
    details_assert_int(&subject.last, 0, 4711);
    error = subject_failure(&subject);
    assert_int_equal(temporal_error_detail_count(error), 2);
    assert_ok(temporal_error_detail(error, 1, temporal_int, &offset));
    assert_int_equal(offset, 4711);
    temporal_error_free(error);
    subject_done(&subject);
    harness_close(&harness);
}

static void a_heartbeat_that_was_taken_stands_in_the_failure(void **state)
{
    struct subject subject;
    struct harness harness;
    temporal_error *error;
    temporal_int pid = 0;
    pid_t told;

    (void)state;
    rogue_open(&harness, 1);
    told = rogue_begin(&subject, &harness, "wait"); /* takes the heartbeat */
    kill(told, SIGKILL);
    subject_wait_end(&subject);
    assert_false(subject.had_last);
    error = subject_failure(&subject);
    assert_ok(temporal_error_detail(error, 1, temporal_int, &pid));
    assert_int_equal(pid, told);
    temporal_error_free(error);
    subject_done(&subject);
    harness_close(&harness);
}

static void a_heartbeat_of_nonsense_is_left_out(void **state)
{
    struct subject subject;
    struct harness harness;
    temporal_error *error;

    (void)state;
    rogue_open(&harness, 1);
    rogue_init(&subject, &harness, "beat nonsense");
    subject_run(&subject);
    error = subject_failure(&subject);
    assert_int_equal(temporal_error_detail_count(error), 1);
    temporal_error_free(error);
    subject_done(&subject);
    harness_close(&harness);
}

static void an_attempt_that_had_not_begun_runs_elsewhere(void **state)
{
    struct subject first, second;
    struct harness harness;
    pid_t pid;

    (void)state;
    rogue_open(&harness, 1);
    pid = rogue_begin(&first, &harness, "wait");
    rogue_init(&second, &harness, "pid"); /* lies behind the first, in the same slot */
    subject_submit(&second);
    kill(pid, SIGKILL);
    rogue_failed(&first, "ActivityProcessCrashed", "SIGKILL");
    subject_wait_end(&second);
    assert_int_equal(second.kind, TP_OUTCOME_COMPLETED);
    subject_done(&second);
    harness_close(&harness);
}

static void a_process_that_dies_idle_is_replaced(void **state)
{
    struct harness harness;
    pid_t pid;

    (void)state;
    rogue_open(&harness, 1);
    pid = rogue_pid(&harness);
    kill(pid, SIGKILL);
    test_wait_for(!rogue_is_alive(pid));
    assert_int_not_equal(rogue_pid(&harness), pid);
    harness_close(&harness);
}

static _Atomic int backed_off;

static void count_back_offs(const temporal_log_record *record, void *data)
{
    (void)data;
    backed_off += strstr(record->message, "again and again") != NULL;
}

static void a_loop_of_crashes_is_slowed_down_and_logged(void **state)
{
    struct subject subject;
    struct harness harness;
    int64_t begin;

    (void)state;
    temporal_log_set(TEMPORAL_LOG_WARN, count_back_offs, NULL);
    rogue_open(&harness, 1);
    begin = tp_clock_monotonic();
    for (size_t i = 0; i < 7; i++) { /* from the fourth on it waits: 10 ms, 20 ms, 40 ms */
        rogue_init(&subject, &harness, "segv");
        subject_run(&subject);
        subject_done(&subject);
    }
    assert_true(tp_clock_monotonic() - begin >= 70 * TP_NANOSECONDS / 1000);
    assert_true(backed_off >= 3);
    assert_true(rogue_pid(&harness) > 0); /* a result, and it is forgiven */
    backed_off = 0;
    rogue_init(&subject, &harness, "segv");
    subject_run(&subject);
    subject_done(&subject);
    assert_true(rogue_pid(&harness) > 0);
    assert_int_equal(backed_off, 0);
    harness_close(&harness);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
}

static void running_out_of_memory_is_said(void **state)
{
    struct subject subject;
    struct harness harness;

    (void)state;
    rogue_options.rules.memory_limit = 64 * TEMPORAL_MIB;
    rogue_open(&harness, 1);
    rogue_init(&subject, &harness, "starve");
    subject_run(&subject);
    rogue_failed(&subject, "ActivityOutOfMemory", "its memory_limit is 64 MiB");
    harness_close(&harness);
    rogue_options.rules.memory_limit = 0;
}

static void a_memory_limit_holds(void **state)
{
    temporal_uint limit = 512 * TEMPORAL_MIB;
    struct subject subject;
    struct harness harness;
    temporal_string text = NULL;
    tp_arena arena;

    (void)state;
    rogue_open(&harness, 1);
    rogue_expect(&harness, "limit", "no limit");
    harness_close(&harness);
    rogue_options.rules.memory_limit = limit;
    rogue_open(&harness, 1);
    rogue_init(&subject, &harness, "limit");
    subject_run(&subject);
    tp_arena_init(&arena);
    rogue_decode(&arena, &subject.body, temporal_string_type(), &text);
    assert_true(strtoull(text, NULL, 10) > limit); /* counted from what it begins with */
    tp_arena_done(&arena);
    subject_done(&subject);
#if !defined(TP_SANITIZE_ADDRESS) && \
    !defined(TP_SANITIZE_THREAD) /* which take it as their own error */
    rogue_init(&subject, &harness, "eat");
    subject_run(&subject);
    rogue_failed(&subject, "ActivityOutOfMemory", "its memory_limit is 512 MiB");
    assert_true(rogue_pid(&harness) > 0);
#endif
    harness_close(&harness);
    rogue_options.rules.memory_limit = 0;
}

/* Two activities in a loop of heartbeats; the others beat now and then, and end in peace. */
static void a_flood_of_heartbeats_harms_no_neighbour(void **state)
{
    struct subject floods[2], neighbours[4];
    struct harness harness;

    (void)state;
    rogue_open(&harness, 6);
    for (size_t i = 0; i < 2; i++)
        rogue_begin(&floods[i], &harness, "flood");
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < 4; i++)
            rogue_begin(&neighbours[i], &harness, "wait");
        for (size_t i = 0; i < 4; i++) {
            rogue_end(&neighbours[i]);
            assert_int_equal(neighbours[i].kind, TP_OUTCOME_COMPLETED);
        }
    }
    assert_int_equal(harness_running(&harness), 2);
    for (size_t i = 0; i < 2; i++) {
        rogue_end(&floods[i]);
        assert_int_equal(floods[i].kind, TP_OUTCOME_CANCELLED);
    }
    harness_close(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_fails_its_attempt_alone),
        cmocka_unit_test(a_crash_says_where),
        cmocka_unit_test(the_pool_is_back_at_strength),
        cmocka_unit_test(the_last_heartbeat_outlives_the_process),
        cmocka_unit_test(a_heartbeat_that_was_taken_stands_in_the_failure),
        cmocka_unit_test(a_heartbeat_of_nonsense_is_left_out),
        cmocka_unit_test(an_attempt_that_had_not_begun_runs_elsewhere),
        cmocka_unit_test(a_process_that_dies_idle_is_replaced),
        cmocka_unit_test(a_loop_of_crashes_is_slowed_down_and_logged),
        cmocka_unit_test(running_out_of_memory_is_said),
        cmocka_unit_test(a_memory_limit_holds),
        cmocka_unit_test(a_flood_of_heartbeats_harms_no_neighbour),
    };
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    return cmocka_run_group_tests_name("process executor: crashes", tests, NULL, NULL);
}
