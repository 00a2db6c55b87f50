/* SPDX-License-Identifier: MIT */
/* shm/latch.h -- "look!": how one process wakes another over shared memory.
 *
 * A latch carries no news. It only says that there may be some, so that a process which is killed
 * in the middle of anything loses nothing but a wake-up of its own. The correct loop is
 *
 *     for (;;) {
 *         tp_latch_reset(latch);
 *         if (there is something to do) {
 *             do it;
 *             continue;
 *         }
 *         tp_latch_wait(latch, deadline);
 *     }
 *
 * and the other side first writes the news, then posts. Because the reset stands before the look,
 * news written after the look finds a latch on which its post is still to be counted, and the wait
 * returns at once. Anybody may post; one thread waits.
 *
 * It is a futex of our own and not a POSIX semaphore: glibc's sem_post ends the process that calls
 * it (the worker) when the memory has been scribbled over (by an activity). */
#ifndef TP_SHM_LATCH_H
#define TP_SHM_LATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct tp_latch {
    _Atomic uint32_t word; /* empty, posted, or somebody sleeps */
} tp_latch;

/** Makes a new latch, over whatever stood there: nobody may be waiting on it. */
void tp_latch_init(tp_latch *latch);
/** From any thread or process. A latch that somebody has scribbled over does no harm. */
void tp_latch_post(tp_latch *latch);
void tp_latch_reset(tp_latch *latch);
/** True when it was posted; false when the deadline (CLOCK_MONOTONIC nanoseconds, INT64_MAX: none)
 * came first or a signal interrupted it. */
bool tp_latch_wait(tp_latch *latch, int64_t deadline);

#endif
