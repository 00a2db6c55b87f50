/* SPDX-License-Identifier: MIT */
/* workflow/pulse.h -- whether user code gives its thread back, for whoever watches from outside.
 *
 * Odd while user code runs, even otherwise; each number is used once. Who sees the same odd number
 * for too long looks at code that does not come back. */
#ifndef TP_WORKFLOW_PULSE_H
#define TP_WORKFLOW_PULSE_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct tp_pulse {
    _Atomic uint64_t count;
} tp_pulse;

/** From user code or back; NULL: nobody watches. */
static inline void tp_pulse_beat(tp_pulse *pulse)
{
    if (pulse) /* one thread writes: no read-modify-write is needed */
        atomic_store_explicit(&pulse->count,
                              atomic_load_explicit(&pulse->count, memory_order_relaxed) + 1,
                              memory_order_relaxed);
}

static inline uint64_t tp_pulse_read(tp_pulse *pulse)
{
    return atomic_load_explicit(&pulse->count, memory_order_relaxed);
}

#endif
