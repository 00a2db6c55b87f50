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
    bool ending, abandoned;

    tp_loop *loop;
    tp_engine *engine; /* the thread's */
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
    pthread_mutex_unlock(&self->mutex);
    return first ? tp_list_entry(first, tp_workflow_job, link) : NULL;
}

/* Posting happens under the lock, so that after abandon returned nothing is posted any more. */
static bool post_back(tp_workflow_thread *self, tp_loop_fn fn, void *data)
{
    bool abandoned;

    pthread_mutex_lock(&self->mutex);
    abandoned = self->abandoned;
    if (!abandoned)
        tp_loop_post(self->loop, fn, data);
    pthread_mutex_unlock(&self->mutex);
    return !abandoned;
}

static void *run(void *data)
{
    tp_workflow_thread *self = data;
    tp_workflow_job *job;

    while ((job = next_job(self))) {
        if (job->evict)
            tp_engine_evict(self->engine, job->evict);
        else
            tp_engine_activate(self->engine, job->task, &job->answer);
        if (!post_back(self, job->answered, job->data))
            return NULL; /* left behind with all that it holds */
    }
    tp_engine_free(self->engine);
    post_back(self, self->ended, self->ended_data);
    return NULL;
}

temporal_error *tp_workflow_thread_new(tp_workflow_thread **thread, tp_loop *loop,
                                       const tp_engine_options *options)
{
    tp_workflow_thread *self = tp_alloc(sizeof *self);
    sigset_t all, before;
    int failed;
    temporal_error *error = tp_engine_new(&self->engine, options);

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
        pthread_cond_destroy(&self->changed);
        pthread_mutex_destroy(&self->mutex);
        tp_free(self);
        return tp_error_system(failed, "worker: cannot start a workflow thread");
    }
    pthread_setname_np(self->thread, "tp-workflow");
    *thread = self;
    return TEMPORAL_OK;
}

void tp_workflow_thread_post(tp_workflow_thread *self, tp_workflow_job *job)
{
    pthread_mutex_lock(&self->mutex);
    tp_list_append(&self->jobs, &job->link);
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->mutex);
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
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->mutex);
    tp_free(self);
}

void tp_workflow_thread_abandon(tp_workflow_thread *self)
{
    pthread_mutex_lock(&self->mutex);
    self->abandoned = true;
    pthread_mutex_unlock(&self->mutex);
    pthread_detach(self->thread);
}
