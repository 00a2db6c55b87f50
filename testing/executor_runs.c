/* SPDX-License-Identifier: MIT */
/* testing/executor_runs.c -- runs of activities on the executors of a worker, one by one. */
#include "testing/executor_runs.h"

#include <pthread.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/list.h"
#include "base/loop.h"
#include "executor/executors.h"

/* An executor has the activities that it was made with: each definition gets one of its own. */
typedef struct own_executor {
    tp_list link;
    tp_executor *executor;
    const temporal_activity_def *definitions[2]; /* the one, and NULL */
} own_executor;

struct tp_executor_runs {
    temporal_activity_executor kind;
    void (*beat)(void *data, tp_bytes details);
    void *data;

    pthread_mutex_t mutex; /* of the ends of runs and of executors */
    pthread_cond_t changed;
    pthread_mutex_t making;  /* of the loop's own birth and of executors */
    _Atomic(tp_loop *) loop; /* from the first run on: looked at without the mutex, too */

    /* the loop's */
    tp_list executors;
    tp_list running;
    temporal_cancel_reason reason;
    bool shutdown;
    size_t stopping;
};

typedef struct run {
    tp_attempt attempt;
    tp_list link;
    tp_executor_runs *runs;
    tp_executor *executor;
    tp_buffer details;
    bool ended; /* under the mutex */
    tp_outcome_kind kind;
    tp_buffer *body;
} run;

tp_executor_runs *tp_executor_runs_new(temporal_activity_executor kind,
                                       void (*beat)(void *data, tp_bytes details), void *data)
{
    tp_executor_runs *runs = tp_alloc(sizeof *runs);

    runs->kind = kind;
    runs->beat = beat;
    runs->data = data;
    pthread_mutex_init(&runs->mutex, NULL);
    pthread_mutex_init(&runs->making, NULL);
    pthread_cond_init(&runs->changed, NULL);
    tp_list_init(&runs->executors);
    tp_list_init(&runs->running);
    return runs;
}

/* --- executors -------------------------------------------------------------------------------- */

static temporal_error *make_executor(const tp_executor_runs *runs, own_executor *own)
{
    const temporal_async_executor async = { .activities = own->definitions };
    const temporal_process_executor processes = { .activities = own->definitions };

    if (runs->kind == TEMPORAL_ON_PROCESS)
        return tp_process_executor_new(&own->executor, &processes);
    return tp_async_executor_new(&own->executor, &async);
}

typedef struct start_request {
    tp_executor_runs *runs;
    own_executor *own;
    temporal_error *error;
} start_request;

static void start_executor(void *data)
{
    start_request *request = data;
    tp_executor_runs *runs = request->runs;
    tp_arena *owner = tp_error_set_owner(NULL);

    request->error = tp_executor_start(request->own->executor, runs->loop);
    tp_error_set_owner(owner);
    if (request->error)
        return;
    tp_list_append(&runs->executors, &request->own->link);
    if (runs->shutdown)
        tp_executor_notify_shutdown(request->own->executor);
}

static own_executor *find_executor(const tp_executor_runs *runs, const temporal_activity_def *def)
{
    for (tp_list *at = runs->executors.next; at != &runs->executors; at = at->next) {
        own_executor *own = tp_list_entry(at, own_executor, link);

        if (own->definitions[0] == def)
            return own;
    }
    return NULL;
}

static temporal_error *make_loop(tp_executor_runs *runs)
{
    tp_loop *loop = NULL;

    TEMPORAL_TRY(tp_loop_new(&loop, "activity env"));
    runs->loop = loop;
    return TEMPORAL_OK;
}

/* The list changes on the loop, but only while a maker waits for that. */
static temporal_error *get_executor(tp_executor_runs *runs, const temporal_activity_def *def,
                                    tp_executor **executor)
{
    own_executor *own = find_executor(runs, def);
    start_request request = { .runs = runs };
    temporal_error *error;

    if (own) {
        *executor = own->executor;
        return TEMPORAL_OK;
    }
    own = tp_alloc(sizeof *own);
    own->definitions[0] = def;
    request.own = own;
    error = make_executor(runs, own); /* processes before the loop: it is a thread */
    if (!error && !runs->loop)
        error = make_loop(runs);
    if (!error) {
        tp_loop_call(runs->loop, start_executor, &request);
        error = request.error;
    }
    if (error) {
        tp_executor_free(own->executor);
        tp_free(own);
        return error;
    }
    *executor = own->executor;
    return TEMPORAL_OK;
}

/* --- a run ------------------------------------------------------------------------------------ */

static void take_beats(run *self)
{
    while (tp_attempt_take_heartbeat(&self->attempt, &self->details))
        self->runs->beat(self->runs->data, tp_buffer_bytes(&self->details));
}

static run *run_of(tp_attempt *attempt)
{
    return tp_list_entry(attempt, run, attempt);
}

static void on_beat(tp_attempt *attempt)
{
    take_beats(run_of(attempt));
}

static void on_done(tp_attempt *attempt, const tp_outcome *outcome)
{
    run *self = run_of(attempt);
    tp_executor_runs *runs = self->runs;

    if (tp_attempt_take_heartbeat(attempt, &self->details))
        runs->beat(runs->data, tp_buffer_bytes(&self->details));
    tp_list_remove(&self->link);
    tp_buffer_append(self->body, outcome->body.data, outcome->body.size);
    pthread_mutex_lock(&runs->mutex);
    self->kind = outcome->kind;
    self->ended = true; /* and gone, as soon as the mutex is free */
    pthread_cond_broadcast(&runs->changed);
    pthread_mutex_unlock(&runs->mutex);
}

static const tp_attempt_events events = { .beat = on_beat, .done = on_done };

static void submit(void *data)
{
    run *self = data;
    tp_executor_runs *runs = self->runs;

    tp_list_append(&runs->running, &self->link);
    tp_executor_submit(self->executor, &self->attempt);
    if (runs->reason != TEMPORAL_CANCEL_NONE)
        tp_attempt_cancel(&self->attempt, runs->reason);
}

temporal_error *tp_executor_runs_run(tp_executor_runs *runs, const temporal_activity_def *def,
                                     const tp_task *task, tp_outcome_kind *kind, tp_buffer *body)
{
    run self = { .attempt = { .task = *task, .events = &events }, .runs = runs, .body = body };
    temporal_error *error;

    self.attempt.task.def = def;
    self.attempt.task.def_index = 0;
    tp_list_init(&self.link);
    pthread_mutex_lock(&runs->making);
    error = get_executor(runs, def, &self.executor);
    pthread_mutex_unlock(&runs->making);
    if (error)
        return error;
    tp_loop_post(runs->loop, submit, &self);
    pthread_mutex_lock(&runs->mutex);
    while (!self.ended)
        pthread_cond_wait(&runs->changed, &runs->mutex);
    pthread_mutex_unlock(&runs->mutex);
    tp_buffer_done(&self.details);
    *kind = self.kind;
    return TEMPORAL_OK;
}

/* --- from outside ----------------------------------------------------------------------------- */

typedef struct order {
    tp_executor_runs *runs;
    temporal_cancel_reason reason; /* NONE: the shutdown */
} order;

static void follow(void *data)
{
    order *self = data;
    tp_executor_runs *runs = self->runs;
    tp_list *next;

    if (self->reason == TEMPORAL_CANCEL_NONE) {
        runs->shutdown = true;
        for (tp_list *at = runs->executors.next; at != &runs->executors; at = at->next)
            tp_executor_notify_shutdown(tp_list_entry(at, own_executor, link)->executor);
    } else if (runs->reason == TEMPORAL_CANCEL_NONE) {
        runs->reason = self->reason;
        for (tp_list *at = runs->running.next; at != &runs->running; at = next) {
            next = at->next; /* cancelling may end it */
            tp_attempt_cancel(&tp_list_entry(at, run, link)->attempt, runs->reason);
        }
    }
    tp_free(self);
}

static void give_order(tp_executor_runs *runs, temporal_cancel_reason reason)
{
    order *self = tp_alloc(sizeof *self);

    *self = (order){ runs, reason };
    if (runs->loop && tp_loop_is_current(runs->loop)) { /* a beat's: its maker may wait for us */
        tp_loop_post(runs->loop, follow, self);
        return;
    }
    pthread_mutex_lock(&runs->making);
    if (runs->loop)
        tp_loop_call(runs->loop, follow, self);
    else
        follow(self);
    pthread_mutex_unlock(&runs->making);
}

void tp_executor_runs_cancel(tp_executor_runs *runs, temporal_cancel_reason reason)
{
    give_order(runs, reason);
}

void tp_executor_runs_shutdown(tp_executor_runs *runs)
{
    give_order(runs, TEMPORAL_CANCEL_NONE);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void on_stopped(void *data)
{
    tp_executor_runs *runs = data;

    pthread_mutex_lock(&runs->mutex);
    runs->stopping--;
    pthread_cond_broadcast(&runs->changed);
    pthread_mutex_unlock(&runs->mutex);
}

static void stop_all(void *data)
{
    tp_executor_runs *runs = data;

    for (tp_list *at = runs->executors.next; at != &runs->executors; at = at->next) {
        pthread_mutex_lock(&runs->mutex);
        runs->stopping++;
        pthread_mutex_unlock(&runs->mutex);
        tp_executor_stop(tp_list_entry(at, own_executor, link)->executor, on_stopped, runs);
    }
}

void tp_executor_runs_free(tp_executor_runs *runs)
{
    tp_list *at;

    if (!runs)
        return;
    if (runs->loop)
        tp_loop_call(runs->loop, stop_all, runs);
    pthread_mutex_lock(&runs->mutex);
    while (runs->stopping)
        pthread_cond_wait(&runs->changed, &runs->mutex);
    pthread_mutex_unlock(&runs->mutex);
    while ((at = tp_list_pop(&runs->executors)) != NULL) {
        own_executor *own = tp_list_entry(at, own_executor, link);

        tp_executor_free(own->executor);
        tp_free(own);
    }
    if (runs->loop)
        tp_loop_free(runs->loop);
    pthread_cond_destroy(&runs->changed);
    pthread_mutex_destroy(&runs->making);
    pthread_mutex_destroy(&runs->mutex);
    tp_free(runs);
}
