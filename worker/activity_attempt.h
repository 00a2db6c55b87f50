/* SPDX-License-Identifier: MIT */
/* worker/activity_attempt.h -- one attempt as the worker holds it: from the polled task to its
 * answer. */
#ifndef TP_WORKER_ACTIVITY_ATTEMPT_H
#define TP_WORKER_ACTIVITY_ATTEMPT_H

#include "worker/heartbeats.h"

typedef struct tp_activity_attempt {
    tp_list link; /* its owner's */
    struct tp_activity_tasks *tasks;
    tp_service *service;
    tp_arena arena; /* of the task's texts and payloads */
    tp_attempt executed;
    tp_heartbeats heartbeats;
    tp_timer *timeout;             /* NULL: it never ran */
    temporal_cancel_reason reason; /* the first one it was cancelled for */
    bool ended;                    /* the executor is done with it */
    tp_outcome_kind outcome;
    tp_buffer body;

    /* of activity_answer.c */
    tp_call *answer;
    bool given_up;
    tp_loop_fn answered;
    void *answered_data;
} tp_activity_attempt;

static inline tp_activity_attempt *tp_activity_attempt_of(tp_attempt *executed)
{
    return tp_list_entry(executed, tp_activity_attempt, executed);
}

/** Copies what it needs of the response. heartbeats are not initialized yet. */
tp_activity_attempt *tp_activity_attempt_new(tp_service *service,
                                             const Tp__Ws__PollActivityTaskQueueResponse *response);
void tp_activity_attempt_cancel(tp_activity_attempt *attempt, temporal_cancel_reason reason);
void tp_activity_attempt_set_outcome(tp_activity_attempt *attempt, tp_outcome_kind kind,
                                     tp_bytes body);
void tp_activity_attempt_set_failure(tp_activity_attempt *attempt, const temporal_error *error);
void tp_activity_attempt_free(tp_activity_attempt *attempt);

#endif
