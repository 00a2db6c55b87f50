/* SPDX-License-Identifier: MIT */
/* shm/pool.c -- the arithmetic of a pool's memory, and its header. */
#include "shm/pool.h"

#include <string.h>

#include "shm/segment.h"

#define MAGIC   UINT64_C(0x314c4f4f50435054) /* "TPCPOOL1" */
#define VERSION 1

typedef struct pool_header {
    uint64_t magic;
    uint32_t version;
    uint32_t process_count;
    uint64_t payload_max;
    uint64_t registry_size;
    uint64_t total;
} pool_header;

temporal_error *tp_pool_layout_make(tp_pool_layout *layout, size_t process_count,
                                    size_t payload_max, size_t registry_size)
{
    if (process_count == 0 || process_count > TP_POOL_PROCESSES_MAX)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "processes.concurrency: %zu is not between 1 and %d",
                                  process_count, TP_POOL_PROCESSES_MAX);
    if (payload_max == 0 || payload_max > TP_POOL_PAYLOAD_MAX)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "processes.payload_max: %zu bytes is not between 1 and %zu",
                                  payload_max, TP_POOL_PAYLOAD_MAX);
    *layout = (tp_pool_layout){
        .process_count = (uint32_t)process_count,
        .payload_max = payload_max,
        .registry_size = registry_size,
        .registry_offset = tp_segment_pages(sizeof(pool_header)),
        /* An input is the task's record, its payloads, and the last heartbeat of the attempt
         * before. An output is payloads, or a failure. */
        .slot = tp_slot_geometry_of(TP_POOL_RECORD_MAX + 2 * payload_max, payload_max,
                                    payload_max > TP_POOL_FAILURE_MIN ? payload_max
                                                                      : TP_POOL_FAILURE_MIN),
    };
    layout->slots_offset = layout->registry_offset + tp_segment_pages(registry_size);
    layout->total = layout->slots_offset + process_count * layout->slot.size;
    return NULL;
}

size_t tp_pool_slot_offset(const tp_pool_layout *layout, uint32_t process)
{
    return layout->slots_offset + process * layout->slot.size;
}

void tp_pool_header_write(uint8_t *base, const tp_pool_layout *layout)
{
    pool_header header = {
        .magic = MAGIC,
        .version = VERSION,
        .process_count = layout->process_count,
        .payload_max = layout->payload_max,
        .registry_size = layout->registry_size,
        .total = layout->total,
    };

    memcpy(base, &header, sizeof header);
}

temporal_error *tp_pool_header_read(tp_pool_layout *layout, const uint8_t *base, size_t size)
{
    pool_header header;
    temporal_error *error;

    if (size < sizeof header)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the memory of the pool is %zu bytes, too few for its header",
                                  size);
    memcpy(&header, base, sizeof header);
    if (header.magic != MAGIC || header.version != VERSION)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the memory of the pool has no header of version %d", VERSION);
    if (header.registry_size > size)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the registry of the pool does not fit its memory");
    error =
        tp_pool_layout_make(layout, header.process_count, header.payload_max, header.registry_size);
    if (error)
        return error;
    if (layout->total != header.total || layout->total != size)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the memory of the pool is %zu bytes and not %zu", size,
                                  layout->total);
    return NULL;
}
