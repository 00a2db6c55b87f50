/* SPDX-License-Identifier: MIT */
/* workflow/stack_trace.h -- where the coroutines of a run stand, as text for people. */
#ifndef TP_WORKFLOW_STACK_TRACE_H
#define TP_WORKFLOW_STACK_TRACE_H

#include "workflow/run.h"

/** All coroutines: what each waits for, and its calls, innermost first. From the arena. */
char *tp_stack_trace(temporal_workflow *run, tp_arena *arena);

#endif
