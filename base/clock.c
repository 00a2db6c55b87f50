/* SPDX-License-Identifier: MIT */
/* base/clock.c -- the two clocks, and lengths of time. */
#include "base/clock.h"

#include <math.h>
#include <stdio.h>

#define NANOSECONDS_A_MILLISECOND INT64_C(1000000)

static int64_t now(clockid_t clock)
{
    struct timespec time = { 0 };

    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * TP_NANOSECONDS + time.tv_nsec;
}

int64_t tp_clock_wall(void)
{
    return now(CLOCK_REALTIME);
}

int64_t tp_clock_monotonic(void)
{
    return now(CLOCK_MONOTONIC);
}

struct timespec tp_clock_timespec(int64_t nanoseconds)
{
    struct timespec time = { .tv_sec = (time_t)(nanoseconds / TP_NANOSECONDS),
                             .tv_nsec = (long)(nanoseconds % TP_NANOSECONDS) };

    if (time.tv_nsec < 0) { /* before 1970: tv_nsec counts forward all the same */
        time.tv_nsec += (long)TP_NANOSECONDS;
        time.tv_sec--;
    }
    return time;
}

int64_t tp_clock_nanoseconds(temporal_seconds time)
{
    double nanoseconds = time * (double)TP_NANOSECONDS;

    if (isnan(nanoseconds))
        return 0;
    if (nanoseconds >= (double)INT64_MAX)
        return INT64_MAX;
    if (nanoseconds <= (double)INT64_MIN)
        return INT64_MIN;
    return (int64_t)(nanoseconds < 0 ? nanoseconds - 0.5 : nanoseconds + 0.5);
}

uint64_t tp_clock_milliseconds(temporal_seconds time)
{
    int64_t nanoseconds = tp_clock_nanoseconds(time);

    if (nanoseconds <= 0)
        return 0;
    /* libuv counts whole milliseconds of a clock that it cuts off: without the one that is added
     * here, a timer started late in a millisecond would fire early by what was cut. */
    return (uint64_t)((nanoseconds - 1) / NANOSECONDS_A_MILLISECOND + 2);
}

temporal_error *tp_clock_check(temporal_seconds time, const char *what)
{
    if (isnan(time))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "%s: not a number; give seconds",
                                  what);
    if (isinf(time))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%s: infinite; leave it out (or 0) for no limit", what);
    if (time < 0)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%s: %g seconds is negative; give 0 or more", what, time);
    return NULL;
}

temporal_error *tp_clock_check_all(const char *whose, const tp_named_time *times, size_t count)
{
    char what[256];

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(what, sizeof(what), "%s%s", whose, times[i].name);
        TEMPORAL_TRY(tp_clock_check(times[i].time, what));
    }
    return NULL;
}
