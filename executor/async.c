/* SPDX-License-Identifier: MIT */
/* executor/async.c -- activities on coroutines: the side of the executor's owner.
 *
 * It keeps the attempts and posts to the crew, which lives on a loop of its own (async_crew.h) and
 * runs their code. */
#include "executor/executors.h"

#include "base/alloc.h"
#include "base/error.h"
#include "executor/async_crew.h"
#include "executor/job.h"

#define CONCURRENCY 100
#define STACK_SIZE  (256 * 1024)

struct async {
    tp_jobs jobs;
    tp_async_crew *crew; /* NULL: ended, or left behind */
    size_t stack_size;
    bool abandoned;
    tp_loop_fn stopped;
    void *stopped_data;
};

static temporal_error *start(tp_executor *executor, tp_loop *loop)
{
    struct async *self = (struct async *)executor;

    self->jobs.loop = loop;
    return tp_async_crew_new(&self->crew, executor->definitions, executor->capacity,
                             self->stack_size);
}

static void submit(tp_executor *executor, tp_attempt *attempt)
{
    struct async *self = (struct async *)executor;
    tp_job *job = tp_jobs_add(&self->jobs, attempt);

    if (job)
        tp_async_crew_submit(self->crew, job);
}

static void changed(tp_job *job)
{
    struct async *self = (struct async *)job->jobs;

    tp_async_crew_wake(self->crew, job);
}

static void on_ended(void *data)
{
    struct async *self = data;

    tp_async_crew_free(self->crew);
    self->crew = NULL;
    self->stopped(self->stopped_data);
}

static void on_left(void *data)
{
    struct async *self = data;

    self->stopped(self->stopped_data);
}

static void stop(tp_executor *executor, tp_loop_fn stopped, void *data)
{
    struct async *self = (struct async *)executor;

    self->stopped = stopped;
    self->stopped_data = data;
    if (self->abandoned) {
        tp_async_crew_leave(self->crew);
        self->crew = NULL;
        tp_loop_post(self->jobs.loop, on_left, self);
    } else {
        tp_async_crew_end(self->crew, self->jobs.loop, on_ended, self);
    }
}

/* A coroutine cannot be ended from outside: what it lent to libuv or to a client's call lies on its
 * stack. It is cancelled and left to itself; when all have ended, the crew ends too. */
static void abandon(tp_executor *executor)
{
    struct async *self = (struct async *)executor;

    self->abandoned = executor->running > 0;
    tp_jobs_abandon(&self->jobs);
}

static void free_async(tp_executor *executor)
{
    struct async *self = (struct async *)executor;

    tp_free(self);
}

static const tp_executor_ops ops = {
    .name = "async",
    .start = start,
    .submit = submit,
    .cancel = tp_jobs_cancel,
    .take_heartbeat = tp_jobs_take_heartbeat,
    .notify_shutdown = tp_jobs_notify_shutdown,
    .stop = stop,
    .abandon = abandon,
    .free = free_async,
};

temporal_error *tp_async_executor_new(tp_executor **executor,
                                      const temporal_async_executor *options)
{
    temporal_error *error = tp_executor_check(options->activities, "async");
    struct async *self;

    if (!error)
        error = tp_executor_check_stack(options->stack_size, "async");
    if (error)
        return error;
    self = tp_alloc(sizeof(*self));
    tp_jobs_init(&self->jobs, &ops, changed);
    self->jobs.executor.definitions = options->activities;
    self->jobs.executor.capacity = options->concurrency ? options->concurrency : CONCURRENCY;
    self->stack_size = options->stack_size ? options->stack_size : STACK_SIZE;
    *executor = &self->jobs.executor;
    return NULL;
}
