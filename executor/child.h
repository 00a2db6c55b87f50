/* SPDX-License-Identifier: MIT */
/* executor/child.h -- an activity process: takes tasks from its slot, one after the other, until it
 * is told to leave. It knows nothing of servers and has no loop. */
#ifndef TP_EXECUTOR_CHILD_H
#define TP_EXECUTOR_CHILD_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include <temporal/activity.h>

#include "executor/settings.h"
#include "shm/pool.h"

typedef struct tp_child_start {
    pid_t server; /* the parent, while it lives */
    int bell;     /* eventfd of the worker */
    int memory;   /* descriptor of the pool's memory */
    const tp_pool_layout *layout;
    uint32_t process; /* whose slot this is */
    const temporal_activity_def *const *definitions;
    const tp_settings *settings;
    const tp_attempt_limits *limits; /* of each definition */
    const sigset_t *ignored;         /* what the program ignores */
} tp_child_start;

#define TP_CHILD_EXIT_NO_START 120 /* the status of one that could not begin */

/** Turns the calling process, just forked by the fork server, into an activity process. */
_Noreturn void tp_child_run(const tp_child_start *start);

/** Closes every descriptor from that one on. */
void tp_child_close_from(int first);

#endif
