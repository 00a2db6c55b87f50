/* SPDX-License-Identifier: MIT */
/* workflow/machine_upsert.h -- changes of what the server shows of a run. */
#ifndef TP_WORKFLOW_MACHINE_UPSERT_H
#define TP_WORKFLOW_MACHINE_UPSERT_H

#include "workflow/commands.h"

/* The message is taken from run->scratch; history must show a change of the same names. */
void tp_machine_upsert_search_attributes(temporal_workflow *run,
                                         Tp__Common__SearchAttributes *attributes);
void tp_machine_upsert_memo(temporal_workflow *run, Tp__Common__Memo *memo);

#endif
