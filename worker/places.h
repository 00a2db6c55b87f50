/* SPDX-License-Identifier: MIT */
/* worker/places.h -- the places for attempts on a worker's executors, taken before there is a task.
 *
 * Which activity a poll brings is not known before it does, so each poll under way needs a place on
 * every executor. A task that comes with the answer to a workflow task is known: it needs one place
 * on its own executor, which is promised to it before it is asked for. That there is one to promise
 * although the worker polls, the last free place of an executor is polled for by nobody but the
 * only poll: where one activity at a time is wanted, it starts at once, and where many are, all
 * places are used. */
#ifndef TP_WORKER_PLACES_H
#define TP_WORKER_PLACES_H

#include "base/timer.h"
#include "worker/registry.h"

/* When one executor was full for so long while others had places that are not polled for, a warning
 * is logged. */
#define TP_PLACES_STARVING (10 * TEMPORAL_SECOND)

typedef struct tp_places_options {
    tp_executor *const *executors; /* TP_EXECUTOR_COUNT; NULL where there is none */
    const char *task_queue;
    tp_loop *loop;
    size_t max_held;        /* beyond an executor's places, while another has some */
    bool keep_for_promises; /* the last one */
    temporal_seconds starving;
} tp_places_options;

typedef struct tp_places {
    tp_places_options options;
    size_t polls; /* under way */
    size_t promised[TP_EXECUTOR_COUNT];
    tp_timer *starving;
    bool is_starving; /* the timer runs, or has fired */
} tp_places;

/** All calls on the loop. */
void tp_places_init(tp_places *places, const tp_places_options *options);
/** For one more poll: false when the task that it may bring would have no place. */
bool tp_places_take_poll(tp_places *places);
/** It ended; its task, if it has one, is counted by the executor. */
void tp_places_end_poll(tp_places *places);
/** For a task that may come for that executor; false when there is none. */
bool tp_places_promise(tp_places *places, int executor);
/** The promise is kept or over. */
void tp_places_end_promise(tp_places *places, int executor);
bool tp_places_has_promised(const tp_places *places);
void tp_places_done(tp_places *places);

#endif
