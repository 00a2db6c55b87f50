/* SPDX-License-Identifier: MIT */
/* test_batch_torture.c -- 2,000 activities on a server while their processes die all the time: each
 * result is right, and all of them come. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/end_to_end/fixture.h"

enum {
    WORKFLOWS = 10,
    EACH = 200, /* activities */
    PROCESSES = 4,
    DEADLY = 6 /* one attempt of so many kills its process */
};

static unsigned mix(unsigned number)
{
    number = (number ^ number >> 16) * 0x7feb352du;
    number = (number ^ number >> 15) * 0x846ca68bu;
    return number ^ number >> 16;
}

static temporal_int value_of(temporal_int number)
{
    return mix((unsigned)number) % 1000003;
}

TEMPORAL_ACTIVITY(compute, temporal_int, temporal_int)
TEMPORAL_ACTIVITY_DEFINE(compute)
temporal_error *compute(temporal_activity *activity, temporal_int number, temporal_int *value)
{
    int attempt = (int)temporal_activity_get_info(activity)->attempt;

    if (mix((unsigned)(number * 64 + attempt)) % DEADLY == 0)
        kill(getpid(), SIGKILL);
    *value = value_of(number);
    return TEMPORAL_OK;
}

/* Computes the values of EACH numbers, at the same time; answers with their sum. */
TEMPORAL_WORKFLOW(batch, temporal_int, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(batch)
temporal_error *batch(temporal_workflow *run, temporal_int first, temporal_int *sum)
{
    const temporal_retry_policy at_once = { .initial_interval = 0.01, .backoff_coefficient = 1 };
    temporal_future **futures = temporal_workflow_alloc(run, EACH * sizeof(*futures));

    for (temporal_int i = 0; i < EACH; i++)
        futures[i] = temporal_start_activity(run, compute, first + i, .start_to_close_timeout = 120,
                                             .retry = &at_once);
    *sum = 0;
    for (temporal_int i = 0; i < EACH; i++) {
        temporal_int value = 0;

        TEMPORAL_TRY(temporal_await_activity(run, compute, futures[i], &value));
        if (value != value_of(first + i))
            return temporal_error_application("Wrong", "the value of %lld is not %lld",
                                              (long long)(first + i), (long long)value);
        *sum += value;
    }
    return TEMPORAL_OK;
}

/* --- the killer ------------------------------------------------------------------------------- */

static temporal_worker *worker;
static _Atomic bool over;
static size_t kills;

/* Those that run an attempt, as many as it finds; how many that are, nothing depends on. */
static void *kill_at_random(void *data)
{
    unsigned seed = 20261123;

    (void)data;
    while (!over) {
        temporal_process_status status[PROCESSES];
        const temporal_process_status *victim = &status[rand_r(&seed) % PROCESSES];

        (void)temporal_worker_process_status(worker, status, PROCESSES);
        if (victim->pid > 0 && victim->busy)
            kills += kill(victim->pid, SIGKILL) == 0;
        test_pause();
    }
    return NULL;
}

static void a_batch_completes_though_its_processes_die_all_the_time(void **state)
{
    const char *queue = test_unique("batch");
    temporal_handle *handles[WORKFLOWS] = { 0 };
    temporal_process_status status[PROCESSES];
    uint64_t crashes = 0;
    pthread_t killer;

    (void)state;
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL); /* thousands of warnings */
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&batch_workflow),
                               .processes = { .activities = TEMPORAL_ACTIVITIES(&compute_activity),
                                              .concurrency = PROCESSES });
    assert_int_equal(pthread_create(&killer, NULL, kill_at_random, NULL), 0);
    for (int i = 0; i < WORKFLOWS; i++)
        assert_ok(temporal_start_workflow(client, batch, i * EACH, &handles[i],
                                          .id = test_unique("batch"), .task_queue = queue));
    for (int i = 0; i < WORKFLOWS; i++) {
        temporal_int sum = 0, expected = 0;

        for (temporal_int number = i * EACH; number < (i + 1) * EACH; number++)
            expected += value_of(number);
        assert_ok(temporal_get_result(handles[i], batch, &sum));
        assert_int_equal(sum, expected);
        temporal_handle_free(handles[i]);
    }
    over = true;
    pthread_join(killer, NULL);
    assert_int_equal(temporal_worker_process_status(worker, status, PROCESSES), PROCESSES);
    for (int i = 0; i < PROCESSES; i++)
        crashes += status[i].crashes;
    print_message("    %llu processes died, %zu of them were killed from outside\n",
                  (unsigned long long)crashes, kills);
    assert_true(crashes >= WORKFLOWS * EACH / DEADLY / 2);
    test_worker_stop(worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_completes_though_its_processes_die_all_the_time),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
