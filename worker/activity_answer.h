/* SPDX-License-Identifier: MIT */
/* worker/activity_answer.h -- tells the server how an attempt ended. */
#ifndef TP_WORKER_ACTIVITY_ANSWER_H
#define TP_WORKER_ACTIVITY_ANSWER_H

#include "worker/activity_attempt.h"

/** The attempt has ended. answered(data) follows, later, when the server knows, or cannot be told.
 */
void tp_activity_answer_send(tp_activity_attempt *attempt, tp_loop_fn answered, void *data);
/** Cancels an answer that is under way; answered follows. */
void tp_activity_answer_give_up(tp_activity_attempt *attempt);

#endif
