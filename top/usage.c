/* SPDX-License-Identifier: MIT */
/* top/usage.c -- processor time and memory of a process, as /proc has them. */
#include "top/usage.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The command in brackets may hold anything, brackets too: the last one ends it. */
bool tp_top_parse_stat(const char *text, uint64_t *used, uint64_t *started, uint64_t *pages)
{
    const char *end = strrchr(text, ')');
    unsigned long long user, system, start;
    long long resident;

    if (!end || sscanf(end + 1,
                       " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d "
                       "%*d %llu %*u %lld",
                       &user, &system, &start, &resident) != 4)
        return false;
    *used = user + system;
    *started = start;
    *pages = resident > 0 ? (uint64_t)resident : 0;
    return true;
}

static bool read_stat(pid_t pid, char *text, size_t size)
{
    char path[32];
    FILE *file;
    size_t got;

    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    got = fread(text, 1, size - 1, file);
    fclose(file);
    text[got] = '\0';
    return true;
}

static double seconds_since_boot(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void tp_top_read_usage(tp_top_usage *usage, pid_t pid, int64_t at, tp_top_sample *before)
{
    const double ticks = (double)sysconf(_SC_CLK_TCK);
    uint64_t used, started, pages;
    double since, base = 0;
    char text[1024];

    *usage = (tp_top_usage){ 0 };
    if (pid <= 0 || !read_stat(pid, text, sizeof text) ||
        !tp_top_parse_stat(text, &used, &started, &pages)) {
        *before = (tp_top_sample){ 0 };
        return;
    }
    usage->is_known = true;
    usage->cpu_seconds = (double)used / ticks;
    usage->resident = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    if (before->pid == pid && before->at < at) {
        since = (double)(at - before->at) / 1e9;
        base = before->cpu_seconds;
    } else {
        since = seconds_since_boot() - (double)started / ticks;
    }
    if (since > 0 && usage->cpu_seconds > base)
        usage->cpu_percent = 100 * (usage->cpu_seconds - base) / since;
    *before = (tp_top_sample){ .pid = pid, .at = at, .cpu_seconds = usage->cpu_seconds };
}
