/* SPDX-License-Identifier: MIT */
/* processes.h -- the executor that runs activities in processes of their own: how many, by which
 * rules they are ended, and what they are doing. */
#ifndef TEMPORAL_PROCESSES_H
#define TEMPORAL_PROCESSES_H

#include "activity.h"
#include "base.h"

TEMPORAL_BEGIN

/** What ended an attempt that did not end by itself. The failure's type is in brackets; for all of
 * them its first detail tells how the process ended, the others are those of the last heartbeat. */
typedef enum temporal_process_cause {
    TEMPORAL_CAUSE_CRASHED = 1 << 0,       /* a signal, an exit (ActivityProcessCrashed) */
    TEMPORAL_CAUSE_OUT_OF_MEMORY = 1 << 1, /* (ActivityOutOfMemory) */
    TEMPORAL_CAUSE_KILLED = 1 << 2,        /* it ignored its cancellation (ActivityProcessKilled) */
    TEMPORAL_CAUSE_STALLED = 1 << 3        /* no progress for too long (ActivityStalled) */
} temporal_process_cause;

/** How the attempts of an activity are ended. Who should stop is asked first: a cancellation, of
 * whatever reason, which the activity sees. When it is ignored for cancel_grace its process gets
 * SIGTERM, and SIGKILL when that is ignored for terminate_grace; both go to all that the process
 * has started. An activity that ends when it is asked to is never hit by a signal.
 *
 * What is zero is as the pool's rules say, and in those, as is said here. */
typedef struct temporal_process_rules {
    temporal_seconds cancel_grace;    /* 30 s; TEMPORAL_FOREVER: it may ignore what it likes */
    temporal_seconds terminate_grace; /* 5 s */
    /** Longest time without a heartbeat or a temporal_activity_progress, since it began or since
     * the last one: then the attempt has stalled, and its process is ended with SIGTERM. No limit.
     */
    temporal_seconds stall_timeout;
    /** Tells the server, in time for the heartbeat timeout, that the activity is alive, with the
     * details of its last heartbeat, as long as temporal_activity_progress is called now and then.
     */
    bool keep_alive;
    uint32_t final_causes; /* of temporal_process_cause: such an end is not retried */
} temporal_process_rules;

typedef struct temporal_activity_rules {
    const temporal_activity_def *activity; /* NULL ends the list */
    temporal_process_rules rules;
} temporal_activity_rules;
/** .exceptions = TEMPORAL_EXCEPTIONS(TEMPORAL_RULES(render, .stall_timeout = TEMPORAL_MINUTE), ...)
 */
#define TEMPORAL_RULES(name, ...)                              \
    {                                                          \
        .activity = &name##_activity, .rules = { __VA_ARGS__ } \
    }
#ifndef __cplusplus
#define TEMPORAL_EXCEPTIONS(...) \
    ((const temporal_activity_rules[]){ __VA_ARGS__, { .activity = NULL } })
#endif

/** One forked process each: waits sleep on shared memory; a crash costs one attempt. */
typedef struct temporal_process_executor {
    const temporal_activity_def *const *activities;
    uint32_t concurrency;                      /* processes: one a processor */
    size_t payload_limit;                      /* largest payload that a slot carries: 2 MiB */
    uint64_t memory_limit;                     /* bytes a process may allocate: no limit */
    uint32_t tasks_per_process;                /* then it is replaced: never */
    temporal_process_rules rules;              /* of all activities, ... */
    const temporal_activity_rules *exceptions; /* ... and of some */
} temporal_process_executor;

/** A process of a pool: a snapshot. */
typedef struct temporal_process_status {
    int32_t pid;    /* 0: being started */
    bool busy;      /* runs an attempt */
    uint64_t tasks; /* attempts ended so far in this slot */
    uint64_t crashes;
    uint64_t terminated; /* processes that got SIGTERM, by their activity's rules, ... */
    uint64_t killed;     /* ... and SIGKILL, for ignoring that */
} temporal_process_status;

TEMPORAL_END
#endif
