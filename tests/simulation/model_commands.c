/* SPDX-License-Identifier: MIT */
/* model_commands.c -- commands, and the events that they become. See model.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

#define TYPE(name) TP__ENUMS__COMMAND_TYPE__COMMAND_TYPE_##name

bool model_refuse(model *server, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(server->problem, sizeof(server->problem), format, arguments);
    va_end(arguments);
    return false;
}

static char *copy(model *server, const char *text)
{
    return tp_arena_strdup(&server->arena, text);
}

/* By the id that its user gave it, or by the event that began it. */
static int find(const model *server, thing_kind kind, const char *id, int64_t event_id)
{
    for (int i = server->thing_count; i-- > 0;) {
        const model_thing *candidate = &server->things[i];

        if (candidate->kind == kind &&
            (id ? strcmp(candidate->id, id) == 0 : candidate->event_id == event_id))
            return i;
    }
    return -1;
}

/* --- activities ---------------------------------------------------------------------------- */

static bool take_activity(model *server,
                          const Tp__Command__ScheduleActivityTaskCommandAttributes *command)
{
    Tp__History__ActivityTaskScheduledEventAttributes *attributes;
    const int same = find(server, THING_ACTIVITY, command->activity_id, 0);

    if (same >= 0 && !server->things[same].closed)
        return model_refuse(server, "activity id %s is in use", command->activity_id);
    MODEL_EVENT(server, ACTIVITY_TASK_SCHEDULED, activity_task_scheduled, attributes);
    attributes->activity_id = copy(server, command->activity_id);
    attributes->activity_type = tp_arena_alloc(&server->arena, sizeof(*attributes->activity_type));
    tp__common__activity_type__init(attributes->activity_type);
    attributes->activity_type->name = copy(server, command->activity_type->name);
    attributes->workflow_task_completed_event_id = server->completed_event;
    if (!model_fill_retry(server, command->retry_policy, &attributes->retry_policy) ||
        !model_fill_timeouts(server, command, attributes))
        return false;
    (void)model_add_thing(server, THING_ACTIVITY, command->activity_id,
                          model_write(server, event, -1));
    return true;
}

/* One that no worker has yet is cancelled on the spot. */
static void cancel_unstarted(model *server, int number)
{
    Tp__History__ActivityTaskCanceledEventAttributes *attributes;

    server->things[number].closed = true;
    MODEL_EVENT(server, ACTIVITY_TASK_CANCELED, activity_task_canceled, attributes);
    attributes->scheduled_event_id = server->things[number].event_id;
    attributes->latest_cancel_requested_event_id = server->things[number].cancel_event;
    model_post(server, event, number);
}

static bool take_request_cancel(model *server, int64_t scheduled)
{
    Tp__History__ActivityTaskCancelRequestedEventAttributes *attributes;
    const int number = find(server, THING_ACTIVITY, NULL, scheduled);

    if (number < 0 || server->things[number].in_history)
        return model_refuse(server, "no activity of event %lld is under way", (long long)scheduled);
    if (server->things[number].cancel_event != 0)
        return model_refuse(server, "the activity of event %lld was asked already",
                            (long long)scheduled);
    MODEL_EVENT(server, ACTIVITY_TASK_CANCEL_REQUESTED, activity_task_cancel_requested, attributes);
    attributes->scheduled_event_id = scheduled;
    attributes->workflow_task_completed_event_id = server->completed_event;
    server->things[number].cancel_event = model_write(server, event, -1);
    if (!server->things[number].started && !server->things[number].closed)
        cancel_unstarted(server, number);
    return true;
}

/* --- timers -------------------------------------------------------------------------------- */

static bool take_timer(model *server, const char *id)
{
    Tp__History__TimerStartedEventAttributes *attributes;
    const int same = find(server, THING_TIMER, id, 0);

    if (same >= 0 && !server->things[same].closed)
        return model_refuse(server, "timer id %s is in use", id);
    MODEL_EVENT(server, TIMER_STARTED, timer_started, attributes);
    attributes->timer_id = copy(server, id);
    attributes->workflow_task_completed_event_id = server->completed_event;
    (void)model_add_thing(server, THING_TIMER, id, model_write(server, event, -1));
    return true;
}

/* It fired while the task was worked on: that is forgotten. */
static void unfire(model *server, int number)
{
    size_t kept = 0;

    for (size_t i = 0; i < server->buffered_count; i++)
        if (server->buffered[i].thing != number)
            server->buffered[kept++] = server->buffered[i];
    server->buffered_count = kept;
}

static bool take_cancel_timer(model *server, const char *id)
{
    Tp__History__TimerCanceledEventAttributes *attributes;
    const int number = find(server, THING_TIMER, id, 0);

    if (number < 0 || server->things[number].in_history)
        return model_refuse(server, "no timer %s is under way", id);
    unfire(server, number);
    MODEL_EVENT(server, TIMER_CANCELED, timer_canceled, attributes);
    attributes->timer_id = copy(server, id);
    attributes->started_event_id = server->things[number].event_id;
    attributes->workflow_task_completed_event_id = server->completed_event;
    server->things[number].closed = true;
    (void)model_write(server, event, number);
    return true;
}

/* --- other workflows ----------------------------------------------------------------------- */

static Tp__Common__WorkflowExecution *execution(model *server, const char *id, const char *run_id)
{
    Tp__Common__WorkflowExecution *made = tp_arena_alloc(&server->arena, sizeof(*made));

    tp__common__workflow_execution__init(made);
    made->workflow_id = copy(server, id);
    made->run_id = copy(server, run_id);
    return made;
}

static bool
take_signal(model *server,
            const Tp__Command__SignalExternalWorkflowExecutionCommandAttributes *command)
{
    Tp__History__SignalExternalWorkflowExecutionInitiatedEventAttributes *attributes;

    MODEL_EVENT(server, SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
                signal_external_workflow_execution_initiated, attributes);
    attributes->workflow_execution =
        execution(server, command->execution->workflow_id, command->execution->run_id);
    attributes->signal_name = copy(server, command->signal_name);
    attributes->workflow_task_completed_event_id = server->completed_event;
    (void)model_add_thing(server, THING_SIGNAL, command->execution->workflow_id,
                          model_write(server, event, -1));
    return true;
}

static bool begun_now(const model *server, const char *id)
{
    const int number = find(server, THING_CHILD, id, 0);

    return number >= 0 && server->things[number].event_id > server->completed_event;
}

static bool
take_cancel(model *server,
            const Tp__Command__RequestCancelExternalWorkflowExecutionCommandAttributes *command)
{
    Tp__History__RequestCancelExternalWorkflowExecutionInitiatedEventAttributes *attributes;

    /* Not even one of an earlier child that had the id. */
    if (begun_now(server, command->workflow_id))
        return model_refuse(server, "child %s is started and cancelled by one task",
                            command->workflow_id);
    MODEL_EVENT(server, REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
                request_cancel_external_workflow_execution_initiated, attributes);
    attributes->workflow_execution = execution(server, command->workflow_id, command->run_id);
    attributes->workflow_task_completed_event_id = server->completed_event;
    (void)model_add_thing(server, THING_CANCEL, command->workflow_id,
                          model_write(server, event, -1));
    return true;
}

/* --- the end ------------------------------------------------------------------------------- */

/* Each of these events names the task that it came of. */
#define END(UPPER, lower, type)                                                 \
    do {                                                                        \
        type *attributes;                                                       \
                                                                                \
        MODEL_EVENT(server, UPPER, lower, attributes);                          \
        attributes->workflow_task_completed_event_id = server->completed_event; \
        (void)model_write(server, event, -1);                                   \
        server->closed = true;                                                  \
    } while (0)

static bool take_end(model *server, const Tp__Command__Command *command)
{
    switch ((int)command->command_type) {
    case TYPE(COMPLETE_WORKFLOW_EXECUTION):
        END(WORKFLOW_EXECUTION_COMPLETED, workflow_execution_completed,
            Tp__History__WorkflowExecutionCompletedEventAttributes);
        return true;
    case TYPE(FAIL_WORKFLOW_EXECUTION):
        END(WORKFLOW_EXECUTION_FAILED, workflow_execution_failed,
            Tp__History__WorkflowExecutionFailedEventAttributes);
        return true;
    case TYPE(CANCEL_WORKFLOW_EXECUTION):
        if (!server->cancel_requested)
            return model_refuse(server, "it ends as cancelled, but nobody asked it to");
        END(WORKFLOW_EXECUTION_CANCELED, workflow_execution_canceled,
            Tp__History__WorkflowExecutionCanceledEventAttributes);
        return true;
    case TYPE(CONTINUE_AS_NEW_WORKFLOW_EXECUTION):
        END(WORKFLOW_EXECUTION_CONTINUED_AS_NEW, workflow_execution_continued_as_new,
            Tp__History__WorkflowExecutionContinuedAsNewEventAttributes);
        return true;
    default:
        return model_refuse(server, "a command of type %d", (int)command->command_type);
    }
}

bool model_command(model *server, const Tp__Command__Command *command)
{
    if (server->closed)
        return model_refuse(server, "a command stands behind the one that ends the run");
    switch ((int)command->command_type) {
    case TYPE(SCHEDULE_ACTIVITY_TASK):
        return take_activity(server, command->schedule_activity_task_command_attributes);
    case TYPE(REQUEST_CANCEL_ACTIVITY_TASK):
        return take_request_cancel(
            server, command->request_cancel_activity_task_command_attributes->scheduled_event_id);
    case TYPE(START_TIMER):
        return take_timer(server, command->start_timer_command_attributes->timer_id);
    case TYPE(CANCEL_TIMER):
        return take_cancel_timer(server, command->cancel_timer_command_attributes->timer_id);
    case TYPE(START_CHILD_WORKFLOW_EXECUTION):
        return model_take_child(server, command->start_child_workflow_execution_command_attributes);
    case TYPE(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION):
        return take_signal(server, command->signal_external_workflow_execution_command_attributes);
    case TYPE(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION):
        return take_cancel(server,
                           command->request_cancel_external_workflow_execution_command_attributes);
    case TYPE(RECORD_MARKER):
        return model_take_marker(server, command->record_marker_command_attributes);
    case TYPE(UPSERT_WORKFLOW_SEARCH_ATTRIBUTES):
        return model_take_attributes(server,
                                     command->upsert_workflow_search_attributes_command_attributes);
    case TYPE(MODIFY_WORKFLOW_PROPERTIES):
        return model_take_memo(server, command->modify_workflow_properties_command_attributes);
    case TYPE(PROTOCOL_MESSAGE):
        return model_take_message(server, command->protocol_message_command_attributes->message_id);
    default:
        return take_end(server, command);
    }
}
