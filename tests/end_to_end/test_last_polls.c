/* SPDX-License-Identifier: MIT */
/* test_last_polls.c -- what a server hands out in the moment in which a worker shuts down is not
 * lost, where the server ends the worker's polls itself: W3. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/end_to_end/fixture.h"

enum {
    SHUTDOWNS = 12,
    STREAMS = 3,       /* threads that start runs, one after the other */
    MAX_RUNS = 2000,   /* more than are started meanwhile */
    START_TO_CLOSE = 1 /* the wire's number of a timeout */
};

TEMPORAL_ACTIVITY(note_down, temporal_int, temporal_int)
TEMPORAL_WORKFLOW(two_notes, temporal_int, temporal_int)

static atomic_int attempts; /* by whichever worker */

TEMPORAL_ACTIVITY_DEFINE(note_down)
temporal_error *note_down(temporal_activity *attempt, temporal_int number, temporal_int *same)
{
    (void)attempt;
    atomic_fetch_add(&attempts, 1);
    *same = number;
    return TEMPORAL_OK;
}

/* There is one attempt, which comes by a poll: if it is lost on its way, the run fails. */
static temporal_error *note_once(temporal_workflow *run, temporal_int number, temporal_int *same)
{
    return temporal_execute_activity(
        run, note_down, number, same, .start_to_close_timeout = 20, .disable_eager_execution = true,
        .retry = &(const temporal_retry_policy){ .maximum_attempts = 1 });
}

TEMPORAL_WORKFLOW_DEFINE(two_notes)
temporal_error *two_notes(temporal_workflow *run, temporal_int number, temporal_int *same)
{
    TEMPORAL_TRY(note_once(run, number, same));
    return note_once(run, number, same);
}

/* A queue of one partition: what another partition has passed on to the first one gets lost within
 * the server when it ends the poll in the moment in which there is a task for it. */
static const char *const settings[] = { "frontend.enableCancelWorkerPollsOnShutdown=true",
                                        "matching.numTaskqueueReadPartitions=1",
                                        "matching.numTaskqueueWritePartitions=1", NULL };

static test_dev_server *server;
static temporal_client *own;

static int open_server(void **state)
{
    (void)state;
    server = test_dev_server_start_with(settings);
    own = test_connect_to(test_dev_server_address(server));
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    temporal_client_free(own);
    test_dev_server_free(server);
    return 0;
}

static temporal_worker *start_worker(temporal_client *of, temporal_seconds grace)
{
    return test_worker_start(of, .task_queue = "notes",
                             .workflows = TEMPORAL_WORKFLOWS(&two_notes_workflow),
                             .async.activities = TEMPORAL_ACTIVITIES(&note_down_activity),
                             .graceful_shutdown_timeout = grace);
}

/* --- a stream of runs ------------------------------------------------------------------------- */

static temporal_handle *runs[MAX_RUNS];
static atomic_int run_count;
static atomic_bool enough;

static void *stream(void *unused)
{
    (void)unused;
    while (!atomic_load(&enough)) {
        const int number = atomic_fetch_add(&run_count, 1);
        temporal_int same = -1;

        assert_true(number < MAX_RUNS);
        assert_ok(temporal_start_workflow(own, two_notes, number, &runs[number],
                                          .id = test_unique("notes"), .task_queue = "notes"));
        assert_ok(temporal_get_result(runs[number], two_notes, &same));
        assert_int_equal(same, number);
    }
    return NULL;
}

/* Workflow tasks of the queue that were handed to a worker and not answered. Those of a sticky
 * queue do not count: the server closes it, and promises nothing about what it was just handing
 * out. */
static size_t count_lost_tasks(temporal_handle *handle)
{
    Tp__History__History *history = fixture_fetch_history(handle);
    size_t count = 0;

    for (size_t i = 0; i < history->n_events; i++) {
        const Tp__History__HistoryEvent *event = history->events[i], *scheduled;

        if ((int)event->event_type != EVENT_TASK_TIMED_OUT)
            continue;
        scheduled =
            history
                ->events[event->workflow_task_timed_out_event_attributes->scheduled_event_id - 1];
        count +=
            (int)event->workflow_task_timed_out_event_attributes->timeout_type == START_TO_CLOSE &&
            scheduled->workflow_task_scheduled_event_attributes->task_queue->kind ==
                TP__ENUMS__TASK_QUEUE_KIND__TASK_QUEUE_KIND_NORMAL;
    }
    protobuf_c_message_free_unpacked(&history->base, NULL);
    return count;
}

/* One worker stays, the other one comes and goes while tasks are handed out to both. */
static void lose_nothing(temporal_seconds grace)
{
    temporal_worker *staying = start_worker(own, TEST_PATIENCE);
    pthread_t streams[STREAMS];

    atomic_store(&enough, false);
    atomic_store(&run_count, 0);
    for (int i = 0; i < STREAMS; i++)
        assert_int_equal(pthread_create(&streams[i], NULL, stream, NULL), 0);
    for (int i = 0; i < SHUTDOWNS; i++) {
        temporal_worker *going = start_worker(own, grace);
        const int before = atomic_load(&attempts);

        test_wait_for(atomic_load(&attempts) > before + 4 * STREAMS);
        test_worker_stop(going);
    }
    atomic_store(&enough, true);
    for (int i = 0; i < STREAMS; i++)
        pthread_join(streams[i], NULL);
    for (int i = 0; i < atomic_load(&run_count); i++) {
        assert_int_equal(count_lost_tasks(runs[i]), 0);
        temporal_handle_free(runs[i]);
    }
    test_worker_stop(staying);
}

static void W3_tasks_that_are_handed_out_during_a_shutdown_are_not_lost(void **state)
{
    (void)state;
    lose_nothing(TEST_PATIENCE);
}

/* --- servers that do not answer --------------------------------------------------------------- */

/* Else a worker would wait for the end of its polls, a minute. */
static void W3_a_worker_ends_soon_when_its_server_does_not_answer(void **state)
{
    test_dev_server *frozen = test_dev_server_start_with(settings);
    temporal_client *to_frozen = test_connect_to(test_dev_server_address(frozen));
    temporal_worker *worker = start_worker(to_frozen, TEST_PATIENCE);
    temporal_handle *handle = NULL;
    temporal_int same = 0;

    (void)state;
    assert_ok(temporal_execute_workflow(to_frozen, two_notes, 1, &handle, &same, .id = "first",
                                        .task_queue = "notes"));
    temporal_handle_free(handle);
    test_dev_server_freeze(frozen);
    alarm(TEST_PATIENCE); /* the end of this program, if it does not end */
    test_worker_stop(worker);
    alarm(0);
    temporal_client_free(to_frozen);
    test_dev_server_free(frozen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(W3_tasks_that_are_handed_out_during_a_shutdown_are_not_lost),
        cmocka_unit_test(W3_a_worker_ends_soon_when_its_server_does_not_answer),
    };

    return cmocka_run_group_tests(tests, open_server, close_server);
}
