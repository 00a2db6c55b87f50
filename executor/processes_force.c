/* SPDX-License-Identifier: MIT */
/* executor/processes_force.c -- processes are ended: by the rules of their activities, or at once.
 *
 * A process runs one attempt; what lies behind that in its slot is taken back before a signal is
 * sent, so that force hits nobody else. */
#include <signal.h>
#include <sys/pidfd.h>

#include "base/clock.h"
#include "base/log.h"
#include "executor/processes.h"

/* Looked at so many times within the shortest limit. */
#define LOOKS_PER_LIMIT 4
#define TICK_MAX        1.0 /* seconds */
#define TICK_MIN        0.01

/* --- at once ---------------------------------------------------------------------------------- */

void tp_processes_signal(tp_process *process, int number)
{
    if (process->state == TP_PROCESS_NONE)
        return;
    /* Without the fork server, should it be stopped. It sweeps the group when it reaps the leader.
     */
    if (number == SIGKILL && process->pidfd >= 0)
        (void)pidfd_send_signal(process->pidfd, SIGKILL, NULL, 0);
    tp_processes_order(process->pool,
                       &(tp_control){ .kind = TP_CONTROL_SIGNAL,
                                      .process = process->index,
                                      .generation = process->slot.generation,
                                      .signal = number },
                       -1);
}

void tp_processes_doom(tp_process *process)
{
    if (process->state == TP_PROCESS_NONE)
        return;
    process->state = TP_PROCESS_DOOMED;
    tp_processes_reclaim(process);
    tp_processes_signal(process, SIGKILL);
}

/* --- by the rules ----------------------------------------------------------------------------- */

const temporal_process_rules *tp_processes_rules(const tp_place *place)
{
    return &place->process->pool->rules[place->attempt->task.def_index];
}

/* SIGTERM, which may still be obeyed in the activity's own way. False: it has ended this moment. */
static bool terminate(tp_place *place, tp_process_force why)
{
    tp_process *process = place->process;

    process->state = TP_PROCESS_DOOMED;
    tp_processes_reclaim(process);
    if (tp_slot_worker_look(&process->slot, place->entry) != TP_SLOT_LOOK_RUNNING) {
        process->state = TP_PROCESS_READY; /* perhaps it runs the next one by now */
        return false;
    }
    process->forced = why;
    process->terminated++;
    tp_processes_signal(process, SIGTERM);
    tp_timer_start(process->force, tp_processes_rules(place)->terminate_grace);
    return true;
}

void tp_processes_force_later(tp_place *place)
{
    if (place->process->state == TP_PROCESS_READY)
        tp_timer_start(place->process->force, tp_processes_rules(place)->cancel_grace);
}

static tp_place *find_cancelled(tp_process *process)
{
    for (size_t i = 0; i < TP_SLOT_ENTRIES; i++)
        if (process->places[i].attempt && process->places[i].was_cancelled)
            return &process->places[i];
    return NULL;
}

static void kill_late(tp_process *process, const char *what)
{
    tp_log(TEMPORAL_LOG_WARN, "processes", "activity process %d %s: SIGKILL", (int)process->pid,
           what);
    process->killed++;
    tp_processes_doom(process);
}

void tp_processes_force(void *data)
{
    tp_process *process = data;
    tp_place *place;

    if (process->state == TP_PROCESS_LEAVING) {
        kill_late(process, "does not leave");
    } else if (process->forced && process->state != TP_PROCESS_NONE) {
        kill_late(process, "ignores SIGTERM");
    } else if (process->state == TP_PROCESS_READY && (place = find_cancelled(process)) != NULL) {
        if (terminate(place, TP_FORCE_CANCELLED))
            tp_log(TEMPORAL_LOG_WARN, "processes",
                   "activity %s in process %d has ignored its cancellation (%s) for %g s: SIGTERM",
                   place->attempt->task.activity_type, (int)process->pid,
                   temporal_cancel_reason_name(place->cancelled),
                   tp_processes_rules(place)->cancel_grace);
        tp_processes_dispatch(process->pool); /* what was taken back */
    }
}

/* --- progress --------------------------------------------------------------------------------- */

static void look_within(temporal_seconds *tick, temporal_seconds limit)
{
    if (limit > 0 && limit / LOOKS_PER_LIMIT < *tick)
        *tick = limit / LOOKS_PER_LIMIT;
}

temporal_seconds tp_processes_tick(const tp_processes *pool)
{
    temporal_seconds tick = TICK_MAX;

    look_within(&tick, pool->options.idle_timeout);
    look_within(&tick, pool->options.recycle.age);
    for (size_t i = 0; pool->definitions[i]; i++) {
        look_within(&tick, pool->rules[i].stall_timeout);
        look_within(&tick, pool->rules[i].wall_time);
    }
    return tick > TICK_MIN ? tick : TICK_MIN;
}

static bool is_over(int64_t now, int64_t since, temporal_seconds limit)
{
    return limit > 0 && now - since >= tp_clock_nanoseconds(limit);
}

static void note(tp_place_count *count, uint64_t seen, int64_t now)
{
    if (count->at == 0 || seen != count->seen) {
        count->seen = seen;
        count->at = now;
    }
}

void tp_processes_sample(tp_place *place, int64_t now)
{
    const tp_slot_worker *slot = &place->process->slot;

    note(&place->beats, tp_slot_worker_beats(slot, place->entry), now);
    note(&place->progress, tp_slot_worker_progress(slot, place->entry), now);
}

static void watch_place(tp_place *place)
{
    int64_t now = tp_clock_monotonic();
    const temporal_process_rules *rules = tp_processes_rules(place);
    const char *activity = place->attempt->task.activity_type;
    int pid = (int)place->process->pid;

    if (place->began_at == 0)
        place->began_at = now;
    tp_processes_sample(place, now);
    if (is_over(now, place->began_at, rules->wall_time)) {
        if (terminate(place, TP_FORCE_TIME))
            tp_log(TEMPORAL_LOG_WARN, "processes",
                   "activity %s in process %d has taken longer than %g s: SIGTERM", activity, pid,
                   rules->wall_time);
    } else if (is_over(now, place->progress.at, rules->stall_timeout)) {
        if (terminate(place, TP_FORCE_STALLED))
            tp_log(TEMPORAL_LOG_WARN, "processes",
                   "activity %s in process %d has not got on for %g s: SIGTERM", activity, pid,
                   rules->stall_timeout);
    }
}

void tp_processes_watch_progress(tp_process *process)
{
    for (size_t i = 0; i < TP_SLOT_ENTRIES; i++) {
        tp_place *place = &process->places[i];

        if (process->state == TP_PROCESS_READY && place->attempt && !place->ending &&
            tp_slot_worker_look(&process->slot, i) == TP_SLOT_LOOK_RUNNING)
            watch_place(place);
    }
    tp_processes_dispatch(process->pool); /* what may have been taken back */
}
