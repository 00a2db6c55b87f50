/* SPDX-License-Identifier: MIT */
/* test_shutdown.c -- a worker shuts down: told by a signal, from a thread, from a handler; with
 * activities that obey, linger, or ignore it on every executor; and leaves nothing behind: W1, W3.
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <grpc/grpc.h>

#include "tests/end_to_end/fixture.h"

TEMPORAL_ACTIVITY(on_async, temporal_string, temporal_string)
TEMPORAL_ACTIVITY(on_thread, temporal_string, temporal_string)
TEMPORAL_ACTIVITY(on_process, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(on_all_three, temporal_string, temporal_string)

/* --- what runs on each executor ------------------------------------------------------------- */

/* Answers when the shutdown is announced, while nobody has cancelled it. */
static temporal_error *obey(temporal_activity *attempt, temporal_string *said)
{
    bool told = temporal_activity_wait_for_worker_shutdown(attempt, 0);

    *said = temporal_activity_format(attempt, "%s%s", told ? "told" : "not told",
                                     temporal_activity_is_cancelled(attempt) ? ", cancelled" : "");
    return TEMPORAL_OK;
}

/* The first attempt stays until it is cancelled; the next one tells why that was. */
static temporal_error *stay(temporal_activity *attempt, temporal_string *said)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);
    temporal_string reason = "";

    if (info->attempt > 1) {
        TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[0], temporal_string, &reason));
        *said = temporal_activity_format(attempt, "attempt %d after %s", info->attempt, reason);
        return TEMPORAL_OK;
    }
    temporal_activity_wait_for_cancelled(attempt, 0);
    reason = temporal_cancel_reason_name(temporal_activity_cancel_reason(attempt));
    TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_string, reason));
    return temporal_activity_cancelled(attempt);
}

/* A first beat proves that the attempt runs: what the server calls started may still be on its way.
 */
static temporal_error *behave(temporal_activity *attempt, temporal_string how,
                              temporal_string *said)
{
    if (temporal_activity_get_info(attempt)->attempt == 1)
        TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_string, how));
    if (strcmp(how, "obey") == 0)
        return obey(attempt, said);
    if (strcmp(how, "stay") == 0)
        return stay(attempt, said);
    for (;;) /* ignore everything */
        pause();
}

TEMPORAL_ACTIVITY_DEFINE(on_async)
temporal_error *on_async(temporal_activity *attempt, temporal_string how, temporal_string *said)
{
    return behave(attempt, how, said);
}

TEMPORAL_ACTIVITY_DEFINE(on_thread)
temporal_error *on_thread(temporal_activity *attempt, temporal_string how, temporal_string *said)
{
    return behave(attempt, how, said);
}

TEMPORAL_ACTIVITY_DEFINE(on_process)
temporal_error *on_process(temporal_activity *attempt, temporal_string how, temporal_string *said)
{
    if (strcmp(how, "ignore") == 0)
        signal(SIGTERM, SIG_IGN);
    return behave(attempt, how, said);
}

TEMPORAL_WORKFLOW_DEFINE(on_all_three)
temporal_error *on_all_three(temporal_workflow *run, temporal_string how, temporal_string *said)
{
    const temporal_retry_policy at_once = { .initial_interval = 0.01 };
    const temporal_activity_options options = { .struct_size = sizeof options,
                                                .start_to_close_timeout = 100,
                                                .retry = &at_once };
    temporal_future *async = on_async_begin_(run, how, &options);
    temporal_future *thread = on_thread_begin_(run, how, &options);
    temporal_future *process = on_process_begin_(run, how, &options);
    temporal_string a, b, c;

    TEMPORAL_TRY(temporal_await_activity(run, on_async, async, &a));
    TEMPORAL_TRY(temporal_await_activity(run, on_thread, thread, &b));
    TEMPORAL_TRY(temporal_await_activity(run, on_process, process, &c));
    *said = temporal_workflow_format(run, "%s; %s; %s", a, b, c);
    return TEMPORAL_OK;
}

static temporal_worker *new_worker(const char *queue, temporal_seconds grace, bool no_handlers)
{
    temporal_worker *worker = NULL;

    assert_ok(temporal_worker_new(&worker, .task_queue = queue,
                                  .workflows = TEMPORAL_WORKFLOWS(&on_all_three_workflow),
                                  .async.activities = TEMPORAL_ACTIVITIES(&on_async_activity),
                                  .threads.activities = TEMPORAL_ACTIVITIES(&on_thread_activity),
                                  .processes.activities = TEMPORAL_ACTIVITIES(&on_process_activity),
                                  .processes.concurrency = 2, .graceful_shutdown_timeout = grace,
                                  .no_signal_handlers = no_handlers));
    return worker;
}

/* --- a program that runs a worker ------------------------------------------------------------- */

static void tell_of_shutdown(const temporal_log_record *record, void *data)
{
    (void)data;
    if (strstr(record->message, "is shutting down"))
        printf("shutting down\n");
}

static temporal_worker *program_worker;

static void on_user_signal(int number)
{
    (void)number;
    temporal_worker_shutdown(program_worker);
}

/* How much shared memory of a pool this program still maps, or left for others to find. */
static size_t count_shared_memory(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    DIR *shared = opendir("/dev/shm");
    char line[512];
    size_t count = 0;

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps))
        count += strstr(line, "temporal-") && (strstr(line, "memfd:") || strstr(line, "/dev/shm/"));
    fclose(maps);
    for (struct dirent *entry = NULL; shared && (entry = readdir(shared));)
        count += strstr(entry->d_name, "temporal") != NULL;
    if (shared)
        closedir(shared);
    return count;
}

static temporal_error *run_a_worker(const char *address, const char *queue, const char *grace,
                                    bool own_handler)
{
    temporal_client *own = NULL;
    temporal_error *error;

    program_worker = new_worker(queue, strtod(grace, NULL), own_handler);
    assert_ok(temporal_client_connect(&own, address));
    if (own_handler)
        signal(SIGUSR1, on_user_signal);
    printf("running\n");
    error = temporal_worker_run(program_worker, own);
    printf("returned %d: %s\n", (int)temporal_error_get_code(error), temporal_error_message(error));
    temporal_worker_free(program_worker);
    temporal_client_free(own);
    return error;
}

/* What the libraries keep for the rest of the program once a connection was made is there
 * afterwards; the end of the connection itself is asynchronous. */
static void connect_once(const char *address)
{
    temporal_client *first = NULL;

    assert_ok(temporal_client_connect(&first, address));
    temporal_client_free(first);
    test_wait_for(!grpc_is_initialized());
}

/* argv: "run" or "handler", address, queue, grace. */
static int worker_program(char **argv)
{
    size_t threads, files, children;
    temporal_error *error;

    setvbuf(stdout, NULL, _IOLBF, 0);
    temporal_log_set(TEMPORAL_LOG_INFO, tell_of_shutdown, NULL);
    assert_ok(temporal_fork_server_start());
    connect_once(argv[2]);
    threads = test_count_threads();
    files = test_count_files();
    children = test_count_children();
    error = run_a_worker(argv[2], argv[3], argv[4], strcmp(argv[1], "handler") == 0);
    printf("children %d, shared memory %d\n", (int)(test_count_children() - children),
           (int)count_shared_memory());
    if (!error) {
        /* Fewer than before are no leak: a thread of that first connection may have lived still. */
        test_wait_for(test_count_threads() <= threads && test_count_files() <= files);
        printf("nothing left\n");
    }
    temporal_error_free(error);
    return 0;
}

/* --- the tests ----------------------------------------------------------------------------------
 */

static bool all_run(temporal_handle *handle)
{
    const temporal_workflow_description *now = test_describe(handle);
    size_t running = 0;

    for (size_t i = 0; i < now->pending_activity_count; i++)
        running += now->pending_activities[i].heartbeat_details_count > 0;
    return running == 3;
}

/* With its three activities under way. */
static temporal_handle *start_run(const char *queue, const char *how)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, on_all_three, how, &handle,
                                      .id = test_unique("shutdown"), .task_queue = queue,
                                      .task_timeout = 2));
    test_wait_for(all_run(handle));
    return handle;
}

static void expect_result_elsewhere(temporal_handle *handle, const char *queue, const char *result)
{
    temporal_worker *worker = new_worker(queue, 0, true);
    temporal_string said;

    assert_ok(temporal_worker_start(worker, client));
    assert_ok(temporal_get_result(handle, on_all_three, &said));
    assert_string_equal(said, result);
    test_worker_stop(worker);
    temporal_handle_free(handle);
}

/* The server knows how each of the three ended. */
static void assert_all_answered(temporal_handle *handle)
{
    const temporal_workflow_description *now = test_describe(handle);

    for (size_t i = 0; i < now->pending_activity_count; i++) {
        const temporal_pending_activity *activity = &now->pending_activities[i];

        print_error("%s is left: started %d, attempt %d, last failure \"%s\"\n",
                    activity->activity_type, activity->started, activity->attempt,
                    activity->last_failure);
    }
    assert_int_equal(now->pending_activity_count, 0);
}

static void *shut_down(void *worker)
{
    temporal_worker_shutdown(worker);
    temporal_worker_shutdown(worker); /* again: it was told */
    return NULL;
}

static void activities_are_told_and_their_results_are_sent_before_it_ends(void **state)
{
    const char *queue = test_unique("told");
    temporal_worker *worker = new_worker(queue, TEST_PATIENCE, true);
    temporal_handle *handle;
    pthread_t thread;

    (void)state;
    assert_ok(temporal_worker_start(worker, client));
    handle = start_run(queue, "obey");
    assert_int_equal(pthread_create(&thread, NULL, shut_down, worker), 0);
    assert_ok(temporal_worker_wait(worker));
    assert_all_answered(handle);
    pthread_join(thread, NULL);
    temporal_worker_free(worker);
    expect_result_elsewhere(handle, queue, "told; told; told");
}

static void those_that_outstay_the_grace_are_cancelled_and_run_elsewhere(void **state)
{
    const char *queue = test_unique("grace");
    temporal_worker *worker = new_worker(queue, 0.2, true);
    const temporal_workflow_description *now;
    temporal_handle *handle;

    (void)state;
    assert_ok(temporal_worker_start(worker, client));
    handle = start_run(queue, "stay");
    temporal_worker_shutdown(worker);
    assert_ok(temporal_worker_wait(worker));
    temporal_worker_free(worker);

    now = test_describe(handle);
    assert_int_equal(now->pending_activity_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(now->pending_activities[i].attempt, 2);
        assert_contains(now->pending_activities[i].last_failure, "the worker shut down");
    }
    expect_result_elsewhere(handle, queue,
                            "attempt 2 after worker shutdown; attempt 2 after worker shutdown; "
                            "attempt 2 after worker shutdown");
}

static test_process *start_program(const char *role, const char *queue, const char *grace)
{
    test_process *program =
        test_process_run(test_program_path(), role, test_server_address(), queue, grace);

    test_process_expect(program, "running");
    return program;
}

static void expect_clean_end(const char *role, int signal_number)
{
    const char *queue = test_unique("signal");
    test_process *program = start_program(role, queue, "60");
    temporal_handle *handle = start_run(queue, "obey");
    char returned[32];

    snprintf(returned, sizeof returned, "returned %d", TEMPORAL_ERROR_NONE);
    test_process_signal(program, signal_number);
    test_process_expect(program, "shutting down");
    test_process_expect(program, returned);
    assert_all_answered(handle);
    test_process_expect(program, "children 0, shared memory 0");
    test_process_expect(program, "nothing left");
    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
    expect_result_elsewhere(handle, queue, "told; told; told");
}

static void sigint_ends_it_and_nothing_is_left(void **state)
{
    (void)state;
    expect_clean_end("run", SIGINT);
}

static void sigterm_ends_it_and_nothing_is_left(void **state)
{
    (void)state;
    expect_clean_end("run", SIGTERM);
}

static void a_signal_handler_of_the_user_may_end_it(void **state)
{
    (void)state;
    expect_clean_end("handler", SIGUSR1);
}

/* Every activity pauses for ever, and the process ignores SIGTERM. */
static void a_second_signal_ends_it_whatever_the_activities_do(void **state)
{
    const char *queue = test_unique("force");
    test_process *program = start_program("run", queue, "60");
    temporal_handle *handle = start_run(queue, "ignore");
    char returned[32];

    (void)state;
    snprintf(returned, sizeof returned, "returned %d", TEMPORAL_ERROR_SHUTDOWN);
    test_process_signal(program, SIGTERM);
    test_process_expect(program, "shutting down");
    test_process_signal(program, SIGINT);
    assert_contains(test_process_expect(program, returned), "by force");
    test_process_expect(program, "children 0, shared memory 0");
    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
    assert_ok(temporal_handle_terminate(handle, "the test is over", NULL, 0));
    temporal_handle_free(handle);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activities_are_told_and_their_results_are_sent_before_it_ends),
        cmocka_unit_test(those_that_outstay_the_grace_are_cancelled_and_run_elsewhere),
        cmocka_unit_test(sigint_ends_it_and_nothing_is_left),
        cmocka_unit_test(sigterm_ends_it_and_nothing_is_left),
        cmocka_unit_test(a_signal_handler_of_the_user_may_end_it),
        cmocka_unit_test(a_second_signal_ends_it_whatever_the_activities_do),
    };

    if (argc == 5)
        return worker_program(argv);
    return fixture_run(tests, fixture_connect, fixture_close);
}
