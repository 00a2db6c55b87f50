/* SPDX-License-Identifier: MIT */
/* executor/processes_board.c -- what an onlooker sees of a pool, and may ask of it. Nothing here is
 * done, and nothing kept, before somebody asks. */
#include "base/clock.h"
#include "base/log.h"
#include "executor/processes.h"

#define NANOSECONDS_OF_MS INT64_C(1000000)

/* --- what is seen ----------------------------------------------------------------------------- */

static size_t count_placed(const tp_processes *pool)
{
    size_t placed = 0;

    for (size_t i = 0; i < pool->layout.process_count; i++)
        placed += tp_processes_used(&pool->processes[i]);
    return placed;
}

static void show_worker(tp_executor *executor, tp_board_worker *worker)
{
    const tp_processes *pool = (const tp_processes *)executor;
    size_t placed = count_placed(pool);

    worker->waiting = executor->running > placed ? executor->running - placed : 0;
    worker->wanted = (uint32_t)tp_processes_wanted(pool);
    worker->limit = (uint32_t)pool->layout.process_count;
}

static size_t count(const tp_executor *executor)
{
    return ((const tp_processes *)executor)->layout.process_count;
}

static tp_board_state state_of(const tp_process *process)
{
    switch (process->state) {
    case TP_PROCESS_NONE:
        return process->held ? TP_BOARD_HELD : TP_BOARD_NONE;
    case TP_PROCESS_STARTING:
        return TP_BOARD_STARTING;
    case TP_PROCESS_READY:
        return tp_processes_is_busy(process) ? TP_BOARD_BUSY : TP_BOARD_IDLE;
    case TP_PROCESS_LEAVING:
        return TP_BOARD_LEAVING;
    case TP_PROCESS_DOOMED:
        break;
    }
    return TP_BOARD_ENDING;
}

/* The older of its attempts: that is the one that it runs, or will begin with. */
static tp_place *current_place(tp_process *process)
{
    size_t first = process->slot.sequence[0] > process->slot.sequence[1];

    for (size_t i = 0; i < TP_SLOT_ENTRIES; i++) {
        tp_place *place = &process->places[i == 0 ? first : !first];

        if (place->attempt && !place->ending)
            return place;
    }
    return NULL;
}

static void show_attempt(tp_place *place, tp_board_process *row)
{
    const tp_task *task = &place->attempt->task;
    tp_process *process = place->process;

    row->attempt = task->attempt;
    row->waiting = (uint32_t)tp_processes_used(process) - 1;
    row->is_cancelled = place->was_cancelled;
    row->began_at = (int64_t)place->free_at * NANOSECONDS_OF_MS;
    if (tp_slot_worker_look(&process->slot, place->entry) == TP_SLOT_LOOK_RUNNING) {
        tp_processes_sample(place, tp_clock_monotonic());
        row->beats = place->beats.seen - place->beats.before;
        row->beat_at = row->beats > 0 ? place->beats.at : 0;
        row->progress = place->progress.seen - place->progress.before;
        row->progress_at = row->progress > 0 ? place->progress.at : 0;
    }
    tp_board_set_text(row->activity_type, task->activity_type);
    tp_board_set_text(row->activity_id, task->activity_id);
    tp_board_set_text(row->workflow_id, task->workflow_id);
}

static void show(tp_executor *executor, size_t index, tp_board_process *row)
{
    tp_process *process = &((tp_processes *)executor)->processes[index];
    tp_place *place = current_place(process);

    *row = (tp_board_process){ .state = state_of(process),
                               .pid = (int32_t)process->pid,
                               .started_at = process->pid > 0 ? process->spawned_at : 0,
                               .done = process->tasks - process->failed,
                               .failed = process->failed,
                               .crashed = process->crashes,
                               .terminated = process->terminated,
                               .killed = process->killed,
                               .recycled = process->recycled };
    if (place)
        show_attempt(place, row);
}

/* --- what is asked ---------------------------------------------------------------------------- */

static temporal_error *find(tp_executor *executor, int64_t pid, tp_process **found)
{
    tp_processes *pool = (tp_processes *)executor;

    for (size_t i = 0; i < pool->layout.process_count && pid > 0; i++) {
        tp_process *process = &pool->processes[i];

        if (process->pid == pid && process->state != TP_PROCESS_NONE) {
            *found = process;
            return TEMPORAL_OK;
        }
    }
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "the worker has no activity process %lld", (long long)pid);
}

static temporal_error *recycle(tp_executor *executor, int64_t pid)
{
    tp_process *process = NULL;

    TEMPORAL_TRY(find(executor, pid, &process));
    if (process->state != TP_PROCESS_READY)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "activity process %lld is not one that takes tasks",
                                  (long long)pid);
    tp_processes_wear_out(process, "a command");
    if (tp_processes_used(process) == 0)
        tp_processes_release(process);
    tp_processes_dispatch(process->pool); /* what it had not begun with */
    return TEMPORAL_OK;
}

static temporal_error *kill_process(tp_executor *executor, int64_t pid)
{
    tp_process *process = NULL;

    TEMPORAL_TRY(find(executor, pid, &process));
    tp_log(TEMPORAL_LOG_WARN, "processes", "activity process %d is killed by a command",
           (int)process->pid);
    if (!process->forced)
        process->forced = TP_FORCE_COMMAND;
    process->killed++;
    tp_processes_doom(process);
    tp_processes_dispatch(process->pool);
    return TEMPORAL_OK;
}

static bool stays(const tp_process *process)
{
    return (process->state == TP_PROCESS_STARTING || process->state == TP_PROCESS_READY) &&
           !process->worn;
}

/* One that has nothing to do; else one that may end its attempt before it leaves. NULL: none. */
static tp_process *find_surplus(tp_processes *pool)
{
    tp_process *found = NULL;
    size_t staying = 0;

    for (size_t i = 0; i < pool->layout.process_count; i++) {
        tp_process *process = &pool->processes[i];

        if (!stays(process))
            continue;
        staying++;
        if (!found || tp_processes_used(process) <= tp_processes_used(found))
            found = process;
    }
    return staying > pool->limit ? found : NULL;
}

/* Fewer are polled for, too: a task is never taken from the server without a place to run. */
static temporal_error *resize(tp_executor *executor, int64_t wanted)
{
    tp_processes *pool = (tp_processes *)executor;
    tp_process *process;

    if (wanted < 1 || (uint64_t)wanted > pool->layout.process_count)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%lld processes: give 1 to %u, the worker's .concurrency",
                                  (long long)wanted, pool->layout.process_count);
    tp_log(TEMPORAL_LOG_INFO, "processes",
           "the pool may have %lld processes from now on, by a command", (long long)wanted);
    pool->limit = executor->capacity = (size_t)wanted;
    tp_processes_grow(pool);
    while ((process = find_surplus(pool)) != NULL) {
        process->worn = true;
        tp_processes_reclaim(process);
        if (tp_processes_used(process) == 0)
            tp_processes_release(process);
    }
    tp_processes_dispatch(pool);
    return TEMPORAL_OK;
}

const tp_executor_watch_ops tp_processes_watch_ops = {
    .show_worker = show_worker,
    .count = count,
    .show = show,
    .recycle = recycle,
    .kill = kill_process,
    .resize = resize,
};
