/* SPDX-License-Identifier: MIT */
/* base/clock.h -- the two clocks, and lengths of time in the units that others speak. */
#ifndef TP_BASE_CLOCK_H
#define TP_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include <temporal/error.h>

#define TP_NANOSECONDS INT64_C(1000000000)

int64_t tp_clock_wall(void);      /* Unix nanoseconds */
int64_t tp_clock_monotonic(void); /* nanoseconds; CLOCK_MONOTONIC */
struct timespec tp_clock_timespec(int64_t nanoseconds);

/** Nanoseconds of a length of time, saturated at about 292 years. */
int64_t tp_clock_nanoseconds(temporal_seconds time);
/** For libuv timers: rounded up, and one more because libuv cuts its clock off to milliseconds, so
 * that a timer never fires early (after uv_update_time). 0 stays 0. */
uint64_t tp_clock_milliseconds(temporal_seconds time);
/** INVALID_ARGUMENT, "<what>: <why>", for a negative length, NaN or infinity. */
temporal_error *tp_clock_check(temporal_seconds time, const char *what);

typedef struct tp_named_time {
    const char *name;
    temporal_seconds time;
} tp_named_time;

/** The same of each of them: "<whose><name>: <why>". */
temporal_error *tp_clock_check_all(const char *whose, const tp_named_time *times, size_t count);

#endif
