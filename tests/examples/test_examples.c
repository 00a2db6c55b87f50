/* SPDX-License-Identifier: MIT */
/* test_examples.c -- the small examples do what they say, against the real server. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/support.h"

/* The task queue is the example's own, so the order of client and worker does not matter. */
static void run_pair(const char *program, const char *expected[], size_t count)
{
    const char *path = test_build_path(program);
    test_process *worker = test_process_run(path, "worker", test_server_address());
    test_process *client = test_process_run(path, "client", test_server_address());

    for (size_t i = 0; i < count; i++)
        test_process_expect(client, expected[i]);
    assert_int_equal(test_process_wait(client), 0);
    test_process_signal(worker, SIGINT);
    assert_int_equal(test_process_wait(worker), 0);
    test_process_free(client);
    test_process_free(worker);
}

static void hello_greets(void **state)
{
    (void)state;
    run_pair("examples/hello", (const char *[]){ "Result: Hello, World!" }, 1);
}

static void greeting_is_changed_by_signals_and_seen_by_a_query(void **state)
{
    (void)state;
    run_pair("examples/greeting", (const char *[]){ "Greeting: ", "Result: Aloha, my name!" }, 2);
}

static void one_activity_runs_on_all_three_executors(void **state)
{
    test_process *program =
        test_process_run(test_build_path("examples/executors"), test_server_address());

    (void)state;
    test_process_expect(program, "executors-async: 5 steps in the worker's process");
    test_process_expect(program, "executors-threads: 5 steps in the worker's process");
    test_process_expect(program, "executors-processes: 5 steps in a process of its own");
    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
}

/* What the command line shows of hello's workflow, through code that does the same, and changed. */
static void replay_tells_whether_code_fits_a_history(void **state)
{
    const char *cli = getenv("TEMPORAL_TEST_CLI");
    char good[] = "/tmp/history-XXXXXX", wrong[] = "/tmp/history-XXXXXX";
    FILE *files[] = { fdopen(mkstemp(good), "w"), fdopen(mkstemp(wrong), "w") };
    test_process *program;
    const char *line;

    (void)state;
    program =
        test_process_run(cli ? cli : "temporal", "workflow", "show", "--workflow-id",
                         "hello-workflow", "--address", test_server_address(), "--output", "json");
    while ((line = test_process_line(program))) {
        fprintf(files[0], "%s\n", line);
        fprintf(files[1], "%s\n", strstr(line, "\"say_hello\"") ? "\"name\": \"say_bye\"" : line);
    }
    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
    assert_int_equal(fclose(files[0]) | fclose(files[1]), 0);
    program = test_process_run(test_build_path("examples/replay"), good, wrong);
    assert_string_equal(test_process_expect(program, good), ": ok");
    assert_contains(test_process_expect(program, wrong),
                    "event 5: history holds ActivityTaskScheduled (activity say_bye, id 1), but "
                    "the code did ScheduleActivityTask (activity say_hello, id 1)");
    assert_int_equal(test_process_wait(program), 1);
    test_process_free(program);
    unlink(good);
    unlink(wrong);
}

static void an_example_without_a_server_says_so(void **state)
{
    char address[32];
    test_process *client;

    (void)state;
    snprintf(address, sizeof address, "127.0.0.1:%d", test_free_port());
    client = test_process_run(test_build_path("examples/hello"), "client", address);
    assert_int_equal(test_process_wait(client), 1);
    test_process_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_greets),
        cmocka_unit_test(greeting_is_changed_by_signals_and_seen_by_a_query),
        cmocka_unit_test(one_activity_runs_on_all_three_executors),
        cmocka_unit_test(replay_tells_whether_code_fits_a_history),
        cmocka_unit_test(an_example_without_a_server_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
