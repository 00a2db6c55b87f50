/* SPDX-License-Identifier: MIT */
/* shm/slot_process.c -- see slot.h for the protocol. */
#include "shm/slot_process.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A test may name the moments at which it kills, or delays, a process. */
#ifndef TP_SLOT_MOMENT
#define TP_SLOT_MOMENT(moment) ((void)0)
#endif

void tp_slot_process_init(tp_slot_process *slot, const tp_slot_view *view, int bell)
{
    *slot = (tp_slot_process){ .view = *view, .bell = bell };
}

static bool ring(const tp_slot_process *slot)
{
    uint64_t one = 1;
    ssize_t written;

    do {
        written = write(slot->bell, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
    return written == (ssize_t)sizeof one || errno == EAGAIN; /* EAGAIN: it rings already */
}

void tp_slot_process_ready(tp_slot_process *slot)
{
    TP_SLOT_MOMENT(BEFORE_READY);
    atomic_store_explicit(&slot->view.report->ready, slot->view.orders->generation,
                          memory_order_release);
    (void)ring(slot);
}

bool tp_slot_process_claim(tp_slot_process *slot, tp_bytes *input)
{
    for (;;) {
        uint64_t oldest = UINT64_MAX;
        size_t found = 0;

        for (size_t entry = 0; entry < TP_SLOT_ENTRIES; entry++) {
            uint64_t word = atomic_load_explicit(&slot->view.report->entries[entry].state,
                                                 memory_order_acquire);

            if ((word & 0xff) == TP_SLOT_QUEUED && word < oldest) {
                oldest = word;
                found = entry;
            }
        }
        if (oldest == UINT64_MAX)
            return false;
        TP_SLOT_MOMENT(BEFORE_CLAIM);
        slot->sequence = oldest >> 8;
        if (!atomic_compare_exchange_strong_explicit(&slot->view.report->entries[found].state,
                                                     &oldest,
                                                     TP_SLOT_WORD(slot->sequence, TP_SLOT_RUNNING),
                                                     memory_order_acq_rel, memory_order_acquire))
            continue; /* it was revoked just now */
        TP_SLOT_MOMENT(AFTER_CLAIM);
        slot->entry = found;
        slot->back = 0;
        slot->rung = 0;
        *input = (tp_bytes){ slot->view.inputs[found],
                             (size_t)slot->view.orders->entries[found].input_size };
        return true;
    }
}

void tp_slot_process_progress(tp_slot_process *slot)
{
    atomic_fetch_add_explicit(&slot->view.report->entries[slot->entry].progress, 1,
                              memory_order_relaxed);
}

void tp_slot_process_beat(tp_slot_process *slot, const void *details, size_t size)
{
    tp_slot_reply *reply = &slot->view.report->entries[slot->entry];
    const tp_slot_order *order = &slot->view.orders->entries[slot->entry];
    uint32_t back = slot->back, wanted;

    assert(size <= slot->view.heartbeat_capacity);
    TP_SLOT_MOMENT(BEFORE_BEAT);
    if (size > 0)
        memcpy(slot->view.heartbeats[slot->entry][back], details, size);
    TP_SLOT_MOMENT(WHILE_BEATING);
    atomic_store_explicit(&reply->beats[back].size, size, memory_order_relaxed);
    atomic_store_explicit(&reply->beats[back].sequence, slot->sequence, memory_order_relaxed);
    TP_SLOT_MOMENT(BEFORE_PUBLISH);
    slot->back =
        atomic_exchange_explicit(&reply->middle, back | TP_SLOT_NEW, memory_order_seq_cst) & 3;
    TP_SLOT_MOMENT(AFTER_PUBLISH);
    atomic_fetch_add_explicit(&reply->beat_count, 1, memory_order_relaxed);
    wanted = atomic_load_explicit(&order->beat_wanted, memory_order_seq_cst);
    if (wanted != slot->rung) {
        slot->rung = wanted;
        (void)ring(slot);
    }
}

bool tp_slot_process_crashed(tp_slot_process *slot, uint64_t frame)
{
    tp_slot_crash *crash = &slot->view.report->crash;
    uint32_t count = atomic_load_explicit(&crash->count, memory_order_relaxed);

    if (count >= TP_SLOT_FRAMES)
        return false;
    atomic_store_explicit(&crash->frames[count], frame, memory_order_relaxed);
    atomic_store_explicit(&crash->count, count + 1, memory_order_release);
    return true;
}

unsigned tp_slot_process_cancel_reason(const tp_slot_process *slot)
{
    uint64_t word =
        atomic_load_explicit(&slot->view.orders->entries[slot->entry].cancel, memory_order_acquire);

    return word >> 8 == slot->sequence ? (unsigned)(word & 0xff) : 0;
}

uint32_t tp_slot_process_flags(const tp_slot_process *slot)
{
    return atomic_load_explicit(&slot->view.orders->flags, memory_order_acquire);
}

bool tp_slot_process_finish(tp_slot_process *slot, uint32_t outcome, size_t output_size)
{
    tp_slot_reply *reply = &slot->view.report->entries[slot->entry];

    assert(output_size <= slot->view.output_capacity);
    TP_SLOT_MOMENT(BEFORE_OUTCOME);
    atomic_store_explicit(&reply->outcome, outcome, memory_order_relaxed);
    atomic_store_explicit(&reply->output_size, output_size, memory_order_relaxed);
    TP_SLOT_MOMENT(BEFORE_DONE);
    atomic_store_explicit(&reply->state, TP_SLOT_WORD(slot->sequence, TP_SLOT_DONE),
                          memory_order_release);
    TP_SLOT_MOMENT(AFTER_DONE);
    return ring(slot);
}
