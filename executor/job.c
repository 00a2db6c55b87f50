/* SPDX-License-Identifier: MIT */
/* executor/job.c -- what passes between the loop and the runner of an attempt in this process. */
#include "executor/job.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "converter/failure.h"

/* --- life ----------------------------------------------------------------------------------- */

void tp_job_reference(tp_job *job)
{
    atomic_fetch_add_explicit(&job->references, 1, memory_order_relaxed);
}

void tp_job_release(tp_job *job)
{
    if (atomic_fetch_sub_explicit(&job->references, 1, memory_order_acq_rel) != 1)
        return;
    tp_buffer_done(&job->body);
    tp_buffer_done(&job->beat);
    tp_arena_done(&job->texts);
    tp_free(job->bytes);
    pthread_cond_destroy(&job->change);
    pthread_mutex_destroy(&job->mutex);
    tp_free(job);
}

bool tp_job_is_left(tp_job *job)
{
    bool left;

    pthread_mutex_lock(&job->mutex);
    left = job->left;
    pthread_mutex_unlock(&job->mutex);
    return left;
}

/* Payloads may be large: all of them go into one block. False when there is no memory for it. */
static bool copy_payloads(tp_job *job)
{
    tp_bytes *const members[] = { &job->task.task_token, &job->task.input,
                                  &job->task.heartbeat_details, &job->task.header };
    uint8_t *at;
    size_t size = 0;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        size += members[i]->size;
    if (!size)
        return true;
    at = job->bytes = tp_alloc_large(size);
    if (!at)
        return false;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i]->size)
            memcpy(at, members[i]->data, members[i]->size);
        members[i]->data = at;
        at += members[i]->size;
    }
    return true;
}

static bool copy_task(tp_job *job, const tp_task *task)
{
    tp_task *copy = &job->task;
    const char **const members[] = { &copy->activity_id,       &copy->activity_type,
                                     &copy->task_queue,        &copy->workflow_id,
                                     &copy->workflow_run_id,   &copy->workflow_type,
                                     &copy->workflow_namespace };

    *copy = *task;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        *members[i] = tp_arena_strdup(&job->texts, *members[i]);
    return copy_payloads(job);
}

static tp_job *new_job(tp_jobs *jobs, tp_attempt *attempt)
{
    tp_job *job = tp_alloc(sizeof(*job));
    pthread_condattr_t monotonic;

    atomic_init(&job->references, 2); /* the loop's and the runner's */
    atomic_init(&job->cancel, TEMPORAL_CANCEL_NONE);
    atomic_init(&job->shutdown, jobs->shutdown);
    job->loop = jobs->loop;
    job->jobs = jobs;
    job->attempt = attempt;
    tp_list_init(&job->queued);
    tp_list_init(&job->link);
    tp_arena_init(&job->texts);
    pthread_mutex_init(&job->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&job->change, &monotonic);
    pthread_condattr_destroy(&monotonic);
    job->armed = true;
    return job;
}

/* --- on the loop ---------------------------------------------------------------------------- */

void tp_jobs_init(tp_jobs *jobs, const tp_executor_ops *ops, void (*changed)(tp_job *job))
{
    jobs->executor.ops = ops;
    jobs->changed = changed;
    tp_list_init(&jobs->live);
}

tp_job *tp_jobs_add(tp_jobs *jobs, tp_attempt *attempt)
{
    tp_job *job = new_job(jobs, attempt);

    attempt->state = job;
    tp_list_append(&jobs->live, &job->link);
    if (copy_task(job, &attempt->task))
        return job;
    tp_job_fail(job, tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY));
    return NULL;
}

static void end_attempt(tp_job *job, const tp_outcome *outcome)
{
    tp_jobs *jobs = job->jobs;
    tp_attempt *attempt = job->attempt;
    const tp_attempt *ending = jobs->ending;
    tp_job *ending_job = jobs->ending_job;

    tp_list_remove(&job->link);
    job->attempt = NULL;
    attempt->state = NULL; /* now, since afterwards its memory is gone */
    jobs->ending = attempt;
    jobs->ending_job = job;
    tp_executor_end(&jobs->executor, attempt, outcome);
    jobs->ending = ending;
    jobs->ending_job = ending_job;
    tp_job_release(job);
}

static void on_end(void *data)
{
    tp_job *job = data;

    if (job->attempt)
        end_attempt(job, &(tp_outcome){ job->kind, tp_buffer_bytes(&job->body) });
    tp_job_release(job);
}

static void on_beat(void *data)
{
    tp_job *job = data;
    bool tell;

    pthread_mutex_lock(&job->mutex);
    job->announced = false;
    tell = job->attempt && job->armed && job->fresh;
    if (tell)
        job->armed = false;
    pthread_mutex_unlock(&job->mutex);
    if (tell && job->attempt->events->beat)
        job->attempt->events->beat(job->attempt);
    tp_job_release(job);
}

bool tp_jobs_take_heartbeat(tp_executor *executor, tp_attempt *attempt, tp_buffer *details)
{
    tp_jobs *jobs = (tp_jobs *)executor;
    tp_job *job = attempt->state;
    bool taken;

    if (!job && jobs->ending == attempt)
        job = jobs->ending_job;
    if (!job)
        return false;
    pthread_mutex_lock(&job->mutex);
    taken = job->fresh;
    if (taken) {
        tp_buffer newest = job->beat;

        job->beat = *details; /* its memory is used again */
        *details = newest;
    }
    job->fresh = false;
    job->armed = !taken;
    pthread_mutex_unlock(&job->mutex);
    return taken;
}

/* reason NONE: the worker shuts down. */
static void change(tp_job *job, temporal_cancel_reason reason)
{
    int none = TEMPORAL_CANCEL_NONE;
    bool news;

    pthread_mutex_lock(&job->mutex);
    if (reason == TEMPORAL_CANCEL_NONE)
        news = !atomic_exchange(&job->shutdown, true);
    else
        news = atomic_compare_exchange_strong(&job->cancel, &none, (int)reason);
    if (news) {
        job->changes++;
        pthread_cond_broadcast(&job->change);
    }
    pthread_mutex_unlock(&job->mutex);
    if (news && job->jobs->changed)
        job->jobs->changed(job);
}

void tp_jobs_cancel(tp_executor *executor, tp_attempt *attempt, temporal_cancel_reason reason)
{
    (void)executor;
    if (attempt->state && reason != TEMPORAL_CANCEL_NONE)
        change(attempt->state, reason);
}

void tp_jobs_notify_shutdown(tp_executor *executor)
{
    tp_jobs *jobs = (tp_jobs *)executor;

    jobs->shutdown = true;
    for (tp_list *at = jobs->live.next; at != &jobs->live; at = at->next)
        change(tp_list_entry(at, tp_job, link), TEMPORAL_CANCEL_NONE);
}

void tp_jobs_abandon(tp_jobs *jobs)
{
    temporal_error *error = temporal_error_new(
        TEMPORAL_ERROR_SHUTDOWN, "the worker was ended by force while this attempt ran");
    tp_buffer body = { 0 };

    tp_failure_encode(&body, error);
    temporal_error_free(error);
    while (!tp_list_is_empty(&jobs->live)) {
        tp_job *job = tp_list_entry(jobs->live.next, tp_job, link);

        change(job, TEMPORAL_CANCEL_WORKER_SHUTDOWN);
        pthread_mutex_lock(&job->mutex);
        job->left = true;
        pthread_mutex_unlock(&job->mutex);
        end_attempt(job, &(tp_outcome){ TP_OUTCOME_FAILED, tp_buffer_bytes(&body) });
    }
    tp_buffer_done(&body);
}

/* --- on the runner -------------------------------------------------------------------------- */

/* Under the job's mutex, which keeps an abandoned loop from being posted to. */
static void post(tp_job *job, tp_loop_fn fn)
{
    if (job->left)
        return;
    tp_job_reference(job);
    tp_loop_post(job->loop, fn, job);
}

void tp_job_end(tp_job *job, tp_outcome_kind kind)
{
    job->kind = kind;
    pthread_mutex_lock(&job->mutex);
    post(job, on_end);
    pthread_mutex_unlock(&job->mutex);
    tp_job_release(job);
}

void tp_job_fail(tp_job *job, const temporal_error *error)
{
    tp_buffer_clear(&job->body);
    tp_failure_encode(&job->body, error);
    tp_job_end(job, TP_OUTCOME_FAILED);
}

void tp_job_wait(tp_job *job, int64_t deadline)
{
    struct timespec until = tp_clock_timespec(deadline);
    int failed = 0;

    pthread_mutex_lock(&job->mutex);
    while (!failed && job->changes == job->seen) {
        if (deadline == INT64_MAX)
            failed = pthread_cond_wait(&job->change, &job->mutex);
        else
            failed = pthread_cond_timedwait(&job->change, &job->mutex, &until);
    }
    job->seen = job->changes;
    pthread_mutex_unlock(&job->mutex);
}

void tp_job_heartbeat(temporal_activity *activity, tp_bytes details)
{
    tp_job *job = activity->executor;

    pthread_mutex_lock(&job->mutex);
    tp_buffer_clear(&job->beat);
    tp_buffer_append(&job->beat, details.data, details.size);
    job->fresh = true;
    if (job->armed && !job->announced) {
        job->announced = true;
        post(job, on_beat);
    }
    pthread_mutex_unlock(&job->mutex);
}

temporal_cancel_reason tp_job_cancel_reason(const temporal_activity *activity)
{
    const tp_job *job = activity->executor;

    return (temporal_cancel_reason)atomic_load(&job->cancel);
}

bool tp_job_is_worker_shutdown(const temporal_activity *activity)
{
    const tp_job *job = activity->executor;

    return atomic_load(&job->shutdown);
}
