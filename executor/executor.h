/* SPDX-License-Identifier: MIT */
/* executor/executor.h -- the one interface behind which activities run: async, threads, processes.
 *
 * An executor belongs to the loop it was started on: every call below is made there, and every
 * callback comes there. It knows nothing of the server: it is given attempts and tells how they
 * ended. */
#ifndef TP_EXECUTOR_EXECUTOR_H
#define TP_EXECUTOR_EXECUTOR_H

#include <temporal/worker.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/loop.h"
#include "shm/board.h"

/* What an attempt is, said in plain values and encoded payloads: all that an activity process
 * needs. */
typedef struct tp_task {
    const temporal_activity_def *def;
    size_t def_index; /* where def stands in the executor's list */
    const char *activity_id, *activity_type, *task_queue;
    const char *workflow_id, *workflow_run_id, *workflow_type, *workflow_namespace;
    int32_t attempt;
    int64_t scheduled_at, started_at, current_attempt_scheduled_at;
    temporal_seconds heartbeat_timeout, schedule_to_close_timeout, start_to_close_timeout;
    bool is_local;
    tp_bytes task_token;
    tp_bytes input;             /* encoded temporal.api.common.v1.Payloads */
    tp_bytes heartbeat_details; /* the same, of the attempt before */
    tp_bytes header;            /* encoded temporal.api.common.v1.Header */
} tp_task;

typedef enum tp_outcome_kind {
    TP_OUTCOME_COMPLETED, /* body: encoded Payloads */
    TP_OUTCOME_FAILED,    /* body: encoded temporal.api.failure.v1.Failure */
    TP_OUTCOME_CANCELLED, /* body: encoded Failure of the kind cancelled */
    TP_OUTCOME_ASYNC      /* completes later, from outside */
} tp_outcome_kind;

typedef struct tp_outcome {
    tp_outcome_kind kind;
    tp_bytes body;
} tp_outcome;

typedef struct tp_attempt tp_attempt;

/* Callbacks of whoever owns an attempt; on the loop. */
typedef struct tp_attempt_events {
    /** A heartbeat is there to be taken, and was not before. Comes again only after a
     * tp_attempt_take_heartbeat that answered false. */
    void (*beat)(tp_attempt *attempt);
    /** It has ended; once. The outcome is valid during the call, in which the last heartbeat can
     * still be taken; afterwards the executor does not know the attempt any more. */
    void (*done)(tp_attempt *attempt, const tp_outcome *outcome);
} tp_attempt_events;

/* Embedded by its owner, in memory that lives until done. */
struct tp_attempt {
    tp_task task;
    const tp_attempt_events *events;
    struct tp_executor *executor; /* set by tp_executor_submit */
    tp_list link;                 /* the executor's */
    void *state;                  /* the executor's */
};

typedef struct tp_executor tp_executor;

/* Of an executor that has processes: what may be seen of them, and asked, from outside the program
 * (temporal-top). All on the loop, between start and stop. */
typedef struct tp_executor_watch_ops {
    void (*show_worker)(tp_executor *executor, tp_board_worker *worker); /* its part of it */
    size_t (*count)(const tp_executor *executor);
    void (*show)(tp_executor *executor, size_t index, tp_board_process *process);
    /** INVALID_ARGUMENT when there is no such process now, or cannot be so many. */
    temporal_error *(*recycle)(tp_executor *executor, int64_t pid);
    temporal_error *(*kill)(tp_executor *executor, int64_t pid);
    temporal_error *(*resize)(tp_executor *executor, int64_t count);
} tp_executor_watch_ops;

typedef struct tp_executor_ops {
    const char *name; /* "async", "threads", "processes" */
    /** Begins to work on the loop. */
    temporal_error *(*start)(tp_executor *executor, tp_loop *loop);
    void (*submit)(tp_executor *executor, tp_attempt *attempt);
    void (*cancel)(tp_executor *executor, tp_attempt *attempt, temporal_cancel_reason reason);
    bool (*take_heartbeat)(tp_executor *executor, tp_attempt *attempt, tp_buffer *details);
    bool (*progress)(const tp_attempt *attempt, uint64_t *count); /* NULL: it watches none */
    void (*notify_shutdown)(tp_executor *executor);
    void (*stop)(tp_executor *executor, tp_loop_fn stopped, void *data);
    void (*abandon)(tp_executor *executor);
    void (*free)(tp_executor *executor);
    size_t (*status)(tp_executor *executor, temporal_process_status *status, size_t capacity);
    const tp_executor_watch_ops *watch; /* NULL: it has no processes */
} tp_executor_ops;

/* The first member of each implementation. */
struct tp_executor {
    const tp_executor_ops *ops;
    const temporal_activity_def *const *definitions; /* NULL-terminated, sorted out by the caller */
    size_t capacity;                                 /* attempts at once */
    size_t running; /* submitted and not done: counted by tp_executor_submit and _end */
    /** Set by the owner before start: the executor cannot go on (its fork server died). Its
     * attempts have ended as retryable failures by then. error is taken. May be NULL. */
    void (*failed)(void *data, temporal_error *error);
    void *data;
    uint64_t ended[TP_OUTCOME_ASYNC + 1]; /* attempts, by tp_outcome_kind: by tp_executor_end */
};

static inline temporal_error *tp_executor_start(tp_executor *executor, tp_loop *loop)
{
    return executor->ops->start(executor, loop);
}
/** attempt->task and ->events are set. Never refuses: with running >= capacity it waits inside. */
void tp_executor_submit(tp_executor *executor, tp_attempt *attempt);
/** The activity's is_cancelled becomes true, its waits return. The first reason stays. No-op after
 * done. */
static inline void tp_attempt_cancel(tp_attempt *attempt, temporal_cancel_reason reason)
{
    attempt->executor->ops->cancel(attempt->executor, attempt, reason);
}
/** Puts the newest details (encoded Payloads) that were not taken yet in place of what the buffer
 * holds; false when there are none, and then beat announces the next. */
static inline bool tp_attempt_take_heartbeat(tp_attempt *attempt, tp_buffer *details)
{
    return attempt->executor->ops->take_heartbeat(attempt->executor, attempt, details);
}
/** True when its rules want it kept alive at the server as long as it gets on: count then is a
 * number that changes when it does. */
static inline bool tp_attempt_progress(const tp_attempt *attempt, uint64_t *count)
{
    return attempt->executor->ops->progress && attempt->executor->ops->progress(attempt, count);
}
/** Every attempt, present and to come, sees the worker shutting down. */
static inline void tp_executor_notify_shutdown(tp_executor *executor)
{
    executor->ops->notify_shutdown(executor);
}
/** When no attempt is left: ends threads or processes, then calls stopped(data) on the loop. */
static inline void tp_executor_stop(tp_executor *executor, tp_loop_fn stopped, void *data)
{
    executor->ops->stop(executor, stopped, data);
}
/** By force, before stop: every attempt ends now, as failed, and done comes for each before this
 * returns or soon after. Processes are killed. Threads and coroutines are cancelled and left to
 * themselves: what they use is kept until they end, and touches neither executor nor loop. */
static inline void tp_executor_abandon(tp_executor *executor)
{
    executor->ops->abandon(executor);
}
/** After stopped, or without start. NULL is accepted. Any thread. */
void tp_executor_free(tp_executor *executor);

/* For implementations. */
/** On the loop, once for each attempt: counts it out and calls its done. The attempt may be gone
 * when it returns. */
void tp_executor_end(tp_executor *executor, tp_attempt *attempt, const tp_outcome *outcome);
/** INVALID_ARGUMENT when there are no definitions or one cannot be called; who: "threads". */
temporal_error *tp_executor_check(const temporal_activity_def *const *definitions, const char *who);
/** INVALID_ARGUMENT for one that the library's own part does not fit in; 0 is the default. */
temporal_error *tp_executor_check_stack(size_t stack_size, const char *who);
/** 0 becomes the number of processors. */
size_t tp_executor_concurrency(uint32_t asked);

#endif
