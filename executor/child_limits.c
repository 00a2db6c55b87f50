/* SPDX-License-Identifier: MIT */
/* executor/child_limits.c -- what one attempt may use of its process.
 *
 * Limits are soft ones, so that they can be taken back. Processor time is counted by a timer of the
 * process's own clock and not by RLIMIT_CPU, which counts whole seconds since its start. */
#include "executor/child_limits.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static uint64_t data_size(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long pages = 0;

    if (!file)
        return 0;
    if (fscanf(file, "%*u %*u %*u %*u %*u %llu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* To ask is about a twentieth of what a process costs that runs one short attempt. */
void tp_child_limits_init(tp_child_limits *self, const tp_attempt_limits *limits, size_t count)
{
    bool limited = false;

    for (size_t i = 0; i < count; i++)
        limited = limited || limits[i].memory > 0;
    *self = (tp_child_limits){ .base = limited ? data_size() : 0 };
    (void)getrlimit(RLIMIT_DATA, &self->data);
    (void)getrlimit(RLIMIT_NOFILE, &self->files);
}

static void set_soft(int resource, const struct rlimit *before, uint64_t soft)
{
    struct rlimit limit = { .rlim_cur = soft, .rlim_max = before->rlim_max };

    if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    (void)setrlimit((__rlimit_resource_t)resource, &limit);
}

/* 0 stops it. */
static void set_timer(tp_child_limits *self, int64_t left)
{
    const struct itimerspec time = { .it_value = { .tv_sec = left / TP_NANOSECONDS,
                                                   .tv_nsec = left % TP_NANOSECONDS } };

    if (!self->has_timer) {
        struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGXCPU };

        self->has_timer = timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &self->timer) == 0;
    }
    if (self->has_timer)
        (void)timer_settime(self->timer, 0, &time, NULL);
}

void tp_child_limits_set(tp_child_limits *self, const tp_attempt_limits *limits)
{
    if (limits->memory > 0)
        set_soft(RLIMIT_DATA, &self->data, self->base + limits->memory);
    if (limits->files > 0)
        set_soft(RLIMIT_NOFILE, &self->files, limits->files);
    if (limits->cpu > 0)
        set_timer(self, limits->cpu);
}

void tp_child_limits_take_back(tp_child_limits *self, const tp_attempt_limits *limits)
{
    if (limits->cpu > 0)
        set_timer(self, 0);
    if (limits->files > 0)
        set_soft(RLIMIT_NOFILE, &self->files, self->files.rlim_cur);
    if (limits->memory > 0)
        set_soft(RLIMIT_DATA, &self->data, self->data.rlim_cur);
}
