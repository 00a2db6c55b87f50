/* SPDX-License-Identifier: MIT */
/* bench/pool_growth.c -- how the process pool uses the processors, and what more processes cost,
 * without a server: prints one line of JSON.
 *
 * Tasks of 5 ms of CPU time on one process for each processor: the ideal wall time over the real
 * one, and that of bare processes which do the same work over it. Then no-op tasks on 1 to 32
 * processes, always as many at once as keep each one supplied. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <temporal/temporal.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/waiter.h"
#include "converter/payload.h"
#include "executor/executors.h"

#define WORK_US     5000
#define WORK_TASKS  800
#define NOOP_TASKS  40000
#define WARM_TASKS  500
#define ROUNDS      5
#define AHEAD       2 /* at once for each process */
#define AT_ONCE_MAX 64

TEMPORAL_ACTIVITY(work, temporal_int, temporal_int) /* so many us of CPU time */

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * TP_NANOSECONDS + now.tv_nsec;
}

static void burn(temporal_int microseconds)
{
    int64_t end = read_clock(CLOCK_THREAD_CPUTIME_ID) + microseconds * 1000;
    volatile uint64_t x = 1;

    while (microseconds > 0 && read_clock(CLOCK_THREAD_CPUTIME_ID) < end)
        for (int i = 0; i < 1000; i++)
            x = x * 3 + 1;
}

TEMPORAL_ACTIVITY_DEFINE(work)
temporal_error *work(temporal_activity *attempt, temporal_int microseconds, temporal_int *out)
{
    (void)attempt;
    burn(microseconds);
    *out = 1;
    return TEMPORAL_OK;
}

/* --- a pool, and many tasks on it ------------------------------------------------------------- */

struct pool {
    tp_loop *loop;
    tp_executor *executor;
    temporal_error *error;
    size_t left, running, at_once;
    tp_buffer input;
    tp_waiter over;
    tp_attempt attempts[AT_ONCE_MAX];
};

static struct pool pool;

static void on_done(tp_attempt *attempt, const tp_outcome *outcome);
static void on_beat(tp_attempt *attempt)
{
    (void)attempt;
}

static const tp_attempt_events events = { .beat = on_beat, .done = on_done };

static void begin(tp_attempt *attempt)
{
    pool.left--;
    pool.running++;
    *attempt = (tp_attempt){ .events = &events };
    attempt->task = (tp_task){ .def = &work_activity,
                               .activity_id = "17",
                               .activity_type = work_activity.name,
                               .task_queue = "bench",
                               .workflow_id = "4f0a0b3e-3c1c-4f43-a9b5-0d5a2b6a7c11",
                               .workflow_run_id = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
                               .workflow_type = "bench",
                               .workflow_namespace = "default",
                               .attempt = 1,
                               .start_to_close_timeout = 60,
                               .input = tp_buffer_bytes(&pool.input) };
    tp_executor_submit(pool.executor, attempt);
}

static void on_done(tp_attempt *attempt, const tp_outcome *outcome)
{
    if (outcome->kind != TP_OUTCOME_COMPLETED) {
        fprintf(stderr, "pool_growth: a task ended as %d\n", (int)outcome->kind);
        exit(EXIT_FAILURE);
    }
    pool.running--;
    if (pool.left > 0)
        begin(attempt);
    else if (pool.running == 0)
        tp_waiter_wake(&pool.over);
}

static void begin_all(void *data)
{
    (void)data;
    for (size_t i = 0; i < pool.at_once && pool.left > 0; i++)
        begin(&pool.attempts[i]);
}

/* Seconds that it took. */
static double run(size_t count, size_t processes, temporal_int microseconds)
{
    int64_t begun;

    pool.left = count;
    pool.at_once = processes * AHEAD < AT_ONCE_MAX ? processes * AHEAD : AT_ONCE_MAX;
    temporal_error_free(tp_payloads_encode(
        &pool.input, &(const temporal_argument){ temporal_int_type(), &microseconds }, 1));
    tp_waiter_init(&pool.over);
    begun = tp_clock_monotonic();
    tp_loop_post(pool.loop, begin_all, NULL);
    tp_waiter_wait(&pool.over);
    tp_waiter_done(&pool.over);
    tp_buffer_done(&pool.input);
    return (double)(tp_clock_monotonic() - begun) / (double)TP_NANOSECONDS;
}

static void start(void *data)
{
    (void)data;
    pool.error = tp_executor_start(pool.executor, pool.loop);
}

static void stopped(void *data)
{
    (void)data;
    tp_waiter_wake(&pool.over);
}

static void stop(void *data)
{
    (void)data;
    tp_executor_stop(pool.executor, stopped, NULL);
}

static void open_pool(size_t processes)
{
    static const temporal_activity_def *const activities[] = { &work_activity, NULL };
    temporal_error *error = tp_process_executor_new(
        &pool.executor, &(temporal_process_executor){ .activities = activities,
                                                      .concurrency = (uint32_t)processes });

    if (!error)
        error = tp_loop_new(&pool.loop, "worker");
    if (!error) {
        tp_loop_call(pool.loop, start, NULL);
        error = pool.error;
    }
    if (error)
        exit(temporal_error_report(error));
    run(WARM_TASKS, processes, 0);
}

static void close_pool(void)
{
    tp_waiter_init(&pool.over);
    tp_loop_post(pool.loop, stop, NULL);
    tp_waiter_wait(&pool.over);
    tp_waiter_done(&pool.over);
    tp_executor_free(pool.executor);
    tp_loop_free(pool.loop);
}

/* --- what is measured ------------------------------------------------------------------------- */

/* Seconds that bare processes take for the same work, without a pool: what others take of the
 * processors, they take from these as well. */
static double run_bare(size_t processes)
{
    int64_t begun = tp_clock_monotonic();
    pid_t pids[CPU_SETSIZE];

    for (size_t i = 0; i < processes; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            for (size_t j = 0; j < WORK_TASKS / processes; j++)
                burn(WORK_US);
            _exit(EXIT_SUCCESS);
        }
        if (pids[i] < 0) {
            perror("pool_growth: fork");
            exit(EXIT_FAILURE);
        }
    }
    for (size_t i = 0; i < processes; i++)
        (void)waitpid(pids[i], NULL, 0);
    return (double)(tp_clock_monotonic() - begun) / (double)TP_NANOSECONDS;
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;

    return (a > b) - (a < b);
}

/* In turn, so that both find the same machine. Before there is a pool no other thread runs, and
 * while there is one, nothing is forked. */
static void measure_efficiency(void)
{
    cpu_set_t set;
    size_t processors = sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
    double of_ideal[ROUNDS], of_bare[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        double ideal = WORK_TASKS * (WORK_US / 1e6) / (double)processors;
        double bare = run_bare(processors), real;

        open_pool(processors);
        real = run(WORK_TASKS, processors, WORK_US);
        close_pool();
        of_ideal[i] = ideal / real;
        of_bare[i] = bare / real;
    }
    qsort(of_ideal, ROUNDS, sizeof(double), compare);
    qsort(of_bare, ROUNDS, sizeof(double), compare);
    printf("{\"efficiency_5ms\":%.4f,\"efficiency_5ms_of_bare\":%.4f", of_ideal[ROUNDS / 2],
           of_bare[ROUNDS / 2]);
}

/* CPU of this process: that of the activities' own is bench/pool.c's matter. */
static void measure_growth(size_t processes)
{
    double cpu, wall;

    open_pool(processes);
    cpu = (double)read_clock(CLOCK_PROCESS_CPUTIME_ID);
    wall = run(NOOP_TASKS, processes, 0);
    cpu = (double)read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    close_pool();
    printf(",\"tasks_per_s_%zu\":%.0f,\"worker_cpu_us_%zu\":%.2f", processes, NOOP_TASKS / wall,
           processes, cpu / NOOP_TASKS / 1e3);
}

int main(void)
{
    static const size_t sizes[] = { 1, 2, 4, 8, 32 };

    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    measure_efficiency();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        measure_growth(sizes[i]);
    printf("}\n");
    return EXIT_SUCCESS;
}
