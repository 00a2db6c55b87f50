/* SPDX-License-Identifier: MIT */
/* worker/eager.h -- activities that start at once: a workflow task's answer offers places for the
 * activities that it schedules, and the server's reply brings their tasks. */
#ifndef TP_WORKER_EAGER_H
#define TP_WORKER_EAGER_H

#include "worker/activity_tasks.h"

/* What one answer has offered. */
typedef struct tp_eager {
    tp_activity_tasks *activities; /* NULL: the worker has none */
    size_t offered[TP_EXECUTOR_COUNT];
} tp_eager;

/** For each command that may be executed eagerly: takes a place for it, or says in it that it may
 * not. */
void tp_eager_offer(tp_eager *eager, Tp__Ws__RespondWorkflowTaskCompletedRequest *request);
/** Begins what came, and gives back the places that were not used. NULL: the answer was not taken.
 */
void tp_eager_settle(tp_eager *eager, const Tp__Ws__RespondWorkflowTaskCompletedResponse *response);

#endif
