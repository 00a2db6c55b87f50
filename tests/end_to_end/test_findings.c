/* SPDX-License-Identifier: MIT */
/* test_findings.c -- how pools of activity processes are known to fail elsewhere: a signal to all
 * of a service's processes, an activity that outstays the grace, reasons that get lost on their way
 * to the process, places that are all held by polls: A5, A8, W2, W3. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/end_to_end/relay.h"
#include "worker/worker.h"

#define PROCESSES 4

/* --- activities ------------------------------------------------------------------------------- */

/* Input: what it does once it has beaten: "obey" a shutdown, or be "deaf" to everything. */
TEMPORAL_ACTIVITY(stay_busy, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(stay_busy)
temporal_error *stay_busy(temporal_activity *attempt, temporal_string how, temporal_string *said)
{
    if (temporal_activity_get_info(attempt)->attempt > 1) {
        *said = "the second attempt";
        return TEMPORAL_OK;
    }
    if (strcmp(how, "deaf") == 0)
        (void)signal(SIGTERM, SIG_IGN);
    temporal_heartbeat(attempt, temporal_string, how);
    while (strcmp(how, "deaf") == 0)
        pause();
    *said = temporal_activity_wait_for_worker_shutdown(attempt, 0) ? "told" : "not told";
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(tell_the_reason, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(tell_the_reason)
temporal_error *tell_the_reason(temporal_activity *attempt, temporal_string how,
                                temporal_string *said)
{
    do
        temporal_heartbeat(attempt, temporal_string, how);
    while (!temporal_activity_wait_for_cancelled(attempt, 0.02));
    *said = temporal_cancel_reason_name(temporal_activity_cancel_reason(attempt));
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(say_so, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(say_so)
temporal_error *say_so(temporal_activity *attempt, temporal_string input, temporal_string *said)
{
    (void)attempt, (void)input;
    *said = "so";
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(in_sequence, temporal_int, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(in_sequence)
temporal_error *in_sequence(temporal_workflow *run, temporal_int steps, temporal_int *done)
{
    for (*done = 0; *done < steps; ++*done) {
        temporal_string said = NULL;

        TEMPORAL_TRY(temporal_execute_activity(run, say_so, "", &said,
                                               .start_to_close_timeout = TEMPORAL_MINUTE));
    }
    return TEMPORAL_OK;
}

static temporal_worker *new_worker(const char *queue, temporal_seconds grace)
{
    temporal_worker *worker = NULL;

    assert_ok(temporal_worker_new(
        &worker, .task_queue = queue,
        .workflows = TEMPORAL_WORKFLOWS(&relay_workflow, &in_sequence_workflow),
        .processes = { .activities = TEMPORAL_ACTIVITIES(
                           &stay_busy_activity, &tell_the_reason_activity, &say_so_activity),
                       .concurrency = PROCESSES,
                       .rules = { .cancel_grace = 0.2, .terminate_grace = 0.2 } },
        .max_heartbeat_throttle = 0.1, .graceful_shutdown_timeout = grace));
    return worker;
}

/* --- a service: a program and all of its processes -------------------------------------------- */

static void tell_of_shutdown(const temporal_log_record *record, void *data)
{
    (void)data;
    if (strstr(record->message, "is shutting down"))
        printf("shutting down\n");
}

/* argv: address, queue, grace. */
static int service_program(char **argv)
{
    temporal_worker *worker;
    temporal_client *own = NULL;
    temporal_error *error;

    setvbuf(stdout, NULL, _IOLBF, 0);
    (void)setpgid(0, 0);
    temporal_log_set(TEMPORAL_LOG_INFO, tell_of_shutdown, NULL);
    worker = new_worker(argv[1], strtod(argv[2], NULL));
    assert_ok(temporal_client_connect(&own, argv[0]));
    printf("running\n");
    error = temporal_worker_run(worker, own);
    printf("returned %d\n", (int)temporal_error_get_code(error));
    temporal_error_free(error);
    temporal_worker_free(worker);
    temporal_client_free(own);
    return 0;
}

/* To the group, and to every process below it, as a service manager does it. */
static void signal_all(pid_t pid, int number, bool is_leader)
{
    char path[64];
    FILE *file;
    int child;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    file = fopen(path, "re");
    while (file && fscanf(file, "%d", &child) == 1)
        signal_all(child, number, false);
    if (file)
        fclose(file);
    kill(is_leader ? -pid : pid, number);
}

static test_process *start_service(const char *queue, const char *grace)
{
    test_process *service =
        test_process_run(test_program_path(), "service", test_server_address(), queue, grace);

    test_process_expect(service, "running");
    return service;
}

static bool has_beaten(temporal_handle *handle)
{
    const temporal_workflow_description *now = test_describe(handle);

    return now->pending_activity_count == 1 &&
           now->pending_activities[0].heartbeat_details_count == 1;
}

static void start_busy(const char *queue, const char *activity, const char *how,
                       temporal_handle **handles)
{
    relay_queues[0] = queue;
    for (int i = 0; i < PROCESSES; i++)
        handles[i] = relay_start(.activity = activity, .input = how, .queue = queue,
                                 .heartbeat = 30, .cancellation = TEMPORAL_CANCELLATION_WAIT);
    for (int i = 0; i < PROCESSES; i++)
        test_wait_for(has_beaten(handles[i]));
}

/* By another worker, which runs what is left to do. */
static void expect_results(const char *queue, temporal_handle **handles, const char *expected)
{
    temporal_worker *worker = new_worker(queue, 0);

    assert_ok(temporal_worker_start(worker, client));
    for (int i = 0; i < PROCESSES; i++)
        assert_string_equal(relay_result(handles[i]), expected);
    test_worker_stop(worker);
}

static void expect_return(test_process *service, temporal_error_code code)
{
    char returned[32];

    snprintf(returned, sizeof returned, "returned %d", (int)code);
    test_process_expect(service, returned);
    assert_int_equal(test_process_wait(service), 0);
    test_process_free(service);
}

/* --- the findings ----------------------------------------------------------------------------- */

static void finding_3_a_signal_to_all_processes_ends_a_busy_worker_well(void **state)
{
    const char *queue = test_unique("findings");
    test_process *service = start_service(queue, "60");
    temporal_handle *handles[PROCESSES];

    (void)state;
    start_busy(queue, "stay_busy", "obey", handles);
    signal_all(test_process_pid(service), SIGTERM, true);
    test_process_expect(service, "shutting down");
    expect_return(service, TEMPORAL_ERROR_NONE);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(test_describe(handles[i])->pending_activity_count, 0);
    expect_results(queue, handles, "told"); /* of the first attempts */
}

static void finding_3_a_second_signal_to_all_processes_ends_it_by_force(void **state)
{
    const char *queue = test_unique("findings");
    test_process *service = start_service(queue, "3600");
    temporal_handle *handles[PROCESSES];

    (void)state;
    start_busy(queue, "stay_busy", "deaf", handles);
    signal_all(test_process_pid(service), SIGTERM, true);
    test_process_expect(service, "shutting down");
    signal_all(test_process_pid(service), SIGTERM, true);
    expect_return(service, TEMPORAL_ERROR_SHUTDOWN);
    for (int i = 0; i < PROCESSES; i++) {
        assert_ok(temporal_handle_terminate(handles[i], "the test is over", NULL, 0));
        temporal_handle_free(handles[i]);
    }
}

static void finding_5_whoever_outstays_the_grace_does_not_hold_the_exit(void **state)
{
    const char *queue = test_unique("findings");
    test_process *service = start_service(queue, "0.1");
    temporal_handle *handles[PROCESSES];

    (void)state;
    start_busy(queue, "stay_busy", "deaf", handles);
    test_process_signal(service, SIGTERM);
    test_process_expect(service, "shutting down");
    expect_return(service, TEMPORAL_ERROR_NONE); /* they would have stayed for ever */
    for (int i = 0; i < PROCESSES; i++) {        /* and the server was told of each */
        const temporal_workflow_description *now = test_describe(handles[i]);

        assert_int_equal(now->pending_activity_count, 1);
        assert_int_equal(now->pending_activities[0].attempt, 2);
        assert_contains(now->pending_activities[0].last_failure, "worker shutdown");
    }
    expect_results(queue, handles, "the second attempt");
}

static void finding_6_the_reason_of_each_cancellation_reaches_the_process(void **state)
{
    const char *queue = test_unique("findings");
    temporal_worker *worker = new_worker(queue, 0);
    int told = 0;

    (void)state;
    assert_ok(temporal_worker_start(worker, client));
    for (int round = 0; round < 48 / PROCESSES; round++) {
        temporal_handle *handles[PROCESSES];

        start_busy(queue, "tell_the_reason", "", handles);
        for (int i = 0; i < PROCESSES; i++)
            assert_ok(temporal_handle_cancel(handles[i]));
        for (int i = 0; i < PROCESSES; i++)
            told += strcmp(relay_result(handles[i]), "requested") == 0;
    }
    assert_int_equal(told, 48);
    test_worker_stop(worker);
}

typedef struct counting {
    temporal_worker *worker;
    tp_activity_counts counts;
} counting;

static void count_on_loop(void *data)
{
    counting *self = data;

    self->counts = tp_activity_tasks_count(self->worker->activity_tasks);
}

static void finding_7_activities_start_at_once_with_as_many_places_as_processes(void **state)
{
    const char *queue = test_unique("findings");
    temporal_worker *worker = new_worker(queue, 0);
    counting self = { .worker = worker };
    temporal_handle *handle = NULL;
    temporal_int done = 0;

    (void)state;
    assert_ok(temporal_worker_start(worker, client));
    assert_ok(temporal_start_workflow(client, in_sequence, 20, &handle, .task_queue = queue,
                                      .id = test_unique("sequence")));
    assert_ok(temporal_get_result(handle, in_sequence, &done));
    temporal_handle_free(handle);
    tp_loop_call(worker->service.loop, count_on_loop, &self);
    assert_int_equal(done, 20);
    assert_int_equal(self.counts.eager, 20);
    assert_int_equal(self.counts.polled, 0);
    test_worker_stop(worker);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finding_3_a_signal_to_all_processes_ends_a_busy_worker_well),
        cmocka_unit_test(finding_3_a_second_signal_to_all_processes_ends_it_by_force),
        cmocka_unit_test(finding_5_whoever_outstays_the_grace_does_not_hold_the_exit),
        cmocka_unit_test(finding_6_the_reason_of_each_cancellation_reaches_the_process),
        cmocka_unit_test(finding_7_activities_start_at_once_with_as_many_places_as_processes),
    };

    if (argc == 5)
        return service_program(argv + 2);
    return fixture_run(tests, fixture_connect, fixture_close);
}
