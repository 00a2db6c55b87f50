/* SPDX-License-Identifier: MIT */
/* workflow/registry.h -- from a workflow type, a signal or a query to what defines it. */
#ifndef TP_WORKFLOW_REGISTRY_H
#define TP_WORKFLOW_REGISTRY_H

#include <temporal/workflow.h>

#include "base/arena.h"

/** The definition of that name, or else the one without a name; NULL when there is neither. */
const temporal_workflow_def *tp_registry_workflow(const temporal_workflow_def *const *definitions,
                                                  const char *name);
const temporal_handler_def *tp_registry_handler(const temporal_workflow_def *def,
                                                temporal_handler_kind kind, const char *name);
/* Queries that every workflow answers (builtin.h), with a description each; ends with NULL. */
#define TP_QUERY_STACK_TRACE "__stack_trace"
#define TP_QUERY_METADATA    "__temporal_workflow_metadata"
typedef struct tp_builtin_name {
    const char *name, *description;
} tp_builtin_name;
extern const tp_builtin_name tp_registry_builtin_queries[];

/** "greet, pay" for messages; "none". */
char *tp_registry_workflow_names(tp_arena *arena, const temporal_workflow_def *const *definitions);
char *tp_registry_handler_names(tp_arena *arena, const temporal_workflow_def *def,
                                temporal_handler_kind kind);

#endif
