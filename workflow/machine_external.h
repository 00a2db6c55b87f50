/* SPDX-License-Identifier: MIT */
/* workflow/machine_external.h -- what a run asks of another one: a signal, a request to cancel. */
#ifndef TP_WORKFLOW_MACHINE_EXTERNAL_H
#define TP_WORKFLOW_MACHINE_EXTERNAL_H

#include "workflow/machine.h"

typedef struct tp_external_target {
    const char *id, *run_id; /* run_id "": the current one */
    bool child_only;         /* the server refuses it when it is no child of this run */
} tp_external_target;

/** Its future is done when the server has delivered the signal; NOT_FOUND when there is no such
 * workflow running. Input is taken from run->scratch. */
tp_machine *tp_machine_signal_external_start(temporal_workflow *run, temporal_scope *scope,
                                             const tp_external_target *target, const char *signal,
                                             Tp__Common__Payloads *input);

/** Its future is done when the server has delivered the request; NOT_FOUND when there is no such
 * workflow running. Delivered, if any, is then called with the event id. */
tp_machine *tp_machine_cancel_external_start(temporal_workflow *run, temporal_scope *scope,
                                             const tp_external_target *target,
                                             void (*delivered)(temporal_workflow *run, int64_t id),
                                             int64_t event_id);

#endif
