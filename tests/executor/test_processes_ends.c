/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_ends.c -- however a pool, its program or its fork server ends,
 * nothing of it is left. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/executor/rogue.h"

#define PROCESSES 3

static size_t count_shared_memory(void)
{
    DIR *folder = opendir("/dev/shm");
    size_t count = 0;

    if (!folder)
        return 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += strncmp(entry->d_name, "temporal-", 9) == 0;
    closedir(folder);
    return count;
}

/* --- the program, in another role ------------------------------------------------------------- */

/* A program with a busy pool: prints the pids of everything that it started, and waits, or leaves
 * with everything as it is. */
static int be_a_worker(const char *role)
{
    struct subject subjects[PROCESSES];
    struct harness harness;
    pid_t pids[PROCESSES], started, server;

    rogue_open(&harness, PROCESSES);
    pids[0] = rogue_spawn(&subjects[0], &harness, "daemon", &started);
    for (size_t i = 1; i < PROCESSES; i++)
        pids[i] = rogue_begin(&subjects[i], &harness, "ignore everything");
    printf("pid %d\n", (int)started);
    for (size_t i = 0; i < PROCESSES; i++)
        printf("pid %d\n", (int)pids[i]);
    server = rogue_parent(pids[0]);
    printf("pid %d\npid %d\npid end\n", (int)server, (int)rogue_parent(server));
    fflush(stdout);
    if (strcmp(role, "leaver") == 0)
        exit(0);
    if (strcmp(role, "stopper") == 0) {
        kill(server, SIGSTOP);
        exit(0);
    }
    for (;;)
        pause();
}

/* The first of them was started by an activity, and has left its group; the last are the fork
 * server and its guard. */
struct family {
    pid_t pids[16];
    size_t count;
};

static void read_family(test_process *program, struct family *family)
{
    family->count = 0;
    for (;;) {
        const char *text = test_process_expect(program, "pid ");

        if (strcmp(text, "end") == 0)
            break;
        family->pids[family->count++] = (pid_t)strtol(text, NULL, 10);
    }
    assert_int_equal(family->count, PROCESSES + 3);
}

static pid_t server_of(const struct family *family)
{
    return family->pids[family->count - 2];
}

static pid_t guard_of(const struct family *family)
{
    return family->pids[family->count - 1];
}

static bool is_extinct(const struct family *family, size_t first)
{
    for (size_t i = first; i < family->count; i++)
        if (rogue_is_alive(family->pids[i]))
            return false;
    return true;
}

static void a_killed_program_leaves_nothing(void **state)
{
    test_process *program = test_process_run(test_program_path(), "worker");
    size_t shared = count_shared_memory();
    struct family family;

    (void)state;
    read_family(program, &family);
    assert_false(is_extinct(&family, 0));
    test_process_signal(program, SIGKILL);
    assert_int_equal(test_process_wait(program), 128 + SIGKILL);
    test_wait_for(is_extinct(&family, 0));
    assert_int_equal(count_shared_memory(), shared);
    test_process_free(program);
}

static void a_program_that_exits_leaves_nothing(void **state)
{
    test_process *program = test_process_run(test_program_path(), "leaver");
    struct family family;

    (void)state;
    read_family(program, &family);
    assert_int_equal(test_process_wait(program), 0);
    assert_true(is_extinct(&family, 1)); /* by then, not some time later */
    test_wait_for(is_extinct(&family, 0));
    test_process_free(program);
}

/* Its program has to kill the fork server; the rest is its guard's. */
static void a_program_that_exits_with_a_stopped_fork_server_leaves_nothing(void **state)
{
    test_process *program = test_process_run(test_program_path(), "stopper");
    struct family family;

    (void)state;
    read_family(program, &family);
    assert_int_equal(test_process_wait(program), 0);
    assert_true(is_extinct(&family, 0));
    test_process_free(program);
}

static void a_killed_fork_server_leaves_nothing(void **state)
{
    test_process *program = test_process_run(test_program_path(), "worker");
    struct family family;

    (void)state;
    read_family(program, &family);
    assert_int_equal(rogue_parent(guard_of(&family)), test_process_pid(program));
    kill(server_of(&family), SIGKILL);
    test_wait_for(is_extinct(&family, 0)); /* the one in a session of its own, too */
    assert_true(rogue_is_alive(test_process_pid(program)));
    test_process_signal(program, SIGKILL);
    assert_int_equal(test_process_wait(program), 128 + SIGKILL);
    test_process_free(program);
}

static void a_killed_guard_leaves_nothing(void **state)
{
    test_process *program = test_process_run(test_program_path(), "worker");
    struct family family;

    (void)state;
    read_family(program, &family);
    kill(guard_of(&family), SIGKILL);
    test_wait_for(is_extinct(&family, 0));
    assert_true(rogue_is_alive(test_process_pid(program)));
    test_process_signal(program, SIGKILL);
    assert_int_equal(test_process_wait(program), 128 + SIGKILL);
    test_process_free(program);
}

/* What Ctrl-C sends to the group, and systemd to each process: the program alone decides. */
static void signals_for_the_program_end_the_program_alone(void **state)
{
    static const int signals[] = { SIGINT, SIGHUP, SIGTERM };
    test_process *program = test_process_run(test_program_path(), "worker");
    struct family family;

    (void)state;
    read_family(program, &family);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        for (size_t j = 1; j < family.count; j++) /* but not the one that an activity started */
            kill(family.pids[j], signals[i]);
    /* Had one of them died, the program would start another, or lose the fork server. */
    for (size_t j = 0; j < family.count; j++)
        assert_true(rogue_is_alive(family.pids[j]));
    test_process_signal(program, SIGTERM);
    assert_int_equal(test_process_wait(program), 128 + SIGTERM);
    test_wait_for(is_extinct(&family, 0));
    test_process_free(program);
}

/* --- a pool ----------------------------------------------------------------------------------- */

static void a_stopped_pool_leaves_nothing(void **state)
{
    size_t files = 0, threads = 0, children = test_count_children();
    struct harness harness;

    (void)state;
    for (int i = 0; i < 5; i++) {
        rogue_open(&harness, PROCESSES);
        assert_true(rogue_pid(&harness) > 0);
        harness_close(&harness);
        assert_int_equal(test_count_children(), children);
        if (i == 0) { /* libuv keeps two from its first loop on; the thread sanitizer has its own */
            files = test_count_files();
            threads = test_count_threads();
        }
        assert_int_equal(test_count_files(), files);
        test_wait_for(test_count_threads() == threads);
    }
}

static void what_a_crashed_activity_had_started_is_swept(void **state)
{
    static const char *const deeds[] = { "spawn", "daemon" };
    struct subject subject;
    struct harness harness;
    pid_t pid, started;

    (void)state;
    rogue_open(&harness, 1);
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        pid = rogue_spawn(&subject, &harness, deeds[i], &started);
        test_wait_for(rogue_parent(started) == pid); /* the daemon's own parent has ended */
        kill(pid, SIGKILL);
        subject_wait_end(&subject);
        subject_done(&subject);
        test_wait_for(!rogue_is_alive(started));
    }
    harness_close(&harness);
}

static bool knows_process(struct harness *harness, pid_t pid)
{
    temporal_process_status status = { 0 };

    return rogue_status(harness, &status, 1) == 1 && status.pid == pid;
}

/* An activity's own thread, or its state's end, may keep a process from leaving; nothing keeps it
 * from being killed. Here the fork server is stopped, so that nobody even tells of the death. */
static void force_does_not_need_the_fork_server(void **state)
{
    struct subject subject;
    struct harness harness;
    pid_t pid, server;

    (void)state;
    rogue_open(&harness, 1);
    pid = rogue_begin(&subject, &harness, "ignore everything");
    server = rogue_parent(pid);
    /* An attempt may begin before the fork server has told of the process that runs it. */
    test_wait_for(knows_process(&harness, pid));
    kill(server, SIGSTOP);
    harness_abandon(&harness);
    rogue_failed(&subject, "ActivityProcessKilled", "ended by force");
    harness_close(&harness);
    test_wait_for(!rogue_is_alive(pid));
    kill(server, SIGCONT);
    test_wait_for(test_count_children() == 2); /* it and its guard */
}

/* --- the fork server's death: the last, because there is no other afterwards ------------------ */

static _Atomic int failures;
static char failure[512];

static void on_failed(void *data, temporal_error *error)
{
    (void)data;
    snprintf(failure, sizeof failure, "%s", temporal_error_message(error));
    temporal_error_free(error);
    failures++;
}

static void a_dead_fork_server_fails_its_attempts(void **state)
{
    struct subject running[2], waiting[5], late;
    struct harness harness, idle;
    tp_executor *executor = NULL;
    pid_t pids[2], server;

    (void)state;
    rogue_open(&idle, 1);
    rogue_open(&harness, 2);
    harness.executor->failed = on_failed;
    for (size_t i = 0; i < 2; i++)
        pids[i] = rogue_begin(&running[i], &harness, i ? "wait" : "ignore everything");
    for (size_t i = 0; i < 5; i++) {
        rogue_init(&waiting[i], &harness, "pid");
        subject_submit(&waiting[i]);
    }
    server = rogue_parent(pids[0]);
    kill(server, SIGKILL);
    for (size_t i = 0; i < 2; i++)
        rogue_failed(&running[i], "ActivityProcessLost", "the fork server");
    for (size_t i = 0; i < 5; i++)
        rogue_failed(&waiting[i], "ActivityProcessLost", "start the program again");
    test_wait_for(failures == 1);
    assert_contains(failure, "was killed by SIGKILL");
    assert_contains(failure, "start the program again");
    for (size_t i = 0; i < 2; i++)
        assert_false(rogue_is_alive(pids[i]));
    rogue_init(&late, &harness, "pid");
    subject_submit(&late);
    rogue_failed(&late, "ActivityProcessLost", "the fork server");
    harness_close(&harness);
    harness_close(&idle);
    assert_fails(rogue_make(&executor, rogue_activities, 1), SYSTEM, "start the program again");
    assert_int_equal(test_count_children(), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_program_leaves_nothing),
        cmocka_unit_test(a_program_that_exits_leaves_nothing),
        cmocka_unit_test(a_program_that_exits_with_a_stopped_fork_server_leaves_nothing),
        cmocka_unit_test(a_killed_fork_server_leaves_nothing),
        cmocka_unit_test(a_killed_guard_leaves_nothing),
        cmocka_unit_test(signals_for_the_program_end_the_program_alone),
        cmocka_unit_test(a_stopped_pool_leaves_nothing),
        cmocka_unit_test(what_a_crashed_activity_had_started_is_swept),
        cmocka_unit_test(force_does_not_need_the_fork_server),
        cmocka_unit_test(a_dead_fork_server_fails_its_attempts),
    };
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    if (argc > 1)
        return be_a_worker(argv[1]);
    return cmocka_run_group_tests_name("process executor: ends", tests, NULL, NULL);
}
