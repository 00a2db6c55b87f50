/* SPDX-License-Identifier: MIT */
/* shm/latch.c -- a process-shared POSIX semaphore: no lost wake-ups by construction. */
#include "shm/latch.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"

void tp_latch_init(tp_latch *latch)
{
    memset(latch, 0, sizeof *latch);
    /* Cannot fail: the value is small and Linux has process-shared semaphores. */
    (void)sem_init(&latch->tokens, 1, 0);
}

void tp_latch_post(tp_latch *latch)
{
    /* EOVERFLOW means that tokens abound: the other side will look. */
    (void)sem_post(&latch->tokens);
}

void tp_latch_reset(tp_latch *latch)
{
    while (sem_trywait(&latch->tokens) == 0) {
    }
}

bool tp_latch_wait(tp_latch *latch, int64_t deadline)
{
    struct timespec until;

    if (deadline == INT64_MAX)
        return sem_wait(&latch->tokens) == 0;
    until = tp_clock_timespec(deadline);
    return sem_clockwait(&latch->tokens, CLOCK_MONOTONIC, &until) == 0;
}
