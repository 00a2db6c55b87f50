/* SPDX-License-Identifier: MIT */
/* Any bytes as the deeds of a hostile activity process, and what its worker does meanwhile: the
 * worker reads within the slot's memory whatever stands there, believes no length and no index, and
 * each attempt that it hands over ends for it exactly once. A libFuzzer target, as fuzz_json.c;
 * tests/shm/test_hostile_slot.c runs it on inputs of its own. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "shm/slot_worker.h"

/* None of them a power of two, and each part in memory of its own, where the address sanitizer sees
 * who leaves it. */
#define INPUT_CAPACITY     40
#define HEARTBEAT_CAPACITY 56
#define OUTPUT_CAPACITY    72

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct game {
    const uint8_t *at, *end;
    tp_slot_worker worker;
    uint64_t sequence; /* the last that was handed over */
    uint64_t handed, ended;
} game;

static void demand(bool holds)
{
    if (!holds)
        abort();
}

/* 0 when nothing is left. */
static uint8_t next(game *self)
{
    return self->at < self->end ? *self->at++ : 0;
}

static size_t next_entry(game *self)
{
    return next(self) % TP_SLOT_ENTRIES;
}

/* --- the slot --------------------------------------------------------------------------------- */

static void *room(size_t size)
{
    void *memory = aligned_alloc(TP_SLOT_CACHE_LINE, (size + TP_SLOT_CACHE_LINE - 1) /
                                                         TP_SLOT_CACHE_LINE * TP_SLOT_CACHE_LINE);

    demand(memory != NULL);
    memset(memory, 0, size);
    return memory;
}

static void open_slot(game *self)
{
    tp_slot_view view = { .orders = room(sizeof(tp_slot_orders)),
                          .report = room(sizeof(tp_slot_report)),
                          .input_capacity = INPUT_CAPACITY,
                          .heartbeat_capacity = HEARTBEAT_CAPACITY,
                          .output_capacity = OUTPUT_CAPACITY };

    for (size_t i = 0; i < TP_SLOT_ENTRIES; i++) {
        view.inputs[i] = tp_alloc(INPUT_CAPACITY);
        view.outputs[i] = tp_alloc(OUTPUT_CAPACITY);
        for (size_t j = 0; j < TP_SLOT_BUFFERS; j++)
            view.heartbeats[i][j] = tp_alloc(HEARTBEAT_CAPACITY);
    }
    tp_slot_worker_init(&self->worker, &view);
    tp_slot_worker_reset(&self->worker);
}

static void close_slot(game *self)
{
    tp_slot_view *view = &self->worker.view;

    for (size_t i = 0; i < TP_SLOT_ENTRIES; i++) {
        tp_free(view->inputs[i]);
        tp_free(view->outputs[i]);
        for (size_t j = 0; j < TP_SLOT_BUFFERS; j++)
            tp_free(view->heartbeats[i][j]);
    }
    free(view->orders);
    free(view->report);
}

/* --- the worker ------------------------------------------------------------------------------- */

/* What a pool does with a process that broke the rules, and with one that died. */
static void replace_process(game *self)
{
    for (size_t i = 0; i < TP_SLOT_ENTRIES; i++)
        if (self->worker.sequence[i] != 0) {
            tp_slot_worker_release(&self->worker, i);
            self->ended++;
        }
    tp_slot_worker_reset(&self->worker);
    demand(!self->worker.violation);
    demand(!tp_slot_worker_is_ready(&self->worker));
}

static void hand_over(game *self, size_t entry)
{
    size_t size = next(self) % (INPUT_CAPACITY + 1);

    if (self->worker.sequence[entry] != 0)
        return;
    memset(self->worker.view.inputs[entry], 'i', size);
    tp_slot_worker_queue(&self->worker, entry, ++self->sequence, size);
    self->handed++;
}

static void take_back(game *self, size_t entry)
{
    if (self->worker.sequence[entry] != 0 && tp_slot_worker_revoke(&self->worker, entry)) {
        demand(self->worker.sequence[entry] == 0);
        self->ended++;
    }
}

static void take_output(game *self, size_t entry)
{
    tp_buffer output = { 0 };
    uint32_t outcome;

    if (tp_slot_worker_take_output(&self->worker, entry, &output, &outcome)) {
        demand(output.size <= OUTPUT_CAPACITY);
        demand(!output.size ||
               memcmp(output.data, self->worker.view.outputs[entry], output.size) == 0);
        tp_slot_worker_release(&self->worker, entry);
        self->ended++;
    } else {
        demand(self->worker.violation != NULL);
        replace_process(self);
    }
    tp_buffer_done(&output);
}

static void look(game *self, size_t entry)
{
    uint64_t sequence = self->worker.sequence[entry];

    if (sequence == 0)
        return;
    switch (tp_slot_worker_look(&self->worker, entry)) {
    case TP_SLOT_LOOK_DONE: /* this attempt, and none that was there before */
        demand(atomic_load(&self->worker.view.report->entries[entry].state) ==
               TP_SLOT_WORD(sequence, TP_SLOT_DONE));
        take_output(self, entry);
        break;
    case TP_SLOT_LOOK_WRONG:
        demand(self->worker.violation != NULL);
        replace_process(self);
        break;
    case TP_SLOT_LOOK_QUEUED:
    case TP_SLOT_LOOK_RUNNING:
        break;
    }
}

static void take_beat(game *self, size_t entry)
{
    uint32_t before = self->worker.front[entry];
    tp_buffer details = { 0 }, again = { 0 };

    if (self->worker.sequence[entry] == 0)
        return;
    tp_slot_worker_want_beat(&self->worker, entry);
    if (tp_slot_worker_take_beat(&self->worker, entry, &details)) {
        demand(details.size <= HEARTBEAT_CAPACITY);
        demand(self->worker.front[entry] != before); /* which is the process's now */
        demand(tp_slot_worker_last_beat(&self->worker, entry, &again));
        demand(again.size == details.size);
        demand(!tp_slot_worker_take_beat(&self->worker, entry, &again)); /* once */
    }
    demand(self->worker.front[entry] < TP_SLOT_BUFFERS);
    if (self->worker.violation)
        replace_process(self);
    tp_buffer_done(&details);
    tp_buffer_done(&again);
}

static void watch(game *self, size_t entry)
{
    uint64_t frames[TP_SLOT_FRAMES];

    (void)tp_slot_worker_is_ready(&self->worker);
    (void)tp_slot_worker_progress(&self->worker, entry);
    (void)tp_slot_worker_has_beat(&self->worker, entry);
    demand(tp_slot_worker_crash(&self->worker, frames) <= TP_SLOT_FRAMES);
    tp_slot_worker_set_flags(&self->worker, next(self));
    if (self->worker.sequence[entry] != 0)
        tp_slot_worker_cancel(&self->worker, entry, next(self));
}

/* --- the process ------------------------------------------------------------------------------ */

/* Where nobody would write who keeps to the rules. */
static void scribble(game *self)
{
    uint8_t *report = (uint8_t *)self->worker.view.report;
    size_t at = ((size_t)next(self) << 8 | next(self)) % sizeof(tp_slot_report);
    size_t count = next(self) % 32;

    for (size_t i = at; i < at + count && i < sizeof(tp_slot_report); i++)
        report[i] = next(self);
}

static void set_state(game *self, size_t entry)
{
    tp_slot_reply *reply = &self->worker.view.report->entries[entry];
    uint8_t choice = next(self);

    atomic_store(&reply->state,
                 TP_SLOT_WORD(self->sequence - (choice >> 6), choice % (TP_SLOT_REVOKED + 2)));
    atomic_store(&reply->output_size, next(self) % (OUTPUT_CAPACITY + 2));
}

static void beat(game *self, size_t entry)
{
    tp_slot_reply *reply = &self->worker.view.report->entries[entry];
    uint8_t choice = next(self);
    size_t buffer = choice % TP_SLOT_BUFFERS;

    atomic_store(&reply->beats[buffer].size, next(self) % (HEARTBEAT_CAPACITY + 2));
    atomic_store(&reply->beats[buffer].sequence, self->worker.sequence[entry] + (choice > 250));
    atomic_store(&reply->middle, (choice >> 6) | TP_SLOT_NEW);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const deeds[])(game *, size_t) = { hand_over, take_back, look, take_beat,
                                                     watch,     set_state, beat };
    const size_t count = sizeof deeds / sizeof deeds[0];
    game self = { .at = data, .end = data + size };

    open_slot(&self);
    while (self.at < self.end) {
        size_t choice = next(&self) % (count + 2);

        if (choice < count)
            deeds[choice](&self, next_entry(&self));
        else if (choice == count)
            scribble(&self);
        else
            replace_process(&self);
    }
    replace_process(&self);
    demand(self.handed == self.ended);
    close_slot(&self);
    return 0;
}
