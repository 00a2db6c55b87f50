/* SPDX-License-Identifier: MIT */
/* workflow/machine_end.h -- the command that ends a run: complete, fail, cancel, continue as new.
 */
#ifndef TP_WORKFLOW_MACHINE_END_H
#define TP_WORKFLOW_MACHINE_END_H

#include "workflow/commands.h"

typedef enum tp_end_kind {
    TP_END_COMPLETE,
    TP_END_FAIL,
    TP_END_CANCEL,
    TP_END_CONTINUE_AS_NEW
} tp_end_kind;

typedef struct tp_end {
    tp_command command;
    temporal_workflow *run;
    Tp__Common__Payloads *result; /* COMPLETE; of the task's scratch memory, may be NULL */
    const temporal_error *error;  /* FAIL, and CONTINUE_AS_NEW: what it continues with */
} tp_end;

/** How a run ends whose code returned that error. Error NULL: complete. False when such an error
 * does not end a run but fails its task: it tells of a bug, which a new version of the code may
 * mend. */
bool tp_end_classify(const temporal_error *error, bool cancel_requested, tp_end_kind *kind);
void tp_end_issue(temporal_workflow *run, tp_end_kind kind, Tp__Common__Payloads *result,
                  const temporal_error *error);

/** A CONTINUE_AS_NEW error that carries what to continue with, or what is wrong with it. */
temporal_error *tp_end_continue(temporal_workflow *run, const temporal_argument *inputs,
                                size_t input_count, const temporal_continue_options *options);

#endif
