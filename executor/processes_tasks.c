/* SPDX-License-Identifier: MIT */
/* executor/processes_tasks.c -- what becomes of attempts: results, heartbeats, cancellation, and
 * the end of their process.
 *
 * Callbacks may call anything but free: they are called when the pool is in order, or when the
 * entry that they are about is marked as ending. */
#include "executor/processes.h"

#include "base/alloc.h"
#include "base/log.h"
#include "converter/failure.h"
#include "executor/processes_failure.h"

/* Where attempts are whose end is decided but not told yet: a place of none of them. */
static tp_place nowhere;

/* --- ends ------------------------------------------------------------------------------------- */

static void tell(tp_executor *executor, tp_attempt *attempt, const temporal_error *error)
{
    bool cancelled = temporal_error_get_code(error) == TEMPORAL_ERROR_CANCELLED;
    tp_buffer body = { 0 };
    tp_outcome outcome = { .kind = cancelled ? TP_OUTCOME_CANCELLED : TP_OUTCOME_FAILED };

    tp_failure_encode(&body, error);
    outcome.body = tp_buffer_bytes(&body);
    tp_executor_end(executor, attempt, &outcome);
    tp_buffer_done(&body);
}

typedef struct late_end {
    tp_processes *pool;
    tp_attempt *attempt;
    temporal_error *error;
} late_end;

static void tell_late(void *data)
{
    late_end *end = data;
    tp_processes *pool = end->pool;

    tell(&pool->executor, end->attempt, end->error);
    temporal_error_free(end->error);
    tp_free(end);
    tp_processes_check_stop(pool);
}

void tp_processes_end_later(tp_processes *pool, tp_attempt *attempt, temporal_error *error)
{
    late_end *end = tp_alloc(sizeof *end);

    *end = (late_end){ .pool = pool, .attempt = attempt, .error = error };
    attempt->state = &nowhere;
    tp_loop_post(pool->loop, tell_late, end);
}

void tp_processes_vacate(tp_place *place)
{
    tp_buffer beat = place->last_beat;

    tp_buffer_done(&beat);
    *place = (tp_place){ .process = place->process, .entry = place->entry };
}

/* The process keeps its orders; the place is free afterwards. The heartbeat can be taken meanwhile.
 */
static void end_here(tp_place *place, const temporal_error *error, const tp_outcome *outcome)
{
    tp_process *process = place->process;
    tp_executor *executor = &process->pool->executor;

    place->ending = true;
    process->tasks++;
    process->failed += error ? temporal_error_get_code(error) != TEMPORAL_ERROR_CANCELLED
                             : outcome->kind == TP_OUTCOME_FAILED;
    if (error)
        tell(executor, place->attempt, error);
    else
        tp_executor_end(executor, place->attempt, outcome);
    tp_slot_worker_release(&process->slot, place->entry);
    tp_processes_vacate(place);
    process->places[!place->entry].free_at = uv_now(tp_loop_uv(process->pool->loop));
    tp_processes_wear(process);
}

/* --- results ---------------------------------------------------------------------------------- */

static void violated(tp_process *process)
{
    if (process->state == TP_PROCESS_DOOMED)
        return;
    tp_log(TEMPORAL_LOG_ERROR, "processes",
           "activity process %d reports %s: it is killed, and its attempt fails", (int)process->pid,
           process->slot.violation);
    tp_processes_doom(process);
}

static void take_result(tp_place *place)
{
    tp_process *process = place->process;
    tp_buffer *output = &process->pool->output;
    uint32_t kind;

    if (!tp_slot_worker_take_output(&process->slot, place->entry, output, &kind)) {
        violated(process);
        return;
    }
    if (kind > TP_OUTCOME_ASYNC) {
        process->slot.violation = "an impossible outcome";
        violated(process);
        return;
    }
    process->short_lives = 0;
    end_here(place, NULL,
             &(tp_outcome){ .kind = (tp_outcome_kind)kind, .body = tp_buffer_bytes(output) });
}

static void announce_beat(tp_place *place)
{
    tp_attempt *attempt = place->attempt;

    if (!place->announce || !tp_slot_worker_has_beat(&place->process->slot, place->entry))
        return;
    place->announce = false;
    if (attempt->events->beat)
        attempt->events->beat(attempt);
}

static void look_at(tp_place *place)
{
    tp_process *process = place->process;

    if (!place->attempt || place->ending)
        return;
    switch (tp_slot_worker_look(&process->slot, place->entry)) {
    case TP_SLOT_LOOK_QUEUED:
        break;
    case TP_SLOT_LOOK_RUNNING:
        announce_beat(place);
        break;
    case TP_SLOT_LOOK_DONE:
        take_result(place);
        break;
    case TP_SLOT_LOOK_WRONG:
        violated(process);
        break;
    }
}

/* The older attempt first. */
static void look_at_both(tp_process *process)
{
    size_t first = process->slot.sequence[0] > process->slot.sequence[1];

    look_at(&process->places[first]);
    look_at(&process->places[!first]);
}

/* A process that has done its share, or is to be forced and has nothing left to force. */
static void retire(tp_process *process)
{
    if (tp_processes_used(process) > 0)
        return;
    tp_timer_stop(process->force);
    tp_processes_wear(process);
    if (process->state == TP_PROCESS_READY && process->worn)
        tp_processes_release(process);
    else if (process->state == TP_PROCESS_DOOMED)
        tp_processes_signal(process, SIGKILL);
}

void tp_processes_look(tp_process *process)
{
    tp_processes *pool = process->pool;

    if (pool->looking) /* from a callback */
        return;
    pool->looking = true;
    /* One that the fork server has not told of yet could be neither named nor killed. */
    if (process->state == TP_PROCESS_STARTING && process->pid > 0 &&
        tp_slot_worker_is_ready(&process->slot))
        process->state = TP_PROCESS_READY;
    look_at_both(process);
    if (process->state == TP_PROCESS_READY || process->state == TP_PROCESS_DOOMED)
        retire(process);
    pool->looking = false;
    tp_processes_dispatch(pool);
    tp_processes_check_stop(pool);
}

/* --- the end of a process --------------------------------------------------------------------- */

static void end_crashed(tp_place *place, const tp_process_end *end)
{
    tp_slot_worker *slot = &place->process->slot;
    const char *violation = slot->violation;
    tp_buffer beat = { 0 };
    temporal_error *error;

    place->has_last_beat = tp_slot_worker_take_beat(slot, place->entry, &place->last_beat);
    if (place->has_last_beat)
        tp_buffer_append(&beat, place->last_beat.data, place->last_beat.size);
    else
        (void)tp_slot_worker_last_beat(slot, place->entry, &beat);
    slot->violation = violation; /* a heartbeat of nonsense is not what ended it */
    error = tp_processes_error_ended(place, end, tp_buffer_bytes(&beat));
    end_here(place, error, NULL);
    temporal_error_free(error);
    tp_buffer_done(&beat);
}

void tp_processes_resolve(tp_process *process, const tp_process_end *end)
{
    bool nested = process->pool->looking;

    process->pool->looking = true;
    look_at_both(process);
    tp_processes_reclaim(process);
    for (size_t entry = 0; entry < TP_SLOT_ENTRIES; entry++)
        if (process->places[entry].attempt)
            end_crashed(&process->places[entry], end);
    process->pool->looking = nested;
}

void tp_processes_fail_waiting(tp_processes *pool,
                               temporal_error *(*make)(const tp_attempt *attempt,
                                                       const temporal_error *reason),
                               const temporal_error *reason)
{
    bool nested = pool->looking;
    tp_list *first;

    pool->looking = true;
    while ((first = tp_list_pop(&pool->waiting)) != NULL) {
        tp_attempt *attempt = tp_list_entry(first, tp_attempt, link);
        temporal_error *error = make(attempt, reason);

        attempt->state = &nowhere;
        tell(&pool->executor, attempt, error);
        temporal_error_free(error);
    }
    pool->looking = nested;
}

void tp_processes_fail_all(tp_processes *pool,
                           temporal_error *(*make)(const tp_attempt *attempt,
                                                   const temporal_error *reason),
                           const temporal_error *reason)
{
    bool nested = pool->looking;

    pool->looking = true;
    for (size_t i = 0; i < pool->layout.process_count; i++)
        for (size_t entry = 0; entry < TP_SLOT_ENTRIES; entry++) {
            tp_place *place = &pool->processes[i].places[entry];
            temporal_error *error;

            if (!place->attempt || place->ending)
                continue;
            error = make(place->attempt, reason);
            end_here(place, error, NULL);
            temporal_error_free(error);
        }
    tp_processes_fail_waiting(pool, make, reason);
    pool->looking = nested;
}

/* --- cancellation and heartbeats -------------------------------------------------------------- */

void tp_processes_cancel(tp_executor *executor, tp_attempt *attempt, temporal_cancel_reason reason)
{
    tp_processes *pool = (tp_processes *)executor;
    tp_place *place = attempt->state;

    /* After its done it may point to a place that is free again, or another's. */
    if (place && (place->attempt != attempt || place->ending || place->was_cancelled))
        return;
    if (!place) {
        tp_list_remove(&attempt->link);
        tp_processes_end_later(pool, attempt, tp_processes_error_cancelled(attempt, reason));
    } else if (tp_processes_take_back(place)) {
        tp_processes_end_later(pool, attempt, tp_processes_error_cancelled(attempt, reason));
        if (!pool->looking)
            tp_processes_dispatch(pool);
    } else {
        place->was_cancelled = true;
        place->cancelled = reason;
        tp_slot_worker_cancel(&place->process->slot, place->entry, (unsigned)reason);
        tp_processes_force_later(place);
    }
}

bool tp_processes_take_heartbeat(tp_executor *executor, tp_attempt *attempt, tp_buffer *details)
{
    tp_place *place = attempt->state;
    tp_slot_worker *slot;
    bool taken;

    (void)executor;
    if (!place || place->attempt != attempt)
        return false;
    if (place->has_last_beat) {
        tp_buffer_clear(details);
        tp_buffer_append(details, place->last_beat.data, place->last_beat.size);
        place->has_last_beat = false;
        return true;
    }
    slot = &place->process->slot;
    taken = tp_slot_worker_take_beat(slot, place->entry, details);
    if (!taken && !slot->violation) {
        tp_slot_worker_want_beat(slot, place->entry);
        taken = tp_slot_worker_take_beat(slot, place->entry, details);
    }
    if (slot->violation)
        violated(place->process);
    place->announce = !taken;
    return taken;
}

/* One that waits has not begun, and gets on as well as it can. */
bool tp_processes_progress(const tp_attempt *attempt, uint64_t *count)
{
    const tp_place *place = attempt->state;

    if (!place || place->attempt != attempt || !tp_processes_rules(place)->keep_alive)
        return false;
    *count = tp_slot_worker_progress(&place->process->slot, place->entry);
    return true;
}
