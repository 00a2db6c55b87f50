/* SPDX-License-Identifier: MIT */
/* workflow/machine_timer.h -- a timer of the server's. */
#ifndef TP_WORKFLOW_MACHINE_TIMER_H
#define TP_WORKFLOW_MACHINE_TIMER_H

#include "workflow/machine.h"

/** Time must be positive and finite. */
tp_machine *tp_machine_timer_start(temporal_workflow *run, temporal_scope *scope,
                                   temporal_seconds time);

#endif
