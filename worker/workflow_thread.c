/* SPDX-License-Identifier: MIT */
/* worker/workflow_thread.c -- a thread with a workflow engine: tasks in, answers back on the loop.
 */
#include "worker/workflow_thread.h"

#include <pthread.h>
#include <signal.h>

#include "base/alloc.h"
#include "base/error.h"

struct tp_workflow_thread {
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    tp_list jobs;
    tp_workflow_job *current; /* NULL: it waits for jobs */
    bool ending, abandoned, finished;

    tp_loop *loop;
    tp_engine *engine; /* the thread's */
    tp_pulse pulse;
    tp_sample sample;
    tp_loop_fn ended;
    void *ended_data;
};

/* NULL when the thread is to end. */
static tp_workflow_job *next_job(tp_workflow_thread *self)
{
    tp_list *first;

    pthread_mutex_lock(&self->mutex);
    while (!(first = tp_list_pop(&self->jobs)) && !self->ending)
        pthread_cond_wait(&self->changed, &self->mutex);
    self->current = first ? tp_list_entry(first, tp_workflow_job, link) : NULL;
    pthread_mutex_unlock(&self->mutex);
    return first ? tp_list_entry(first, tp_workflow_job, link) : NULL;
}

/* The last thing that it posts; false: nobody wants to know. */
static bool post_end(tp_workflow_thread *self)
{
    bool abandoned;

    pthread_mutex_lock(&self->mutex);
    abandoned = self->abandoned;
    self->finished = true;
    if (!abandoned)
        tp_loop_post(self->loop, self->ended, self->ended_data);
    pthread_mutex_unlock(&self->mutex);
    return !abandoned;
}

/* Posting happens under the lock, so that after abandon returned nothing is posted any more. */
static bool post_back(tp_workflow_thread *self, tp_loop_fn fn, void *data)
{
    bool abandoned;

    pthread_mutex_lock(&self->mutex);
    abandoned = self->abandoned;
    self->current = NULL;
    if (!abandoned)
        tp_loop_post(self->loop, fn, data);
    pthread_mutex_unlock(&self->mutex);
    return !abandoned;
}

static void destroy(tp_workflow_thread *self)
{
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->mutex);
    tp_free(self);
}

/* Nobody knows the thread any more. Jobs that it had not begun are left alone: their owner may. */
static void drop_all(tp_workflow_thread *self, tp_workflow_job *job)
{
    tp_engine_free(self->engine);
    if (job->orphaned)
        job->orphaned(job->data);
    destroy(self);
}

/* True: it was left behind, and self is gone. */
static bool work(tp_workflow_thread *self)
{
    tp_workflow_job *job;

    while ((job = next_job(self))) {
        if (job->evict)
            tp_engine_evict(self->engine, job->evict);
        else if (job->resume)
            tp_engine_resume(self->engine, job->task, job->outcomes, job->outcome_count,
                             job->overdue, &job->answer);
        else
            tp_engine_activate(self->engine, job->task, &job->answer);
        if (!post_back(self, job->answered, job->data)) {
            drop_all(self, job);
            return true;
        }
    }
    tp_engine_free(self->engine);
    return false;
}

static void *run(void *data)
{
    tp_workflow_thread *self = data;
    void *entered = tp_sample_enter();
    bool gone = work(self);

    tp_sample_leave(entered);
    if (!gone && !post_end(self))
        destroy(self);
    return NULL;
}

temporal_error *tp_workflow_thread_new(tp_workflow_thread **thread, tp_loop *loop,
                                       const tp_engine_options *options)
{
    tp_workflow_thread *self = tp_alloc(sizeof *self);
    tp_engine_options own = *options;
    sigset_t all, before;
    temporal_error *error;
    int failed;

    own.pulse = &self->pulse;
    error = tp_engine_new(&self->engine, &own);
    if (error) {
        tp_free(self);
        return error;
    }
    self->loop = loop;
    tp_list_init(&self->jobs);
    pthread_mutex_init(&self->mutex, NULL);
    pthread_cond_init(&self->changed, NULL);

    sigfillset(&all); /* signals are for the program's own threads */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&self->thread, NULL, run, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        tp_engine_free(self->engine);
        destroy(self);
        return tp_error_system(failed, "worker: cannot start a workflow thread");
    }
    pthread_setname_np(self->thread, "tp-workflow");
    *thread = self;
    return TEMPORAL_OK;
}

void tp_workflow_thread_post(tp_workflow_thread *self, tp_workflow_job *job)
{
    bool is_only;

    pthread_mutex_lock(&self->mutex);
    is_only = tp_list_is_empty(&self->jobs);
    tp_list_append(&self->jobs, &job->link);
    pthread_mutex_unlock(&self->mutex);
    if (is_only) /* the mutex is free, or the thread would wake up to wait for it */
        pthread_cond_signal(&self->changed);
}

void tp_workflow_thread_end(tp_workflow_thread *self, tp_loop_fn ended, void *data)
{
    pthread_mutex_lock(&self->mutex);
    self->ending = true;
    self->ended = ended;
    self->ended_data = data;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->mutex);
}

void tp_workflow_thread_free(tp_workflow_thread *self)
{
    if (!self)
        return;
    pthread_join(self->thread, NULL);
    destroy(self);
}

bool tp_workflow_thread_is_busy(tp_workflow_thread *self, uint64_t *turn)
{
    bool busy;

    pthread_mutex_lock(&self->mutex);
    busy = self->current || !tp_list_is_empty(&self->jobs);
    pthread_mutex_unlock(&self->mutex);
    *turn = tp_pulse_read(&self->pulse);
    return busy;
}

tp_sample *tp_workflow_thread_sample(tp_workflow_thread *self)
{
    return &self->sample;
}

pthread_t tp_workflow_thread_id(const tp_workflow_thread *self)
{
    return self->thread;
}

tp_workflow_job *tp_workflow_thread_leave(tp_workflow_thread *self, uint64_t turn, tp_list *rest)
{
    tp_workflow_job *held = NULL;
    tp_list *link;

    pthread_mutex_lock(&self->mutex);
    if (tp_pulse_read(&self->pulse) == turn)
        held = self->current;
    while (held && (link = tp_list_pop(&self->jobs)))
        tp_list_append(rest, link);
    pthread_mutex_unlock(&self->mutex);
    return held;
}

bool tp_workflow_thread_abandon(tp_workflow_thread *self)
{
    pthread_t thread = self->thread;
    bool finished;

    pthread_mutex_lock(&self->mutex);
    finished = self->finished;
    self->abandoned = self->ending = true;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->mutex);
    if (!finished) /* then self may be gone by now */
        pthread_detach(thread);
    return !finished;
}
