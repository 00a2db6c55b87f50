/* SPDX-License-Identifier: MIT */
/* executor/cgroup.h -- a leaf of a cgroup (version 2) for each process of a pool.
 *
 * The worker makes the leaves, each process enters its own, and the fork server removes them when
 * the pool is over, however its worker ended. A leaf is named by a prefix, which is the same for
 * all of a pool, and the number of its process. */
#ifndef TP_EXECUTOR_CGROUP_H
#define TP_EXECUTOR_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <temporal/error.h>

/** Makes the leaves in that folder; memory_max: of each, 0 for no limit. prefix: room for size
 * bytes, which the folder's path and 32 more must fit in. SYSTEM says what the folder lacks. */
temporal_error *tp_cgroup_make(const char *folder, size_t count, uint64_t memory_max, char *prefix,
                               size_t size);
/** Those in which no process is left; false: there is one that still has some, dying perhaps. */
bool tp_cgroup_remove(const char *prefix, size_t count);
/** The calling process enters it; false, with errno, when it may not. */
bool tp_cgroup_enter(const char *prefix, uint32_t number);
/** Kills whatever is in it. */
void tp_cgroup_kill(const char *prefix, uint32_t number);
/** How many processes were killed there for want of memory, so far. */
uint64_t tp_cgroup_oom_kills(const char *prefix, uint32_t number);

#endif
