/* SPDX-License-Identifier: MIT */
/* workflow/external.h -- what a coroutine asks of another workflow, and waits for. */
#ifndef TP_WORKFLOW_EXTERNAL_H
#define TP_WORKFLOW_EXTERNAL_H

#include "workflow/machine_external.h"

/** Sends a signal and waits until the server has delivered it; for the current coroutine. */
temporal_error *tp_external_signal(temporal_workflow *run, const tp_external_target *target,
                                   const char *signal, const temporal_argument *inputs,
                                   size_t input_count);

#endif
