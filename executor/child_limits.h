/* SPDX-License-Identifier: MIT */
/* executor/child_limits.h -- what one attempt may use of its process: set before it, and taken back
 * after it. */
#ifndef TP_EXECUTOR_CHILD_LIMITS_H
#define TP_EXECUTOR_CHILD_LIMITS_H

#include <sys/resource.h>
#include <time.h>

#include "executor/settings.h"

typedef struct tp_child_limits {
    uint64_t base;             /* bytes of data that the process started with */
    struct rlimit data, files; /* as they were then */
    bool has_timer;            /* ... which follows; made when it is wanted first */
    timer_t timer;
} tp_child_limits;

/** Remembers what the process has, of count activities with limits; once. */
void tp_child_limits_init(tp_child_limits *self, const tp_attempt_limits *limits, size_t count);
void tp_child_limits_set(tp_child_limits *self, const tp_attempt_limits *limits);
void tp_child_limits_take_back(tp_child_limits *self, const tp_attempt_limits *limits);

#endif
