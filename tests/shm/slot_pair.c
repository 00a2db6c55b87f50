/* SPDX-License-Identifier: MIT */
/* tests/shm/slot_pair.c -- both sides of one slot in one process. */
#include "tests/shm/slot_pair.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

void slot_pair_open(slot_pair *pair)
{
    tp_slot_geometry geometry = tp_slot_geometry_of(4096, 4096, 4096);
    tp_slot_view view;

    memset(pair, 0, sizeof *pair);
    assert_ok(tp_segment_new(&pair->segment, geometry.size, TP_SEGMENT_ANY));
    view =
        tp_slot_view_of(&geometry, pair->segment.base, pair->segment.base + geometry.orders_size);
    tp_slot_worker_init(&pair->worker, &view);
    assert_false(tp_slot_worker_is_ready(&pair->worker));
    assert_int_equal(tp_slot_worker_reset(&pair->worker), 1);
    tp_slot_process_init(&pair->process, &view, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    tp_slot_process_ready(&pair->process);
    assert_true(tp_slot_worker_is_ready(&pair->worker));
    assert_int_equal(slot_pair_rings(pair), 1);
}

void slot_pair_close(slot_pair *pair)
{
    close(pair->process.bell);
    tp_segment_done(&pair->segment);
}

void slot_pair_queue(slot_pair *pair, size_t entry, const char *text)
{
    memcpy(pair->worker.view.inputs[entry], text, strlen(text));
    tp_slot_worker_queue(&pair->worker, entry, ++pair->sequence, strlen(text));
}

static void assert_bytes(const void *data, size_t size, const char *text)
{
    assert_int_equal(size, strlen(text));
    assert_memory_equal(data, text, size);
}

void slot_pair_claim(slot_pair *pair, const char *text)
{
    tp_bytes input;

    assert_true(tp_slot_process_claim(&pair->process, &input));
    assert_bytes(input.data, input.size, text);
}

void slot_pair_beat(slot_pair *pair, const char *text)
{
    tp_slot_process_beat(&pair->process, text, strlen(text));
}

void slot_pair_finish(slot_pair *pair, const char *output)
{
    memcpy(pair->process.view.outputs[pair->process.entry], output, strlen(output));
    assert_true(tp_slot_process_finish(&pair->process, 7, strlen(output)));
}

void slot_pair_expect_beat(slot_pair *pair, size_t entry, const char *text)
{
    tp_buffer details = { 0 };
    bool taken = tp_slot_worker_take_beat(&pair->worker, entry, &details);

    assert_int_equal(taken, text != NULL);
    if (taken)
        assert_bytes(details.data, details.size, text);
    tp_buffer_done(&details);
}

void slot_pair_expect_output(slot_pair *pair, size_t entry, const char *text)
{
    tp_buffer output = { 0 };
    uint32_t outcome = 0;

    assert_int_equal(tp_slot_worker_look(&pair->worker, entry), TP_SLOT_LOOK_DONE);
    assert_true(tp_slot_worker_take_output(&pair->worker, entry, &output, &outcome));
    assert_int_equal(outcome, 7);
    assert_bytes(output.data, output.size, text);
    tp_buffer_done(&output);
    tp_slot_worker_release(&pair->worker, entry);
}

uint64_t slot_pair_rings(slot_pair *pair)
{
    uint64_t rings = 0;

    return read(pair->process.bell, &rings, sizeof rings) == sizeof rings ? rings : 0;
}
