/* SPDX-License-Identifier: MIT */
/* shm/slot_worker.c -- see slot.h for the protocol. Each word is read once. */
#include "shm/slot_worker.h"

#include <assert.h>
#include <string.h>

#include "shm/segment.h"

void tp_slot_worker_init(tp_slot_worker *slot, const tp_slot_view *view)
{
    *slot = (tp_slot_worker){ .view = *view,
                              .kept = { .input = view->input_capacity,
                                        .heartbeat = view->heartbeat_capacity,
                                        .output = view->output_capacity } };
}

/* --- memory ----------------------------------------------------------------------------------- */

static size_t whole_pages(size_t size, size_t capacity)
{
    return size < capacity ? tp_segment_pages(size) : capacity;
}

void tp_slot_worker_keep(tp_slot_worker *slot, const tp_slot_kept *kept)
{
    slot->kept = (tp_slot_kept){
        .input = whole_pages(kept->input, slot->view.input_capacity),
        .heartbeat = whole_pages(kept->heartbeat, slot->view.heartbeat_capacity),
        .output = whole_pages(kept->output, slot->view.output_capacity),
    };
}

static void trim_input(tp_slot_worker *slot, size_t entry)
{
    tp_segment_give_back(slot->view.inputs[entry] + slot->kept.input,
                         slot->view.input_capacity - slot->kept.input);
}

static void trim_output(tp_slot_worker *slot, size_t entry)
{
    tp_segment_give_back(slot->view.outputs[entry] + slot->kept.output,
                         slot->view.output_capacity - slot->kept.output);
}

static void trim_heartbeats(tp_slot_worker *slot, size_t entry)
{
    for (size_t i = 0; i < TP_SLOT_BUFFERS; i++)
        tp_segment_give_back(slot->view.heartbeats[entry][i] + slot->kept.heartbeat,
                             slot->view.heartbeat_capacity - slot->kept.heartbeat);
}

/* After an attempt. The sizes of its heartbeats are only as true as the process is; what it has not
 * told of goes back when it ends. */
static void trim(tp_slot_worker *slot, size_t entry)
{
    tp_slot_beat *beats = slot->view.report->entries[entry].beats;
    bool large = false;

    if (slot->input_size[entry] > slot->kept.input)
        trim_input(slot, entry);
    if (slot->output_size[entry] > slot->kept.output)
        trim_output(slot, entry);
    for (size_t i = 0; i < TP_SLOT_BUFFERS; i++)
        if (atomic_load_explicit(&beats[i].size, memory_order_relaxed) > slot->kept.heartbeat) {
            atomic_store_explicit(&beats[i].size, 0, memory_order_relaxed);
            large = true;
        }
    if (large)
        trim_heartbeats(slot, entry);
}

static void trim_all(tp_slot_worker *slot)
{
    for (size_t entry = 0; entry < TP_SLOT_ENTRIES; entry++) {
        trim_input(slot, entry);
        trim_output(slot, entry);
        trim_heartbeats(slot, entry);
    }
}

/* --- orders ----------------------------------------------------------------------------------- */

uint32_t tp_slot_worker_reset(tp_slot_worker *slot)
{
    tp_slot_report *report = slot->view.report;

    if (slot->generation > 0)
        trim_all(slot);
    slot->generation++;
    slot->violation = NULL;
    memset(slot->sequence, 0, sizeof slot->sequence);
    for (size_t entry = 0; entry < TP_SLOT_ENTRIES; entry++) {
        atomic_store_explicit(&slot->view.orders->entries[entry].cancel, 0, memory_order_relaxed);
        atomic_store_explicit(&report->entries[entry].state,
                              TP_SLOT_WORD(UINT64_C(0), TP_SLOT_FREE), memory_order_relaxed);
    }
    atomic_store_explicit(&report->ready, 0, memory_order_relaxed);
    atomic_store_explicit(&report->crash.count, 0, memory_order_relaxed);
    tp_latch_init(&report->latch);
    slot->view.orders->generation = slot->generation;
    return slot->generation;
}

bool tp_slot_worker_is_ready(const tp_slot_worker *slot)
{
    return slot->generation != 0 && atomic_load_explicit(&slot->view.report->ready,
                                                         memory_order_acquire) == slot->generation;
}

void tp_slot_worker_set_flags(tp_slot_worker *slot, uint32_t flags)
{
    slot->flags = flags;
    atomic_store_explicit(&slot->view.orders->flags, flags, memory_order_release);
    tp_latch_post(&slot->view.report->latch);
}

void tp_slot_worker_queue(tp_slot_worker *slot, size_t entry, uint64_t sequence, size_t input_size)
{
    tp_slot_order *order = &slot->view.orders->entries[entry];
    tp_slot_reply *reply = &slot->view.report->entries[entry];

    assert(slot->sequence[entry] == 0 && sequence != 0);
    assert(input_size <= slot->view.input_capacity);
    slot->sequence[entry] = sequence;
    slot->front[entry] = 1;
    slot->has_front[entry] = false;
    slot->beat_wanted[entry] = 1;
    slot->input_size[entry] = input_size;
    slot->output_size[entry] = 0;
    order->input_size = input_size;
    atomic_store_explicit(&order->cancel, 0, memory_order_relaxed);
    atomic_store_explicit(&order->beat_wanted, 1, memory_order_relaxed);
    atomic_store_explicit(&reply->middle, 2, memory_order_relaxed); /* the process's is 0 */
    atomic_store_explicit(&reply->state, TP_SLOT_WORD(sequence, TP_SLOT_QUEUED),
                          memory_order_release);
    tp_latch_post(&slot->view.report->latch);
}

bool tp_slot_worker_revoke(tp_slot_worker *slot, size_t entry)
{
    uint64_t expected = TP_SLOT_WORD(slot->sequence[entry], TP_SLOT_QUEUED);
    uint64_t revoked = TP_SLOT_WORD(slot->sequence[entry], TP_SLOT_REVOKED);

    assert(slot->sequence[entry] != 0);
    if (!atomic_compare_exchange_strong_explicit(&slot->view.report->entries[entry].state,
                                                 &expected, revoked, memory_order_acq_rel,
                                                 memory_order_acquire))
        return false;
    trim(slot, entry);
    slot->sequence[entry] = 0;
    return true;
}

void tp_slot_worker_cancel(tp_slot_worker *slot, size_t entry, unsigned reason)
{
    assert(slot->sequence[entry] != 0);
    atomic_store_explicit(&slot->view.orders->entries[entry].cancel,
                          TP_SLOT_WORD(slot->sequence[entry], reason), memory_order_release);
    tp_latch_post(&slot->view.report->latch);
}

tp_slot_look tp_slot_worker_look(tp_slot_worker *slot, size_t entry)
{
    uint64_t sequence = slot->sequence[entry];
    uint64_t word =
        atomic_load_explicit(&slot->view.report->entries[entry].state, memory_order_acquire);

    assert(sequence != 0);
    if (word == TP_SLOT_WORD(sequence, TP_SLOT_QUEUED))
        return TP_SLOT_LOOK_QUEUED;
    if (word == TP_SLOT_WORD(sequence, TP_SLOT_RUNNING))
        return TP_SLOT_LOOK_RUNNING;
    if (word == TP_SLOT_WORD(sequence, TP_SLOT_DONE))
        return TP_SLOT_LOOK_DONE;
    slot->violation = "an impossible state of its task";
    return TP_SLOT_LOOK_WRONG;
}

bool tp_slot_worker_take_output(tp_slot_worker *slot, size_t entry, tp_buffer *output,
                                uint32_t *outcome)
{
    tp_slot_reply *reply = &slot->view.report->entries[entry];
    uint64_t size = atomic_load_explicit(&reply->output_size, memory_order_relaxed);

    if (size > slot->view.output_capacity) {
        slot->violation = "an impossible length of its result";
        return false;
    }
    slot->output_size[entry] = (size_t)size;
    *outcome = atomic_load_explicit(&reply->outcome, memory_order_relaxed);
    tp_buffer_clear(output);
    tp_buffer_append(output, slot->view.outputs[entry], (size_t)size);
    return true;
}

void tp_slot_worker_release(tp_slot_worker *slot, size_t entry)
{
    assert(slot->sequence[entry] != 0);
    trim(slot, entry);
    atomic_store_explicit(&slot->view.report->entries[entry].state,
                          TP_SLOT_WORD(slot->sequence[entry], TP_SLOT_FREE), memory_order_relaxed);
    slot->sequence[entry] = 0;
}

size_t tp_slot_worker_crash(const tp_slot_worker *slot, uint64_t *frames)
{
    const tp_slot_crash *crash = &slot->view.report->crash;
    uint32_t count = atomic_load_explicit(&crash->count, memory_order_acquire);

    if (count > TP_SLOT_FRAMES)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        frames[i] = atomic_load_explicit(&crash->frames[i], memory_order_relaxed);
    return count;
}

void tp_slot_worker_want_beat(tp_slot_worker *slot, size_t entry)
{
    /* The process publishes, then reads the wish; the worker writes the wish, then looks for a
     * heartbeat. All four in one order, so that at least one of the two sees the other. */
    atomic_store_explicit(&slot->view.orders->entries[entry].beat_wanted,
                          ++slot->beat_wanted[entry], memory_order_seq_cst);
}

bool tp_slot_worker_has_beat(const tp_slot_worker *slot, size_t entry)
{
    return (atomic_load_explicit(&slot->view.report->entries[entry].middle, memory_order_seq_cst) &
            TP_SLOT_NEW) != 0;
}

uint64_t tp_slot_worker_beats(const tp_slot_worker *slot, size_t entry)
{
    return atomic_load_explicit(&slot->view.report->entries[entry].beat_count,
                                memory_order_relaxed);
}

uint64_t tp_slot_worker_progress(const tp_slot_worker *slot, size_t entry)
{
    return tp_slot_worker_beats(slot, entry) +
           atomic_load_explicit(&slot->view.report->entries[entry].progress, memory_order_relaxed);
}

bool tp_slot_worker_take_beat(tp_slot_worker *slot, size_t entry, tp_buffer *details)
{
    tp_slot_reply *reply = &slot->view.report->entries[entry];
    uint32_t front = slot->front[entry], middle;
    uint64_t size;

    assert(slot->sequence[entry] != 0);
    if (!tp_slot_worker_has_beat(slot, entry))
        return false;
    middle = atomic_exchange_explicit(&reply->middle, front, memory_order_acq_rel);
    front = middle & ~TP_SLOT_NEW;
    if (!(middle & TP_SLOT_NEW) || front >= TP_SLOT_BUFFERS || front == slot->front[entry]) {
        slot->violation = "an impossible heartbeat buffer";
        return false;
    }
    slot->front[entry] = front;
    slot->has_front[entry] = false;
    size = atomic_load_explicit(&reply->beats[front].size, memory_order_relaxed);
    if (size > slot->view.heartbeat_capacity ||
        atomic_load_explicit(&reply->beats[front].sequence, memory_order_relaxed) !=
            slot->sequence[entry]) {
        slot->violation = "a heartbeat that is too long, or not of its attempt";
        return false;
    }
    slot->front_size[entry] = (size_t)size;
    slot->has_front[entry] = true;
    return tp_slot_worker_last_beat(slot, entry, details);
}

bool tp_slot_worker_last_beat(const tp_slot_worker *slot, size_t entry, tp_buffer *details)
{
    if (!slot->has_front[entry])
        return false;
    tp_buffer_clear(details);
    tp_buffer_append(details, slot->view.heartbeats[entry][slot->front[entry]],
                     slot->front_size[entry]);
    return true;
}
