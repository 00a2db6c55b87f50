/* SPDX-License-Identifier: MIT */
/* shm/pool.h -- the memory of one pool of processes: a header, a registry, and a slot for each
 * process.
 *
 * Header and registry are written by the worker before the first process exists, and never again;
 * what stands in the registry is the executor's affair. There are offsets, no pointers. Whoever
 * maps the memory reads the header, checks that it says what its own arithmetic says, and goes by
 * that. */
#ifndef TP_SHM_POOL_H
#define TP_SHM_POOL_H

#include <stddef.h>
#include <stdint.h>

#include <temporal/error.h>

#include "shm/slot.h"

#define TP_POOL_PROCESSES_MAX 1024
#define TP_POOL_PAYLOAD_MAX   ((size_t)256 << 20)
/* Room beside the payloads of a task: its ids, times and names. */
#define TP_POOL_RECORD_MAX ((size_t)64 << 10)
/* Room for a failure, however small the payloads are. */
#define TP_POOL_FAILURE_MIN ((size_t)64 << 10)

typedef struct tp_pool_layout {
    uint32_t process_count;
    size_t payload_max;
    size_t registry_size;
    /* which give */
    size_t registry_offset;
    size_t slots_offset;
    size_t total;
    tp_slot_geometry slot;
} tp_pool_layout;

/** INVALID_ARGUMENT when there are too many processes or the payloads are too large. */
temporal_error *tp_pool_layout_make(tp_pool_layout *layout, size_t process_count,
                                    size_t payload_max, size_t registry_size);
/** Where the slot of a process begins. */
size_t tp_pool_slot_offset(const tp_pool_layout *layout, uint32_t process);

void tp_pool_header_write(uint8_t *base, const tp_pool_layout *layout);
/** SYSTEM when memory of that size does not begin with the header of a pool. */
temporal_error *tp_pool_header_read(tp_pool_layout *layout, const uint8_t *base, size_t size);

#endif
