/* SPDX-License-Identifier: MIT */
/* client/describe.h -- what the server says of a run, whatever call it answers. */
#ifndef TP_CLIENT_DESCRIBE_H
#define TP_CLIENT_DESCRIBE_H

#include "client/handle.h"

/** Into a zeroed description; its texts are the message's, the rest is the arena's. */
void tp_describe_read(tp_arena *arena, const Tp__Workflow__WorkflowExecutionInfo *info,
                      temporal_workflow_description *to);

#endif
