/* SPDX-License-Identifier: MIT */
/* worker/worker.h -- what is inside a temporal_worker.
 *
 * Made and checked on the user's thread; from start to its end it belongs to the loop of the
 * client's connection (lifecycle.c). Other threads reach it through the event descriptor, which a
 * signal handler may use as well, and wait for its stage to change. */
#ifndef TP_WORKER_WORKER_H
#define TP_WORKER_WORKER_H

#include <pthread.h>

#include <temporal/worker.h>

#include "base/timer.h"
#include "worker/activity_tasks.h"
#include "worker/farewell.h"
#include "worker/registry.h"
#include "worker/watch.h"
#include "worker/workflow_tasks.h"

typedef enum tp_worker_stage {
    TP_WORKER_MADE,
    TP_WORKER_RUNNING,
    TP_WORKER_ENDED /* nothing of it is left on the loop */
} tp_worker_stage;

struct temporal_worker {
    tp_arena arena;                  /* of the copied options */
    temporal_worker_options options; /* with their defaults filled in */
    tp_registry registry;
    tp_executor *executors[TP_EXECUTOR_COUNT]; /* NULL where there is no activity */
    int event_fd;                              /* +1: shut down; + TP_SIGNAL_UNIT: a signal came */

    pthread_mutex_t mutex; /* guards the two that follow */
    pthread_cond_t changed;
    tp_worker_stage stage;
    temporal_error *fatal; /* what ended it, when that was no shutdown */

    /* the loop's */
    tp_service service;
    uv_poll_t wake;
    tp_timer *grace;
    tp_activity_tasks *activity_tasks; /* NULL: no activities */
    tp_local_activities *locals;       /* NULL: no workflows */
    tp_workflow_tasks *workflow_tasks; /* NULL: no workflows */
    tp_watch *watch;                   /* NULL: nobody can */
    tp_farewell *farewell;
    int parts; /* that have not stopped yet */
    uint64_t signals;
    int busy; /* of those that use the executors, while it stops */
    bool stopping, forced;
};

/** Of options.c: checks, copies into the worker and fills in the defaults. */
temporal_error *tp_worker_set_options(temporal_worker *worker,
                                      const temporal_worker_options *options);

/* Of lifecycle.c, on the loop. */
void tp_worker_begin(void *worker);

#endif
