/* SPDX-License-Identifier: MIT */
/* worker.h -- hosts workflows and activities on one task queue.
 *
 * Make the worker first, then connect, then run: temporal_worker_new starts the fork server of a
 * pool of processes while the program still has one thread. A program that cannot keep this order
 * (a test that connects first, threads of its own) calls temporal_fork_server_start at the top of
 * main. */
#ifndef TEMPORAL_WORKER_H
#define TEMPORAL_WORKER_H

#include "activity.h"
#include "base.h"
#include "client.h"
#include "error.h"
#include "processes.h"
#include "workflow.h"

TEMPORAL_BEGIN

typedef struct temporal_worker temporal_worker;

/** Once a program, before its first thread and its first connect; later calls do nothing. SYSTEM
 * when it is too late, or when the system refuses. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_fork_server_start(void);

/* The three executors. An activity runs on the one in whose list it stands; its code is the same.
 */

/** Coroutines on a loop of their own: waits yield. For I/O. */
typedef struct temporal_async_executor {
    const temporal_activity_def *const *activities; /* NULL-terminated */
    uint32_t concurrency;                           /* attempts at once: 100 */
    size_t stack_size;                              /* of a coroutine: 256 KiB */
} temporal_async_executor;

/** One pthread each: waits block. */
typedef struct temporal_thread_executor {
    const temporal_activity_def *const *activities;
    uint32_t concurrency; /* threads: one a processor */
    size_t stack_size;    /* the system's */
} temporal_thread_executor;

typedef struct temporal_worker_options {
    size_t struct_size;
    const char *task_queue;                        /* required */
    const temporal_workflow_def *const *workflows; /* NULL-terminated */
    temporal_async_executor async;
    temporal_thread_executor threads;
    temporal_process_executor processes;
    const char *identity;                        /* the client's */
    uint32_t max_cached_workflows;               /* 1000 */
    uint32_t max_concurrent_workflow_tasks;      /* 100 */
    uint32_t workflow_pollers;                   /* 5 */
    uint32_t activity_pollers;                   /* 5 */
    uint32_t workflow_threads;                   /* one a processor, at most 4 */
    size_t workflow_stack_size;                  /* of a coroutine: 256 KiB */
    temporal_seconds sticky_timeout;             /* 10 s */
    temporal_seconds max_heartbeat_throttle;     /* 60 s */
    temporal_seconds default_heartbeat_throttle; /* without a heartbeat timeout: 30 s */
    bool no_signal_handlers; /* temporal_worker_run leaves SIGINT and SIGTERM alone */

    /* How long activities may go on when the worker shuts down, before they are cancelled; 0: they
     * are cancelled at once.
     *
     * A task that the server hands out while a poll is cancelled is lost until it times out. So a
     * namespace with the capability worker_poll_complete_on_shutdown is asked to end the polls
     * itself, and none is cancelled. Then nothing is lost on a task queue with one partition; with
     * more (4 are usual) Server 1.32 drops a poll that one partition has passed on to another, with
     * its task if it has just got one. To make that rare, and for servers that do not end polls, a
     * worker with a grace, or without activities, first lets the polls that are under way take what
     * still comes, until nothing has come for 0.2 s (0.8 s when tasks are slow to come): for 3 s,
     * or the grace, at most. */
    temporal_seconds graceful_shutdown_timeout;

    /* Code that does not match its history fails the workflow task, and mended code goes on with
     * the run. It fails the run instead: of each of these types, or of all. */
    const temporal_workflow_def *const *nondeterminism_fails_runs_of; /* NULL-terminated */
    bool nondeterminism_fails_runs;

    uint32_t max_concurrent_local_activities; /* attempts at once, in all executors: 100 */

    /* Workflow code that has not waited for so long fails its task with DEADLOCK and is logged with
     * its stack; a new thread goes on with the other runs. 2 s; negative: never, nor under a
     * debugger. Uses the highest real-time signal that the program does not handle. */
    temporal_seconds deadlock_timeout;

    /* Beside max_cached_workflows: bytes of the cached runs' memory, stacks and results; the least
     * recently used ones leave. 0: no limit. */
    uint64_t max_cached_bytes;

    /* temporal-top does not find it: no socket in $XDG_RUNTIME_DIR/temporal or /tmp/temporal-<uid>,
     * over which programs of the same user see what runs, and may recycle or kill its processes,
     * resize the pool and shut it down. */
    bool no_watching;

    /* How many activities run is each executor's concurrency: a poll is sent only when whatever
     * task it brings has a place to run. A task's activity is not known before, so an executor that
     * is full (this is logged when it lasts) holds up the others of its worker. Where their
     * activities are of very different lengths, give them task queues and workers of their own, or
     * let so many tasks be held, with their time-outs running, for an executor that is full: 0. */
    uint32_t max_held_activities;
    /* So many are begun a second: by this worker; by all workers of the task queue, which the
     * server sees to: give all of them the same. 0: no limit. */
    double max_activities_per_second;
    double max_task_queue_activities_per_second;
    /* An activity that a workflow of this worker schedules on its own task queue begins here, at
     * once and without a poll, where its executor has a place, for up to three of a workflow task;
     * never with one of the two limits above. */
    bool disable_eager_activities;
} temporal_worker_options;

/** Checks the options (no task queue, nothing registered, a name twice, a wrong timeout:
 * INVALID_ARGUMENT) and copies them; definitions are static objects and are not copied. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_worker_new_with(temporal_worker **worker, const temporal_worker_options *options);
#define temporal_worker_new(worker, ...) \
    temporal_worker_new_with((worker), TEMPORAL_OPTIONS(temporal_worker_options, __VA_ARGS__))
/* Lists in place. As all compound literals, each lives until the end of the block that it stands
 * in: not longer than the braces of an if, for instance. */
#ifndef __cplusplus
#define TEMPORAL_WORKFLOWS(...)  ((const temporal_workflow_def *const[]){ __VA_ARGS__, NULL })
#define TEMPORAL_ACTIVITIES(...) ((const temporal_activity_def *const[]){ __VA_ARGS__, NULL })
#endif

/** Blocks until temporal_worker_shutdown, SIGINT or SIGTERM; returns when every activity has ended
 * and its completion is sent. A second signal ends it by force within a second: activity processes
 * are killed, threads and coroutines left behind, and run answers SHUTDOWN. A fatal error (the
 * namespace is gone, the server refuses) ends it with that error; an absent server does not. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_worker_run(temporal_worker *worker,
                                                                  temporal_client *client);
/* The two halves of run, without the signals, for a program with a loop of its own. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_worker_start(temporal_worker *worker,
                                                                    temporal_client *client);
/** Waits until it has ended, with the error that run would return. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_worker_wait(temporal_worker *worker);
/** Begins the graceful shutdown. From any thread and any signal handler. */
TEMPORAL_API void temporal_worker_shutdown(temporal_worker *worker);
/** Shuts down and waits, if it runs. */
TEMPORAL_API void temporal_worker_free(temporal_worker *worker);

/** What the pool of processes is doing: fills up to capacity entries and returns how many processes
 * it has. Any thread. */
TEMPORAL_API size_t temporal_worker_process_status(temporal_worker *worker,
                                                   temporal_process_status *status,
                                                   size_t capacity);

TEMPORAL_END
#endif
