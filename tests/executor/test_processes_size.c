/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_size.c -- how many processes a pool has, how long each lives, what
 * it starts with, and what its attempts may use. */
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/executor/rogue.h"

#define SHORT 0.05

/* Shared with the fork server and all processes. */
static struct shared {
    _Atomic int refuse_forks, refuse_starts; /* how many of the next */
    _Atomic int starts, ends;
} * shared;

static const temporal_process_executor no_options;

static int open_nothing(void **state)
{
    (void)state;
    rogue_options = no_options;
    return 0;
}

/* The library's, too, in this program: the kernel cannot be made to refuse root one. */
pid_t fork(void)
{
    pid_t (*real)(void);

    *(void **)&real = dlsym(RTLD_NEXT, "fork");
    if (shared && atomic_load(&shared->refuse_forks) > 0) {
        atomic_fetch_sub(&shared->refuse_forks, 1);
        errno = EAGAIN;
        return -1;
    }
    return real();
}

static temporal_error *on_start(void)
{
    if (atomic_load(&shared->refuse_starts) > 0) {
        atomic_fetch_sub(&shared->refuse_starts, 1);
        return temporal_error_application("NoDatabase", "the database is not there");
    }
    atomic_fetch_add(&shared->starts, 1);
    return TEMPORAL_OK;
}

static void on_end(void)
{
    atomic_fetch_add(&shared->ends, 1);
}

static size_t count_processes(struct harness *harness)
{
    temporal_process_status status[8];
    size_t count = rogue_status(harness, status, 8), alive = 0;

    for (size_t i = 0; i < count; i++)
        alive += status[i].pid > 0;
    return alive;
}

static temporal_process_status status_of(struct harness *harness)
{
    temporal_process_status status = { 0 };

    assert_true(rogue_status(harness, &status, 1) >= 1);
    return status;
}

/* --- how many --------------------------------------------------------------------------------- */

static void a_pool_grows_under_load_and_shrinks_when_idle(void **state)
{
    struct subject subjects[3];
    struct harness harness;

    (void)state;
    rogue_options.min_processes = 1;
    rogue_options.idle_timeout = SHORT;
    rogue_open(&harness, 3);
    test_wait_for(count_processes(&harness) == 1);
    for (size_t i = 0; i < 3; i++)
        rogue_begin(&subjects[i], &harness, "wait"); /* beats, so it runs: at the same time */
    assert_int_equal(count_processes(&harness), 3);
    for (size_t i = 0; i < 3; i++)
        rogue_end(&subjects[i]);
    test_wait_for(count_processes(&harness) == 1);
    assert_true(rogue_pid(&harness) > 0);
    harness_close(&harness);
}

static void an_idle_pool_keeps_its_minimum(void **state)
{
    temporal_process_status before[2], after[2];
    struct harness harness;

    (void)state;
    rogue_options.min_processes = 2;
    rogue_options.idle_timeout = SHORT;
    rogue_open(&harness, 2);
    test_wait_for(count_processes(&harness) == 2);
    rogue_status(&harness, before, 2);
    usleep((useconds_t)(4 * SHORT * 1e6)); /* nothing happens: that cannot be waited for */
    rogue_status(&harness, after, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(after[i].pid, before[i].pid);
    harness_close(&harness);
}

/* --- how long --------------------------------------------------------------------------------- */

static void an_old_process_is_replaced(void **state)
{
    struct harness harness;
    pid_t pid;

    (void)state;
    rogue_options.recycle.age = SHORT;
    rogue_open(&harness, 1);
    pid = rogue_pid(&harness);
    test_wait_for(status_of(&harness).pid > 0 && status_of(&harness).pid != pid);
    assert_true(status_of(&harness).recycled > 0);
    assert_int_equal(status_of(&harness).crashes, 0);
    harness_close(&harness);
}

static void an_attempt_outlives_the_age_of_its_process(void **state)
{
    struct harness harness;
    struct subject subject;
    pid_t pid;

    (void)state;
    rogue_options.recycle.age = SHORT;
    rogue_open(&harness, 1);
    pid = rogue_begin(&subject, &harness, "wait");
    test_wait_for(status_of(&harness).recycled == 1);
    assert_true(rogue_is_alive(pid));
    rogue_end(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    test_wait_for(!rogue_is_alive(pid));
    harness_close(&harness);
}

static void a_process_that_holds_much_memory_is_replaced(void **state)
{
    struct harness harness;
    pid_t pid;

    (void)state;
    rogue_options.recycle.memory = 1; /* each one holds more */
    rogue_open(&harness, 1);
    pid = rogue_pid(&harness);
    assert_true(rogue_pid(&harness) != pid);
    assert_true(status_of(&harness).recycled >= 1);
    harness_close(&harness);
}

/* --- what it starts with ---------------------------------------------------------------------- */

static void hooks_run_once_in_each_process(void **state)
{
    struct harness harness;

    (void)state;
    atomic_store(&shared->starts, 0);
    atomic_store(&shared->ends, 0);
    rogue_options.on_start = on_start;
    rogue_options.on_end = on_end;
    rogue_open(&harness, 1);
    for (int i = 0; i < 3; i++)
        assert_true(rogue_pid(&harness) > 0);
    assert_int_equal(atomic_load(&shared->starts), 1);
    assert_int_equal(atomic_load(&shared->ends), 0);
    harness_close(&harness);
    assert_int_equal(atomic_load(&shared->ends), 1);
}

static void expect_not_started(struct harness *harness, const char *text)
{
    struct subject subject;

    rogue_init(&subject, harness, "pid");
    subject_submit(&subject);
    rogue_failed(&subject, "ActivityProcessNotStarted", text);
}

static void a_process_that_cannot_begin_fails_what_waits_and_is_tried_again(void **state)
{
    struct harness harness;

    (void)state;
    atomic_store(&shared->refuse_starts, 6);
    atomic_store(&shared->starts, 0);
    rogue_options.on_start = on_start;
    rogue_open(&harness, 1);
    expect_not_started(&harness, "exited with code 120");
    test_wait_for(atomic_load(&shared->starts) == 1);
    assert_true(rogue_pid(&harness) > 0);
    harness_close(&harness);
}

static void a_fork_that_fails_fails_what_waits_and_is_tried_again(void **state)
{
    struct harness harness;

    (void)state;
    atomic_store(&shared->refuse_forks, 3);
    rogue_options.min_processes = 1;
    rogue_open(&harness, 1);
    expect_not_started(&harness, "could not be forked: Resource temporarily unavailable");
    test_wait_for(status_of(&harness).pid > 0);
    assert_true(rogue_pid(&harness) > 0);
    harness_close(&harness);
    assert_int_equal(atomic_load(&shared->refuse_forks), 0);
}

static void niceness_and_processors_are_set(void **state)
{
    struct harness harness;
    cpu_set_t mine;
    int last = 0;
    char text[64], nice[16];

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof mine, &mine), 0);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET((size_t)i, &mine))
            last = i;
    snprintf(text, sizeof text, "%d", last);
    rogue_options.nice = 5;
    rogue_options.processors = text;
    rogue_open(&harness, 1);
    snprintf(nice, sizeof nice, "%d", getpriority(PRIO_PROCESS, 0) + 5);
    rogue_expect(&harness, "nice", nice);
    snprintf(text, sizeof text, "1 from %d", last);
    rogue_expect(&harness, "processors", text);
    harness_close(&harness);
}

static void each_process_may_have_a_processor_of_its_own(void **state)
{
    struct harness harness;
    struct subject subject;
    cpu_set_t mine;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof mine, &mine), 0);
    rogue_options.one_processor_each = true;
    rogue_open(&harness, 1);
    rogue_init(&subject, &harness, "processors");
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET((size_t)i, &mine)) { /* the first one's is the first */
            char text[64];

            snprintf(text, sizeof text, "1 from %d", i);
            subject_assert_text(&subject, text);
            break;
        }
    subject_done(&subject);
    harness_close(&harness);
}

/* --- what an attempt may use ------------------------------------------------------------------ */

static void limits_hold_for_the_attempts_of_their_activity(void **state)
{
    struct harness harness;
    struct rlimit core;
    char text[64];

    (void)state;
    rogue_options.exceptions = TEMPORAL_EXCEPTIONS(TEMPORAL_RULES(rogue, .open_files = 40));
    rogue_open(&harness, 1);
    rogue_expect(&harness, "limits", "files 40, core 0");
    harness_close(&harness);
    rogue_options.core_dumps = true;
    rogue_open(&harness, 1);
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    snprintf(text, sizeof text, "files 40, core %llu", (unsigned long long)core.rlim_max);
    rogue_expect(&harness, "limits", text);
    harness_close(&harness);
}

static void processor_time_is_limited(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    rogue_options.rules.cpu_time = SHORT;
    rogue_open(&harness, 1);
    rogue_init(&subject, &harness, "spin");
    subject_submit(&subject);
    rogue_failed(&subject, "ActivityCpuLimit", "used up its 0.05 s of processor time");
    assert_true(rogue_pid(&harness) > 0); /* the next one has its own */
    harness_close(&harness);
}

static void time_is_limited(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    rogue_options.rules.wall_time = SHORT;
    rogue_open(&harness, 1);
    rogue_init(&subject, &harness, "flood"); /* gets on all the time */
    subject_submit(&subject);
    rogue_failed(&subject, "ActivityTimeLimit", "took longer than its 0.05 s");
    harness_close(&harness);
}

/* --- options that are none -------------------------------------------------------------------- */

static void refuse(const char *text)
{
    tp_executor *executor = NULL;

    assert_fails(rogue_make(&executor, rogue_activities, 2), INVALID_ARGUMENT, text);
    assert_null(executor);
    rogue_options = no_options;
}

static void options_that_cannot_be_are_refused(void **state)
{
    (void)state;
    rogue_options.min_processes = 3;
    refuse("processes.min_processes: 3 is more than .concurrency (2)");
    rogue_options.nice = -1;
    refuse("processes.nice: -1");
    rogue_options.processors = "0-";
    refuse("is no list of processors");
    rogue_options.processors = "";
    refuse("is no list of processors");
    rogue_options.processors = "0,";
    refuse("is no list of processors");
    rogue_options.processors = "1000";
    refuse("names processors that this program may not run on");
    rogue_options.recycle.jitter = 2;
    refuse("processes.recycle.jitter: 2");
    rogue_options.rules.open_files = 3;
    refuse("processes.rules.open_files: 3");
    rogue_options.cgroup = "not/absolute";
    refuse("is no absolute path");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, open_nothing)
    const struct CMUnitTest tests[] = {
        TEST(a_pool_grows_under_load_and_shrinks_when_idle),
        TEST(an_idle_pool_keeps_its_minimum),
        TEST(an_old_process_is_replaced),
        TEST(an_attempt_outlives_the_age_of_its_process),
        TEST(a_process_that_holds_much_memory_is_replaced),
        TEST(hooks_run_once_in_each_process),
        TEST(a_process_that_cannot_begin_fails_what_waits_and_is_tried_again),
        TEST(a_fork_that_fails_fails_what_waits_and_is_tried_again),
        TEST(niceness_and_processors_are_set),
        TEST(each_process_may_have_a_processor_of_its_own),
        TEST(limits_hold_for_the_attempts_of_their_activity),
        TEST(processor_time_is_limited),
        TEST(time_is_limited),
        TEST(options_that_cannot_be_are_refused),
    };
    temporal_error *error;

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    error = temporal_fork_server_start();
    if (error)
        return temporal_error_report(error);
    return cmocka_run_group_tests_name("process executor: sizes and limits", tests, NULL, NULL);
}
