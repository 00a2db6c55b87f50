/* SPDX-License-Identifier: MIT */
/* rpc/backoff.c -- how long to wait before the next attempt of a call. */
#include "rpc/backoff.h"

#include "base/uuid.h"

#define FIRST_PAUSE      (100 * TEMPORAL_MILLISECOND)
#define FIRST_OVERLOADED (1 * TEMPORAL_SECOND)
#define GROWTH           1.5
#define LONGEST_PAUSE    (5 * TEMPORAL_SECOND)
#define JITTER           0.2

temporal_seconds tp_backoff_pause(unsigned failures, bool overloaded)
{
    temporal_seconds pause = overloaded ? FIRST_OVERLOADED : FIRST_PAUSE;

    for (unsigned i = 1; i < failures && pause < LONGEST_PAUSE; i++)
        pause *= GROWTH;
    if (pause > LONGEST_PAUSE)
        pause = LONGEST_PAUSE;
    return pause * (1 + JITTER * (2 * tp_random_unit() - 1));
}
