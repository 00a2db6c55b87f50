/* SPDX-License-Identifier: MIT */
/* executor/threads.c -- activities on pthreads: one thread for each attempt that runs, started when
 * it is needed and kept for the next.
 *
 * The crew is what the threads and the executor share. It is counted, since threads that were left
 * behind in user code may outlive the executor: the last of them unmakes the activities' states. */
#include "executor/executors.h"

#include <signal.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "executor/invoke.h"
#include "executor/job.h"
#include "executor/states.h"

struct crew {
    atomic_size_t references; /* the executor's and each member's */
    tp_states states;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t work;   /* queue or stopping changed */
    tp_list queue;         /* jobs that wait for a thread */
    size_t queued;
    size_t idle;  /* threads that wait for a job */
    size_t alive; /* threads, those left behind too */
    bool stopping;
    bool closed; /* nobody is left who could need the states, but threads left behind */
};

struct member {
    struct crew *crew;
    pthread_t thread;
    tp_list link; /* of the executor, until it is left behind */
    tp_job *job;  /* what it runs; under the crew's mutex, like left */
    bool left;
};

struct threads {
    tp_jobs jobs;
    struct crew *crew;
    size_t stack_size;
    tp_list members;
    size_t member_count;
    bool had_members;
    pthread_t closer;
    tp_loop_fn stopped;
    void *stopped_data;
};

/* --- the crew ------------------------------------------------------------------------------- */

static struct crew *crew_new(const temporal_activity_def *const *definitions)
{
    struct crew *crew = tp_alloc(sizeof(*crew));

    atomic_init(&crew->references, 1);
    tp_states_init(&crew->states, definitions);
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_cond_init(&crew->work, NULL);
    tp_list_init(&crew->queue);
    return crew;
}

static void crew_release(struct crew *crew)
{
    if (atomic_fetch_sub(&crew->references, 1) != 1)
        return;
    tp_states_done(&crew->states);
    pthread_cond_destroy(&crew->work);
    pthread_mutex_destroy(&crew->mutex);
    tp_free(crew);
}

/* --- a thread ------------------------------------------------------------------------------- */

static void wait_for_change(temporal_activity *activity, int64_t deadline)
{
    tp_job_wait(activity->executor, deadline);
}

static const tp_context_ops context_ops = {
    .heartbeat = tp_job_heartbeat,
    .cancel_reason = tp_job_cancel_reason,
    .is_worker_shutdown = tp_job_is_worker_shutdown,
    .wait = wait_for_change,
};

static void run_job(struct crew *crew, tp_job *job)
{
    void *state;
    temporal_error *error = tp_states_get(&crew->states, job->task.def_index, &state);
    tp_outcome_kind kind;

    if (error) {
        tp_job_fail(job, error);
        temporal_error_free(error);
        return;
    }
    tp_context_init(&job->activity, &context_ops, &job->task, state, job);
    tp_context_enter(&job->activity);
    kind = tp_invoke(&job->activity, job->task.input, &job->body);
    tp_context_enter(NULL);
    tp_context_done(&job->activity);
    tp_job_end(job, kind);
}

/* Waits for the next job; NULL: go home. */
static tp_job *next_job(struct member *me)
{
    struct crew *crew = me->crew;

    pthread_mutex_lock(&crew->mutex);
    me->job = NULL;
    crew->idle++;
    while (!me->left && !crew->queued && !crew->stopping)
        pthread_cond_wait(&crew->work, &crew->mutex);
    crew->idle--;
    if (!me->left && crew->queued) {
        crew->queued--;
        me->job = tp_list_entry(tp_list_pop(&crew->queue), tp_job, queued);
    }
    pthread_mutex_unlock(&crew->mutex);
    return me->job;
}

static void *run_member(void *data)
{
    struct member *me = data;
    struct crew *crew = me->crew;
    tp_job *job;
    bool left, last;

    pthread_setname_np(pthread_self(), "tp-activity");
    while ((job = next_job(me)) != NULL)
        run_job(crew, job);
    pthread_mutex_lock(&crew->mutex);
    left = me->left;
    last = --crew->alive == 0 && crew->closed;
    pthread_mutex_unlock(&crew->mutex);
    if (last)
        tp_states_unmake(&crew->states);
    if (left) /* otherwise it is joined, and freed then */
        tp_free(me);
    crew_release(crew);
    return NULL;
}

/* --- the executor, on the loop -------------------------------------------------------------- */

/* Signals are for the program's own threads; those of a fault stay where they happen. */
static int start_thread(pthread_t *thread, size_t stack_size, void *(*body)(void *), void *data)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT };
    sigset_t blocked, before;
    pthread_attr_t attributes;
    int failed = 0;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&blocked, faults[i]);
    pthread_attr_init(&attributes);
    if (stack_size)
        failed = pthread_attr_setstacksize(&attributes, stack_size);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    if (!failed)
        failed = pthread_create(thread, &attributes, body, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failed;
}

static int add_member(struct threads *threads)
{
    struct crew *crew = threads->crew;
    struct member *member = tp_alloc(sizeof(*member));
    int failed;

    member->crew = crew;
    atomic_fetch_add(&crew->references, 1);
    pthread_mutex_lock(&crew->mutex);
    crew->alive++;
    pthread_mutex_unlock(&crew->mutex);
    failed = start_thread(&member->thread, threads->stack_size, run_member, member);
    if (!failed) {
        tp_list_append(&threads->members, &member->link);
        threads->member_count++;
        threads->had_members = true;
        return 0;
    }
    pthread_mutex_lock(&crew->mutex);
    crew->alive--;
    pthread_mutex_unlock(&crew->mutex);
    crew_release(crew);
    tp_free(member);
    return failed;
}

/* There is no thread, and none can be had: nobody would ever come for the job. */
static void refuse(struct threads *threads, tp_job *job, int reason)
{
    temporal_error *error =
        tp_error_system(reason, "activity %s: cannot start a thread", job->task.activity_type);

    pthread_mutex_lock(&threads->crew->mutex);
    tp_list_remove(&job->queued);
    threads->crew->queued--;
    pthread_mutex_unlock(&threads->crew->mutex);
    tp_job_fail(job, error);
    temporal_error_free(error);
}

static temporal_error *start(tp_executor *executor, tp_loop *loop)
{
    struct threads *self = (struct threads *)executor;

    self->jobs.loop = loop;
    return NULL;
}

static void submit(tp_executor *executor, tp_attempt *attempt)
{
    struct threads *self = (struct threads *)executor;
    struct crew *crew = self->crew;
    tp_job *job = tp_jobs_add(&self->jobs, attempt);
    bool wanting;
    int failed;

    if (!job)
        return;
    pthread_mutex_lock(&crew->mutex);
    tp_list_append(&crew->queue, &job->queued);
    crew->queued++;
    wanting = crew->queued > crew->idle;
    pthread_cond_signal(&crew->work);
    pthread_mutex_unlock(&crew->mutex);
    if (!wanting || self->member_count >= executor->capacity)
        return;
    failed = add_member(self);
    if (failed && !self->member_count)
        refuse(self, job, failed);
}

static void *close_crew(void *data)
{
    struct threads *self = data;
    struct crew *crew = self->crew;
    tp_list *at;
    bool last;

    while ((at = tp_list_pop(&self->members)) != NULL) {
        struct member *member = tp_list_entry(at, struct member, link);

        pthread_join(member->thread, NULL);
        tp_free(member);
    }
    pthread_mutex_lock(&crew->mutex);
    crew->closed = true;
    last = crew->alive == 0;
    pthread_mutex_unlock(&crew->mutex);
    if (last)
        tp_states_unmake(&crew->states);
    return NULL;
}

static void on_closed(void *data)
{
    struct threads *self = data;

    self->stopped(self->stopped_data);
}

static void on_closer_done(void *data)
{
    struct threads *self = data;

    pthread_join(self->closer, NULL);
    on_closed(self);
}

static void *run_closer(void *data)
{
    struct threads *self = data;

    close_crew(self);
    tp_loop_post(self->jobs.loop, on_closer_done, self);
    return NULL;
}

/* Joining waits, and unmaking states is user code: both on a thread of their own. */
static void stop(tp_executor *executor, tp_loop_fn stopped, void *data)
{
    struct threads *self = (struct threads *)executor;
    struct crew *crew = self->crew;
    int failed;

    self->stopped = stopped;
    self->stopped_data = data;
    pthread_mutex_lock(&crew->mutex);
    crew->stopping = true;
    pthread_cond_broadcast(&crew->work);
    pthread_mutex_unlock(&crew->mutex);
    if (!self->had_members) {
        tp_loop_post(self->jobs.loop, on_closed, self);
        return;
    }
    failed = start_thread(&self->closer, self->stack_size, run_closer, self);
    if (failed) {
        tp_log(TEMPORAL_LOG_WARN, "activity", "executor threads: stops on its loop: no thread: %d",
               failed);
        close_crew(self);
        tp_loop_post(self->jobs.loop, on_closed, self);
    }
}

static void abandon(tp_executor *executor)
{
    struct threads *self = (struct threads *)executor;
    struct crew *crew = self->crew;
    tp_list unstarted, *at, *next;

    tp_list_init(&unstarted);
    pthread_mutex_lock(&crew->mutex);
    while ((at = tp_list_pop(&crew->queue)) != NULL)
        tp_list_append(&unstarted, at);
    crew->queued = 0;
    for (at = self->members.next; at != &self->members; at = next) {
        struct member *member = tp_list_entry(at, struct member, link);

        next = at->next;
        if (!member->job)
            continue;
        tp_list_remove(at);
        self->member_count--;
        pthread_detach(member->thread);
        member->left = true;
    }
    pthread_mutex_unlock(&crew->mutex);
    tp_jobs_abandon(&self->jobs);
    while ((at = tp_list_pop(&unstarted)) != NULL)
        tp_job_release(tp_list_entry(at, tp_job, queued));
}

static void free_threads(tp_executor *executor)
{
    struct threads *self = (struct threads *)executor;

    crew_release(self->crew);
    tp_free(self);
}

static const tp_executor_ops ops = {
    .name = "threads",
    .start = start,
    .submit = submit,
    .cancel = tp_jobs_cancel,
    .take_heartbeat = tp_jobs_take_heartbeat,
    .notify_shutdown = tp_jobs_notify_shutdown,
    .stop = stop,
    .abandon = abandon,
    .free = free_threads,
};

temporal_error *tp_thread_executor_new(tp_executor **executor,
                                       const temporal_thread_executor *options)
{
    temporal_error *error = tp_executor_check(options->activities, "threads");
    struct threads *self;

    if (!error)
        error = tp_executor_check_stack(options->stack_size, "threads");
    if (error)
        return error;
    self = tp_alloc(sizeof(*self));
    tp_jobs_init(&self->jobs, &ops, NULL);
    self->jobs.executor.definitions = options->activities;
    self->jobs.executor.capacity = tp_executor_concurrency(options->concurrency);
    self->crew = crew_new(options->activities);
    self->stack_size = options->stack_size;
    tp_list_init(&self->members);
    *executor = &self->jobs.executor;
    return NULL;
}
