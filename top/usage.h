/* SPDX-License-Identifier: MIT */
/* top/usage.h -- processor time and memory of a process, as /proc has them. */
#ifndef TP_TOP_USAGE_H
#define TP_TOP_USAGE_H

#include "top/snapshot.h"

/* Of the look before, to tell how much was used since. */
typedef struct tp_top_sample {
    pid_t pid;
    int64_t at;
    double cpu_seconds;
} tp_top_sample;

/** Reads it, and changes before to what was read. The percentage is of the time since before, or,
 * without one of the same process, since it was started. at: monotonic nanoseconds. */
void tp_top_read_usage(tp_top_usage *usage, pid_t pid, int64_t at, tp_top_sample *before);
/** From the text of /proc/<pid>/stat: clock ticks; false when it is none. */
bool tp_top_parse_stat(const char *text, uint64_t *used, uint64_t *started, uint64_t *pages);

#endif
