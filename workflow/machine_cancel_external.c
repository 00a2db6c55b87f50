/* SPDX-License-Identifier: MIT */
/* workflow/machine_cancel_external.c -- RequestCancelExternalWorkflowExecution.
 *
 *     issued --...Initiated--> under way --...CancelRequested, ...Failed--> closed
 *
 * Nobody's cancellation cancels a cancellation: once issued it is sent, and ends as it ends.
 */
#include <string.h>

#include "base/error.h"
#include "workflow/commands.h"
#include "workflow/machine_external.h"
#include "workflow/run.h"

#define CAUSE(name) \
    TP__ENUMS__CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE__CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_##name

typedef struct external_cancel {
    tp_machine machine;
    tp_command request;
    bool child_only;
    void (*delivered)(temporal_workflow *run, int64_t event_id);
    int64_t event_id;
    char *run_id; /* behind the id */
    char id[];
} external_cancel;

static void build(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    const external_cancel *self = tp_list_entry(command, external_cancel, request);
    Tp__Command__RequestCancelExternalWorkflowExecutionCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));

    tp__command__request_cancel_external_workflow_execution_command_attributes__init(attributes);
    attributes->namespace_ = tp_arena_strdup(arena, self->machine.future.run->info.namespace_name);
    attributes->workflow_id = tp_arena_strdup(arena, self->id);
    attributes->run_id = tp_arena_strdup(arena, self->run_id);
    attributes->child_workflow_only = self->child_only;
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    message->request_cancel_external_workflow_execution_command_attributes = attributes;
}

static void compare(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const external_cancel *self = tp_list_entry(command, external_cancel, request);
    const Tp__History__RequestCancelExternalWorkflowExecutionInitiatedEventAttributes *attributes =
        tp_event_attributes(event, REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
                            request_cancel_external_workflow_execution_initiated);

    tp_compare(comparison, "workflow id",
               attributes && attributes->workflow_execution
                   ? attributes->workflow_execution->workflow_id
                   : NULL,
               self->id);
}

static const char *meet(tp_command *command, const tp_event *event)
{
    tp_machine_began(&tp_list_entry(command, external_cancel, request)->machine, event->event_id);
    return NULL;
}

static char *describe(tp_command *command, tp_arena *arena)
{
    const external_cancel *self = tp_list_entry(command, external_cancel, request);

    return tp_arena_format(arena, "RequestCancelExternalWorkflowExecution (of id %s)", self->id);
}

static const tp_command_type request_type = {
    .wire = TP_COMMAND(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION),
    .event = TP_EVENT(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED),
    .build = build,
    .compare = compare,
    .meet = meet,
    .describe = describe
};

static temporal_error *failed(const external_cancel *self, int cause)
{
    if (cause == CAUSE(EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND) ||
        cause == CAUSE(NAMESPACE_NOT_FOUND))
        return temporal_error_new(TEMPORAL_ERROR_NOT_FOUND,
                                  "cancel workflow %s: there is no such workflow running",
                                  self->id);
    return temporal_error_new(TEMPORAL_ERROR_SERVER,
                              "cancel workflow %s: the server did not deliver it (cause %d)",
                              self->id, cause);
}

static bool take(tp_machine *machine, const tp_event *event)
{
    external_cancel *self = tp_list_entry(machine, external_cancel, machine);
    const Tp__History__RequestCancelExternalWorkflowExecutionFailedEventAttributes *failure =
        tp_event_attributes(event, REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
                            request_cancel_external_workflow_execution_failed);

    if (failure) {
        tp_future_fail(&machine->future, failed(self, (int)failure->cause));
    } else if (event->event_type == TP_EVENT(EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED)) {
        tp_future_resolve(&machine->future, NULL);
        if (self->delivered)
            self->delivered(machine->future.run, self->event_id);
    } else {
        return false;
    }
    tp_machine_close(machine);
    return true;
}

static const tp_machine_type cancel_type = { .take = take };

tp_machine *tp_machine_cancel_external_start(temporal_workflow *run, temporal_scope *scope,
                                             const tp_external_target *target,
                                             void (*delivered)(temporal_workflow *run, int64_t id),
                                             int64_t event_id)
{
    size_t id_size = strlen(target->id) + 1, run_id_size = strlen(target->run_id) + 1;
    external_cancel *self =
        tp_machine_new(run, &cancel_type, sizeof(*self) + id_size + run_id_size, scope, NULL);

    memcpy(self->id, target->id, id_size);
    self->run_id = self->id + id_size;
    memcpy(self->run_id, target->run_id, run_id_size);
    self->child_only = target->child_only;
    self->delivered = delivered;
    self->event_id = event_id;
    tp_command_init(&self->request, &request_type);
    tp_command_issue(run, &self->request);
    return &self->machine;
}
