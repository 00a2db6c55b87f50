/* SPDX-License-Identifier: MIT */
/* tests/shm/slot_pair.h -- both sides of one slot in one process, so that a test can let them meet
 * at any moment, and the thread sanitizer can see both. */
#ifndef TESTS_SHM_SLOT_PAIR_H
#define TESTS_SHM_SLOT_PAIR_H

#include "shm/segment.h"
#include "shm/slot_process.h"
#include "shm/slot_worker.h"
#include "tests/support/support.h"

typedef struct slot_pair {
    tp_segment segment;
    tp_slot_worker worker;
    tp_slot_process process;
    uint64_t sequence; /* the last that was used */
} slot_pair;

/** A process that is ready. */
void slot_pair_open(slot_pair *pair);
void slot_pair_close(slot_pair *pair);
/** Writes the text as an input and queues it. */
void slot_pair_queue(slot_pair *pair, size_t entry, const char *text);
/** The process begins with the oldest, which must be that text. */
void slot_pair_claim(slot_pair *pair, const char *text);
void slot_pair_beat(slot_pair *pair, const char *text);
void slot_pair_finish(slot_pair *pair, const char *output);
/** The worker takes the newest heartbeat, which must be that text; NULL: there is none. */
void slot_pair_expect_beat(slot_pair *pair, size_t entry, const char *text);
void slot_pair_expect_output(slot_pair *pair, size_t entry, const char *text);
/** How often the process has rung since the last call. */
uint64_t slot_pair_rings(slot_pair *pair);

#endif
