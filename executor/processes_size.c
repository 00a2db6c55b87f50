/* SPDX-License-Identifier: MIT */
/* executor/processes_size.c -- how many processes a pool has, and when one is replaced. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "executor/processes.h"

#define JITTER 0.1

/* --- how many --------------------------------------------------------------------------------- */

size_t tp_processes_wanted(const tp_processes *pool)
{
    size_t all = pool->limit;
    size_t least = pool->options.min_processes;
    size_t wanted = pool->executor.running;

    if (least == 0)
        return all;
    if (wanted < least)
        wanted = least;
    return wanted < all ? wanted : all;
}

/* Those that are held back for a while count: others would do no better. */
static size_t count_present(const tp_processes *pool)
{
    size_t count = 0;

    for (size_t i = 0; i < pool->layout.process_count; i++)
        count += pool->processes[i].state != TP_PROCESS_NONE || pool->processes[i].held;
    return count;
}

void tp_processes_grow(tp_processes *pool)
{
    size_t present = count_present(pool), wanted = tp_processes_wanted(pool);

    for (size_t i = 0; i < pool->layout.process_count && present < wanted; i++) {
        tp_process *process = &pool->processes[i];

        if (process->state != TP_PROCESS_NONE || process->held)
            continue;
        tp_processes_spawn(process);
        present++;
    }
}

/* --- how long --------------------------------------------------------------------------------- */

void tp_processes_draw_limits(tp_process *process)
{
    const temporal_process_recycling *recycle = &process->pool->options.recycle;
    double jitter = recycle->jitter > 0 ? recycle->jitter : JITTER;
    double part = jitter * ((double)random() / (double)RAND_MAX);
    int64_t age = tp_clock_nanoseconds(recycle->age);

    process->worn = false;
    /* What is taken off is cut off: one that may run three attempts runs three. */
    process->task_limit = recycle->tasks - (uint32_t)((double)recycle->tasks * part);
    process->age_limit = age - (int64_t)((double)age * part);
    process->memory_limit = recycle->memory - (uint64_t)((double)recycle->memory * part);
}

static uint64_t resident_memory(pid_t pid)
{
    unsigned long long pages = 0;
    char path[64];
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%*u %llu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void tp_processes_wear_out(tp_process *process, const char *why)
{
    if (process->worn)
        return;
    tp_log(TEMPORAL_LOG_DEBUG, "processes", "activity process %d is replaced for %s",
           (int)process->pid, why);
    process->worn = true;
    process->recycled++;
    tp_processes_reclaim(process);
}

void tp_processes_wear(tp_process *process)
{
    /* Each runs one at least, however low its limits are. */
    if (process->state != TP_PROCESS_READY || process->dispatched == 0)
        return;
    if (process->task_limit > 0 && process->dispatched >= process->task_limit &&
        tp_processes_used(process) == 0)
        tp_processes_wear_out(process, "the attempts that it has run");
    else if (process->memory_limit > 0 && resident_memory(process->pid) >= process->memory_limit)
        tp_processes_wear_out(process, "the memory that it holds");
}

static bool is_superfluous(const tp_process *process, int64_t now)
{
    const tp_processes *pool = process->pool;

    return pool->options.min_processes > 0 && process->idle_since > 0 &&
           now - process->idle_since >= tp_clock_nanoseconds(pool->options.idle_timeout) &&
           count_present(pool) > tp_processes_wanted(pool);
}

void tp_processes_watch_size(tp_process *process)
{
    int64_t now = tp_clock_monotonic();

    if (process->state != TP_PROCESS_READY)
        return;
    if (process->age_limit > 0 && now - process->spawned_at >= process->age_limit)
        tp_processes_wear_out(process, "its age");
    if (tp_processes_used(process) > 0)
        process->idle_since = 0;
    else if (process->worn || is_superfluous(process, now))
        tp_processes_release(process);
    else if (process->idle_since == 0)
        process->idle_since = now;
}

temporal_error *tp_processes_check_size(const temporal_process_executor *options)
{
    TEMPORAL_TRY(tp_clock_check(options->idle_timeout, "processes.idle_timeout"));
    TEMPORAL_TRY(tp_clock_check(options->recycle.age, "processes.recycle.age"));
    if (!(options->recycle.jitter >= 0 && options->recycle.jitter <= 1))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "processes.recycle.jitter: %g; give 0 to 1",
                                  options->recycle.jitter);
    if (options->min_processes > tp_executor_concurrency(options->concurrency))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "processes.min_processes: %u is more than .concurrency (%zu)",
                                  options->min_processes,
                                  tp_executor_concurrency(options->concurrency));
    return NULL;
}
