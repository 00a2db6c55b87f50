/* SPDX-License-Identifier: MIT */
/* executor/settings.h -- what the processes of a pool have to know from their start, as it stands
 * in the pool's memory, before the table of activities. */
#ifndef TP_EXECUTOR_SETTINGS_H
#define TP_EXECUTOR_SETTINGS_H

#include <sched.h>
#include <stdint.h>

#include <temporal/processes.h>

#define TP_SETTINGS_PATH_MAX 512

/* Of the attempts of one activity; 0: no limit. */
typedef struct tp_attempt_limits {
    uint64_t memory; /* bytes beyond what the process started with */
    int64_t cpu;     /* nanoseconds */
    uint64_t files;
} tp_attempt_limits;

typedef struct tp_settings {
    int32_t nice;
    uint32_t core_dumps, one_processor_each, has_processors, no_backtrace;
    cpu_set_t processors;
    temporal_error *(*on_start)(void);
    void (*on_end)(void);
    char cgroup[TP_SETTINGS_PATH_MAX]; /* what its leaves' paths begin with; "": none */
    uint64_t count;                    /* of activities, whose limits follow */
} tp_settings;

/** Checks the options; INVALID_ARGUMENT. */
temporal_error *tp_settings_make(tp_settings *settings, const temporal_process_executor *options);
size_t tp_settings_size(size_t count);
/** rules: one for each activity. */
void tp_settings_write(uint8_t *out, const tp_settings *settings,
                       const temporal_process_rules *rules);
/** It takes tp_settings_size(settings->count); tp_free *limits. SYSTEM when it makes no sense, or a
 * function is not there in this process. */
temporal_error *tp_settings_read(const uint8_t *in, size_t size, tp_settings *settings,
                                 tp_attempt_limits **limits);

#endif
