/* SPDX-License-Identifier: MIT */
/* workflow/answer.h -- fills in what the engine answers. All of it lives in answer->arena. */
#ifndef TP_WORKFLOW_ANSWER_H
#define TP_WORKFLOW_ANSWER_H

#include "workflow/engine.h"
#include "workflow/run.h"

/** COMPLETED: the run's commands and the answers to the task's queries. */
void tp_answer_complete(tp_answer *answer, temporal_workflow *run,
                        const Tp__Ws__PollWorkflowTaskQueueResponse *task);
/** QUERY: the answer to a legacy query. */
void tp_answer_query(tp_answer *answer, temporal_workflow *run,
                     const Tp__Query__WorkflowQuery *query);
/** FAILED, or for a legacy query QUERY with that error. */
void tp_answer_fail(tp_answer *answer, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                    const temporal_error *error);
/** COMPLETED: that error fails the run, whatever else its code has done in this task. */
void tp_answer_end(tp_answer *answer, const temporal_error *error);

#endif
