/* SPDX-License-Identifier: MIT */
/* workflow/update_commands.h -- an update as it stands in history and on the wire: its two
 * commands, its messages. */
#ifndef TP_WORKFLOW_UPDATE_COMMANDS_H
#define TP_WORKFLOW_UPDATE_COMMANDS_H

#include "workflow/handlers.h"
#include "workflow/handling.h"
#include "workflow/update.h"

typedef struct tp_update {
    tp_list link; /* in run->updates.open, until history shows its end */
    temporal_workflow *run;
    const Tp__Update__Request *request; /* in the task that it came with only */
    const char *instance, *message_id, *identity;
    int64_t sequence, accepted_event; /* as in its request */

    const temporal_handler_def *handler;
    const temporal_update_info *info;
    tp_handler_call call;
    tp_handling handling;
    bool validating; /* it may still be rejected, so nothing of it is in the run's memory */
    bool rejected;
    Tp__Common__Payloads *result;  /* of the task's memory, may be NULL */
    const temporal_error *failure; /* why it was rejected, or how it ended */

    tp_command accept, complete;
} tp_update;

/** In the list of open ones. */
tp_update *tp_update_new(temporal_workflow *run, const tp_update_request *request);

#endif
