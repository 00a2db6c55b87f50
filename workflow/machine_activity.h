/* SPDX-License-Identifier: MIT */
/* workflow/machine_activity.h -- an activity on some worker, through the server. */
#ifndef TP_WORKFLOW_MACHINE_ACTIVITY_H
#define TP_WORKFLOW_MACHINE_ACTIVITY_H

#include "workflow/machine.h"

/** INVALID_ARGUMENT when the server would refuse them: a timeout is missing or wrong, a retry
 * policy is. Kind: "activity", or "local activity", which must have the same. */
temporal_error *tp_machine_activity_check(const char *kind, const char *type,
                                          const temporal_activity_options *options);
/** Options have passed the check; input is taken from run->scratch. */
tp_machine *tp_machine_activity_start(temporal_workflow *run, temporal_scope *scope,
                                      const char *type, Tp__Common__Payloads *input,
                                      const temporal_activity_options *options);

#endif
