/* SPDX-License-Identifier: MIT */
/* test_deadlock.c -- workflow code that does not give its thread back: F15. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "converter/failure.h"
#include "tests/end_to_end/fixture.h"

TEMPORAL_WORKFLOW(blocks, temporal_none, temporal_int)
TEMPORAL_WORKFLOW(behaves, temporal_int, temporal_int)

static sem_t door;
static atomic_bool shut;
static atomic_int waiting; /* who stands before the door */

static __attribute__((noinline)) int stand_before_the_door(void)
{
    int result;

    atomic_fetch_add(&waiting, 1);
    do
        result = sem_wait(&door);
    while (result != 0 && errno == EINTR);
    atomic_fetch_sub(&waiting, 1);
    return result;
}

/* What no workflow may do. */
TEMPORAL_WORKFLOW_DEFINE(blocks)
temporal_error *blocks(temporal_workflow *run, temporal_none in, temporal_int *out)
{
    (void)run, (void)in;
    *out = 7;
    if (atomic_load(&shut))
        *out += stand_before_the_door();
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(behaves)
temporal_error *behaves(temporal_workflow *run, temporal_int in, temporal_int *out)
{
    TEMPORAL_TRY(temporal_workflow_sleep(run, TEMPORAL_MILLISECOND));
    *out = 2 * in;
    return TEMPORAL_OK;
}

/* --- what is logged -------------------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char loudest[16 * 1024]; /* the last record at ERROR */
static atomic_int came_back;

static void listen(const temporal_log_record *record, void *data)
{
    (void)data;
    if (strstr(record->message, "has come back"))
        atomic_fetch_add(&came_back, 1);
    if (record->level != TEMPORAL_LOG_ERROR)
        return;
    pthread_mutex_lock(&mutex);
    snprintf(loudest, sizeof loudest, "%s", record->message);
    pthread_mutex_unlock(&mutex);
}

static int set_up(void **state)
{
    (void)state;
    sem_init(&door, 0, 0);
    atomic_store(&shut, true);
    atomic_store(&came_back, 0);
    loudest[0] = 0;
    return 0;
}

static temporal_handle *start_blocking(const char *queue)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, blocks, TEMPORAL_NONE, &handle,
                                      .id = test_unique("blocks"), .task_queue = queue,
                                      .task_timeout = 1));
    return handle;
}

static temporal_worker *start_worker(const char *queue, temporal_seconds limit)
{
    return test_worker_start(client, .task_queue = queue, .workflow_threads = 1,
                             .deadlock_timeout = limit,
                             .workflows = TEMPORAL_WORKFLOWS(&blocks_workflow, &behaves_workflow));
}

/* Its failed task says why, and where. */
static void check_failure(temporal_handle *handle)
{
    Tp__History__History *history = fixture_fetch_history(handle);
    size_t found = 0;

    for (size_t i = 0; i < history->n_events; i++) {
        temporal_error *failure;

        if ((int)history->events[i]->event_type != EVENT_TASK_FAILED)
            continue;
        failure =
            tp_failure_to_error(history->events[i]->workflow_task_failed_event_attributes->failure);
        assert_string_equal(temporal_error_type(failure), "DEADLOCK");
        assert_contains(temporal_error_message(failure), "held its thread for more than 0.2 s");
        assert_contains(temporal_error_stack_trace(failure),
                        "\nstand_before_the_door at tests/end_to_end/test_deadlock.c:");
        assert_contains(temporal_error_stack_trace(failure),
                        "\nblocks_invoke_ at tests/end_to_end/test_deadlock.c:"); /* inlined */
        temporal_error_free(failure);
        found++;
    }
    protobuf_c_message_free_unpacked(&history->base, NULL);
    assert_true(found > 0);
}

static void expect_service(const char *queue)
{
    temporal_handle *handle = NULL;
    temporal_int result = 0;

    assert_ok(temporal_execute_workflow(client, behaves, 21, &handle, &result,
                                        .id = test_unique("behaves"), .task_queue = queue));
    assert_int_equal(result, 42);
    temporal_handle_free(handle);
}

static void F15_code_that_blocks_fails_its_task_and_others_go_on(void **state)
{
    const char *queue = test_unique("deadlock");
    temporal_worker *worker = start_worker(queue, 0.2);
    temporal_handle *handle = start_blocking(queue);
    temporal_int result = 0;

    (void)state;
    fixture_wait_for_event(handle, EVENT_TASK_FAILED);
    assert_int_equal(atomic_load(&waiting), 1); /* it still does */
    check_failure(handle);
    pthread_mutex_lock(&mutex);
    assert_contains(loudest, "a workflow holds its thread");
    assert_contains(loudest, "stand_before_the_door");
    pthread_mutex_unlock(&mutex);
    expect_service(queue);

    /* The same run does not take another thread as long as it holds this one. */
    test_wait_for(fixture_count_events(handle, EVENT_TASK_FAILED) > 0 &&
                  test_describe(handle)->status == TEMPORAL_STATUS_RUNNING);
    expect_service(queue);
    assert_int_equal(atomic_load(&waiting), 1);

    atomic_store(&shut, false);
    sem_post(&door);
    test_wait_for(atomic_load(&came_back) == 1);
    assert_ok(temporal_get_result(handle, blocks, &result));
    assert_int_equal(result, 7);
    test_worker_stop(worker);
    temporal_handle_free(handle);
}

static void F15_a_shutdown_does_not_wait_for_code_that_blocks(void **state)
{
    const char *queue = test_unique("deadlock");
    size_t threads = test_count_threads();
    temporal_worker *worker = start_worker(queue, 0.2);
    temporal_handle *handle = start_blocking(queue);
    temporal_handle *another = NULL;

    (void)state;
    fixture_wait_for_event(handle, EVENT_TASK_FAILED);
    another = start_blocking(queue);
    test_wait_for(atomic_load(&waiting) == 2);
    test_worker_stop(worker); /* one thread is left behind already, the other one meanwhile */
    assert_int_equal(atomic_load(&waiting), 2);
    atomic_store(&shut, false);
    sem_post(&door);
    sem_post(&door);
    test_wait_for(test_count_threads() == threads);
    assert_ok(temporal_handle_terminate(handle, "done", NULL, 0));
    assert_ok(temporal_handle_terminate(another, "done", NULL, 0));
    temporal_handle_free(handle);
    temporal_handle_free(another);
}

static void F15_without_being_told_the_limit_is_two_seconds(void **state)
{
    const char *queue = test_unique("deadlock");
    temporal_worker *worker = start_worker(queue, 0);
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_start_workflow(client, blocks, TEMPORAL_NONE, &handle,
                                      .id = test_unique("blocks"), .task_queue = queue,
                                      .task_timeout = 60));
    fixture_wait_for_event(handle, EVENT_TASK_FAILED);
    assert_contains(fixture_task_failure(handle), "held its thread for more than 2 s");
    expect_service(queue);
    atomic_store(&shut, false);
    sem_post(&door);
    assert_ok(temporal_get_result(handle, blocks, NULL));
    test_worker_stop(worker);
    temporal_handle_free(handle);
}

static void F15_without_a_limit_nobody_looks(void **state)
{
    const char *queue = test_unique("deadlock");
    temporal_worker *worker = test_worker_start(client, .task_queue = queue, .workflow_threads = 1,
                                                .deadlock_timeout = -1,
                                                .workflows = TEMPORAL_WORKFLOWS(&blocks_workflow));
    temporal_handle *handle = start_blocking(queue);
    temporal_int result = 0;

    (void)state;
    /* Its task times out at the server: far later than a look would have failed it. */
    fixture_wait_for_event(handle, EVENT_TASK_TIMED_OUT);
    assert_int_equal(atomic_load(&waiting), 1);
    atomic_store(&shut, false);
    sem_post(&door);
    assert_ok(temporal_get_result(handle, blocks, &result));
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
    test_worker_stop(worker);
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(F15_code_that_blocks_fails_its_task_and_others_go_on, set_up),
        cmocka_unit_test_setup(F15_a_shutdown_does_not_wait_for_code_that_blocks, set_up),
        cmocka_unit_test_setup(F15_without_being_told_the_limit_is_two_seconds, set_up),
        cmocka_unit_test_setup(F15_without_a_limit_nobody_looks, set_up),
    };

    temporal_log_set(TEMPORAL_LOG_INFO, listen, NULL);
    return fixture_run(tests, fixture_connect, fixture_close);
}
