/* SPDX-License-Identifier: MIT */
/* workflow/builtin.h -- the queries that every workflow answers, as those of the other SDKs do. */
#ifndef TP_WORKFLOW_BUILTIN_H
#define TP_WORKFLOW_BUILTIN_H

#include "workflow/run.h"

/** False: it is no such query. Result and error live in that memory, which owns errors meanwhile.
 */
bool tp_builtin_query(temporal_workflow *run, const char *name, tp_arena *memory,
                      Tp__Common__Payloads **result, temporal_error **error);

#endif
