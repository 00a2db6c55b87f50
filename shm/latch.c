/* SPDX-License-Identifier: MIT */
/* shm/latch.c -- one futex word that two processes share. */
#include "shm/latch.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    EMPTY,
    POSTED,
    SLEEPING
};

void tp_latch_init(tp_latch *latch)
{
    atomic_store_explicit(&latch->word, EMPTY, memory_order_relaxed);
}

void tp_latch_post(tp_latch *latch)
{
    uint32_t before = atomic_exchange_explicit(&latch->word, POSTED, memory_order_acq_rel);

    if (before != EMPTY && before != POSTED)
        (void)syscall(SYS_futex, &latch->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Whether there was anything; what was written before it was posted is seen after this. */
static bool take(tp_latch *latch)
{
    if (atomic_load_explicit(&latch->word, memory_order_relaxed) == EMPTY)
        return false;
    return atomic_exchange_explicit(&latch->word, EMPTY, memory_order_acquire) != SLEEPING;
}

void tp_latch_reset(tp_latch *latch)
{
    (void)take(latch);
}

bool tp_latch_wait(tp_latch *latch, int64_t deadline)
{
    struct timespec until = tp_clock_timespec(deadline);
    uint32_t expected = EMPTY;
    long slept;

    do {
        if (!atomic_compare_exchange_strong_explicit(&latch->word, &expected, SLEEPING,
                                                     memory_order_relaxed, memory_order_relaxed))
            return take(latch); /* posted already */
        /* An absolute time of the monotonic clock. */
        slept = syscall(SYS_futex, &latch->word, FUTEX_WAIT_BITSET, SLEEPING,
                        deadline == INT64_MAX ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
        if (take(latch))
            return true;
        expected = EMPTY;
    } while (slept == 0); /* woken, but not by a post */
    return false;
}
