/* SPDX-License-Identifier: MIT */
/* workflow/update.h -- updates: somebody asks the run to do something, and waits for what it says.
 *
 *     received --rejected--> (a message, and no trace in history)
 *        | accepted: a message and a command
 *     accepted --the handler ends--> completed: a message and a command
 *
 * Its command meets UpdateAccepted, and the other one UpdateCompleted. In replay the request comes
 * from the accepted event, and nobody asks whether it is valid. */
#ifndef TP_WORKFLOW_UPDATE_H
#define TP_WORKFLOW_UPDATE_H

#include "temporal/api/protocol/v1/message.pb-c.h"
#include "workflow/history.h"
#include "workflow/run.h"

/** Puts a coroutine for it at the end of the queue, or rejects it: nobody handles it, or its input
 * does not decode. One that is under way already is left alone. An error fails the task. */
temporal_error *tp_update_receive(temporal_workflow *run, const tp_update_request *request);
/** The messages of what became of updates in this task, from the arena. */
void tp_updates_build(temporal_workflow *run, tp_arena *arena, Tp__Protocol__Message ***messages,
                      size_t *count);
void tp_updates_done(temporal_workflow *run);

#endif
