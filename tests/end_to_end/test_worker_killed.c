/* SPDX-License-Identifier: MIT */
/* test_worker_killed.c -- kill -9 of a worker: its processes go with it, and another worker takes
 * its runs up from their histories. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/end_to_end/fixture.h"

TEMPORAL_ACTIVITY(begin, temporal_string, temporal_string)
TEMPORAL_ACTIVITY(hold_async, temporal_none, temporal_string)
TEMPORAL_ACTIVITY(hold_thread, temporal_none, temporal_string)
TEMPORAL_ACTIVITY(hold_process, temporal_none, temporal_string)
TEMPORAL_WORKFLOW(journey, temporal_string, temporal_string)
TEMPORAL_SIGNAL(journey, arrive, temporal_string)
TEMPORAL_WORKFLOW(thinker, temporal_none, temporal_string)

static bool doomed; /* this program is the worker that will be killed */

TEMPORAL_ACTIVITY_DEFINE(begin)
temporal_error *begin(temporal_activity *attempt, temporal_string name, temporal_string *text)
{
    *text = temporal_activity_format(attempt, "%s began", name);
    return TEMPORAL_OK;
}

/* In the worker that will be killed it says that it runs, and beats for ever. */
static temporal_error *hold(temporal_activity *attempt, temporal_string *which)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);

    *which = info->attempt > 1 ? "again" : "first";
    if (!doomed)
        return TEMPORAL_OK;
    printf("holds %s\n", info->activity_type);
    fflush(stdout); /* it is an activity process's own, too */
    for (;;) {
        TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_string, *which));
        TEMPORAL_TRY(temporal_activity_sleep(attempt, 0.1));
    }
}

TEMPORAL_ACTIVITY_DEFINE(hold_async)
temporal_error *hold_async(temporal_activity *attempt, temporal_none in, temporal_string *which)
{
    (void)in;
    return hold(attempt, which);
}

TEMPORAL_ACTIVITY_DEFINE(hold_thread)
temporal_error *hold_thread(temporal_activity *attempt, temporal_none in, temporal_string *which)
{
    (void)in;
    return hold(attempt, which);
}

TEMPORAL_ACTIVITY_DEFINE(hold_process)
temporal_error *hold_process(temporal_activity *attempt, temporal_none in, temporal_string *which)
{
    (void)in;
    return hold(attempt, which);
}

typedef struct travel {
    temporal_string arrived;
} travel;

TEMPORAL_SIGNAL_DEFINE(journey, travel, arrive)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(journey, travel, &journey_arrive_handler)

temporal_error *journey_arrive(temporal_workflow *run, travel *self, temporal_string where)
{
    self->arrived = temporal_workflow_format(run, "%s", where);
    return TEMPORAL_OK;
}

/* An activity that ends, a signal, then one on each executor, which the kill interrupts. */
temporal_error *journey(temporal_workflow *run, travel *self, temporal_string name,
                        temporal_string *text)
{
    const temporal_activity_options options = { .struct_size = sizeof options,
                                                .start_to_close_timeout = 100,
                                                .heartbeat_timeout = 1 };
    temporal_future *held[3];
    temporal_string began;
    temporal_string ran[3];

    TEMPORAL_TRY(
        temporal_execute_activity(run, begin, name, &began, .start_to_close_timeout = 100));
    TEMPORAL_WAIT_UNTIL(run, self->arrived);
    held[0] = hold_async_begin_(run, TEMPORAL_NONE, &options);
    held[1] = hold_thread_begin_(run, TEMPORAL_NONE, &options);
    held[2] = hold_process_begin_(run, TEMPORAL_NONE, &options);
    for (size_t i = 0; i < 3; i++)
        TEMPORAL_TRY(temporal_workflow_await(run, held[i], temporal_string_type(), &ran[i]));
    *text = temporal_workflow_format(run, "%s, arrived in %s, held %s %s %s", began, self->arrived,
                                     ran[0], ran[1], ran[2]);
    return TEMPORAL_OK;
}

/* The worker that will be killed never comes back from its second workflow task. */
TEMPORAL_WORKFLOW_DEFINE(thinker)
temporal_error *thinker(temporal_workflow *run, temporal_none in, temporal_string *text)
{
    (void)in;
    TEMPORAL_TRY(
        temporal_execute_activity(run, begin, "thought", text, .start_to_close_timeout = 100));
    if (doomed) {
        printf("thinks\n");
        for (;;)
            pause();
    }
    return TEMPORAL_OK;
}

static temporal_worker *new_worker(const char *queue)
{
    temporal_worker *worker = NULL;

    assert_ok(temporal_worker_new(
        &worker, .task_queue = queue,
        .workflows = TEMPORAL_WORKFLOWS(&journey_workflow, &thinker_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&hold_async_activity, &begin_activity),
        .threads.activities = TEMPORAL_ACTIVITIES(&hold_thread_activity),
        .processes.activities = TEMPORAL_ACTIVITIES(&hold_process_activity),
        .processes.concurrency = 3, .sticky_timeout = 1));
    return worker;
}

/* The program that is killed. */
static int worker_program(const char *address, const char *queue)
{
    temporal_worker *worker;
    temporal_client *own = NULL;

    setvbuf(stdout, NULL, _IOLBF, 0);
    doomed = true;
    worker = new_worker(queue);
    assert_ok(temporal_client_connect(&own, address));
    return temporal_error_report(temporal_worker_run(worker, own));
}

/* --- the tests ----------------------------------------------------------------------------------
 */

/* Gone, or dead and waiting for whoever inherited it. */
static bool is_dead(pid_t pid)
{
    char path[64], state = 'X';
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    file = fopen(path, "re");
    if (!file)
        return true;
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = 'X';
    fclose(file);
    return state == 'Z' || state == 'X';
}

/* The children of a process, and theirs. */
static size_t list_descendants(pid_t pid, pid_t *found, size_t count, size_t capacity)
{
    char path[64];
    FILE *file;
    int child;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    file = fopen(path, "re");
    assert_non_null(file);
    while (count < capacity && fscanf(file, "%d", &child) == 1) {
        found[count] = child;
        count = list_descendants(child, found, count + 1, capacity);
    }
    fclose(file);
    return count;
}

static void kill_with_its_processes(test_process *program)
{
    pid_t processes[64];
    size_t count = list_descendants(test_process_pid(program), processes, 0, 64);

    assert_true(count >= 4); /* the fork server and three activity processes */
    test_process_signal(program, SIGKILL);
    assert_int_equal(test_process_wait(program), 128 + SIGKILL);
    for (size_t i = 0; i < count; i++)
        test_wait_for(is_dead(processes[i]));
    test_process_free(program);
}

static void expect_result(temporal_handle *handle, const char *queue, const char *expected)
{
    temporal_worker *worker = new_worker(queue);
    temporal_string text;

    assert_ok(temporal_worker_start(worker, client));
    assert_ok(temporal_handle_result(handle, temporal_string_type(), &text));
    assert_string_equal(text, expected);
    test_worker_stop(worker);
}

static void another_worker_finishes_the_run_and_no_process_is_left(void **state)
{
    const char *queue = test_unique("killed");
    test_process *program =
        test_process_run(test_program_path(), "worker", test_server_address(), queue);
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_start_workflow(client, journey, "Ada", &handle, .id = test_unique("journey"),
                                      .task_queue = queue));
    fixture_wait_for_event(handle, EVENT_ACTIVITY_COMPLETED);
    assert_ok(temporal_signal(handle, journey, arrive, "Turin"));
    for (int i = 0; i < 3; i++)
        test_process_expect(program, "holds ");
    kill_with_its_processes(program);

    expect_result(handle, queue, "Ada began, arrived in Turin, held again again again");
    assert_int_equal(fixture_count_events(handle, EVENT_ACTIVITY_SCHEDULED), 4);
    temporal_handle_free(handle);
}

static void a_task_that_dies_with_its_worker_is_done_by_another(void **state)
{
    const char *queue = test_unique("thinking");
    test_process *program =
        test_process_run(test_program_path(), "worker", test_server_address(), queue);
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_start_workflow(client, thinker, TEMPORAL_NONE, &handle,
                                      .id = test_unique("thinker"), .task_queue = queue,
                                      .task_timeout = 1));
    test_process_expect(program, "thinks");
    kill_with_its_processes(program);

    expect_result(handle, queue, "thought began");
    assert_true(fixture_count_events(handle, EVENT_TASK_TIMED_OUT) > 0);
    assert_int_equal(fixture_count_events(handle, EVENT_ACTIVITY_SCHEDULED), 1);
    temporal_handle_free(handle);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_worker_finishes_the_run_and_no_process_is_left),
        cmocka_unit_test(a_task_that_dies_with_its_worker_is_done_by_another),
    };

    if (argc == 4)
        return worker_program(argv[2], argv[3]);
    return fixture_run(tests, fixture_connect, fixture_close);
}
