/* SPDX-License-Identifier: MIT */
/* workflow/context.h -- who may call what, when: the door of all public calls. */
#ifndef TP_WORKFLOW_CONTEXT_H
#define TP_WORKFLOW_CONTEXT_H

#include "workflow/run.h"

/** The coroutine that calls. NULL, and *error says why: a query may not do it, or the call comes
 * from elsewhere (a condition, another thread). Error NULL: nobody will hear of it. */
tp_coroutine *tp_coroutine_enter(temporal_workflow *run, const char *call, temporal_error **error);

#endif
