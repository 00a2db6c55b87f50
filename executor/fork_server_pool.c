/* SPDX-License-Identifier: MIT */
/* executor/fork_server_pool.c -- a pool of activity processes as the fork server sees it. */
#include "executor/fork_server_pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "executor/cgroup.h"
#include "executor/registry.h"

#define CGROUP_LOOKS 500 /* then the folder is left behind */

void tp_fork_server_pool_free(tp_fork_server_pool *pool)
{
    if (pool->channel >= 0)
        close(pool->channel);
    if (pool->memory >= 0)
        close(pool->memory);
    if (pool->map)
        munmap(pool->map, pool->layout.slots_offset);
    tp_free(pool->definitions);
    tp_free(pool->limits);
    tp_free(pool->children);
    tp_free(pool);
}

static temporal_error *read_registry(tp_fork_server_pool *pool, const uint8_t *in, size_t size)
{
    size_t used, count = 0;

    TEMPORAL_TRY(tp_settings_read(in, size, &pool->settings, &pool->limits));
    used = tp_settings_size(pool->settings.count);
    TEMPORAL_TRY(tp_registry_read(in + used, size - used, &pool->definitions));
    while (pool->definitions[count])
        count++;
    if (count != pool->settings.count)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the pool's memory has settings for %zu activities, not for %zu",
                                  (size_t)pool->settings.count, count);
    return NULL;
}

/* Maps what stands before the slots, and finds the activities in it. */
static temporal_error *pool_read(tp_fork_server_pool *pool, size_t size)
{
    void *start = mmap(NULL, size, PROT_READ, MAP_SHARED, pool->memory, 0);
    temporal_error *error;

    if (start == MAP_FAILED)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the fork server cannot map the pool's memory: %s",
                                  strerror(errno));
    error = tp_pool_header_read(&pool->layout, start, size);
    if (error) {
        munmap(start, size);
        return error;
    }
    munmap((uint8_t *)start + pool->layout.slots_offset, size - pool->layout.slots_offset);
    pool->map = start;
    return read_registry(pool, pool->map + pool->layout.registry_offset,
                         pool->layout.registry_size);
}

tp_fork_server_pool *tp_fork_server_pool_open(const tp_control *request,
                                              const int fds[TP_CONTROL_FDS])
{
    tp_control answer = { .kind = TP_CONTROL_OPENED };
    tp_fork_server_pool *pool = tp_alloc(sizeof *pool);
    temporal_error *error;

    *pool = (tp_fork_server_pool){ .channel = fds[0], .memory = fds[1] };
    error = pool_read(pool, request->size);
    if (error) {
        answer.kind = TP_CONTROL_REFUSED;
        (void)snprintf(answer.text, sizeof answer.text, "%s", temporal_error_message(error));
        temporal_error_free(error);
    }
    (void)tp_control_send(pool->channel, &answer, NULL, 0, false);
    if (answer.kind == TP_CONTROL_REFUSED) {
        tp_fork_server_pool_free(pool);
        return NULL;
    }
    pool->children = tp_alloc_array(pool->layout.process_count, sizeof(tp_fork_server_child));
    return pool;
}

void tp_fork_server_pool_kill(const tp_fork_server_pool *pool)
{
    for (uint32_t i = 0; i < pool->layout.process_count; i++)
        if (pool->children[i].pid > 0)
            (void)kill(-pool->children[i].pid, SIGKILL);
}

void tp_fork_server_pool_close(tp_fork_server_pool *pool)
{
    close(pool->channel);
    pool->channel = -1;
    tp_fork_server_pool_kill(pool);
}

bool tp_fork_server_pool_is_over(const tp_fork_server_pool *pool)
{
    if (pool->channel >= 0)
        return false;
    for (uint32_t i = 0; i < pool->layout.process_count; i++)
        if (pool->children[i].pid > 0)
            return false;
    return true;
}

bool tp_fork_server_pool_has_left_cgroup(tp_fork_server_pool *pool)
{
    return !*pool->settings.cgroup ||
           tp_cgroup_remove(pool->settings.cgroup, pool->layout.process_count) ||
           ++pool->looks > CGROUP_LOOKS;
}

/* --- telling ---------------------------------------------------------------------------------- */

/* False when there is no room now. */
static bool tell(tp_fork_server_pool *pool, const tp_control *message, int fd)
{
    return tp_control_send(pool->channel, message, &fd, fd >= 0 ? 1 : 0, false) != EAGAIN;
}

static bool tell_of(tp_fork_server_pool *pool, uint32_t process)
{
    tp_fork_server_child *child = &pool->children[process];

    if (child->spawned) {
        tp_control message = { .kind = TP_CONTROL_SPAWNED,
                               .process = process,
                               .generation = child->generation,
                               .pid = child->pid };

        if (child->exited)
            message.pid = child->end.pid;
        if (!tell(pool, &message, child->pidfd))
            return false;
        child->spawned = false;
        if (child->pidfd >= 0)
            close(child->pidfd);
        child->pidfd = -1;
    }
    if (child->unborn || child->exited) {
        if (!tell(pool, &child->end, -1))
            return false;
        child->unborn = child->exited = false;
    }
    return true;
}

void tp_fork_server_pool_tell(tp_fork_server_pool *pool)
{
    pool->stuck = false;
    for (uint32_t i = 0; i < pool->layout.process_count && !pool->stuck; i++)
        if (pool->channel >= 0)
            pool->stuck = !tell_of(pool, i);
}
