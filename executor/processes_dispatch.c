/* SPDX-License-Identifier: MIT */
/* executor/processes_dispatch.c -- which attempt goes where.
 *
 * An attempt waits in the queue, then lies in an entry of a slot. A process that runs one gets the
 * next in advance, so that it does not idle while the worker looks elsewhere; but when another
 * process has nothing to do, that one takes it over. So an attempt never waits behind a long one
 * while there is a free process. */
#include "executor/child_task.h"
#include "executor/processes.h"
#include "executor/processes_failure.h"

size_t tp_processes_used(const tp_process *process)
{
    size_t used = 0;

    for (size_t i = 0; i < TP_SLOT_ENTRIES; i++)
        used += process->places[i].attempt != NULL;
    return used;
}

bool tp_processes_is_busy(const tp_process *process)
{
    for (size_t i = 0; i < TP_SLOT_ENTRIES; i++)
        if (process->places[i].attempt && !process->places[i].ending)
            return true;
    return false;
}

/* May it be given a task, if it has room? */
static bool takes_more(const tp_process *process)
{
    return process->state == TP_PROCESS_READY && !process->worn &&
           (process->task_limit == 0 || process->dispatched < process->task_limit);
}

static void put(tp_process *process, tp_attempt *attempt)
{
    tp_place *place = process->places;
    size_t size;

    while (place->attempt)
        place++;
    size = tp_child_task_write(process->slot.view.inputs[place->entry],
                               process->slot.view.input_capacity, &attempt->task);
    place->attempt = attempt;
    place->announce = true;
    place->beats.before = tp_slot_worker_beats(&process->slot, place->entry);
    place->progress.before = tp_slot_worker_progress(&process->slot, place->entry);
    place->free_at = tp_processes_used(process) == 1 ? uv_now(tp_loop_uv(process->pool->loop)) : 0;
    attempt->state = place;
    process->idle_since = 0;
    process->dispatched++;
    tp_slot_worker_queue(&process->slot, place->entry, ++process->pool->sequence, size);
}

bool tp_processes_take_back(tp_place *place)
{
    tp_process *process = place->process;

    if (!tp_slot_worker_revoke(&process->slot, place->entry))
        return false;
    process->dispatched--;
    tp_processes_vacate(place);
    return true;
}

/* The oldest that lies in a slot behind another attempt; NULL: none. */
static tp_place *find_prefetched(tp_processes *pool)
{
    tp_place *found = NULL;
    uint64_t oldest = UINT64_MAX;

    for (size_t i = 0; i < pool->layout.process_count; i++) {
        tp_process *process = &pool->processes[i];

        if (process->state == TP_PROCESS_NONE || tp_processes_used(process) < TP_SLOT_ENTRIES)
            continue;
        for (size_t entry = 0; entry < TP_SLOT_ENTRIES; entry++) {
            uint64_t mine = process->slot.sequence[entry];
            uint64_t other = process->slot.sequence[!entry];

            if (mine > other && mine < oldest && !process->places[entry].ending &&
                tp_slot_worker_look(&process->slot, entry) == TP_SLOT_LOOK_QUEUED) {
                found = &process->places[entry];
                oldest = mine;
            }
        }
    }
    return found;
}

/* For a process with nothing to do. What lies prefetched is older than what waits. */
static tp_attempt *next_attempt(tp_processes *pool)
{
    tp_place *place;
    tp_list *first;

    while ((place = find_prefetched(pool)) != NULL) {
        tp_attempt *attempt = place->attempt;

        if (tp_processes_take_back(place))
            return attempt;
    }
    first = tp_list_pop(&pool->waiting);
    return first ? tp_list_entry(first, tp_attempt, link) : NULL;
}

static tp_process *find_process(tp_processes *pool, size_t used)
{
    for (size_t i = 0; i < pool->layout.process_count; i++) {
        tp_process *process = &pool->processes[i];

        if (takes_more(process) && tp_processes_used(process) == used)
            return process;
    }
    return NULL;
}

void tp_processes_dispatch(tp_processes *pool)
{
    tp_process *process;

    if (pool->lost || pool->abandoned)
        return;
    while ((process = find_process(pool, 0)) != NULL) {
        tp_attempt *attempt = next_attempt(pool);

        if (!attempt)
            return;
        put(process, attempt);
    }
    while (!tp_list_is_empty(&pool->waiting) && (process = find_process(pool, 1)) != NULL)
        put(process, tp_list_entry(tp_list_pop(&pool->waiting), tp_attempt, link));
}

void tp_processes_reclaim(tp_process *process)
{
    size_t first = process->slot.sequence[0] > process->slot.sequence[1];

    /* The younger first, so that the older stands before it in the queue. */
    for (size_t i = 0; i < TP_SLOT_ENTRIES; i++) {
        tp_place *place = &process->places[i == 0 ? !first : first];
        tp_attempt *attempt = place->attempt;

        if (!attempt || place->ending || !tp_processes_take_back(place))
            continue;
        attempt->state = NULL;
        tp_list_prepend(&process->pool->waiting, &attempt->link);
    }
}

void tp_processes_submit(tp_executor *executor, tp_attempt *attempt)
{
    tp_processes *pool = (tp_processes *)executor;
    temporal_error *error = tp_child_task_check(&attempt->task, pool->options.payload_max);

    if (pool->lost) {
        temporal_error_free(error);
        tp_processes_end_later(pool, attempt, tp_processes_error_lost(attempt, pool->lost));
    } else if (pool->abandoned) {
        temporal_error_free(error);
        tp_processes_end_later(pool, attempt, tp_processes_error_abandoned(attempt, NULL));
    } else if (error) {
        tp_processes_end_later(pool, attempt, error);
    } else {
        tp_list_append(&pool->waiting, &attempt->link);
        tp_processes_grow(pool);
        if (!pool->looking)
            tp_processes_dispatch(pool);
    }
}
