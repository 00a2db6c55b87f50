/* SPDX-License-Identifier: MIT */
/* test_workflow_environment.c -- T1: servers of a test: found, started, stopped, gone with the
 * program.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <temporal/testing.h>
#include <unistd.h>

#include "tests/support/live.h"

TEMPORAL_WORKFLOW(nap, temporal_none, temporal_string)

TEMPORAL_WORKFLOW_DEFINE(nap)
temporal_error *nap(temporal_workflow *run, temporal_none in, temporal_string *text)
{
    (void)in;
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    *text = "rested";
    return TEMPORAL_OK;
}

static const char *test_server; /* its program, as this test was given it */

static void run_a_nap(temporal_test_env *env)
{
    temporal_worker *worker = test_worker_start(temporal_test_env_client(env), .task_queue = "naps",
                                                .workflows = TEMPORAL_WORKFLOWS(&nap_workflow));
    temporal_handle *handle = NULL;
    temporal_string text = NULL;

    assert_ok(temporal_execute_workflow(temporal_test_env_client(env), nap, TEMPORAL_NONE, &handle,
                                        &text, .id = test_unique("nap"), .task_queue = "naps"));
    assert_string_equal(text, "rested");
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

/* Does anybody listen there? */
static bool listens(const char *address)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answered;

    assert_true(probe >= 0);
    to.sin_port = htons((uint16_t)strtol(strchr(address, ':') + 1, NULL, 10));
    answered = connect(probe, (const struct sockaddr *)&to, sizeof to) == 0;
    close(probe);
    return answered;
}

/* --- starting and stopping -------------------------------------------------------------------- */

static void T1_a_development_server_is_started_and_stopped(void **state)
{
    const size_t threads = test_count_threads(), files = test_count_files();
    const size_t children = test_count_children();
    temporal_test_env *env = NULL;
    int64_t before = 0, after = 0;

    (void)state;
    assert_ok(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_LOCAL));
    assert_false(temporal_test_env_skips_time(env));
    run_a_nap(env);
    assert_ok(temporal_test_env_now(env, &before));
    assert_ok(temporal_test_env_sleep(env, 0.05)); /* in real time */
    assert_ok(temporal_test_env_now(env, &after));
    assert_true(after - before >= 50 * 1000 * 1000);
    assert_false(temporal_test_env_set_auto_time_skipping(env, true));
    assert_int_equal(test_count_children(), children + 1);
    temporal_test_env_free(env);
    assert_int_equal(test_count_children(), children);
    test_wait_for(test_count_threads() <= threads && test_count_files() <= files);
}

static void T1_a_time_skipping_server_is_started_and_stopped(void **state)
{
    const size_t threads = test_count_threads(), files = test_count_files();
    const size_t children = test_count_children();
    temporal_test_env *env = NULL;

    (void)state;
    assert_ok(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_TIME_SKIPPING));
    assert_true(temporal_test_env_skips_time(env));
    run_a_nap(env);
    temporal_test_env_free(env);
    assert_int_equal(test_count_children(), children);
    test_wait_for(test_count_threads() <= threads && test_count_files() <= files);
}

static void T1_a_server_may_have_a_namespace_of_its_own(void **state)
{
    temporal_test_env *env = NULL, *second = NULL;

    (void)state;
    assert_ok(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_LOCAL, .namespace_name = "mine"));
    assert_ok(temporal_test_env_connect(&second, temporal_test_env_address(env),
                                        .namespace_name = "mine"));
    assert_false(temporal_test_env_skips_time(second));
    temporal_test_env_free(second);
    run_a_nap(env); /* it serves on */
    temporal_test_env_free(env);
}

static void T1_several_servers_live_side_by_side(void **state)
{
    temporal_test_env *envs[3] = { NULL };

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_ok(temporal_test_env_start(&envs[i], TEMPORAL_TEST_SERVER_TIME_SKIPPING));
    assert_string_not_equal(temporal_test_env_address(envs[0]), temporal_test_env_address(envs[1]));
    for (int i = 0; i < 3; i++) {
        run_a_nap(envs[i]);
        temporal_test_env_free(envs[i]);
    }
}

/* In the role of a program that starts a server and is killed. */
static int hold_a_server(const char *kind)
{
    temporal_test_env *env = NULL;
    temporal_error *error = temporal_test_env_start(&env, strcmp(kind, "local") == 0
                                                              ? TEMPORAL_TEST_SERVER_LOCAL
                                                              : TEMPORAL_TEST_SERVER_TIME_SKIPPING);

    if (error)
        return temporal_error_report(error);
    printf("serves %s\n", temporal_test_env_address(env));
    fflush(stdout);
    for (;;)
        pause();
}

static void servers_die_with_the_program(const char *kind)
{
    test_process *program = test_process_run(test_program_path(), kind);
    char address[64];

    snprintf(address, sizeof address, "%s", test_process_expect(program, "serves "));
    assert_true(listens(address));
    test_process_signal(program, SIGKILL);
    assert_int_equal(test_process_wait(program), 128 + SIGKILL);
    test_wait_for(!listens(address));
    test_process_free(program);
}

static void T1_servers_die_with_the_program_that_started_them(void **state)
{
    (void)state;
    servers_die_with_the_program("local");
    servers_die_with_the_program("time-skipping");
}

static void *start_in_a_thread(void *env)
{
    assert_ok(
        temporal_test_env_start((temporal_test_env **)env, TEMPORAL_TEST_SERVER_TIME_SKIPPING));
    return NULL;
}

static void T1_a_server_outlives_the_thread_that_started_it(void **state)
{
    temporal_test_env *env = NULL;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, start_in_a_thread, &env), 0);
    pthread_join(thread, NULL);
    run_a_nap(env);
    temporal_test_env_free(env);
}

/* --- the program of a server ------------------------------------------------------------------ */

static void with_variables(const char *variable, const char *path, const char *environment)
{
    unsetenv("TEMPORAL_TEST_SERVER");
    if (variable)
        setenv("TEMPORAL_TEST_SERVER", variable, 1);
    setenv("PATH", path, 1);
    if (environment)
        setenv("VIRTUAL_ENV", environment, 1);
    else
        unsetenv("VIRTUAL_ENV");
}

static void expect_found(const char *executable)
{
    temporal_test_env *env = NULL;

    assert_ok(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_TIME_SKIPPING,
                                      .executable = executable));
    temporal_test_env_free(env);
}

static void expect_refused(const char *executable, const char *why)
{
    temporal_test_env *env = NULL;

    assert_fails(
        temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_TIME_SKIPPING, .executable = executable),
        SYSTEM, why);
    assert_null(env);
}

static void T1_a_servers_program_is_looked_for_in_four_places(void **state)
{
    char *before = strdup(getenv("PATH"));
    char folder[] = "/tmp/temporal-test-XXXXXX", bin[64], program[96];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(bin, sizeof bin, "%s/bin", folder);
    snprintf(program, sizeof program, "%s/temporal-test-server", bin);
    assert_int_equal(mkdir(bin, 0700), 0);
    assert_int_equal(symlink(test_server, program), 0);

    with_variables("/nowhere/at/all", "", NULL);
    expect_found(test_server);
    with_variables(test_server, "", NULL);
    expect_found(NULL);
    with_variables(NULL, bin, NULL);
    expect_found(NULL);
    expect_found("temporal-test-server");
    with_variables(NULL, "/bin", folder);
    expect_found(NULL);

    with_variables(NULL, "/bin", NULL);
    expect_refused(NULL, "name it in .executable or in $TEMPORAL_TEST_SERVER");
    with_variables("/nowhere/at/all", bin, folder); /* asked for: nothing else will do */
    expect_refused(NULL, "$TEMPORAL_TEST_SERVER names \"/nowhere/at/all\", which is no program");
    expect_refused(folder, "which is no program");
    expect_refused("no-such-server", "which is no program in $PATH");

    with_variables(test_server, before, NULL);
    unlink(program);
    rmdir(bin);
    rmdir(folder);
    free(before);
}

static void T1_a_program_that_is_no_server_says_why(void **state)
{
    static const char *const bad_flag[] = { "--no-such-flag", NULL };
    static const char *const for_ever[] = { "-f", "/dev/null", NULL };
    const size_t threads = test_count_threads(), files = test_count_files();
    const size_t children = test_count_children();
    char garbage[] = "/tmp/temporal-test-XXXXXX";
    const int file = mkstemp(garbage);
    temporal_test_env *env = NULL;

    (void)state;
    /* It ends: with its status, and what it said. */
    assert_fails(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_LOCAL, .arguments = bad_flag),
                 SYSTEM, "no-such-flag");
    assert_fails(
        temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_LOCAL, .executable = "/bin/false"),
        SYSTEM, "ended with status 1 while it was starting and printed nothing");
    /* It stays, and never listens: tail complains of "0", the port, and follows the other file. */
    assert_fails(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_TIME_SKIPPING,
                                         .executable = "tail", .arguments = for_ever,
                                         .start_timeout = 0.05),
                 SYSTEM, "tail does not listen in the time given");
    /* It is marked as a program, and is none. */
    assert_int_equal(write(file,
                           "\x7f"
                           "ELF?",
                           5),
                     5);
    assert_int_equal(fchmod(file, 0700), 0);
    close(file);
    assert_fails(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_LOCAL, .executable = garbage),
                 SYSTEM, "cannot run /tmp/temporal-test-");
    unlink(garbage);
    assert_null(env);
    assert_int_equal(test_count_children(), children);
    test_wait_for(test_count_threads() <= threads && test_count_files() <= files);
}

static void T1_what_a_server_prints_may_be_kept(void **state)
{
    char path[] = "/tmp/temporal-test-XXXXXX";
    const int file = mkstemp(path);
    temporal_test_env *env = NULL;
    struct stat log;

    (void)state;
    assert_true(file >= 0);
    assert_ok(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_LOCAL, .log_file = path));
    test_wait_for(fstat(file, &log) == 0 && log.st_size > 0);
    temporal_test_env_free(env);
    assert_fails(
        temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_LOCAL, .log_file = "/nowhere/at/all"),
        SYSTEM, ".log_file /nowhere/at/all");
    unlink(path);
    close(file);
}

static void T1_bad_options_are_refused(void **state)
{
    temporal_test_env *env = NULL;

    (void)state;
    assert_fails(temporal_test_env_start(&env, (temporal_test_server)7), INVALID_ARGUMENT,
                 "7 is no temporal_test_server");
    assert_fails(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_LOCAL, .start_timeout = -1),
                 INVALID_ARGUMENT, ".start_timeout");
    assert_fails(temporal_test_env_connect(&env, "127.0.0.1:1", .rpc_timeout = 0.2), UNAVAILABLE,
                 "127.0.0.1:1");
    assert_null(env);
    temporal_test_env_free(NULL);
}

/* Some of what gRPC opens at its first use stays open: not ours, and not counted. */
static int use_once(void **state)
{
    temporal_test_env *env = NULL;

    (void)state;
    assert_ok(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_TIME_SKIPPING));
    temporal_test_env_free(env);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(T1_a_development_server_is_started_and_stopped),
        cmocka_unit_test(T1_a_time_skipping_server_is_started_and_stopped),
        cmocka_unit_test(T1_a_server_may_have_a_namespace_of_its_own),
        cmocka_unit_test(T1_several_servers_live_side_by_side),
        cmocka_unit_test(T1_servers_die_with_the_program_that_started_them),
        cmocka_unit_test(T1_a_server_outlives_the_thread_that_started_it),
        cmocka_unit_test(T1_a_servers_program_is_looked_for_in_four_places),
        cmocka_unit_test(T1_a_program_that_is_no_server_says_why),
        cmocka_unit_test(T1_what_a_server_prints_may_be_kept),
        cmocka_unit_test(T1_bad_options_are_refused),
    };

    if (argc > 1)
        return hold_a_server(argv[1]);
    setenv("TEMPORAL_TEST_CLI", test_server_cli(), 1);
    setenv("TEMPORAL_TEST_SERVER", test_source_path("build/venv/bin/temporal-test-server"), 0);
    test_server = strdup(getenv("TEMPORAL_TEST_SERVER"));
    return cmocka_run_group_tests_name("workflow environment", tests, use_once, NULL);
}
