/* SPDX-License-Identifier: MIT */
/* workflow/machine_child.h -- a child workflow: the future of its machine is its end, another one
 * its start. */
#ifndef TP_WORKFLOW_MACHINE_CHILD_H
#define TP_WORKFLOW_MACHINE_CHILD_H

#include "workflow/commands.h"
#include "workflow/machine.h"

typedef Tp__Command__StartChildWorkflowExecutionCommandAttributes tp_child_attributes;

struct temporal_child {
    tp_machine machine;
    temporal_future started;
    tp_command start;
    tp_child_attributes *attributes; /* of the task's scratch memory: gone with the task */
    temporal_child_cancellation cancellation;
    bool cancel_when_started;
    int64_t started_event_id; /* 0: it has not started */
    char *run_id;             /* NULL: it has not started */
    char *id;                 /* behind the type */
    char type[];
};

/** INVALID_ARGUMENT when the server would refuse the options. */
temporal_error *tp_machine_child_check(const char *type, const temporal_child_options *options);
/** Options have passed the check; attributes hold what is made from values: input, memo, search
 * attributes; they are taken from run->scratch and filled in here. */
temporal_child *tp_machine_child_start(temporal_workflow *run, temporal_scope *scope,
                                       const char *type, tp_child_attributes *attributes,
                                       const temporal_child_options *options);
/** Its start; NULL: the machine is no child. */
temporal_future *tp_machine_child_started(tp_machine *machine);

#endif
