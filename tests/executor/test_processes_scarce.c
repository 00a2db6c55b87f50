/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_scarce.c -- no descriptors are left, in the fork server or in the
 * worker: attempts fail as retryable with the reason, and the pool recovers when there are some. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/executor/rogue.h"

static struct harness harness;
static pid_t server;
static struct rlimit before;

static void forbid_files(pid_t pid)
{
    struct rlimit none;

    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &before), 0);
    none = (struct rlimit){ .rlim_cur = 3, .rlim_max = before.rlim_max };
    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, &none, NULL), 0);
}

static void allow_files(pid_t pid)
{
    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, &before, NULL), 0);
}

static int open_pool(void **state)
{
    struct subject subject;

    (void)state;
    rogue_open(&harness, 1);
    server = rogue_parent(rogue_begin(&subject, &harness, "wait"));
    rogue_end(&subject);
    return 0;
}

static int close_pool(void **state)
{
    (void)state;
    harness_close(&harness);
    return 0;
}

static void a_fork_server_without_descriptors_says_so(void **state)
{
    struct subject running, waiting;
    pid_t pid;

    (void)state;
    pid = rogue_begin(&running, &harness, "ignore everything");
    rogue_init(&waiting, &harness, "pid");
    forbid_files(server);
    subject_submit(&waiting);
    kill(pid, SIGKILL);
    rogue_failed(&running, "ActivityProcessCrashed", "was killed by SIGKILL");
    subject_wait_end(&waiting);
    allow_files(server);
    rogue_failed(&waiting, "ActivityProcessNotStarted", "could not be forked: Too many open files");
    assert_true(rogue_pid(&harness) > 0);
}

static void a_worker_without_descriptors_goes_on(void **state)
{
    tp_executor *executor = NULL;
    struct subject subject;
    pid_t pid;

    (void)state;
    pid = rogue_begin(&subject, &harness, "ignore everything");
    forbid_files(0);
    kill(pid, SIGKILL);
    subject_wait_end(&subject);
    pid = rogue_pid(&harness); /* of the next one the worker has no pidfd */
    allow_files(0);
    rogue_failed(&subject, "ActivityProcessCrashed", "was killed by SIGKILL");
    assert_true(pid > 0);
    rogue_init(&subject, &harness, "segv");
    subject_submit(&subject);
    rogue_failed(&subject, "ActivityProcessCrashed", "SIGSEGV");
    forbid_files(0);
    assert_fails(rogue_make(&executor, rogue_activities, 1), SYSTEM, "Too many open files");
    allow_files(0);
    assert_null(executor);
    assert_true(rogue_pid(&harness) > 0);
}

/* What is opened next with it, too. */
static void a_pool_that_could_not_be_opened_can_be_opened_later(void **state)
{
    tp_executor *executor = NULL;

    (void)state;
    forbid_files(server);
    assert_fails(rogue_make(&executor, rogue_activities, 1), SYSTEM, "descriptors");
    allow_files(server);
    assert_null(executor);
    assert_ok(rogue_make(&executor, rogue_activities, 1));
    tp_executor_free(executor);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pool, close_pool)
    const struct CMUnitTest tests[] = {
        TEST(a_fork_server_without_descriptors_says_so),
        TEST(a_worker_without_descriptors_goes_on),
        TEST(a_pool_that_could_not_be_opened_can_be_opened_later),
    };
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    return cmocka_run_group_tests_name("process executor: scarcity", tests, NULL, NULL);
}
