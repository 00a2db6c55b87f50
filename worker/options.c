/* SPDX-License-Identifier: MIT */
/* worker/options.c -- the options of a worker: checked, copied, completed. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "worker/worker.h"

#define MAX_WORKFLOW_THREADS 4
#define MAX_POLLERS          100

static void set_default(uint32_t *option, uint32_t value)
{
    if (*option == 0)
        *option = value;
}

static void set_default_time(temporal_seconds *option, temporal_seconds value)
{
    if (*option == 0)
        *option = value;
}

static uint32_t count_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : (uint32_t)count;
}

static void fill_in_defaults(temporal_worker_options *options)
{
    uint32_t processors = count_processors();

    set_default(&options->max_cached_workflows, 1000);
    set_default(&options->max_concurrent_workflow_tasks, 100);
    set_default(&options->max_concurrent_local_activities, 100);
    set_default(&options->workflow_pollers, 5);
    set_default(&options->activity_pollers, 5);
    set_default(&options->workflow_threads,
                processors < MAX_WORKFLOW_THREADS ? processors : MAX_WORKFLOW_THREADS);
    set_default_time(&options->sticky_timeout, 10 * TEMPORAL_SECOND);
    set_default_time(&options->deadlock_timeout, 2 * TEMPORAL_SECOND);
    if (options->deadlock_timeout < 0)
        options->deadlock_timeout = 0; /* from here on: never */
    set_default_time(&options->max_heartbeat_throttle, 60 * TEMPORAL_SECOND);
    set_default_time(&options->default_heartbeat_throttle, 30 * TEMPORAL_SECOND);
}

static temporal_error *check_rate(double rate, const char *name)
{
    if (rate >= 0 && isfinite(rate))
        return TEMPORAL_OK;
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "worker: .%s is %g but must be a finite number of activities, or 0 "
                              "for no limit",
                              name, rate);
}

static temporal_error *check(const temporal_worker_options *options)
{
    if (!options->task_queue || !*options->task_queue)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "worker: .task_queue is required");
    TEMPORAL_TRY(tp_clock_check(options->sticky_timeout, "worker: .sticky_timeout"));
    if (!(options->deadlock_timeout < 0))
        TEMPORAL_TRY(tp_clock_check(options->deadlock_timeout, "worker: .deadlock_timeout"));
    TEMPORAL_TRY(
        tp_clock_check(options->graceful_shutdown_timeout, "worker: .graceful_shutdown_timeout"));
    TEMPORAL_TRY(
        tp_clock_check(options->max_heartbeat_throttle, "worker: .max_heartbeat_throttle"));
    TEMPORAL_TRY(
        tp_clock_check(options->default_heartbeat_throttle, "worker: .default_heartbeat_throttle"));
    if (options->max_concurrent_workflow_tasks == 1)
        return temporal_error_new(
            TEMPORAL_ERROR_INVALID_ARGUMENT,
            "worker: .max_concurrent_workflow_tasks is 1 but must be at least "
            "2: new and cached runs are polled for at the same time");
    TEMPORAL_TRY(check_rate(options->max_activities_per_second, "max_activities_per_second"));
    TEMPORAL_TRY(check_rate(options->max_task_queue_activities_per_second,
                            "max_task_queue_activities_per_second"));
    if (options->workflow_pollers > MAX_POLLERS || options->activity_pollers > MAX_POLLERS)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "worker: at most %d pollers of a kind", MAX_POLLERS);
    return TEMPORAL_OK;
}

/* The lists are the caller's, and may be gone when it returns; what they point to is static. */
static const temporal_activity_def *const *copy_activities(tp_arena *arena,
                                                           const temporal_activity_def *const *list)
{
    size_t count = 0;

    while (list && list[count])
        count++;
    return list ? tp_arena_memdup(arena, list, (count + 1) * sizeof *list) : NULL;
}

static const temporal_workflow_def *const *copy_workflows(tp_arena *arena,
                                                          const temporal_workflow_def *const *list)
{
    size_t count = 0;

    while (list && list[count])
        count++;
    return list ? tp_arena_memdup(arena, list, (count + 1) * sizeof *list) : NULL;
}

temporal_error *tp_worker_set_options(temporal_worker *worker,
                                      const temporal_worker_options *options)
{
    temporal_worker_options *own = &worker->options;
    size_t size = options->struct_size < sizeof *own ? options->struct_size : sizeof *own;

    memcpy(own, options, size);
    own->struct_size = sizeof *own;
    TEMPORAL_TRY(check(own));
    own->task_queue = tp_arena_strdup(&worker->arena, own->task_queue);
    own->identity = tp_arena_strdup(&worker->arena, own->identity);
    own->workflows = copy_workflows(&worker->arena, own->workflows);
    own->nondeterminism_fails_runs_of =
        copy_workflows(&worker->arena, own->nondeterminism_fails_runs_of);
    own->async.activities = copy_activities(&worker->arena, own->async.activities);
    own->threads.activities = copy_activities(&worker->arena, own->threads.activities);
    own->processes.activities = copy_activities(&worker->arena, own->processes.activities);
    fill_in_defaults(own);
    return TEMPORAL_OK;
}
