/* SPDX-License-Identifier: MIT */
/* worker/rate.c -- at most so many tasks a second: a bucket that fills with time. */
#include "worker/rate.h"

#include <math.h>

#include "base/clock.h"

#define BURST_TIME 0.1 /* seconds */

static void fill(tp_rate *rate, int64_t now)
{
    double passed = (double)(now - rate->at) / TP_NANOSECONDS;

    if (passed > 0)
        rate->tokens = fmin(rate->burst, rate->tokens + passed * rate->per_second);
    rate->at = now;
}

void tp_rate_init(tp_rate *rate, double per_second, int64_t now)
{
    rate->per_second = per_second;
    rate->burst = rate->tokens = fmax(1, per_second * BURST_TIME);
    rate->at = now;
}

/* A wait is rounded to milliseconds, and sums of parts of a token are not exact. */
#define ALMOST 1e-6

bool tp_rate_allows(tp_rate *rate, size_t tasks, int64_t now)
{
    if (rate->per_second == 0)
        return true;
    fill(rate, now);
    return rate->tokens + ALMOST >= (double)tasks;
}

temporal_seconds tp_rate_wait(tp_rate *rate, size_t tasks, int64_t now)
{
    if (rate->per_second == 0 || (double)tasks > rate->burst)
        return 0;
    fill(rate, now);
    return fmax(TEMPORAL_MILLISECOND, ((double)tasks - rate->tokens) / rate->per_second);
}

void tp_rate_take(tp_rate *rate, int64_t now)
{
    if (rate->per_second == 0)
        return;
    fill(rate, now);
    rate->tokens = fmax(0, rate->tokens - 1);
}
