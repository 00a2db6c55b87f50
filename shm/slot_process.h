/* SPDX-License-Identifier: MIT */
/* shm/slot_process.h -- the activity process's side of a slot.
 *
 * One thread claims, waits and finishes. Every thread of the attempt may ask, and beat: one at a
 * time. */
#ifndef TP_SHM_SLOT_PROCESS_H
#define TP_SHM_SLOT_PROCESS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "shm/slot.h"

typedef struct tp_slot_process {
    tp_slot_view view;
    int bell; /* eventfd */
    /* the attempt that runs */
    size_t entry;
    uint64_t sequence;
    /* its heartbeats */
    uint32_t back; /* the buffer that is the process's */
    uint32_t rung; /* the beat_wanted that was answered last */
} tp_slot_process;

void tp_slot_process_init(tp_slot_process *slot, const tp_slot_view *view, int bell);
/** Tells the worker that this process takes tasks. */
void tp_slot_process_ready(tp_slot_process *slot);
/** Begins with the oldest task; false when none is queued. *input is valid until it is finished. */
bool tp_slot_process_claim(tp_slot_process *slot, tp_bytes *input);
/** Never waits for the worker. size: at most the heartbeat capacity. */
void tp_slot_process_beat(tp_slot_process *slot, const void *details, size_t size);
/** The attempt gets on; a heartbeat says so as well. Any thread. */
void tp_slot_process_progress(tp_slot_process *slot);
/** Notes one more frame of a crash; false when there is no room. For signal handlers. */
bool tp_slot_process_crashed(tp_slot_process *slot, uint64_t frame);
unsigned tp_slot_process_cancel_reason(const tp_slot_process *slot);
uint32_t tp_slot_process_flags(const tp_slot_process *slot);
/** The output, at most the output capacity, is written to the view already. False when the bell is
 * broken (the activity has closed it): the worker learns of it when the process ends. */
bool tp_slot_process_finish(tp_slot_process *slot, uint32_t outcome, size_t output_size);

#endif
