/* SPDX-License-Identifier: MIT */
/* executor/cgroup.c -- a leaf of a cgroup (version 2) for each process of a pool. */
#include "executor/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define PATH_MAX_OF_LEAF 640

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written;
    int reason;

    if (fd < 0)
        return false;
    written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    reason = errno;
    close(fd);
    errno = reason;
    return written;
}

static bool write_leaf(const char *prefix, uint32_t number, const char *file, const char *text)
{
    char path[PATH_MAX_OF_LEAF];

    (void)snprintf(path, sizeof path, "%s%u/%s", prefix, number, file);
    return write_file(path, text);
}

static temporal_error *make_leaf(const char *prefix, uint32_t number, uint64_t memory_max)
{
    char path[PATH_MAX_OF_LEAF], text[32];

    (void)snprintf(path, sizeof path, "%s%u", prefix, number);
    if (mkdir(path, 0755) != 0)
        return tp_error_system(errno, "processes.cgroup: cannot make %s", path);
    (void)snprintf(text, sizeof text, "%" PRIu64, memory_max);
    if (memory_max > 0 && !write_leaf(prefix, number, "memory.max", text))
        return tp_error_system(errno, "processes.cgroup: cannot set memory.max of %s", path);
    return NULL;
}

temporal_error *tp_cgroup_make(const char *folder, size_t count, uint64_t memory_max, char *prefix,
                               size_t size)
{
    static _Atomic unsigned pools;
    char path[PATH_MAX_OF_LEAF];

    (void)snprintf(path, sizeof path, "%s/cgroup.procs", folder);
    if (access(path, W_OK) != 0)
        return tp_error_system(errno,
                               "processes.cgroup: %s is no folder of cgroup v2 that this program "
                               "may write to",
                               folder);
    (void)snprintf(path, sizeof path, "%s/cgroup.subtree_control", folder);
    if (memory_max > 0 && !write_file(path, "+memory"))
        return tp_error_system(errno,
                               "processes.cgroup: %s cannot limit memory (its controller is not "
                               "delegated, or a process is in it)",
                               folder);
    (void)snprintf(prefix, size, "%s/temporal-%d-%u-", folder, (int)getpid(),
                   atomic_fetch_add(&pools, 1));
    for (uint32_t i = 0; i < count; i++) {
        temporal_error *error = make_leaf(prefix, i, memory_max);

        if (error) {
            (void)tp_cgroup_remove(prefix, i + 1);
            return error;
        }
    }
    return NULL;
}

bool tp_cgroup_remove(const char *prefix, size_t count)
{
    char path[PATH_MAX_OF_LEAF];
    bool removed = true;

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "%s%zu", prefix, i);
        if (rmdir(path) != 0 && errno == EBUSY)
            removed = false;
    }
    return removed;
}

bool tp_cgroup_enter(const char *prefix, uint32_t number)
{
    return write_leaf(prefix, number, "cgroup.procs", "0");
}

void tp_cgroup_kill(const char *prefix, uint32_t number)
{
    (void)write_leaf(prefix, number, "cgroup.kill", "1");
}

uint64_t tp_cgroup_oom_kills(const char *prefix, uint32_t number)
{
    char path[PATH_MAX_OF_LEAF], line[128];
    uint64_t kills = 0;
    FILE *events;

    (void)snprintf(path, sizeof path, "%s%u/memory.events", prefix, number);
    events = fopen(path, "re");
    if (!events)
        return 0;
    while (fgets(line, sizeof line, events))
        if (sscanf(line, "oom_kill %" SCNu64, &kills) == 1)
            break;
    fclose(events);
    return kills;
}
