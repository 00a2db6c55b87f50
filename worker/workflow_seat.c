/* SPDX-License-Identifier: MIT */
/* worker/workflow_seat.c -- watches a workflow thread, and replaces it. */
#include "worker/workflow_seat.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/timer.h"
#include "fiber/symbols.h"

#define LOOKS 4 /* within the limit */

/* A thread that was replaced and has not come back. */
typedef struct left_thread {
    tp_list link;
    tp_workflow_thread *thread;
} left_thread;

struct tp_workflow_seat {
    tp_loop *loop;
    tp_engine_options options;
    temporal_seconds limit;
    tp_workflow_thread *thread;
    tp_list left;

    tp_timer *watch;
    bool watching, sampled;
    uint64_t turn; /* the one that was seen last, ... */
    int64_t since; /* ... and when for the first time */

    tp_loop_fn ended;
    void *ended_data;
};

static void watch(void *data);

/* --- a thread that is held ------------------------------------------------------------------ */

/* Whoever stands at a breakpoint holds the thread, too. */
static bool is_debugged(void)
{
    int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    char text[4096];
    const char *tracer;
    ssize_t size;

    if (file < 0)
        return false;
    size = read(file, text, sizeof text - 1);
    close(file);
    text[size > 0 ? size : 0] = 0;
    tracer = strstr(text, "TracerPid:");
    return tracer && strtol(tracer + strlen("TracerPid:"), NULL, 10) != 0;
}

static temporal_error *make_error(const tp_workflow_seat *self, tp_sample *sample)
{
    temporal_error *error = temporal_error_new(
        TEMPORAL_ERROR_DEADLOCK,
        "workflow code has held its thread for more than %g s without waiting; what blocks or "
        "computes for long belongs in an activity",
        self->limit);
    tp_symbols *symbols;
    tp_buffer text = { 0 };

    if (!tp_sample_taken(sample))
        return error;
    symbols = tp_symbols_open();
    for (size_t i = 0; i < sample->count; i++) {
        tp_symbols_describe(symbols, sample->frames[i], &text);
        tp_buffer_append_text(&text, "\n");
    }
    tp_symbols_close(symbols);
    tp_buffer_append(&text, "", 1);
    tp_error_set_text(error, &error->stack_trace, (const char *)text.data);
    tp_buffer_done(&text);
    return error;
}

static void on_came_back(void *data)
{
    left_thread *left = data;

    tp_log(TEMPORAL_LOG_INFO, "worker", "a workflow thread that was replaced has come back");
    tp_list_remove(&left->link);
    tp_workflow_thread_free(left->thread);
    tp_free(left);
}

/* True: a new thread sits there, and the job that holds the old one has been told. */
static bool replace(tp_workflow_seat *self)
{
    tp_workflow_thread *old = self->thread, *new = NULL;
    temporal_error *error = tp_workflow_thread_new(&new, self->loop, &self->options);
    tp_workflow_job *held;
    left_thread *left;
    tp_list rest;

    if (error) {
        tp_log(TEMPORAL_LOG_ERROR, "worker", "a workflow thread that is held stays: %s",
               temporal_error_message(error));
        temporal_error_free(error);
        return false;
    }
    tp_list_init(&rest);
    held = tp_workflow_thread_leave(old, self->turn, &rest);
    if (!held) { /* it came back in the last moment */
        (void)tp_workflow_thread_abandon(new);
        return false;
    }
    left = tp_alloc(sizeof *left);
    left->thread = old;
    tp_list_append(&self->left, &left->link);
    self->thread = new;
    while (!tp_list_is_empty(&rest))
        tp_workflow_thread_post(new, tp_list_entry(tp_list_pop(&rest), tp_workflow_job, link));
    error = make_error(self, tp_workflow_thread_sample(old));
    tp_workflow_thread_end(old, on_came_back, left);
    if (self->ended)
        tp_workflow_thread_end(new, self->ended, self->ended_data);
    if (held->held)
        held->held(held->data, error);
    else
        temporal_error_free(error);
    return true;
}

/* --- watching ------------------------------------------------------------------------------- */

static void watch_on(tp_workflow_seat *self)
{
    self->watching = true;
    tp_timer_start(self->watch, self->limit / LOOKS);
}

static void watch(void *data)
{
    tp_workflow_seat *self = data;
    int64_t now = tp_clock_monotonic();
    uint64_t turn;

    self->watching = false;
    if (!tp_workflow_thread_is_busy(self->thread, &turn))
        return; /* the next post looks again */
    if (turn % 2 == 0 || turn != self->turn) {
        self->turn = turn;
        self->since = now;
        self->sampled = false;
    } else if (now - self->since >= tp_clock_nanoseconds(self->limit) && !is_debugged()) {
        /* It is asked where it stands, and given until the next look to say so. */
        if (!self->sampled)
            tp_sample_ask(tp_workflow_thread_sample(self->thread),
                          tp_workflow_thread_id(self->thread));
        else
            (void)replace(self);
        self->sampled = !self->sampled;
    }
    watch_on(self);
}

/* --- the seat ------------------------------------------------------------------------------- */

temporal_error *tp_workflow_seat_new(tp_workflow_seat **seat, tp_loop *loop,
                                     const tp_engine_options *options, temporal_seconds limit)
{
    tp_workflow_seat *self = tp_alloc(sizeof *self);
    temporal_error *error = tp_workflow_thread_new(&self->thread, loop, options);

    if (error) {
        tp_free(self);
        return error;
    }
    self->loop = loop;
    self->options = *options;
    self->limit = limit;
    tp_list_init(&self->left);
    self->watch = tp_timer_new(loop, watch, self);
    *seat = self;
    return TEMPORAL_OK;
}

void tp_workflow_seat_post(tp_workflow_seat *self, tp_workflow_job *job)
{
    tp_workflow_thread_post(self->thread, job);
    if (!self->watching && self->limit > 0)
        watch_on(self);
}

void tp_workflow_seat_end(tp_workflow_seat *self, tp_loop_fn ended, void *data)
{
    self->ended = ended;
    self->ended_data = data;
    tp_workflow_thread_end(self->thread, ended, data);
}

static void put_away(tp_workflow_seat *self)
{
    while (!tp_list_is_empty(&self->left)) {
        left_thread *left = tp_list_entry(tp_list_pop(&self->left), left_thread, link);

        tp_list_init(&left->link);
        if (tp_workflow_thread_abandon(left->thread))
            tp_free(left); /* else on_came_back is on its way */
    }
    tp_timer_free(self->watch);
    tp_free(self);
}

void tp_workflow_seat_free(tp_workflow_seat *self)
{
    if (!self)
        return;
    tp_workflow_thread_free(self->thread);
    put_away(self);
}

void tp_workflow_seat_abandon(tp_workflow_seat *self)
{
    if (!tp_workflow_thread_abandon(self->thread))
        tp_workflow_thread_free(self->thread);
    put_away(self);
}
