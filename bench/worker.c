/* SPDX-License-Identifier: MIT */
/* bench/worker.c -- the worker of bench/jobs/jobs.h's contracts: worker ADDRESS TASK_QUEUE
 * [async|threads|processes [PROCESSES [GRACE_MS]]]. Prints READY when it runs. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/jobs/jobs.h"

#define NANOSECONDS INT64_C(1000000000)

/* --- activities ------------------------------------------------------------------------------- */

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * NANOSECONDS + now.tv_nsec;
}

TEMPORAL_ACTIVITY_DEFINE(nothing)
temporal_error *nothing(temporal_activity *attempt, temporal_int number, temporal_int *out)
{
    (void)attempt;
    *out = number;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(echo)
temporal_error *echo(temporal_activity *attempt, temporal_string text, temporal_string *out)
{
    (void)attempt;
    *out = text;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(burn)
temporal_error *burn(temporal_activity *attempt, temporal_int microseconds, temporal_int *out)
{
    int64_t end = read_clock(CLOCK_THREAD_CPUTIME_ID) + microseconds * 1000;
    uint64_t x = 1;

    (void)attempt;
    while (read_clock(CLOCK_THREAD_CPUTIME_ID) < end)
        for (int i = 0; i < 1000; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
    *out = x != 0;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(beat)
temporal_error *beat(temporal_activity *attempt, temporal_int count, temporal_double *nanoseconds)
{
    int64_t begun = read_clock(CLOCK_MONOTONIC);

    for (temporal_int i = 0; i < count; i++)
        TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_int, i));
    *nanoseconds = (double)(read_clock(CLOCK_MONOTONIC) - begun) / (double)(count ? count : 1);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(until_cancelled)
temporal_error *until_cancelled(temporal_activity *attempt, temporal_none none, temporal_int *when)
{
    temporal_int beats = 0;

    (void)none;
    do {
        beats++;
        TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_int, beats));
    } while (!temporal_activity_wait_for_cancelled(attempt, 0.01));
    *when = read_clock(CLOCK_REALTIME);
    return TEMPORAL_OK;
}

/* Deaf to every wish to stop, as code is that was not written for a worker. */
TEMPORAL_ACTIVITY_DEFINE(linger)
temporal_error *linger(temporal_activity *attempt, temporal_int milliseconds, temporal_int *number)
{
    int64_t end = read_clock(CLOCK_MONOTONIC) + milliseconds * (NANOSECONDS / 1000), left;

    while ((left = end - read_clock(CLOCK_MONOTONIC)) > 0)
        nanosleep(&(struct timespec){ .tv_sec = left / NANOSECONDS, .tv_nsec = left % NANOSECONDS },
                  NULL);
    *number = temporal_activity_get_info(attempt)->attempt;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(crash)
temporal_error *crash(temporal_activity *attempt, temporal_none none, temporal_int *number)
{
    (void)none;
    *number = temporal_activity_get_info(attempt)->attempt;
    if (*number == 1)
        raise(SIGKILL);
    return TEMPORAL_OK;
}

/* --- the worker ------------------------------------------------------------------------------- */

static const temporal_activity_def *const activities[] = {
    &nothing_activity,         &echo_activity,   &burn_activity,  &beat_activity,
    &until_cancelled_activity, &linger_activity, &crash_activity, NULL
};

static temporal_error *make(temporal_worker **worker, const char *task_queue, const char *mode,
                            uint32_t processes, double grace)
{
    temporal_worker_options options = {
        .struct_size = sizeof options,
        .task_queue = task_queue,
        .workflows =
            TEMPORAL_WORKFLOWS(&noop_workflow, &waiting_workflow, &sequence_workflow,
                               &fanout_workflow, &burning_workflow, &beating_workflow,
                               &cancelling_workflow, &lingering_workflow, &crashing_workflow),
        .max_cached_workflows = 10000,
        .graceful_shutdown_timeout = grace,
    };

    if (strcmp(mode, "processes") == 0)
        options.processes = (temporal_process_executor){ .activities = activities,
                                                         .concurrency = processes,
                                                         .rules = { .cancel_grace = grace,
                                                                    .terminate_grace = grace } };
    else if (strcmp(mode, "threads") == 0)
        options.threads =
            (temporal_thread_executor){ .activities = activities, .concurrency = 100 };
    else
        options.async = (temporal_async_executor){ .activities = activities };
    return temporal_worker_new_with(worker, &options);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 3 ? argv[3] : "async";
    uint32_t processes = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 4;
    double grace = argc > 5 ? strtod(argv[5], NULL) / 1000 : 0;
    temporal_worker *worker = NULL;
    temporal_client *client = NULL;
    temporal_error *error;

    if (argc < 3) {
        fprintf(stderr, "usage: worker ADDRESS TASK_QUEUE [async|threads|processes "
                        "[PROCESSES [GRACE_MS]]]\n");
        return EXIT_FAILURE;
    }
    error = make(&worker, argv[2], mode, processes, grace);
    if (!error)
        error = temporal_client_connect(&client, argv[1]);
    if (!error) {
        puts("READY");
        fflush(stdout);
        error = temporal_worker_run(worker, client);
    }
    temporal_worker_free(worker);
    temporal_client_free(client);
    return temporal_error_report(error);
}
