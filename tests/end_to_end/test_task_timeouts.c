/* SPDX-License-Identifier: MIT */
/* test_task_timeouts.c -- a workflow task whose time is over while its worker still works on it:
 * the server gives it anew, and the late answer is refused and loses nothing: F15. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "tests/end_to_end/fixture.h"

TEMPORAL_ACTIVITY(word, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(ponder, temporal_bool, temporal_string)
TEMPORAL_WORKFLOW(reply, temporal_string, temporal_string)
TEMPORAL_ACTIVITY(work, temporal_none, temporal_none)
TEMPORAL_WORKFLOW(patient, temporal_none, temporal_none)
TEMPORAL_SIGNAL(patient, call, temporal_none)

static atomic_int words;     /* that were said here */
static atomic_bool thinking; /* the next that comes to think holds its thread */
static atomic_bool thinks, enough;
static atomic_int begun, disturbed; /* work, that was cancelled */
static bool in_program;

TEMPORAL_ACTIVITY_DEFINE(word)
temporal_error *word(temporal_activity *attempt, temporal_string in, temporal_string *out)
{
    atomic_fetch_add(&words, 1);
    *out = temporal_activity_format(attempt, "%s.", in);
    return TEMPORAL_OK;
}

/* No workflow of a user does this: it stands for code that takes long. */
static void think(void)
{
    if (!atomic_exchange(&thinking, false))
        return;
    if (in_program) {
        printf("thinks\n");
        (void)getchar();
        return;
    }
    atomic_store(&thinks, true);
    while (!atomic_load(&enough))
        test_pause();
}

/* What it does in the task that is late, an activity and perhaps a local one, is done anew. */
TEMPORAL_WORKFLOW_DEFINE(ponder)
temporal_error *ponder(temporal_workflow *run, temporal_bool locally, temporal_string *text)
{
    temporal_string one, two, three = "";
    temporal_future *future;

    TEMPORAL_TRY(temporal_execute_activity(run, word, "one", &one, .start_to_close_timeout = 100));
    think();
    future = temporal_start_activity(run, word, "two", .start_to_close_timeout = 100);
    if (locally)
        TEMPORAL_TRY(temporal_execute_local_activity(run, word, "three", &three,
                                                     .start_to_close_timeout = 100));
    TEMPORAL_TRY(temporal_await_activity(run, word, future, &two));
    *text = temporal_workflow_format(run, "%s%s%s", one, two, three);
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(reply)
temporal_error *reply(temporal_workflow *run, temporal_string in, temporal_string *out)
{
    *out = temporal_workflow_format(run, "%s!", in);
    return TEMPORAL_OK;
}

/* Sees whether anybody wants it to end. */
TEMPORAL_ACTIVITY_DEFINE(work)
temporal_error *work(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)in, (void)out;
    atomic_fetch_add(&begun, 1);
    if (temporal_activity_wait_for_cancelled(attempt, 0.3))
        atomic_fetch_add(&disturbed, 1);
    return TEMPORAL_OK;
}

typedef struct waiting {
    bool called;
} waiting;

TEMPORAL_SIGNAL_DEFINE(patient, waiting, call)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(patient, waiting, &patient_call_handler)

temporal_error *patient_call(temporal_workflow *run, waiting *self, temporal_none in)
{
    (void)run, (void)in;
    self->called = true;
    return TEMPORAL_OK;
}

temporal_error *patient(temporal_workflow *run, waiting *self, temporal_none in, temporal_none *out)
{
    think();
    TEMPORAL_WAIT_UNTIL(run, self->called);
    return temporal_execute_local_activity(run, work, in, out, .start_to_close_timeout = 100);
}

static temporal_worker *new_worker(const char *queue)
{
    temporal_worker *worker = NULL;

    assert_ok(temporal_worker_new(
        &worker, .task_queue = queue,
        .workflows = TEMPORAL_WORKFLOWS(&ponder_workflow, &reply_workflow, &patient_workflow),
        .threads.activities = TEMPORAL_ACTIVITIES(&word_activity, &work_activity),
        .workflow_threads = 1, .deadlock_timeout = -1, .sticky_timeout = 1));
    return worker;
}

/* The program that thinks for too long. */
static int worker_program(const char *address, const char *queue)
{
    temporal_client *own = NULL;
    temporal_worker *worker;
    temporal_error *error;

    setvbuf(stdout, NULL, _IOLBF, 0);
    in_program = true;
    atomic_store(&thinking, true);
    worker = new_worker(queue);
    assert_ok(temporal_client_connect(&own, address));
    error = temporal_worker_run(worker, own);
    temporal_worker_free(worker);
    temporal_client_free(own);
    return temporal_error_report(error);
}

/* --- the tests ---------------------------------------------------------------------------- */

static temporal_handle *begin(const char *queue, bool locally)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, ponder, locally, &handle, .id = test_unique("ponder"),
                                      .task_queue = queue, .task_timeout = 1));
    return handle;
}

static void expect_result(temporal_handle *handle, bool locally)
{
    temporal_string text;

    assert_ok(temporal_get_result(handle, ponder, &text));
    assert_string_equal(text, locally ? "one.two.three." : "one.two.");
    assert_int_equal(fixture_count_events(handle, EVENT_ACTIVITY_SCHEDULED), 2);
    assert_int_equal(fixture_count_events(handle, EVENT_ACTIVITY_COMPLETED), 2);
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), locally);
    assert_true(fixture_count_events(handle, EVENT_TASK_TIMED_OUT) > 0);
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
}

static void expect_reply(const char *queue)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    assert_ok(temporal_execute_workflow(client, reply, "well", &handle, &text,
                                        .id = test_unique("reply"), .task_queue = queue));
    assert_string_equal(text, "well!");
    temporal_handle_free(handle);
}

/* It has the task again while it still works on it: the same thread's next one. */
static void expect_again(bool locally)
{
    const char *queue = test_unique("late");
    temporal_worker *worker = new_worker(queue);
    temporal_handle *handle;

    atomic_store(&thinking, true);
    atomic_store(&thinks, false);
    atomic_store(&enough, false);
    assert_ok(temporal_worker_start(worker, client));
    handle = begin(queue, locally);
    test_wait_for(atomic_load(&thinks));
    fixture_wait_for_event(handle, EVENT_TASK_TIMED_OUT);
    atomic_store(&enough, true);
    expect_result(handle, locally);
    expect_reply(queue);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

static void F15_a_task_that_is_late_comes_again_to_the_same_worker(void **state)
{
    (void)state;
    expect_again(false);
}

static void F15_a_task_that_is_late_and_runs_local_activities_comes_again(void **state)
{
    (void)state;
    expect_again(true);
}

/* A signal came meanwhile: what the next task begins because of it is none of the late one's. */
static void F15_a_late_answer_leaves_the_next_task_alone(void **state)
{
    const char *queue = test_unique("late");
    temporal_worker *worker = new_worker(queue);
    temporal_handle *handle = NULL;

    (void)state;
    atomic_store(&thinking, true);
    atomic_store(&thinks, false);
    atomic_store(&enough, false);
    assert_ok(temporal_worker_start(worker, client));
    assert_ok(temporal_start_workflow(client, patient, TEMPORAL_NONE, &handle,
                                      .id = test_unique("patient"), .task_queue = queue,
                                      .task_timeout = 1));
    test_wait_for(atomic_load(&thinks));
    assert_ok(temporal_signal(handle, patient, call, TEMPORAL_NONE));
    fixture_wait_for_event(handle, EVENT_TASK_TIMED_OUT);
    atomic_store(&enough, true);
    assert_ok(temporal_handle_result(handle, NULL, NULL));
    assert_int_equal(atomic_load(&begun), 1);
    assert_int_equal(atomic_load(&disturbed), 0);
    temporal_handle_free(handle);
    test_worker_stop(worker);
}

/* The run has ended by the time of the late answer. */
static void F15_a_task_that_is_late_is_done_by_another_worker(void **state)
{
    const char *queue = test_unique("late");
    test_process *program =
        test_process_run(test_program_path(), "worker", test_server_address(), queue);
    temporal_handle *handle = begin(queue, true);
    temporal_worker *worker;
    size_t events;
    int before;

    (void)state;
    test_process_expect(program, "thinks");
    fixture_wait_for_event(handle, EVENT_TASK_TIMED_OUT);
    before = atomic_load(&words);
    worker = new_worker(queue);
    assert_ok(temporal_worker_start(worker, client));
    expect_result(handle, true);
    assert_true(atomic_load(&words) > before);
    test_worker_stop(worker);

    events = (size_t)test_describe(handle)->history_length;
    test_process_write(program, "enough");
    expect_reply(queue); /* of the same thread, behind the late answer */
    expect_result(handle, true);
    assert_int_equal(test_describe(handle)->history_length, events);
    temporal_handle_free(handle);
    test_process_signal(program, SIGTERM);
    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F15_a_task_that_is_late_comes_again_to_the_same_worker),
        cmocka_unit_test(F15_a_task_that_is_late_and_runs_local_activities_comes_again),
        cmocka_unit_test(F15_a_late_answer_leaves_the_next_task_alone),
        cmocka_unit_test(F15_a_task_that_is_late_is_done_by_another_worker),
    };

    if (argc == 4)
        return worker_program(argv[2], argv[3]);
    return fixture_run(tests, fixture_connect, fixture_close);
}
