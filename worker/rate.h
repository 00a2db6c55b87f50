/* SPDX-License-Identifier: MIT */
/* worker/rate.h -- at most so many tasks a second: a bucket that fills with time. */
#ifndef TP_WORKER_RATE_H
#define TP_WORKER_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <temporal/base.h>

/* Over any time t at most t * per_second + burst tasks are begun; the burst is what a tenth of a
 * second brings, and at least one. Times are nanoseconds of one clock. */
typedef struct tp_rate {
    double per_second, burst, tokens;
    int64_t at; /* when tokens was right */
} tp_rate;

/** Full at first. per_second 0: no limit. */
void tp_rate_init(tp_rate *rate, double per_second, int64_t now);
/** May so many tasks begin now? Those that are not begun yet, but may be, count too. */
bool tp_rate_allows(tp_rate *rate, size_t tasks, int64_t now);
/** How long until it allows so many; never, which is 0, when that is more than the burst. */
temporal_seconds tp_rate_wait(tp_rate *rate, size_t tasks, int64_t now);
/** One has begun. */
void tp_rate_take(tp_rate *rate, int64_t now);

#endif
