/* SPDX-License-Identifier: MIT */
/* worker/farewell.c -- ends the polls of a worker that shuts down: few tasks are lost on the way.
 */
#include "worker/farewell.h"

#include "base/alloc.h"
#include "base/timer.h"

/* So long without a task: the polls that are left wait for nothing. It is some times the delay with
 * which tasks have come, within limits. */
#define QUIET_DELAYS   4
#define SHORTEST_QUIET (200 * TEMPORAL_MILLISECOND)
#define LONGEST_QUIET  (800 * TEMPORAL_MILLISECOND)
/* Servers end polls at once; when they are told again, and how long that is tried. */
#define AGAIN             (50 * TEMPORAL_MILLISECOND)
#define POLLS_PATIENCE    (5 * TEMPORAL_SECOND)
#define QUESTION_PATIENCE (2 * TEMPORAL_SECOND)

typedef enum step {
    POLLING,
    LINGERING,
    LEARNING,  /* what the server can do, which it has not told yet */
    SAYING,    /* the server is to end the polls */
    CANCELLING /* they are cancelled on this side */
} step;

struct tp_farewell {
    tp_farewell_options options;
    tp_call *question;      /* DescribeNamespace; NULL: not under way */
    tp_call *sticky;        /* ShutdownWorker, for the sticky queue; NULL: not under way */
    tp_call *call;          /* ShutdownWorker, for this worker; NULL: not under way */
    tp_timer *pause;        /* ends when it has been quiet, or when to tell the server again */
    tp_timer *sticky_pause; /* ends when to tell it of the sticky queue again */
    tp_timer *patience;     /* ends a step, whatever comes */
    step step;
    bool revived; /* the sticky queue may have been, by a poll: it is told again */
    bool server_ends_polls, ended;
};

static void advance(tp_farewell *self)
{
    const tp_farewell_options *options = &self->options;

    if (self->step == POLLING || self->ended || options->service->polls > 0 || self->sticky ||
        self->revived || self->call)
        return;
    if (self->question) { /* no longer */
        tp_call_cancel(self->question);
        return;
    }
    self->ended = true;
    tp_timer_stop(self->pause);
    tp_timer_stop(self->patience);
    tp_loop_post(options->service->loop, options->ended, options->data);
}

/* --- the steps -------------------------------------------------------------------------------- */

static void cancel(tp_farewell *self, bool sticky)
{
    self->options.cancel_polls(self->options.data, sticky);
}

static tp_call *shut_down(tp_farewell *self, Tp__Ws__ShutdownWorkerRequest *request,
                          tp_call_fn done)
{
    tp_service *service = self->options.service;

    request->namespace_ = service->client->namespace_name;
    request->identity = service->identity;
    request->reason = (char *)(uintptr_t) "graceful shutdown";
    return tp_service_call(service, "ShutdownWorker", request,
                           &tp__ws__shutdown_worker_response__descriptor, TP_PATIENCE_ONCE, done,
                           self);
}

static void on_sticky_said(void *data, temporal_error *error, const ProtobufCMessage *response);

/* It is good to know that nobody polls it any more: the next task of a cached run goes to another
 * worker at once instead of after the sticky timeout. */
static void say_sticky(void *data)
{
    tp_farewell *self = data;
    Tp__Ws__ShutdownWorkerRequest request;

    tp__ws__shutdown_worker_request__init(&request);
    request.sticky_task_queue = (char *)(uintptr_t)self->options.sticky_queue;
    self->revived = self->options.service->sticky_polls > 0;
    self->sticky = shut_down(self, &request, on_sticky_said);
}

/* A poll that was just arriving brings the queue back to life. */
static void advance_sticky(tp_farewell *self)
{
    if (self->sticky || !self->revived)
        return;
    if (self->options.service->sticky_polls > 0) {
        tp_timer_start(self->sticky_pause, AGAIN);
    } else {
        tp_timer_stop(self->sticky_pause);
        say_sticky(self);
    }
}

static void on_sticky_said(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    tp_farewell *self = data;

    (void)response;
    self->sticky = NULL;
    if (error) { /* a courtesy: older servers do not know it */
        self->revived = false;
        cancel(self, true);
    }
    temporal_error_free(error);
    advance_sticky(self);
    advance(self);
}

static void on_said(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    tp_farewell *self = data;

    (void)response;
    self->call = NULL;
    if (error)
        cancel(self, false);
    else
        tp_timer_start(self->pause, AGAIN);
    temporal_error_free(error);
    advance(self);
}

static void say(tp_farewell *self)
{
    const tp_farewell_options *options = &self->options;
    Tp__Enums__TaskQueueType types[2];
    Tp__Ws__ShutdownWorkerRequest request;

    tp__ws__shutdown_worker_request__init(&request);
    request.worker_instance_key = options->service->instance_key;
    request.task_queue = options->service->task_queue;
    request.task_queue_types = types;
    if (options->sticky_queue)
        types[request.n_task_queue_types++] = TP__ENUMS__TASK_QUEUE_TYPE__TASK_QUEUE_TYPE_WORKFLOW;
    if (options->activities)
        types[request.n_task_queue_types++] = TP__ENUMS__TASK_QUEUE_TYPE__TASK_QUEUE_TYPE_ACTIVITY;
    self->call = shut_down(self, &request, on_said);
}

static void end_polls(tp_farewell *self)
{
    tp_timer_stop(self->pause);
    if (self->question) {
        self->step = LEARNING;
        tp_timer_start(self->patience, QUESTION_PATIENCE);
        return;
    }
    tp_timer_start(self->patience, POLLS_PATIENCE);
    self->step = self->server_ends_polls ? SAYING : CANCELLING;
    if (self->server_ends_polls)
        say(self);
    else
        cancel(self, false);
}

static void on_pause_over(void *data)
{
    tp_farewell *self = data;

    if (self->step == LINGERING)
        end_polls(self);
    else if (self->step == SAYING)
        say(self);
}

static void on_patience_over(void *data)
{
    tp_farewell *self = data;

    if (self->step == LINGERING)
        end_polls(self);
    else if (self->step == LEARNING)
        tp_call_cancel(self->question);
    else
        tp_farewell_give_up(self);
}

static void linger(tp_farewell *self)
{
    temporal_seconds quiet = QUIET_DELAYS * self->options.service->delay;

    if (quiet < SHORTEST_QUIET)
        quiet = SHORTEST_QUIET;
    tp_timer_start(self->pause, quiet < LONGEST_QUIET ? quiet : LONGEST_QUIET);
}

static void on_poll_ended(void *data)
{
    tp_farewell *self = data;

    if (self->step == LINGERING)
        linger(self);
    advance_sticky(self);
    advance(self);
}

/* --- what the server can do ------------------------------------------------------------------- */

static void on_description(void *data, temporal_error *error, const ProtobufCMessage *message)
{
    tp_farewell *self = data;
    const Tp__Ws__DescribeNamespaceResponse *response =
        (const Tp__Ws__DescribeNamespaceResponse *)message;

    self->question = NULL;
    temporal_error_free(error); /* refused, or asked too late: taken for one that cannot */
    if (response && response->namespace_info && response->namespace_info->capabilities)
        self->server_ends_polls =
            response->namespace_info->capabilities->worker_poll_complete_on_shutdown;
    if (self->step == LEARNING)
        end_polls(self);
    advance(self);
}

static void ask(tp_farewell *self)
{
    tp_service *service = self->options.service;
    Tp__Ws__DescribeNamespaceRequest request;

    tp__ws__describe_namespace_request__init(&request);
    request.namespace_ = service->client->namespace_name;
    self->question = tp_service_call(service, "DescribeNamespace", &request,
                                     &tp__ws__describe_namespace_response__descriptor,
                                     TP_PATIENCE_ANSWER, on_description, self);
}

/* --- for the worker --------------------------------------------------------------------------- */

tp_farewell *tp_farewell_new(const tp_farewell_options *options)
{
    tp_farewell *self = tp_alloc(sizeof *self);

    self->options = *options;
    self->sticky_pause = tp_timer_new(options->service->loop, say_sticky, self);
    self->pause = tp_timer_new(options->service->loop, on_pause_over, self);
    self->patience = tp_timer_new(options->service->loop, on_patience_over, self);
    ask(self);
    return self;
}

void tp_farewell_say(tp_farewell *self, temporal_seconds limit)
{
    self->step = LINGERING;
    self->options.service->poll_ended = on_poll_ended;
    self->options.service->poll_ended_data = self;
    if (self->options.sticky_queue)
        say_sticky(self);
    if (limit > 0) {
        linger(self);
        tp_timer_start(self->patience, limit);
    } else {
        end_polls(self);
    }
    advance(self);
}

void tp_farewell_give_up(tp_farewell *self)
{
    if (self->ended)
        return;
    self->step = CANCELLING;
    tp_timer_stop(self->sticky_pause);
    tp_timer_stop(self->pause);
    self->revived = false;
    if (self->question)
        tp_call_cancel(self->question);
    if (self->sticky)
        tp_call_cancel(self->sticky);
    if (self->call)
        tp_call_cancel(self->call);
    cancel(self, false);
    cancel(self, true);
}

void tp_farewell_free(tp_farewell *self)
{
    if (!self)
        return;
    tp_timer_free(self->sticky_pause);
    tp_timer_free(self->pause);
    tp_timer_free(self->patience);
    tp_free(self);
}
