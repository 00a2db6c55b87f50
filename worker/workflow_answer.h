/* SPDX-License-Identifier: MIT */
/* worker/workflow_answer.h -- how the answer to a workflow task gets to the server, and what
 * follows when it is not taken.
 *
 *     completed --taken--> end, perhaps with the run's next task
 *         | not taken: the run that is cached is ahead of what the server has
 *       evict --the server says why--> end
 *         | it was refused for what it holds
 *       failed, query --taken or not--> end */
#ifndef TP_WORKER_WORKFLOW_ANSWER_H
#define TP_WORKER_WORKFLOW_ANSWER_H

#include "worker/workflow_task.h"

/** Each ends the task, later. The request's place and identity are filled in. */
void tp_workflow_answer_completed(tp_workflow_task *task,
                                  Tp__Ws__RespondWorkflowTaskCompletedRequest *request);
void tp_workflow_answer_failed(tp_workflow_task *task,
                               Tp__Ws__RespondWorkflowTaskFailedRequest *request);
void tp_workflow_answer_query(tp_workflow_task *task,
                              Tp__Ws__RespondQueryTaskCompletedRequest *request);
/** Fails it, or its query, with the task's refusal. */
void tp_workflow_answer_refuse(tp_workflow_task *task);
/** Drops the run, and what it runs, from its thread's cache first, unless a later task of it has
 * begun it anew; a refusal is told then. */
void tp_workflow_answer_evict(tp_workflow_task *task);

#endif
