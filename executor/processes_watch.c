/* SPDX-License-Identifier: MIT */
/* executor/processes_watch.c -- what the loop watches for a pool: the fork server's channel, the
 * bells of its processes, and a tick. */
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "executor/cgroup.h"
#include "executor/processes.h"
#include "executor/processes_failure.h"

/* --- what is heard ---------------------------------------------------------------------------- */

/* What the process has left behind; true when its group ran out of memory since the last time. */
static bool sweep_cgroup(tp_process *process)
{
    const char *prefix = process->pool->settings.cgroup;
    uint64_t before = process->oom_kills;

    if (!*prefix)
        return false;
    tp_cgroup_kill(prefix, process->index);
    process->oom_kills = tp_cgroup_oom_kills(prefix, process->index);
    return process->oom_kills > before;
}

/* fd: -1 when it was kept. */
static void hear(tp_processes *pool, const tp_control *message, int *fd)
{
    tp_process *process;
    tp_process_end end;

    if (message->process >= pool->layout.process_count)
        return;
    process = &pool->processes[message->process];
    if (process->state == TP_PROCESS_NONE || message->generation != process->slot.generation)
        return;
    if (message->kind == TP_CONTROL_SPAWNED) {
        process->pid = message->pid;
        process->pidfd = *fd;
        *fd = -1;
        tp_processes_look(process);
    } else if (message->kind == TP_CONTROL_UNBORN) {
        tp_processes_unborn(process, message->status);
    } else if (message->kind == TP_CONTROL_EXITED) {
        end = (tp_process_end){ .pid = message->pid,
                                .status = message->status,
                                .user_seconds = (double)message->user_time / TP_NANOSECONDS,
                                .system_seconds = (double)message->system_time / TP_NANOSECONDS,
                                .peak_memory = message->peak_memory,
                                .major_faults = message->major_faults,
                                .oom_killed = sweep_cgroup(process) };
        tp_processes_ended(process, &end);
    }
}

static void on_channel(uv_poll_t *poll, int status, int events)
{
    tp_processes *pool = poll->data;
    int fds[TP_CONTROL_FDS];
    tp_control message;

    (void)status;
    (void)events;
    while (!pool->lost) {
        switch (tp_control_receive(pool->channel, &message, fds)) {
        case TP_CONTROL_EMPTY:
            return;
        case TP_CONTROL_ENDED:
            tp_processes_lose_fork_server(pool);
            return;
        case TP_CONTROL_RECEIVED:
            hear(pool, &message, &fds[0]);
            for (size_t i = 0; i < TP_CONTROL_FDS; i++)
                if (fds[i] >= 0)
                    close(fds[i]);
            break;
        }
    }
}

static void on_bell(uv_poll_t *poll, int status, int events)
{
    tp_process *process = poll->data;
    uint64_t rings;

    (void)status;
    (void)events;
    (void)!read(process->bell, &rings, sizeof rings);
    tp_processes_look(process);
}

/* --- the loop's part -------------------------------------------------------------------------- */

/* A ring may be lost with the process that had it in its hands. */
static void tick(void *data)
{
    tp_processes *pool = data;

    for (size_t i = 0; i < pool->layout.process_count; i++)
        if (pool->processes[i].state != TP_PROCESS_NONE) {
            tp_processes_look(&pool->processes[i]);
            tp_processes_watch_progress(&pool->processes[i]);
            tp_processes_watch_size(&pool->processes[i]);
        }
    if (pool->closing == 0)
        tp_timer_start(pool->tick, tp_processes_tick(pool));
}

static temporal_error *watch(uv_loop_t *uv, uv_poll_t *handle, int fd, uv_poll_cb heard, void *data)
{
    int failed = uv_poll_init(uv, handle, fd);

    handle->data = data;
    if (!failed)
        failed = uv_poll_start(handle, UV_READABLE, heard);
    if (failed)
        return tp_error_system(-failed, "cannot watch the activity processes");
    return NULL;
}

temporal_error *tp_processes_watch(tp_processes *pool)
{
    uv_loop_t *uv = tp_loop_uv(pool->loop);

    TEMPORAL_TRY(watch(uv, &pool->channel_poll, pool->channel, on_channel, pool));
    pool->watched = true;
    for (size_t i = 0; i < pool->layout.process_count; i++) {
        tp_process *process = &pool->processes[i];

        TEMPORAL_TRY(watch(uv, &process->bell_poll, process->bell, on_bell, process));
        process->respawn = tp_timer_new(pool->loop, tp_processes_respawn, process);
        process->force = tp_timer_new(pool->loop, tp_processes_force, process);
        process->watched = true;
    }
    pool->tick = tp_timer_new(pool->loop, tick, pool);
    tp_timer_start(pool->tick, tp_processes_tick(pool));
    return NULL;
}

static void let_go(tp_processes *pool)
{
    if (--pool->closing == 0)
        pool->stopped(pool->stopped_data);
}

static void closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

static void unwatch(tp_processes *pool, uv_poll_t *handle)
{
    handle->data = pool;
    pool->closing++;
    uv_close((uv_handle_t *)handle, closed);
}

static void nothing_left(void *data)
{
    let_go(data);
}

void tp_processes_unwatch(tp_processes *pool)
{
    pool->closing = 1;
    for (size_t i = 0; i < pool->layout.process_count; i++) {
        tp_process *process = &pool->processes[i];

        tp_processes_forget(process);
        tp_timer_free(process->respawn);
        tp_timer_free(process->force);
        if (process->watched)
            unwatch(pool, &process->bell_poll);
    }
    tp_timer_free(pool->tick);
    tp_timer_free(pool->stop_timer);
    if (pool->watched)
        unwatch(pool, &pool->channel_poll);
    tp_loop_post(pool->loop, nothing_left, pool);
}
