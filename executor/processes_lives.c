/* SPDX-License-Identifier: MIT */
/* executor/processes_lives.c -- processes come and go.
 *
 * The fork server forks, reaps and tells; that a process has ended is learnt from it alone, and
 * only then is its slot made new for the next one. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "executor/fork_server.h"
#include "executor/processes.h"
#include "executor/processes_failure.h"

/* A process that lives shorter, again and again and without a result, is started ever later. */
#define SHORT_LIFE     TP_NANOSECONDS
#define SHORT_LIVES_OK 3
#define BACKOFF_FIRST  0.01 /* seconds */
#define BACKOFF_MAX    5.0
/* Of those that had begun: it is their attempts that crash, and each of those pays for it. */
#define BACKOFF_MAX_BEGUN 0.25
#define LAST_WAIT_MS      1000 /* for processes to die with their fork server */

/* --- orders to the fork server ---------------------------------------------------------------- */

/* That it is gone is learnt from the channel's end-of-file. */
void tp_processes_order(tp_processes *pool, const tp_control *message, int fd)
{
    if (!pool->lost)
        (void)tp_control_send(pool->channel, message, &fd, fd >= 0 ? 1 : 0, true);
}

void tp_processes_spawn(tp_process *process)
{
    tp_processes *pool = process->pool;
    uint64_t rings;

    if (process->state != TP_PROCESS_NONE || pool->lost || pool->abandoned || pool->stopping)
        return;
    (void)!read(process->bell, &rings, sizeof rings); /* of the one before */
    process->state = TP_PROCESS_STARTING;
    process->dispatched = 0;
    process->forced = TP_FORCE_NONE;
    process->idle_since = 0;
    tp_processes_draw_limits(process);
    process->spawned_at = tp_clock_monotonic();
    (void)tp_slot_worker_reset(&process->slot);
    tp_slot_worker_set_flags(&process->slot, pool->shutting_down ? TP_SLOT_SHUTDOWN : 0);
    tp_processes_order(pool,
                       &(tp_control){ .kind = TP_CONTROL_SPAWN,
                                      .process = process->index,
                                      .generation = process->slot.generation },
                       process->bell);
}

void tp_processes_release(tp_process *process)
{
    if (process->state != TP_PROCESS_STARTING && process->state != TP_PROCESS_READY)
        return;
    process->state = TP_PROCESS_LEAVING;
    tp_slot_worker_set_flags(&process->slot, process->slot.flags | TP_SLOT_LEAVE);
    tp_timer_start(process->force, TP_PROCESSES_LEAVE_TIME);
}

/* --- ends ------------------------------------------------------------------------------------- */

void tp_processes_respawn(void *data)
{
    tp_process *process = data;

    process->held = false;
    tp_processes_grow(process->pool);
}

static void respawn_in_time(tp_process *process, const char *how, temporal_seconds longest)
{
    temporal_seconds wait = BACKOFF_FIRST;

    if (process->pool->stopping || process->pool->abandoned)
        return;
    if (tp_clock_monotonic() - process->spawned_at >= SHORT_LIFE)
        process->short_lives = 0;
    if (++process->short_lives <= SHORT_LIVES_OK) {
        tp_processes_grow(process->pool);
        return;
    }
    for (unsigned i = SHORT_LIVES_OK + 1; i < process->short_lives && wait < longest; i++)
        wait *= 2;
    if (wait > longest)
        wait = longest;
    tp_log(
        TEMPORAL_LOG_ERROR, "processes",
        "activity process number %u ends again and again (%u times in a row; the last one %s): the "
        "next is started in %g s",
        process->index, process->short_lives, how, wait);
    process->held = true;
    tp_timer_start(process->respawn, wait);
}

void tp_processes_forget(tp_process *process)
{
    if (process->watched)
        tp_timer_stop(process->force);
    if (process->pidfd >= 0)
        close(process->pidfd);
    process->pidfd = -1;
    process->pid = 0;
    process->state = TP_PROCESS_NONE;
}

/* Nobody knows when there will be a process: the server may find a worker that has one. */
static void fail_waiting_if_alone(tp_processes *pool, const char *how)
{
    temporal_error *reason;

    for (size_t i = 0; i < pool->layout.process_count; i++)
        if (pool->processes[i].state != TP_PROCESS_NONE)
            return;
    reason = temporal_error_new(TEMPORAL_ERROR_SYSTEM, "the one that was to be started %s", how);
    tp_processes_fail_waiting(pool, tp_processes_error_unborn, reason);
    temporal_error_free(reason);
}

void tp_processes_ended(tp_process *process, const tp_process_end *end)
{
    tp_processes *pool = process->pool;
    bool left = process->state == TP_PROCESS_LEAVING && WIFEXITED(end->status) &&
                WEXITSTATUS(end->status) == 0;
    bool begun = process->state != TP_PROCESS_STARTING;
    bool expected = left || process->forced || pool->abandoned;
    char how[160];

    tp_processes_describe_end(how, sizeof how, end);
    process->pid = end->pid;
    if (!expected) {
        process->crashes++;
        tp_log(TEMPORAL_LOG_WARN, "processes", "activity process %d %s%s", (int)end->pid, how,
               tp_processes_used(process) ? "" : " while it had nothing to do");
    }
    process->state = TP_PROCESS_DOOMED; /* it takes nothing more, and there is nobody to kill */
    tp_processes_resolve(process, end);
    tp_processes_forget(process);
    if (expected)
        tp_processes_grow(pool);
    else
        respawn_in_time(process, how, begun ? BACKOFF_MAX_BEGUN : BACKOFF_MAX);
    if (!begun && !expected)
        fail_waiting_if_alone(pool, how);
    tp_processes_dispatch(pool);
    tp_processes_check_stop(pool);
}

void tp_processes_unborn(tp_process *process, int reason)
{
    char how[160];

    (void)snprintf(how, sizeof how, "could not be forked: %s", strerror(reason));
    tp_log(TEMPORAL_LOG_ERROR, "processes", "activity process number %u %s", process->index, how);
    tp_processes_forget(process);
    /* Whatever there is too little of will not come at once. */
    process->short_lives += SHORT_LIVES_OK;
    respawn_in_time(process, how, BACKOFF_MAX);
    fail_waiting_if_alone(process->pool, how);
    tp_processes_check_stop(process->pool);
}

/* --- the fork server's death ------------------------------------------------------------------ */

/* Its processes die with it, and what their activities have started is its guard's affair: unless
 * somebody has killed that, too. */
static void await_death(const tp_process *process)
{
    struct pollfd death = { .fd = process->pidfd, .events = POLLIN };

    if (process->pid > 0)
        (void)kill(-process->pid, SIGKILL);
    if (process->pidfd < 0)
        return;
    (void)pidfd_send_signal(process->pidfd, SIGKILL, NULL, 0);
    (void)poll(&death, 1, LAST_WAIT_MS);
}

void tp_processes_lose_fork_server(tp_processes *pool)
{
    char how[64];

    uv_poll_stop(&pool->channel_poll);
    tp_fork_server_describe_end(how, sizeof how);
    pool->lost = temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                    "the fork server %s: it cannot be started again in a program "
                                    "with threads, so this worker runs "
                                    "no more activities in processes: start the program again",
                                    how);
    for (size_t i = 0; i < pool->layout.process_count; i++) {
        tp_process *process = &pool->processes[i];

        tp_timer_stop(process->respawn);
        if (process->state == TP_PROCESS_NONE)
            continue;
        await_death(process);
        tp_processes_look(process); /* what is done counts */
        tp_processes_forget(process);
    }
    tp_processes_fail_all(pool, tp_processes_error_lost, pool->lost);
    if (!pool->stopping) {
        tp_log(TEMPORAL_LOG_ERROR, "processes", "%s", temporal_error_message(pool->lost));
        if (pool->executor.failed)
            pool->executor.failed(pool->executor.data, tp_error_copy(pool->lost));
    }
    tp_processes_check_stop(pool);
}
