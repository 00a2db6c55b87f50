/* SPDX-License-Identifier: MIT */
/* bench/pool.c -- what the process pool costs, without a server: prints one line of JSON.
 *
 * It drives the executor as a worker does, on its loop, and the activities use the public calls.
 * What is measured inside an activity comes back as its result. bench/pool_peer.py measures the
 * same of Python's pool, and bench/run-pool puts both side by side. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <temporal/temporal.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/timer.h"
#include "base/waiter.h"
#include "converter/payload.h"
#include "executor/executors.h"

#define PROCESSES      2
#define BATCHES        301  /* of heartbeats, of is_cancelled, ... */
#define CALLS          2000 /* ... each of so many calls */
#define CANCELS        200
#define TRIPS_SMALL    20000
#define TRIPS_LARGE    400
#define TASKS          100000
#define TASKS_AT_ONCE  64
#define CRASHES        40
#define SMALL          100
#define LARGE          ((size_t)1 << 20)
#define NANOSECONDS_US 1e3

/* --- activities ------------------------------------------------------------------------------- */

TEMPORAL_ACTIVITY(echo, temporal_bytes, temporal_bytes)
TEMPORAL_ACTIVITY(beat, temporal_none, temporal_double)
TEMPORAL_ACTIVITY(ask, temporal_none, temporal_double)
TEMPORAL_ACTIVITY(await_cancel, temporal_none, temporal_int)
TEMPORAL_ACTIVITY(crash, temporal_none, temporal_none)

TEMPORAL_ACTIVITY_DEFINE(echo)
temporal_error *echo(temporal_activity *activity, temporal_bytes in, temporal_bytes *out)
{
    (void)activity;
    *out = in;
    return TEMPORAL_OK;
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;

    return (a > b) - (a < b);
}

/* Nanoseconds a call, of the median batch: others use this machine, too. */
static temporal_error *time_calls(temporal_activity *activity,
                                  temporal_error *(*call)(temporal_activity *activity,
                                                          temporal_int number),
                                  temporal_double *nanoseconds)
{
    double batches[BATCHES];

    for (size_t i = 0; i < BATCHES; i++) {
        int64_t begin = tp_clock_monotonic();

        for (temporal_int j = 0; j < CALLS; j++)
            TEMPORAL_TRY(call(activity, j));
        batches[i] = (double)(tp_clock_monotonic() - begin) / CALLS;
    }
    qsort(batches, BATCHES, sizeof batches[0], compare);
    *nanoseconds = batches[BATCHES / 2];
    return TEMPORAL_OK;
}

static temporal_error *call_heartbeat(temporal_activity *activity, temporal_int number)
{
    return temporal_heartbeat(activity, temporal_int, number);
}

static temporal_error *call_is_cancelled(temporal_activity *activity, temporal_int number)
{
    (void)number;
    return temporal_activity_is_cancelled(activity) ? temporal_activity_cancelled(activity) : NULL;
}

TEMPORAL_ACTIVITY_DEFINE(beat)
temporal_error *beat(temporal_activity *activity, temporal_none none, temporal_double *nanoseconds)
{
    (void)none;
    return time_calls(activity, call_heartbeat, nanoseconds);
}

TEMPORAL_ACTIVITY_DEFINE(ask)
temporal_error *ask(temporal_activity *activity, temporal_none none, temporal_double *nanoseconds)
{
    (void)none;
    return time_calls(activity, call_is_cancelled, nanoseconds);
}

/* When it learnt of its cancellation. */
TEMPORAL_ACTIVITY_DEFINE(await_cancel)
temporal_error *await_cancel(temporal_activity *activity, temporal_none none, temporal_int *when)
{
    temporal_int ready = 1;

    (void)none;
    TEMPORAL_TRY(temporal_heartbeat(activity, temporal_int, ready));
    temporal_activity_wait_for_cancelled(activity, 0);
    *when = tp_clock_monotonic();
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(crash)
temporal_error *crash(temporal_activity *activity, temporal_none none, temporal_none *out)
{
    (void)activity, (void)none, (void)out;
    raise(SIGSEGV);
    return TEMPORAL_OK;
}

/* --- one series of attempts
 * ----------------------------------------------------------------------- */

static tp_loop *loop;
static tp_executor *executor;

struct series;

struct job {
    tp_attempt attempt;
    struct series *series;
    int64_t begun, cancelled;
    tp_timer *pause;
};

struct series {
    tp_executor *executor;
    const temporal_activity_def *def;
    tp_buffer input;
    tp_outcome_kind expected;
    size_t left, running;
    double *samples; /* microseconds from submit to done */
    size_t sample_count;
    double result; /* of the last attempt */
    tp_waiter over;
    struct job jobs[TASKS_AT_ONCE];
};

static double decode(tp_bytes body, const temporal_type *type)
{
    union {
        temporal_double number;
        temporal_int whole;
    } value;
    tp_arena arena;

    tp_arena_init(&arena);
    temporal_error_free(tp_payloads_decode(&arena, body, 0, type, &value));
    tp_arena_done(&arena);
    return type->kind == TEMPORAL_KIND_INT ? (double)value.whole : value.number;
}

static const tp_attempt_events events;

static void begin(struct job *job)
{
    struct series *series = job->series;

    series->left--;
    series->running++;
    job->attempt = (tp_attempt){ .events = &events };
    job->attempt.task = (tp_task){ .def = series->def,
                                   .activity_id = "17",
                                   .activity_type = series->def->name,
                                   .task_queue = "bench",
                                   .workflow_id = "4f0a0b3e-3c1c-4f43-a9b5-0d5a2b6a7c11",
                                   .workflow_run_id = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
                                   .workflow_type = "bench",
                                   .workflow_namespace = "default",
                                   .attempt = 1,
                                   .heartbeat_timeout = 30,
                                   .start_to_close_timeout = 60,
                                   .input = tp_buffer_bytes(&series->input) };
    while (series->executor->definitions[job->attempt.task.def_index] != series->def)
        job->attempt.task.def_index++;
    job->begun = tp_clock_monotonic();
    tp_executor_submit(series->executor, &job->attempt);
}

static void cancel(void *data)
{
    struct job *job = data;

    tp_timer_free(job->pause);
    job->cancelled = tp_clock_monotonic();
    tp_attempt_cancel(&job->attempt, TEMPORAL_CANCEL_REQUESTED);
}

/* When the process is sure to sleep. */
static void on_beat(tp_attempt *attempt)
{
    struct job *job = tp_list_entry(attempt, struct job, attempt);

    if (job->series->def != &await_cancel_activity)
        return;
    job->pause = tp_timer_new(loop, cancel, job);
    tp_timer_start(job->pause, 5 * TEMPORAL_MILLISECOND);
}

static void on_done(tp_attempt *attempt, const tp_outcome *outcome)
{
    struct job *job = tp_list_entry(attempt, struct job, attempt);
    struct series *series = job->series;
    double sample = (double)(tp_clock_monotonic() - job->begun);

    if (outcome->kind != series->expected) {
        fprintf(stderr, "pool: activity %s ended as %d and not as %d\n", series->def->name,
                (int)outcome->kind, (int)series->expected);
        exit(1);
    }
    if (series->def == &await_cancel_activity)
        sample = decode(outcome->body, temporal_int_type()) - (double)job->cancelled;
    else if (series->def == &beat_activity || series->def == &ask_activity)
        series->result = decode(outcome->body, temporal_double_type());
    series->samples[series->sample_count++] = sample / NANOSECONDS_US;
    series->running--;
    if (series->left > 0)
        begin(job);
    else if (series->running == 0)
        tp_waiter_wake(&series->over);
}

static const tp_attempt_events events = { .beat = on_beat, .done = on_done };

static void begin_series(void *data)
{
    struct series *series = data;
    size_t width = series->running;

    series->running = 0;
    for (size_t i = 0; i < width; i++)
        begin(&series->jobs[i]);
}

/* Runs count attempts, width at once; answers with the seconds that it took. */
static double run(struct series *series, const temporal_activity_def *def, size_t count,
                  size_t width, const temporal_type *type, const void *input)
{
    int64_t begun;

    *series = (struct series){ .executor = executor, .def = def, .left = count, .running = width };
    for (size_t i = 0; i < width; i++)
        series->jobs[i].series = series;
    series->samples = tp_alloc_array(count, sizeof(double));
    series->expected = def == &crash_activity ? TP_OUTCOME_FAILED : TP_OUTCOME_COMPLETED;
    temporal_error_free(
        tp_payloads_encode(&series->input, &(const temporal_argument){ type, input }, 1));
    tp_waiter_init(&series->over);
    begun = tp_clock_monotonic();
    tp_loop_post(loop, begin_series, series);
    tp_waiter_wait(&series->over);
    tp_waiter_done(&series->over);
    tp_buffer_done(&series->input);
    qsort(series->samples, series->sample_count, sizeof(double), compare);
    return (double)(tp_clock_monotonic() - begun) / (double)TP_NANOSECONDS;
}

static double percentile(const struct series *series, size_t percent)
{
    return series->samples[(series->sample_count - 1) * percent / 100];
}

static void print_percentiles(const char *name, const struct series *series)
{
    printf("\"%s_p50\":%.2f,\"%s_p99\":%.2f,", name, percentile(series, 50), name,
           percentile(series, 99));
}

/* --- what is measured
 * ------------------------------------------------------------------------------ */

static void measure_calls(struct series *series)
{
    run(series, &beat_activity, 1, 1, temporal_none_type(), &TEMPORAL_NONE);
    printf("\"heartbeat_ns\":%.2f,", series->result);
    tp_free(series->samples);
    run(series, &ask_activity, 1, 1, temporal_none_type(), &TEMPORAL_NONE);
    printf("\"is_cancelled_ns\":%.2f,", series->result);
    tp_free(series->samples);
    run(series, &await_cancel_activity, CANCELS, 1, temporal_none_type(), &TEMPORAL_NONE);
    print_percentiles("cancel_to_seen_us", series);
    tp_free(series->samples);
}

static void measure_trips(struct series *series)
{
    temporal_bytes small = { tp_alloc(SMALL), SMALL }, large = { tp_alloc(LARGE), LARGE };
    double seconds;

    run(series, &echo_activity, TRIPS_SMALL, 1, temporal_bytes_type(), &small);
    print_percentiles("noop_100b_us", series);
    tp_free(series->samples);
    run(series, &echo_activity, TRIPS_LARGE, 1, temporal_bytes_type(), &large);
    print_percentiles("noop_1mib_us", series);
    tp_free(series->samples);
    seconds = run(series, &echo_activity, TASKS, TASKS_AT_ONCE, temporal_bytes_type(), &small);
    printf("\"tasks_per_second\":%.0f,", TASKS / seconds);
    tp_free(series->samples);
    tp_free((void *)(uintptr_t)small.data);
    tp_free((void *)(uintptr_t)large.data);
}

/* One that succeeds between two crashes, so that the pool need not take them for a loop. */
static void measure_crashes(struct series *series)
{
    double samples[CRASHES];
    temporal_bytes none = { "", 0 };

    for (size_t i = 0; i < CRASHES; i++) {
        run(series, &crash_activity, 1, 1, temporal_none_type(), &TEMPORAL_NONE);
        samples[i] = series->samples[0];
        tp_free(series->samples);
        for (size_t j = 0; j < PROCESSES; j++) {
            run(series, &echo_activity, 100, PROCESSES, temporal_bytes_type(), &none);
            tp_free(series->samples);
        }
    }
    qsort(samples, CRASHES, sizeof(double), compare);
    printf("\"crash_to_known_us_p50\":%.2f,\"crash_to_known_us_p99\":%.2f,",
           samples[(CRASHES - 1) / 2], samples[(CRASHES - 1) * 99 / 100]);
}

static void ask_status(void *data)
{
    executor->ops->status(executor, data, PROCESSES);
}

/* Of a process that has run one small task and waits for the next. */
static void measure_memory(struct series *series)
{
    temporal_process_status status[PROCESSES];
    temporal_bytes none = { "", 0 };
    char path[64], line[256];
    long kilobytes = 0;
    FILE *file;

    run(series, &echo_activity, 100, PROCESSES, temporal_bytes_type(), &none);
    tp_free(series->samples);
    tp_loop_call(loop, ask_status, status);
    snprintf(path, sizeof path, "/proc/%d/status", (int)status[0].pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        (void)sscanf(line, "VmRSS: %ld kB", &kilobytes);
    if (file)
        fclose(file);
    printf("\"idle_process_rss_kb\":%ld", kilobytes);
}

/* --- the pool
 * --------------------------------------------------------------------------------------- */

static void start(void *data)
{
    *(temporal_error **)data = tp_executor_start(executor, loop);
}

static void stopped(void *data)
{
    tp_waiter_wake(data);
}

static void stop(void *data)
{
    tp_executor_stop(executor, stopped, data);
}

static temporal_error *open_pool(void)
{
    temporal_error *error = NULL;

    TEMPORAL_TRY(tp_process_executor_new(
        &executor, &(temporal_process_executor){ .activities = TEMPORAL_ACTIVITIES(
                                                     &echo_activity, &beat_activity, &ask_activity,
                                                     &await_cancel_activity, &crash_activity),
                                                 .concurrency = PROCESSES }));
    TEMPORAL_TRY(tp_loop_new(&loop, "worker"));
    tp_loop_call(loop, start, &error);
    return error;
}

static void close_pool(void)
{
    tp_waiter over;

    tp_waiter_init(&over);
    tp_loop_post(loop, stop, &over);
    tp_waiter_wait(&over);
    tp_waiter_done(&over);
    tp_executor_free(executor);
    tp_loop_free(loop);
}

int main(void)
{
    static struct series series;
    temporal_error *error = open_pool();

    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    printf("{");
    measure_memory(&series);
    printf(",");
    measure_calls(&series);
    measure_trips(&series);
    measure_crashes(&series);
    printf("\"processes\":%d}\n", PROCESSES);
    close_pool();
    return 0;
}
