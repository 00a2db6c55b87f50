/* SPDX-License-Identifier: MIT */
/* workflow/machine_patch.h -- the marker of a patch on its way into history. */
#ifndef TP_WORKFLOW_MACHINE_PATCH_H
#define TP_WORKFLOW_MACHINE_PATCH_H

#include "workflow/commands.h"

void tp_machine_patch_record(temporal_workflow *run, const char *id, bool deprecated);
/** That command records that patch. */
bool tp_machine_patch_is(tp_command *command, const char *id);

#endif
