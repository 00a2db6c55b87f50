/* SPDX-License-Identifier: MIT */
/* workflow/event.c -- the table of event types. */
#include "workflow/event.h"

#include <ctype.h>
#include <string.h>

#include "workflow/local_marker.h"
#include "workflow/patch_marker.h"

#define PREFIX "EVENT_TYPE_"

static const unsigned char classes[] = {
    [TP_EVENT(WORKFLOW_EXECUTION_STARTED)] = TP_EVENT_START,

    [TP_EVENT(WORKFLOW_TASK_SCHEDULED)] = TP_EVENT_TASK,
    [TP_EVENT(WORKFLOW_TASK_STARTED)] = TP_EVENT_TASK,
    [TP_EVENT(WORKFLOW_TASK_COMPLETED)] = TP_EVENT_TASK,
    [TP_EVENT(WORKFLOW_TASK_TIMED_OUT)] = TP_EVENT_TASK,
    [TP_EVENT(WORKFLOW_TASK_FAILED)] = TP_EVENT_TASK,

    [TP_EVENT(WORKFLOW_EXECUTION_COMPLETED)] = TP_EVENT_COMMAND,
    [TP_EVENT(WORKFLOW_EXECUTION_FAILED)] = TP_EVENT_COMMAND,
    [TP_EVENT(WORKFLOW_EXECUTION_CANCELED)] = TP_EVENT_COMMAND,
    [TP_EVENT(WORKFLOW_EXECUTION_CONTINUED_AS_NEW)] = TP_EVENT_COMMAND,
    [TP_EVENT(ACTIVITY_TASK_SCHEDULED)] = TP_EVENT_COMMAND,
    [TP_EVENT(ACTIVITY_TASK_CANCEL_REQUESTED)] = TP_EVENT_COMMAND,
    [TP_EVENT(TIMER_STARTED)] = TP_EVENT_COMMAND,
    [TP_EVENT(TIMER_CANCELED)] = TP_EVENT_COMMAND,
    [TP_EVENT(MARKER_RECORDED)] = TP_EVENT_COMMAND,
    [TP_EVENT(START_CHILD_WORKFLOW_EXECUTION_INITIATED)] = TP_EVENT_COMMAND,
    [TP_EVENT(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED)] = TP_EVENT_COMMAND,
    [TP_EVENT(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED)] = TP_EVENT_COMMAND,
    [TP_EVENT(UPSERT_WORKFLOW_SEARCH_ATTRIBUTES)] = TP_EVENT_COMMAND,
    [TP_EVENT(WORKFLOW_PROPERTIES_MODIFIED)] = TP_EVENT_COMMAND,
    [TP_EVENT(WORKFLOW_EXECUTION_UPDATE_ACCEPTED)] = TP_EVENT_COMMAND,
    [TP_EVENT(WORKFLOW_EXECUTION_UPDATE_COMPLETED)] = TP_EVENT_COMMAND,
    [TP_EVENT(WORKFLOW_EXECUTION_UPDATE_REJECTED)] = TP_EVENT_COMMAND,
    [TP_EVENT(NEXUS_OPERATION_SCHEDULED)] = TP_EVENT_COMMAND,
    [TP_EVENT(NEXUS_OPERATION_CANCEL_REQUESTED)] = TP_EVENT_COMMAND,

    [TP_EVENT(WORKFLOW_EXECUTION_SIGNALED)] = TP_EVENT_SIGNAL,
    [TP_EVENT(WORKFLOW_EXECUTION_UPDATE_ADMITTED)] = TP_EVENT_ADMITTED,
    [TP_EVENT(WORKFLOW_EXECUTION_CANCEL_REQUESTED)] = TP_EVENT_CANCEL,

    [TP_EVENT(ACTIVITY_TASK_STARTED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(ACTIVITY_TASK_COMPLETED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(ACTIVITY_TASK_FAILED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(ACTIVITY_TASK_TIMED_OUT)] = TP_EVENT_OUTCOME,
    [TP_EVENT(ACTIVITY_TASK_CANCELED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(TIMER_FIRED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(START_CHILD_WORKFLOW_EXECUTION_FAILED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(CHILD_WORKFLOW_EXECUTION_STARTED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(CHILD_WORKFLOW_EXECUTION_COMPLETED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(CHILD_WORKFLOW_EXECUTION_FAILED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(CHILD_WORKFLOW_EXECUTION_CANCELED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(CHILD_WORKFLOW_EXECUTION_TIMED_OUT)] = TP_EVENT_OUTCOME,
    [TP_EVENT(CHILD_WORKFLOW_EXECUTION_TERMINATED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(EXTERNAL_WORKFLOW_EXECUTION_SIGNALED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED)] = TP_EVENT_OUTCOME,
    [TP_EVENT(EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED)] = TP_EVENT_OUTCOME,

    [TP_EVENT(WORKFLOW_EXECUTION_TIMED_OUT)] = TP_EVENT_CLOSED,
    [TP_EVENT(WORKFLOW_EXECUTION_TERMINATED)] = TP_EVENT_CLOSED,

    [TP_EVENT(WORKFLOW_PROPERTIES_MODIFIED_EXTERNALLY)] = TP_EVENT_IGNORED,
    [TP_EVENT(ACTIVITY_PROPERTIES_MODIFIED_EXTERNALLY)] = TP_EVENT_IGNORED,
    [TP_EVENT(WORKFLOW_EXECUTION_OPTIONS_UPDATED)] = TP_EVENT_IGNORED,
    [TP_EVENT(WORKFLOW_EXECUTION_PAUSED)] = TP_EVENT_IGNORED,
    [TP_EVENT(WORKFLOW_EXECUTION_UNPAUSED)] = TP_EVENT_IGNORED,
    [TP_EVENT(WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED)] = TP_EVENT_IGNORED,
};

tp_event_class tp_event_classify(const tp_event *event)
{
    size_t type = (size_t)event->event_type;

    return type < sizeof(classes) ? (tp_event_class)classes[type] : TP_EVENT_UNKNOWN;
}

int64_t tp_event_origin(const tp_event *event)
{
    switch ((int)event->attributes_case) {
#define ORIGIN(UPPER, lower, member)                                        \
    case TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_##UPPER##_EVENT_ATTRIBUTES: \
        return event->lower##_event_attributes ? event->lower##_event_attributes->member : 0;
        ORIGIN(ACTIVITY_TASK_STARTED, activity_task_started, scheduled_event_id)
        ORIGIN(ACTIVITY_TASK_COMPLETED, activity_task_completed, scheduled_event_id)
        ORIGIN(ACTIVITY_TASK_FAILED, activity_task_failed, scheduled_event_id)
        ORIGIN(ACTIVITY_TASK_TIMED_OUT, activity_task_timed_out, scheduled_event_id)
        ORIGIN(ACTIVITY_TASK_CANCELED, activity_task_canceled, scheduled_event_id)
        ORIGIN(TIMER_FIRED, timer_fired, started_event_id)
        ORIGIN(START_CHILD_WORKFLOW_EXECUTION_FAILED, start_child_workflow_execution_failed,
               initiated_event_id)
        ORIGIN(CHILD_WORKFLOW_EXECUTION_STARTED, child_workflow_execution_started,
               initiated_event_id)
        ORIGIN(CHILD_WORKFLOW_EXECUTION_COMPLETED, child_workflow_execution_completed,
               initiated_event_id)
        ORIGIN(CHILD_WORKFLOW_EXECUTION_FAILED, child_workflow_execution_failed, initiated_event_id)
        ORIGIN(CHILD_WORKFLOW_EXECUTION_CANCELED, child_workflow_execution_canceled,
               initiated_event_id)
        ORIGIN(CHILD_WORKFLOW_EXECUTION_TIMED_OUT, child_workflow_execution_timed_out,
               initiated_event_id)
        ORIGIN(CHILD_WORKFLOW_EXECUTION_TERMINATED, child_workflow_execution_terminated,
               initiated_event_id)
        ORIGIN(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, signal_external_workflow_execution_failed,
               initiated_event_id)
        ORIGIN(EXTERNAL_WORKFLOW_EXECUTION_SIGNALED, external_workflow_execution_signaled,
               initiated_event_id)
        ORIGIN(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
               request_cancel_external_workflow_execution_failed, initiated_event_id)
        ORIGIN(EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
               external_workflow_execution_cancel_requested, initiated_event_id)
#undef ORIGIN
    default:
        return 0;
    }
}

/* ACTIVITY_TASK_SCHEDULED becomes ActivityTaskScheduled, as the web page writes it. */
char *tp_event_name(tp_arena *arena, const tp_event *event)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
        &tp__enums__event_type__descriptor, (int)event->event_type);
    const char *from;
    char *name, *to;

    if (!value || strncmp(value->name, PREFIX, sizeof(PREFIX) - 1) != 0)
        return tp_arena_format(arena, "event type %d", (int)event->event_type);
    from = value->name + sizeof(PREFIX) - 1;
    name = to = tp_arena_alloc(arena, strlen(from) + 1);
    for (bool first = true; *from; from++) {
        if (*from == '_') {
            first = true;
            continue;
        }
        *to++ = first ? *from : (char)tolower((unsigned char)*from);
        first = false;
    }
    return name;
}

static const char *text(const char *from)
{
    return from ? from : "?";
}

static const char *id_of(const Tp__Common__WorkflowExecution *execution)
{
    return text(execution ? execution->workflow_id : NULL);
}

/* Of a marker that says whose it is; NULL: it is none, or not readable. */
static char *describe_marker(tp_arena *arena, const tp_event *event, const char *name)
{
    tp_patch_marker patch;
    tp_local_marker local;
    temporal_error *error;

    if (tp_patch_marker_is(event) && !tp_patch_marker_read(arena, event, &patch))
        return tp_arena_format(arena, "%s (%s, id %s)", name, TP_PATCH_MARKER, patch.id);
    if (!tp_local_marker_is(event))
        return NULL;
    error = tp_local_marker_read(arena, event, &local);
    temporal_error_free(error);
    return error ? NULL
                 : tp_arena_format(arena, "%s (local activity %s, id %s)", name,
                                   local.activity_type, local.activity_id);
}

char *tp_event_describe(tp_arena *arena, const tp_event *event)
{
    char *name = tp_event_name(arena, event);
    char *marker = describe_marker(arena, event, name);

    if (marker)
        return marker;
#define DESCRIBE(UPPER, lower, format, ...)                                                       \
    case TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_##UPPER##_EVENT_ATTRIBUTES: {                     \
        const __typeof__(*event->lower##_event_attributes) *it = event->lower##_event_attributes; \
        return it ? tp_arena_format(arena, "%s (" format ")", name, __VA_ARGS__) : name;          \
    }
    switch ((int)event->attributes_case) {
        DESCRIBE(ACTIVITY_TASK_SCHEDULED, activity_task_scheduled, "activity %s, id %s",
                 text(it->activity_type ? it->activity_type->name : NULL), it->activity_id)
        DESCRIBE(ACTIVITY_TASK_CANCEL_REQUESTED, activity_task_cancel_requested, "of event %lld",
                 (long long)it->scheduled_event_id)
        DESCRIBE(MARKER_RECORDED, marker_recorded, "%s", text(it->marker_name))
        DESCRIBE(TIMER_STARTED, timer_started, "id %s", it->timer_id)
        DESCRIBE(TIMER_CANCELED, timer_canceled, "id %s", it->timer_id)
        DESCRIBE(START_CHILD_WORKFLOW_EXECUTION_INITIATED, start_child_workflow_execution_initiated,
                 "workflow %s, id %s", text(it->workflow_type ? it->workflow_type->name : NULL),
                 it->workflow_id)
        DESCRIBE(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
                 signal_external_workflow_execution_initiated, "signal %s, to id %s",
                 it->signal_name, id_of(it->workflow_execution))
        DESCRIBE(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
                 request_cancel_external_workflow_execution_initiated, "of id %s",
                 id_of(it->workflow_execution))
        DESCRIBE(WORKFLOW_EXECUTION_UPDATE_ACCEPTED, workflow_execution_update_accepted, "id %s",
                 it->protocol_instance_id)
        DESCRIBE(WORKFLOW_EXECUTION_UPDATE_COMPLETED, workflow_execution_update_completed, "id %s",
                 text(it->meta ? it->meta->update_id : NULL))
    default:
        return name;
    }
#undef DESCRIBE
}
