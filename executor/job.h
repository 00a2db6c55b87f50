/* SPDX-License-Identifier: MIT */
/* executor/job.h -- an attempt in the hands of an executor that lives in this process (async,
 * threads): what passes between the loop, where its owner is, and the runner, the thread that runs
 * its code.
 *
 * A job has a copy of its task and outlives its attempt: when the executor is abandoned the owner
 * lets go of the attempt while the runner is still in user code. Whoever holds a pointer to it
 * across threads holds a reference: the loop until done, the runner until tp_job_end, each post on
 * its way. */
#ifndef TP_EXECUTOR_JOB_H
#define TP_EXECUTOR_JOB_H

#include <stdatomic.h>

#include "executor/context.h"
#include "executor/executor.h"

typedef struct tp_job tp_job;

/* The first member of such an executor; of the loop's thread. */
typedef struct tp_jobs {
    tp_executor executor;
    tp_loop *loop;
    tp_list live;  /* jobs that are not done */
    bool shutdown; /* told to those that come as well */
    void (*changed)(
        tp_job *job);         /* cancellation or shutdown was set: wake its runner; may be NULL */
    const tp_attempt *ending; /* during its done, ... */
    tp_job *ending_job;       /* ... when only its heartbeat can be asked for */
} tp_jobs;

struct tp_job {
    atomic_size_t references;
    tp_loop *loop;

    /* the loop's */
    tp_jobs *jobs;
    tp_attempt *attempt; /* NULL: done */
    tp_list link;        /* in live */

    /* the runner's, once it was given to it */
    tp_list queued;
    void *crew;   /* what the executor knows its runners by */
    void *runner; /* the one that has it */
    tp_task task; /* a copy, in the two below */
    tp_arena texts;
    void *bytes;
    temporal_activity activity;
    tp_buffer body; /* of the outcome; the loop's once tp_job_end was called */
    tp_outcome_kind kind;
    unsigned seen; /* changes that a wait has returned for */

    /* anybody's */
    atomic_int cancel; /* temporal_cancel_reason */
    atomic_bool shutdown;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t change;
    unsigned changes; /* how often cancel or shutdown was set */
    tp_buffer beat;   /* the newest heartbeat */
    bool fresh;       /* it was not taken yet */
    bool armed;       /* the owner wants to hear of the next one */
    bool announced;   /* a post that will tell it is on its way */
    bool left;        /* abandoned: nothing is posted to the loop any more */
};

void tp_jobs_init(tp_jobs *jobs, const tp_executor_ops *ops, void (*changed)(tp_job *job));

/* On the loop. */
/** A job with a reference for its runner. NULL when there is no memory for the copy of its
 * payloads: then the attempt ends as failed, soon, by a post. */
tp_job *tp_jobs_add(tp_jobs *jobs, tp_attempt *attempt);
/** Cancels every job and ends its attempt, as failed; the runners are on their own then. */
void tp_jobs_abandon(tp_jobs *jobs);
/* Implement tp_executor_ops. */
void tp_jobs_cancel(tp_executor *executor, tp_attempt *attempt, temporal_cancel_reason reason);
bool tp_jobs_take_heartbeat(tp_executor *executor, tp_attempt *attempt, tp_buffer *details);
void tp_jobs_notify_shutdown(tp_executor *executor);

/* Any thread. */
void tp_job_reference(tp_job *job);
void tp_job_release(tp_job *job);
bool tp_job_is_left(tp_job *job);

/* The runner's thread. */
/** Posts the end to the loop and gives up the runner's reference. */
void tp_job_end(tp_job *job, tp_outcome_kind kind);
void tp_job_fail(tp_job *job, const temporal_error *error); /* the same; error stays the caller's */
/** Blocks until cancel or shutdown has changed since the last wait, or deadline (monotonic
 * nanoseconds; INT64_MAX: none) is over. */
void tp_job_wait(tp_job *job, int64_t deadline);
/* Implement tp_context_ops for activities whose executor member is their job; any thread. */
void tp_job_heartbeat(temporal_activity *activity, tp_bytes details);
temporal_cancel_reason tp_job_cancel_reason(const temporal_activity *activity);
bool tp_job_is_worker_shutdown(const temporal_activity *activity);

#endif
