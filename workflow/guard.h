/* SPDX-License-Identifier: MIT */
/* workflow/guard.h -- around user code that may only look: queries and validators. */
#ifndef TP_WORKFLOW_GUARD_H
#define TP_WORKFLOW_GUARD_H

#include "workflow/run.h"

/** From now on calls that do more are refused, and user code allocates from that memory, which also
 * keeps the state as it is now. */
void tp_guard_enter(temporal_workflow *run, tp_query_guard *guard, tp_arena *memory);
/** Ends that. A state that was changed, through a cast, is as it was before, and that is a
 * violation, too. */
void tp_guard_leave(temporal_workflow *run);

#endif
