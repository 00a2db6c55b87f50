/* SPDX-License-Identifier: MIT */
/* test_workflow_threads.c -- several threads for workflows: how many, side by side, and each run on
 * one of them: F15. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/end_to_end/fixture.h"

enum {
    THREADS = 2,
    RUNS = 24,
    STEPS = 4,
    DEFAULT_MOST = 4
};

static atomic_int inside; /* who stands at the gate */
static sem_t gate;

TEMPORAL_WORKFLOW(meets, temporal_none, temporal_none)
TEMPORAL_WORKFLOW(stays, temporal_none, temporal_int)

/* What no workflow may do: the test wants its thread held. */
TEMPORAL_WORKFLOW_DEFINE(meets)
temporal_error *meets(temporal_workflow *run, temporal_none in, temporal_none *out)
{
    (void)run, (void)in, (void)out;
    atomic_fetch_add(&inside, 1);
    while (sem_wait(&gate) != 0 && errno == EINTR)
        ;
    return TEMPORAL_OK;
}

/* A number for the thread that calls: 0, 1, ... */
static temporal_int number_of_thread(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_t known[RUNS];
    static temporal_int count;
    temporal_int at = 0;

    pthread_mutex_lock(&mutex);
    while (at < count && !pthread_equal(known[at], pthread_self()))
        at++;
    if (at == count)
        known[count++] = pthread_self();
    pthread_mutex_unlock(&mutex);
    return at;
}

/* Which thread did its tasks; -1: several. */
TEMPORAL_WORKFLOW_DEFINE(stays)
temporal_error *stays(temporal_workflow *run, temporal_none in, temporal_int *out)
{
    (void)in;
    *out = number_of_thread();
    for (int step = 0; step < STEPS; step++) {
        TEMPORAL_TRY(temporal_workflow_sleep(run, TEMPORAL_MILLISECOND));
        if (*out != number_of_thread())
            *out = -1;
    }
    return TEMPORAL_OK;
}

static temporal_worker *start_worker(const char *queue, unsigned threads)
{
    return test_worker_start(client, .task_queue = queue, .deadlock_timeout = -1,
                             .workflow_threads = threads,
                             .workflows = TEMPORAL_WORKFLOWS(&meets_workflow, &stays_workflow));
}

static void F15_as_many_tasks_are_done_at_once_as_there_are_threads(void **state)
{
    const char *queue = test_unique("threads");
    temporal_handle *handles[RUNS] = { 0 };
    temporal_worker *worker;

    (void)state;
    sem_init(&gate, 0, 0);
    for (int i = 0; i < RUNS; i++)
        assert_ok(temporal_start_workflow(client, meets, TEMPORAL_NONE, &handles[i],
                                          .id = test_unique("meets"), .task_queue = queue,
                                          .task_timeout = 60));
    worker = start_worker(queue, THREADS);
    test_wait_for(atomic_load(&inside) == THREADS); /* more cannot be: each holds one */
    for (int i = 0; i < RUNS; i++)
        sem_post(&gate);
    for (int i = 0; i < RUNS; i++) {
        assert_ok(temporal_get_result(handles[i], meets, NULL));
        temporal_handle_free(handles[i]);
    }
    assert_int_equal(atomic_load(&inside), RUNS);
    test_worker_stop(worker);
}

static void F15_a_run_stays_on_its_thread_and_others_are_on_others(void **state)
{
    const char *queue = test_unique("threads");
    temporal_worker *worker = start_worker(queue, THREADS);
    temporal_handle *handles[RUNS] = { 0 };
    temporal_int lowest = RUNS, highest = -1;

    (void)state;
    for (int i = 0; i < RUNS; i++)
        assert_ok(temporal_start_workflow(client, stays, TEMPORAL_NONE, &handles[i],
                                          .id = test_unique("stays"), .task_queue = queue));
    for (int i = 0; i < RUNS; i++) {
        temporal_int thread = -1;

        assert_ok(temporal_get_result(handles[i], stays, &thread));
        assert_true(thread >= 0);
        lowest = thread < lowest ? thread : lowest;
        highest = thread > highest ? thread : highest;
        temporal_handle_free(handles[i]);
    }
    assert_true(lowest < highest);
    assert_true(highest - lowest < THREADS);
    test_worker_stop(worker);
}

static size_t threads_of(unsigned workflow_threads)
{
    const size_t before = test_count_threads();
    temporal_worker *worker = start_worker(test_unique("threads"), workflow_threads);
    const size_t with = test_count_threads();

    test_worker_stop(worker);
    test_wait_for(test_count_threads() == before);
    return with - before;
}

static void F15_there_is_a_thread_for_each_processor_but_at_most_four(void **state)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t one = threads_of(1);

    (void)state;
    assert_int_equal(threads_of(3), one + 2);
    assert_int_equal(threads_of(0),
                     one - 1 + (size_t)(processors > DEFAULT_MOST ? DEFAULT_MOST : processors));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F15_as_many_tasks_are_done_at_once_as_there_are_threads),
        cmocka_unit_test(F15_a_run_stays_on_its_thread_and_others_are_on_others),
        cmocka_unit_test(F15_there_is_a_thread_for_each_processor_but_at_most_four),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
