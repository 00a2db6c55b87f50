/* SPDX-License-Identifier: MIT */
/* workflow/machine_local.h -- a local activity: run by this worker, known to history by its marker.
 */
#ifndef TP_WORKFLOW_MACHINE_LOCAL_H
#define TP_WORKFLOW_MACHINE_LOCAL_H

#include "workflow/machine.h"
#include "workflow/run.h"

/** INVALID_ARGUMENT: a timeout is missing or wrong, a retry policy is. */
temporal_error *tp_machine_local_check(const char *type, const temporal_local_options *options);
/** Options have passed the check. */
tp_machine *tp_machine_local_start(temporal_workflow *run, temporal_scope *scope, const char *type,
                                   const Tp__Common__Payloads *input,
                                   const temporal_local_options *options);
/** Replay: the next marker of the step. True: something came of it, and code must run. False: it
 * tells of nothing that the code waits for (its command meets it, or there is none). */
temporal_error *tp_machine_local_take_marker(temporal_workflow *run, const tp_event *event,
                                             bool *taken);

#endif
