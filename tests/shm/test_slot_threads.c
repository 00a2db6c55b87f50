/* SPDX-License-Identifier: MIT */
/* tests/shm/test_slot_threads.c -- a worker and a process as two threads of one program, at full
 * speed.
 *
 * What the thread sanitizer cannot see across processes, it sees here: whether the protocol orders
 * every plain access to inputs, outputs and heartbeats. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/shm/slot_pair.h"

#define TASKS 20000
#define SIZE  256

static slot_pair pair;

/* Bytes that tell whether they belong together. */
static void fill(uint8_t *bytes, size_t size, uint64_t number)
{
    memset(bytes, (int)(uint8_t)number, size);
}

static bool is_filled(const uint8_t *bytes, size_t size, uint64_t number)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != (uint8_t)number)
            return false;
    return true;
}

/* Copies each input to its output, and beats all the while. */
static void *serve(void *data)
{
    tp_slot_process *slot = &pair.process;
    tp_latch *latch = &slot->view.report->latch;
    uint8_t beat[SIZE];
    tp_bytes input;

    (void)data;
    for (;;) {
        tp_latch_reset(latch);
        if (!tp_slot_process_claim(slot, &input)) {
            if (tp_slot_process_flags(slot) & TP_SLOT_LEAVE)
                return NULL;
            (void)tp_latch_wait(latch, INT64_MAX);
            continue;
        }
        for (uint64_t i = 0; i <= slot->sequence % 4; i++) {
            fill(beat, sizeof beat, slot->sequence + i);
            tp_slot_process_beat(slot, beat, sizeof beat - i);
        }
        memcpy(slot->view.outputs[slot->entry], input.data, input.size);
        (void)tp_slot_process_finish(slot, 7, input.size);
    }
}

static struct {
    size_t done, revoked, beats, wrong;
} seen;

static void look(size_t entry, tp_buffer *bytes)
{
    tp_slot_worker *slot = &pair.worker;
    uint64_t sequence = slot->sequence[entry];
    tp_slot_look state = tp_slot_worker_look(slot, entry);
    uint32_t outcome;

    if (tp_slot_worker_take_beat(slot, entry, bytes)) {
        uint64_t i = SIZE - bytes->size;

        seen.beats++;
        seen.wrong += i > 3 || !is_filled(bytes->data, bytes->size, sequence + i);
    }
    if (state == TP_SLOT_LOOK_DONE) {
        seen.wrong += !tp_slot_worker_take_output(slot, entry, bytes, &outcome) ||
                      !is_filled(bytes->data, bytes->size, sequence);
        tp_slot_worker_release(slot, entry);
        seen.done++;
    } else if (rand() % 16 == 0 && tp_slot_worker_revoke(slot, entry)) {
        seen.revoked++;
    }
    seen.wrong += slot->violation != NULL;
}

static void a_slot_works_at_full_speed(void **state)
{
    tp_buffer bytes = { 0 };
    pthread_t process;
    size_t round = 0;

    (void)state;
    slot_pair_open(&pair);
    assert_int_equal(pthread_create(&process, NULL, serve, NULL), 0);
    while (seen.done < TASKS) {
        for (size_t entry = 0; entry < TP_SLOT_ENTRIES; entry++) {
            if (pair.worker.sequence[entry]) {
                look(entry, &bytes);
                continue;
            }
            pair.sequence++;
            fill(pair.worker.view.inputs[entry], pair.sequence % SIZE, pair.sequence);
            tp_slot_worker_queue(&pair.worker, entry, pair.sequence, pair.sequence % SIZE);
        }
        if (round++ % 8 == 0)
            sched_yield();
    }
    tp_slot_worker_set_flags(&pair.worker, TP_SLOT_LEAVE);
    pthread_join(process, NULL);
    assert_int_equal(seen.wrong, 0);
    assert_true(seen.beats > 0);
    tp_buffer_done(&bytes);
    slot_pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_slot_works_at_full_speed) };

    return cmocka_run_group_tests_name("shm: slot, two threads", tests, NULL, NULL);
}
