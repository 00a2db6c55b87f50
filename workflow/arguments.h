/* SPDX-License-Identifier: MIT */
/* workflow/arguments.h -- what user code passes to a call: options and inputs. */
#ifndef TP_WORKFLOW_ARGUMENTS_H
#define TP_WORKFLOW_ARGUMENTS_H

#include "temporal/api/sdk/v1/user_metadata.pb-c.h"
#include "workflow/run.h"

/** A copy that is as new as this library, whatever the caller was compiled with; from NULL: none
 * were given. */
temporal_error *tp_arguments_copy(void *to, size_t size, const void *from, size_t from_size,
                                  const char *what);
#define TP_ARGUMENTS_COPY(to, from, what) \
    tp_arguments_copy(&(to), sizeof(to), (from), (from) ? (from)->struct_size : 0, (what))

/** Encodes inputs, in the task's memory and on the thread's own stack. CONVERSION, "<kind> <name>:
 * ...", as in "activity pay". */
temporal_error *tp_arguments_encode(temporal_workflow *run, const char *kind, const char *name,
                                    const temporal_argument *inputs, size_t count,
                                    Tp__Common__Payloads **payloads);
/** Summary and details of a command, where there are any, made in the same way. */
temporal_error *tp_arguments_metadata(temporal_workflow *run, const char *kind, const char *name,
                                      const char *summary, const char *details,
                                      Tp__Sdk__UserMetadata **metadata);

#endif
