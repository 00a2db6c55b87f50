/* SPDX-License-Identifier: MIT */
/* history_others.c -- the part of the history builder about other workflows: children, signals and
 * requests to cancel. See history_builder.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_builder.h"

#include "base/message.h"

#define EVENT(name) TP__ENUMS__EVENT_TYPE__EVENT_TYPE_##name
#define ADD         HISTORY_ADD

static char *copy(history_builder *history, const char *text)
{
    return tp_arena_strdup(&history->arena, text);
}

static Tp__Common__WorkflowExecution *execution(history_builder *history, const char *id,
                                                const char *run_id)
{
    Tp__Common__WorkflowExecution *message = tp_arena_alloc(&history->arena, sizeof(*message));

    tp__common__workflow_execution__init(message);
    message->workflow_id = copy(history, id);
    message->run_id = copy(history, run_id);
    return message;
}

/* --- what comes of commands --------------------------------------------------------------- */

static const char *id_of(const Tp__History__HistoryEvent *event)
{
    switch ((int)event->event_type) {
    case EVENT(START_CHILD_WORKFLOW_EXECUTION_INITIATED):
        return event->start_child_workflow_execution_initiated_event_attributes->workflow_id;
    case EVENT(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED):
        return event->signal_external_workflow_execution_initiated_event_attributes
            ->workflow_execution->workflow_id;
    default:
        return event->request_cancel_external_workflow_execution_initiated_event_attributes
            ->workflow_execution->workflow_id;
    }
}

/* The newest event of that type about that workflow. */
static int64_t initiated(const history_builder *history, Tp__Enums__EventType type, const char *id)
{
    for (size_t i = history->count; i-- > 0;)
        if (history->events[i]->event_type == type && strcmp(id_of(history->events[i]), id) == 0)
            return history->events[i]->event_id;
    (void)fprintf(stderr, "the history has no event of type %d about %s\n", (int)type, id);
    abort();
}

static int64_t child_event(const history_builder *history, const char *id)
{
    return initiated(history, EVENT(START_CHILD_WORKFLOW_EXECUTION_INITIATED), id);
}

void history_child_started(history_builder *history, const char *id)
{
    int64_t initiated_event = child_event(history, id);
    Tp__History__ChildWorkflowExecutionStartedEventAttributes *attributes;

    ADD(history, CHILD_WORKFLOW_EXECUTION_STARTED, child_workflow_execution_started, attributes);
    attributes->initiated_event_id = initiated_event;
    attributes->workflow_execution = execution(history, id, "run of the child");
}

void history_child_start_failed(history_builder *history, const char *id, int cause)
{
    int64_t initiated_event = child_event(history, id);
    Tp__History__StartChildWorkflowExecutionFailedEventAttributes *attributes;

    ADD(history, START_CHILD_WORKFLOW_EXECUTION_FAILED, start_child_workflow_execution_failed,
        attributes);
    attributes->initiated_event_id = initiated_event;
    attributes->cause = (Tp__Enums__StartChildWorkflowExecutionFailedCause)cause;
}

void history_child_completed(history_builder *history, const char *id, const char *result)
{
    int64_t initiated_event = child_event(history, id);
    Tp__History__ChildWorkflowExecutionCompletedEventAttributes *attributes;

    ADD(history, CHILD_WORKFLOW_EXECUTION_COMPLETED, child_workflow_execution_completed,
        attributes);
    attributes->initiated_event_id = initiated_event;
    attributes->result = history_payloads(&history->arena, result);
}

void history_child_failed(history_builder *history, const char *id, const char *type,
                          const char *message)
{
    int64_t initiated_event = child_event(history, id);
    Tp__History__ChildWorkflowExecutionFailedEventAttributes *attributes;

    ADD(history, CHILD_WORKFLOW_EXECUTION_FAILED, child_workflow_execution_failed, attributes);
    attributes->initiated_event_id = initiated_event;
    attributes->failure = history_failure(history, type, message);
    attributes->retry_state = TP__ENUMS__RETRY_STATE__RETRY_STATE_RETRY_POLICY_NOT_SET;
}

#define CHILD_END(name, UPPER, Camel)                                                   \
    void history_child_##name(history_builder *history, const char *id)                 \
    {                                                                                   \
        int64_t initiated_event = child_event(history, id);                             \
        Tp__History__ChildWorkflowExecution##Camel##EventAttributes *attributes;        \
                                                                                        \
        ADD(history, CHILD_WORKFLOW_EXECUTION_##UPPER, child_workflow_execution_##name, \
            attributes);                                                                \
        attributes->initiated_event_id = initiated_event;                               \
    }
CHILD_END(canceled, CANCELED, Canceled)
CHILD_END(timed_out, TIMED_OUT, TimedOut)
CHILD_END(terminated, TERMINATED, Terminated)

void history_signal_delivered(history_builder *history, const char *id, int cause)
{
    int64_t sent = initiated(history, EVENT(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED), id);

    if (cause == 0) {
        Tp__History__ExternalWorkflowExecutionSignaledEventAttributes *attributes;

        ADD(history, EXTERNAL_WORKFLOW_EXECUTION_SIGNALED, external_workflow_execution_signaled,
            attributes);
        attributes->initiated_event_id = sent;
    } else {
        Tp__History__SignalExternalWorkflowExecutionFailedEventAttributes *attributes;

        ADD(history, SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
            signal_external_workflow_execution_failed, attributes);
        attributes->initiated_event_id = sent;
        attributes->cause = (Tp__Enums__SignalExternalWorkflowExecutionFailedCause)cause;
    }
}

void history_cancel_delivered(history_builder *history, const char *id, int cause)
{
    int64_t sent =
        initiated(history, EVENT(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED), id);

    if (cause == 0) {
        Tp__History__ExternalWorkflowExecutionCancelRequestedEventAttributes *attributes;

        ADD(history, EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
            external_workflow_execution_cancel_requested, attributes);
        attributes->initiated_event_id = sent;
    } else {
        Tp__History__RequestCancelExternalWorkflowExecutionFailedEventAttributes *attributes;

        ADD(history, REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
            request_cancel_external_workflow_execution_failed, attributes);
        attributes->initiated_event_id = sent;
        attributes->cause = (Tp__Enums__CancelExternalWorkflowExecutionFailedCause)cause;
    }
}

/* --- commands ----------------------------------------------------------------------------- */

static void take_child(history_builder *history,
                       const Tp__Command__StartChildWorkflowExecutionCommandAttributes *command)
{
    Tp__History__StartChildWorkflowExecutionInitiatedEventAttributes *attributes;

    ADD(history, START_CHILD_WORKFLOW_EXECUTION_INITIATED, start_child_workflow_execution_initiated,
        attributes);
    attributes->workflow_id = copy(history, command->workflow_id);
    attributes->workflow_type = tp_arena_alloc(&history->arena, sizeof(*attributes->workflow_type));
    tp__common__workflow_type__init(attributes->workflow_type);
    attributes->workflow_type->name = copy(history, command->workflow_type->name);
}

static void
take_signal(history_builder *history,
            const Tp__Command__SignalExternalWorkflowExecutionCommandAttributes *command)
{
    Tp__History__SignalExternalWorkflowExecutionInitiatedEventAttributes *attributes;

    ADD(history, SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
        signal_external_workflow_execution_initiated, attributes);
    attributes->workflow_execution =
        execution(history, command->execution->workflow_id, command->execution->run_id);
    attributes->signal_name = copy(history, command->signal_name);
}

static void
take_cancel(history_builder *history,
            const Tp__Command__RequestCancelExternalWorkflowExecutionCommandAttributes *command)
{
    Tp__History__RequestCancelExternalWorkflowExecutionInitiatedEventAttributes *attributes;

    ADD(history, REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
        request_cancel_external_workflow_execution_initiated, attributes);
    attributes->workflow_execution = execution(history, command->workflow_id, command->run_id);
}

typedef Tp__History__MarkerRecordedEventAttributes__DetailsEntry marker_entry;

static void add_detail(history_builder *history,
                       Tp__History__MarkerRecordedEventAttributes *attributes, const char *key,
                       const Tp__Common__Payloads *value)
{
    marker_entry *entry = tp_arena_alloc(&history->arena, sizeof(*entry));

    if (!attributes->details)
        attributes->details = tp_arena_alloc(&history->arena, 4 * sizeof(*attributes->details));
    tp__history__marker_recorded_event_attributes__details_entry__init(entry);
    entry->key = tp_arena_strdup(&history->arena, key);
    entry->value = tp_message_copy(&history->arena, &value->base);
    attributes->details[attributes->n_details++] = entry;
}

void history_marker(history_builder *history, const char *name, const char *data,
                    const char *result, Tp__Failure__Failure *failure)
{
    Tp__History__MarkerRecordedEventAttributes *attributes;

    HISTORY_ADD(history, MARKER_RECORDED, marker_recorded, attributes);
    attributes->marker_name = tp_arena_strdup(&history->arena, name);
    if (data)
        add_detail(history, attributes, "data", history_payloads(&history->arena, data));
    if (result)
        add_detail(history, attributes, "result", history_payloads(&history->arena, result));
    attributes->failure = failure;
}

static void take_marker(history_builder *history,
                        const Tp__Command__RecordMarkerCommandAttributes *command)
{
    Tp__History__MarkerRecordedEventAttributes *attributes;

    HISTORY_ADD(history, MARKER_RECORDED, marker_recorded, attributes);
    attributes->marker_name = tp_arena_strdup(&history->arena, command->marker_name);
    for (size_t i = 0; i < command->n_details; i++)
        add_detail(history, attributes, command->details[i]->key, command->details[i]->value);
    if (command->failure)
        attributes->failure = tp_message_copy(&history->arena, &command->failure->base);
}

bool history_take_command_of_others(history_builder *history, const Tp__Command__Command *command)
{
#define COMMAND(name) TP__COMMAND__COMMAND__ATTRIBUTES_##name##_COMMAND_ATTRIBUTES
    switch ((int)command->attributes_case) {
    case TP__COMMAND__COMMAND__ATTRIBUTES_RECORD_MARKER_COMMAND_ATTRIBUTES:
        take_marker(history, command->record_marker_command_attributes);
        return true;
    case COMMAND(START_CHILD_WORKFLOW_EXECUTION):
        take_child(history, command->start_child_workflow_execution_command_attributes);
        return true;
    case COMMAND(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION):
        take_signal(history, command->signal_external_workflow_execution_command_attributes);
        return true;
    case COMMAND(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION):
        take_cancel(history,
                    command->request_cancel_external_workflow_execution_command_attributes);
        return true;
    default:
        return false;
    }
}
