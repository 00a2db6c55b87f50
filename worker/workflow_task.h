/* SPDX-License-Identifier: MIT */
/* worker/workflow_task.h -- one workflow task, from the poll that brought it to its answer. */
#ifndef TP_WORKER_WORKFLOW_TASK_H
#define TP_WORKER_WORKFLOW_TASK_H

#include <temporal/log.h>

#include "base/list.h"
#include "base/timer.h"
#include "worker/eager.h"
#include "worker/history_pages.h"
#include "worker/local_activities.h"
#include "worker/workflow_seat.h"

typedef struct tp_workflow_task tp_workflow_task;

/* What every task of a worker has in common. */
typedef struct tp_workflow_task_ways {
    tp_service *service;
    const char *sticky_queue;
    temporal_seconds sticky_timeout;
    tp_local_activities *locals;
    tp_activity_tasks *activities; /* NULL: the worker has none */
    /** The answer to a task brought the run's next one. */
    void (*next)(void *data, const Tp__Ws__PollWorkflowTaskQueueResponse *polled);
    /** Whether the server gave the run's task anew since: what is cached, and under way, is that
     * one's. */
    bool (*replaced)(void *data, const tp_workflow_task *task);
    /** The server knows the answer, or cannot be told: the task is its owner's to free, unless it
     * is on a thread that was left behind: then it frees itself. */
    void (*ended)(void *data, tp_workflow_task *task);
    void *data;
    bool stopping; /* the worker shuts down: see tp_workflow_task_hurry */
} tp_workflow_task_ways;

struct tp_workflow_task {
    tp_list link; /* its owner's */
    const tp_workflow_task_ways *ways;
    tp_workflow_seat *seat;
    tp_arena arena;
    Tp__Ws__PollWorkflowTaskQueueResponse *polled; /* in the arena */
    tp_history_pages pages;
    tp_workflow_job job;
    tp_local_wait wait; /* for outcomes of local activities */
    bool waiting;
    int64_t began;     /* monotonic */
    tp_timer *overdue; /* it must be completed soon, whatever is under way */
    tp_timer *late;    /* of a shutdown: its call is given up; NULL before */
    bool whole;        /* all of the history was fetched */
    bool on_thread;    /* the job is with the thread */
    bool held;         /* whose code holds the thread: the run gets no other */
    bool given_up;
    bool over; /* it has ended, but for a thread that was left behind with it */
    tp_call *answer;
    tp_eager eager;          /* what the answer offered */
    temporal_error *refusal; /* why the server cannot take the completion, or NULL */
};

/** The run's place: the same thread for all tasks of a run. */
uint64_t tp_workflow_task_hash(const Tp__Ws__PollWorkflowTaskQueueResponse *polled);
/** Takes the memory that what was polled lives in, and begins. Seat NULL: an earlier task of its
 * run holds a thread, and this one is refused. */
tp_workflow_task *tp_workflow_task_start(const tp_workflow_task_ways *ways, tp_workflow_seat *seat,
                                         tp_arena *memory,
                                         Tp__Ws__PollWorkflowTaskQueueResponse *polled);
/** The worker shuts down: it waits for local activities, for as long as the grace allows, but not
 * for a server that is away: a call of the task's, this one or a later one, is given up when it
 * takes too long. ways->stopping is set before. */
void tp_workflow_task_hurry(tp_workflow_task *task);
/** Cancels its calls; ended follows unless it is on its thread. */
void tp_workflow_task_give_up(tp_workflow_task *task);
void tp_workflow_task_free(tp_workflow_task *task);
const char *tp_workflow_task_run_id(const tp_workflow_task *task);

/* For workflow_answer.c. */
/** A call of the task's has begun. */
void tp_workflow_task_called(tp_workflow_task *task);
void tp_workflow_task_end(tp_workflow_task *task);
void tp_workflow_task_log(const tp_workflow_task *task, temporal_log_level level, const char *what,
                          const temporal_error *error);

#endif
