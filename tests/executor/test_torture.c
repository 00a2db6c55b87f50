/* SPDX-License-Identifier: MIT */
/* tests/executor/test_torture.c -- a pool under load while its processes and its fork server are
 * killed and stopped at random: each attempt is resolved once and rightly, and the pool goes on.
 *
 * Another seed: TORTURE_SEED=7. */
#include "tests/executor/torture.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TP_SLOT_MOMENT(moment) torture_at(TORTURE_##moment)
#include "shm/slot_process.c"

static void nothing_is_lost_while_nobody_is_killed(void **state)
{
    torture_result result = torture_expect_none(&(torture_plan){
        .tasks = 600, .cancel = 4, .take = 2, .dawdle = 8, .recycle = 7, .idle = 200 });

    (void)state;
    assert_int_equal(result.failed, 0);
    assert_true(result.cancelled > 0);
}

static void processes_may_be_killed_at_any_time(void **state)
{
    torture_result result = torture_expect_none(&(torture_plan){ .tasks = 3000,
                                                                 .kill = 12,
                                                                 .die = 150,
                                                                 .cancel = 4,
                                                                 .take = 2,
                                                                 .dawdle = 8,
                                                                 .recycle = 20,
                                                                 .idle = 300 });

    (void)state;
    assert_true(result.kills > 0 && result.failed > 0 && result.completed > 0);
}

static void processes_and_the_fork_server_may_be_stopped_for_a_while(void **state)
{
    torture_result result = torture_expect_none(&(torture_plan){ .tasks = 1200,
                                                                 .kill = 20,
                                                                 .stop = 4,
                                                                 .stop_server = 3,
                                                                 .cancel = 4,
                                                                 .take = 2,
                                                                 .recycle = 20,
                                                                 .idle = 200 });

    (void)state;
    assert_true(result.stops > 0 && result.kills > 0 && result.completed > 0);
}

/* --- the program itself ----------------------------------------------------------------------- */

/* In another role: a worker under torture, in a session of its own, until it is killed. */
static _Noreturn void be_tortured(void)
{
    for (;;) {
        (void)torture_run(&(torture_plan){ .tasks = 40, .kill = 20, .cancel = 4, .recycle = 5 });
        printf("round\n");
        fflush(stdout);
    }
}

static size_t count_members(pid_t session)
{
    DIR *folder = opendir("/proc");
    size_t count = 0;

    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char path[300], text[512] = "", its_state = 'X';
        const char *end;
        int its_session = 0;
        FILE *file;

        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "re") : NULL;
        if (!file)
            continue;
        (void)!fread(text, 1, sizeof text - 1, file);
        fclose(file);
        end = strrchr(text, ')');
        if (end && sscanf(end + 1, " %c %*d %*d %d", &its_state, &its_session) == 2)
            count += its_session == (int)session && its_state != 'Z' && its_state != 'X';
    }
    closedir(folder);
    return count;
}

static void a_worker_that_is_killed_under_load_leaves_nothing(void **state)
{
    (void)state;
    for (int round = 1; round <= 5; round++) {
        test_process *program = test_process_run(test_program_path(), "worker");
        pid_t session = test_process_pid(program);

        for (int i = 0; i < round; i++)
            (void)test_process_expect(program, "round");
        assert_true(count_members(session) >= 2);
        test_process_signal(program, SIGKILL);
        assert_int_equal(test_process_wait(program), 128 + SIGKILL);
        test_wait_for(count_members(session) == 0);
        test_process_free(program);
    }
}

/* The last: there is no other afterwards. */
static void the_fork_server_may_be_killed_under_load(void **state)
{
    torture_result result = torture_expect_none(&(torture_plan){
        .tasks = 300, .kill = 20, .die = 300, .cancel = 4, .take = 2, .kill_server = 150 });

    (void)state;
    assert_true(result.completed > 0);
    assert_true(result.failed >= 100); /* all that came later */
    assert_int_equal(test_count_children(), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_while_nobody_is_killed),
        cmocka_unit_test(processes_may_be_killed_at_any_time),
        cmocka_unit_test(processes_and_the_fork_server_may_be_stopped_for_a_while),
        cmocka_unit_test(a_worker_that_is_killed_under_load_leaves_nothing),
        cmocka_unit_test(the_fork_server_may_be_killed_under_load),
    };
    temporal_error *error;

    (void)argv;
    if (argc > 1)
        (void)setsid();
    torture_init();
    error = temporal_fork_server_start();
    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    if (argc > 1)
        be_tortured();
    return cmocka_run_group_tests_name("process executor: torture", tests, NULL, NULL);
}
