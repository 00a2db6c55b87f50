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
    TEMPORAL_CAUSE_STALLED = 1 << 3,       /* no progress for too long (ActivityStalled) */
    TEMPORAL_CAUSE_CPU_LIMIT = 1 << 4,     /* its cpu_time is used up (ActivityCpuLimit) */
    TEMPORAL_CAUSE_TIME_LIMIT = 1 << 5     /* its wall_time is over (ActivityTimeLimit) */
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
    temporal_seconds wall_time; /* of an attempt; then SIGTERM. No limit */
    temporal_seconds cpu_time;  /* the same of processor time, of all its threads; then SIGXCPU */
    /** Bytes that the process may allocate, beyond what it starts with: then allocations fail,
     * which for the library's own means the end (ActivityOutOfMemory). No limit. */
    uint64_t memory_limit;
    uint32_t open_files;   /* descriptors at once (RLIMIT_NOFILE); the worker's limit */
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

/** When a process is replaced by a new one, between two attempts: for code that leaks. What is zero
 * is no reason to. So that they do not all go at once, each limit is lowered for each process by a
 * random part of up to jitter (0: a tenth). */
typedef struct temporal_process_recycling {
    uint32_t tasks;       /* attempts that it has run; 1: each gets a process of its own */
    temporal_seconds age; /* since it was started */
    uint64_t memory;      /* bytes that are resident after an attempt */
    double jitter;        /* 0 to 1 */
} temporal_process_recycling;

/** One forked process each: waits sleep on shared memory; a crash costs one attempt. */
typedef struct temporal_process_executor {
    const temporal_activity_def *const *activities;
    uint32_t concurrency;          /* processes: one a processor */
    uint32_t min_processes;        /* that stay when there is nothing to do: all of them */
    temporal_seconds idle_timeout; /* after which one beyond those ends: 1 minute */
    size_t payload_limit;          /* payloads up to it find their memory ready: 1 MiB; ... */
    size_t payload_max;            /* ... larger ones get it for their attempt: 4 MiB, which is
                                      what a server takes in a message */
    temporal_process_rules rules;  /* of all activities, ... */
    const temporal_activity_rules *exceptions; /* ... and of some */
    temporal_process_recycling recycle;

    /* What is the same for each process, from its start. */
    int nice;                /* added to the worker's; 0 to 19 */
    const char *processors;  /* which it may run on: "0-3,6"; those of the worker */
    bool one_processor_each; /* of those, in turn */
    bool core_dumps;         /* written where the system wants them; no */
    bool no_backtrace;       /* crashes are not written down by a signal handler of ours */
    /** A folder of cgroup v2 that the program may write to and in which no process is (with
     * systemd: Delegate=, and the program in a subgroup). Each process gets a leaf in it, with
     * rules.memory_limit as its memory.max, so that nothing that an activity starts escapes limit
     * or end. */
    const char *cgroup;
    /** Called once in each new process, before its first attempt: to open a database once. An error
     * is logged and ends the process; it is tried again, ever later. */
    temporal_error *(*on_start)(void);
    void (*on_end)(void); /* before it leaves; not when it is killed */
} temporal_process_executor;

/** A process of a pool: a snapshot. */
typedef struct temporal_process_status {
    int32_t pid;    /* 0: being started */
    bool busy;      /* runs an attempt */
    uint64_t tasks; /* attempts ended so far in this slot */
    uint64_t crashes;
    uint64_t terminated; /* processes that got SIGTERM, by their activity's rules, ... */
    uint64_t killed;     /* ... and SIGKILL, for ignoring that */
    uint64_t recycled;   /* that were replaced for their tasks, age or memory */
} temporal_process_status;

TEMPORAL_END
#endif
