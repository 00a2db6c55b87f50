/* SPDX-License-Identifier: MIT */
/* workflow/machine_signal_external.c -- SignalExternalWorkflowExecution.
 *
 *     issued --...Initiated--> under way --ExternalWorkflowExecutionSignaled, ...Failed--> closed
 *       | cancel: withdrawn      | cancel: nothing can be done, it ends as it ends
 */
#include <string.h>

#include "base/error.h"
#include "workflow/commands.h"
#include "workflow/machine_external.h"
#include "workflow/run.h"

#define CAUSE(name) \
    TP__ENUMS__SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE__SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_##name

typedef Tp__Command__SignalExternalWorkflowExecutionCommandAttributes signal_attributes;

typedef struct external_signal {
    tp_machine machine;
    tp_command send;
    signal_attributes *attributes; /* of the task's scratch memory: gone with the task */
    char *id;                      /* behind the name */
    char name[];
} external_signal;

static void build(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    const external_signal *self = tp_list_entry(command, external_signal, send);

    (void)arena;
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    message->signal_external_workflow_execution_command_attributes = self->attributes;
}

static void compare(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const external_signal *self = tp_list_entry(command, external_signal, send);
    const Tp__History__SignalExternalWorkflowExecutionInitiatedEventAttributes *attributes =
        tp_event_attributes(event, SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
                            signal_external_workflow_execution_initiated);

    tp_compare(comparison, "signal", attributes ? attributes->signal_name : NULL, self->name);
    tp_compare(comparison, "workflow id",
               attributes && attributes->workflow_execution
                   ? attributes->workflow_execution->workflow_id
                   : NULL,
               self->id);
}

static const char *meet(tp_command *command, const tp_event *event)
{
    tp_machine_began(&tp_list_entry(command, external_signal, send)->machine, event->event_id);
    return NULL;
}

static char *describe(tp_command *command, tp_arena *arena)
{
    const external_signal *self = tp_list_entry(command, external_signal, send);

    return tp_arena_format(arena, "SignalExternalWorkflowExecution (signal %s, to id %s)",
                           self->name, self->id);
}

static const tp_command_type send_type = { .wire = TP_COMMAND(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION),
                                           .event = TP_EVENT(
                                               SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED),
                                           .build = build,
                                           .compare = compare,
                                           .meet = meet,
                                           .describe = describe };

static temporal_error *failed(const external_signal *self, int cause)
{
    switch (cause) {
    case CAUSE(EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND):
    case CAUSE(NAMESPACE_NOT_FOUND):
        return temporal_error_new(TEMPORAL_ERROR_NOT_FOUND,
                                  "signal %s to workflow %s: there is no such workflow running",
                                  self->name, self->id);
    case CAUSE(SIGNAL_COUNT_LIMIT_EXCEEDED):
        return temporal_error_new(TEMPORAL_ERROR_SERVER,
                                  "signal %s to workflow %s: it takes no more signals", self->name,
                                  self->id);
    default:
        return temporal_error_new(TEMPORAL_ERROR_SERVER,
                                  "signal %s to workflow %s: the server did not deliver it "
                                  "(cause %d)",
                                  self->name, self->id, cause);
    }
}

static bool take(tp_machine *machine, const tp_event *event)
{
    external_signal *self = tp_list_entry(machine, external_signal, machine);
    const Tp__History__SignalExternalWorkflowExecutionFailedEventAttributes *failure =
        tp_event_attributes(event, SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
                            signal_external_workflow_execution_failed);

    if (failure)
        tp_future_fail(&machine->future, failed(self, (int)failure->cause));
    else if (event->event_type == TP_EVENT(EXTERNAL_WORKFLOW_EXECUTION_SIGNALED))
        tp_future_resolve(&machine->future, NULL);
    else
        return false;
    tp_machine_close(machine);
    return true;
}

static char *describe_machine(const tp_machine *machine, tp_arena *arena)
{
    const external_signal *self = (const external_signal *)machine; /* its first member */

    return tp_arena_format(arena, "the delivery of signal %s to workflow %s", self->name, self->id);
}

static const tp_machine_type signal_type = { .take = take, .describe = describe_machine };

static void on_cancel(temporal_future *future)
{
    external_signal *self = tp_list_entry(future, external_signal, machine.future);

    if (!tp_command_is_pending(&self->send))
        return;
    tp_future_fail(future, tp_error_fixed(TEMPORAL_ERROR_CANCELLED));
    tp_command_withdraw(&self->send);
    tp_machine_close(&self->machine);
}

static signal_attributes *make_attributes(const temporal_workflow *run, const external_signal *self,
                                          const tp_external_target *target)
{
    tp_arena *arena = run->scratch;
    signal_attributes *attributes = tp_arena_alloc(arena, sizeof(*attributes));
    Tp__Common__WorkflowExecution *execution = tp_arena_alloc(arena, sizeof(*execution));

    tp__common__workflow_execution__init(execution);
    execution->workflow_id = tp_arena_strdup(arena, target->id);
    execution->run_id = tp_arena_strdup(arena, target->run_id);
    tp__command__signal_external_workflow_execution_command_attributes__init(attributes);
    attributes->namespace_ = tp_arena_strdup(arena, run->info.namespace_name);
    attributes->execution = execution;
    attributes->signal_name = tp_arena_strdup(arena, self->name);
    attributes->child_workflow_only = target->child_only;
    return attributes;
}

tp_machine *tp_machine_signal_external_start(temporal_workflow *run, temporal_scope *scope,
                                             const tp_external_target *target, const char *signal,
                                             Tp__Common__Payloads *input)
{
    size_t name_size = strlen(signal) + 1, id_size = strlen(target->id) + 1;
    external_signal *self =
        tp_machine_new(run, &signal_type, sizeof(*self) + name_size + id_size, scope, on_cancel);

    memcpy(self->name, signal, name_size);
    self->id = self->name + name_size;
    memcpy(self->id, target->id, id_size);
    tp_command_init(&self->send, &send_type);
    if (!run->replaying) { /* only what is sent must be written down */
        self->attributes = make_attributes(run, self, target);
        self->attributes->input = input;
    }
    tp_command_issue(run, &self->send);
    return &self->machine;
}
