/* SPDX-License-Identifier: MIT */
/* history_builder.c -- see history_builder.h. */
#include "history_builder.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define EVENT(name) TP__ENUMS__EVENT_TYPE__EVENT_TYPE_##name

#define ADD HISTORY_ADD

static char *copy(history_builder *history, const char *text)
{
    return tp_arena_strdup(&history->arena, text);
}

Tp__Common__Payloads *history_payloads(tp_arena *arena, const char *json)
{
    Tp__Common__Payloads *payloads;
    Tp__Common__Payload *payload;
    Tp__Common__Payload__MetadataEntry *entry;

    if (!json)
        return NULL;
    payloads = tp_arena_alloc(arena, sizeof(*payloads));
    payload = tp_arena_alloc(arena, sizeof(*payload));
    entry = tp_arena_alloc(arena, sizeof(*entry));
    tp__common__payloads__init(payloads);
    tp__common__payload__init(payload);
    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(arena, "encoding");
    entry->value.data = (uint8_t *)tp_arena_strdup(arena, "json/plain");
    entry->value.len = strlen("json/plain");
    payload->metadata = tp_arena_memdup(arena, &entry, sizeof(entry));
    payload->n_metadata = 1;
    payload->data.data = (uint8_t *)tp_arena_strdup(arena, json);
    payload->data.len = strlen(json);
    payloads->payloads = tp_arena_memdup(arena, &payload, sizeof(payload));
    payloads->n_payloads = 1;
    return payloads;
}

Tp__History__HistoryEvent *history_add(history_builder *history, Tp__Enums__EventType type)
{
    Tp__History__HistoryEvent *event = tp_arena_alloc(&history->arena, sizeof(*event));

    tp__history__history_event__init(event);
    event->event_id = (int64_t)history->count + 1;
    event->event_type = type;
    event->event_time = tp_arena_alloc(&history->arena, sizeof(*event->event_time));
    tp__pb__timestamp__init(event->event_time);
    event->event_time->seconds = history->now++;
    if (history->count == history->capacity) {
        history->capacity = history->capacity > 0 ? 2 * history->capacity : 64;
        history->events =
            tp_realloc(history->events, history->capacity * sizeof(history->events[0]));
    }
    history->events[history->count++] = event;
    return event;
}

void history_init(history_builder *history, const char *workflow_type, const char *input)
{
    Tp__History__WorkflowExecutionStartedEventAttributes *attributes;

    *history = (history_builder){ .now = BUILDER_START };
    tp_arena_init(&history->arena);
    history->workflow_type = copy(history, workflow_type);
    ADD(history, WORKFLOW_EXECUTION_STARTED, workflow_execution_started, attributes);
    attributes->workflow_type = tp_arena_alloc(&history->arena, sizeof(*attributes->workflow_type));
    tp__common__workflow_type__init(attributes->workflow_type);
    attributes->workflow_type->name = copy(history, workflow_type);
    attributes->input = history_payloads(&history->arena, input);
    attributes->original_execution_run_id = copy(history, RUN_ID);
    attributes->first_execution_run_id = copy(history, RUN_ID);
    attributes->attempt = 1;
}

void history_done(history_builder *history)
{
    tp_free(history->events);
    tp_arena_done(&history->arena);
}

void history_task_scheduled(history_builder *history)
{
    (void)history_add(history, EVENT(WORKFLOW_TASK_SCHEDULED));
}

void history_task_started(history_builder *history)
{
    history->task_started = history_add(history, EVENT(WORKFLOW_TASK_STARTED))->event_id;
}

void history_task(history_builder *history)
{
    history_task_scheduled(history);
    history_task_started(history);
}

void history_task_completed(history_builder *history)
{
    Tp__History__WorkflowTaskCompletedEventAttributes *attributes;

    ADD(history, WORKFLOW_TASK_COMPLETED, workflow_task_completed, attributes);
    attributes->started_event_id = history->task_started;
}

void history_task_failed(history_builder *history)
{
    history_task_reset(history, NULL);
}

void history_task_reset(history_builder *history, const char *new_run_id)
{
    Tp__History__WorkflowTaskFailedEventAttributes *attributes;

    ADD(history, WORKFLOW_TASK_FAILED, workflow_task_failed, attributes);
    attributes->started_event_id = history->task_started;
    if (new_run_id) {
        attributes->cause =
            TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW;
        attributes->new_run_id = copy(history, new_run_id);
    }
}

void history_task_timed_out(history_builder *history)
{
    (void)history_add(history, EVENT(WORKFLOW_TASK_TIMED_OUT));
}

void history_signal(history_builder *history, const char *name, const char *input)
{
    Tp__History__WorkflowExecutionSignaledEventAttributes *attributes;

    ADD(history, WORKFLOW_EXECUTION_SIGNALED, workflow_execution_signaled, attributes);
    attributes->signal_name = copy(history, name);
    attributes->input = history_payloads(&history->arena, input);
}

void history_cancel_requested(history_builder *history)
{
    Tp__History__WorkflowExecutionCancelRequestedEventAttributes *attributes;

    ADD(history, WORKFLOW_EXECUTION_CANCEL_REQUESTED, workflow_execution_cancel_requested,
        attributes);
}

void history_terminated(history_builder *history)
{
    (void)history_add(history, EVENT(WORKFLOW_EXECUTION_TERMINATED));
}

/* --- what comes of commands --------------------------------------------------------------- */

static void missing(const char *what, const char *id)
{
    (void)fprintf(stderr, "the history has no %s of id %s\n", what, id);
    abort();
}

static int64_t timer_event(const history_builder *history, const char *id)
{
    for (size_t i = 0; i < history->count; i++) {
        const Tp__History__HistoryEvent *event = history->events[i];

        if (event->event_type == EVENT(TIMER_STARTED) &&
            strcmp(event->timer_started_event_attributes->timer_id, id) == 0)
            return event->event_id;
    }
    missing("timer", id);
    return 0;
}

static int64_t activity_event(const history_builder *history, const char *id)
{
    for (size_t i = 0; i < history->count; i++) {
        const Tp__History__HistoryEvent *event = history->events[i];

        if (event->event_type == EVENT(ACTIVITY_TASK_SCHEDULED) &&
            strcmp(event->activity_task_scheduled_event_attributes->activity_id, id) == 0)
            return event->event_id;
    }
    missing("activity", id);
    return 0;
}

void history_timer_fired(history_builder *history, const char *id)
{
    int64_t started = timer_event(history, id);
    Tp__History__TimerFiredEventAttributes *attributes;

    ADD(history, TIMER_FIRED, timer_fired, attributes);
    attributes->timer_id = copy(history, id);
    attributes->started_event_id = started;
}

static int64_t activity_started(history_builder *history, int64_t scheduled)
{
    Tp__History__ActivityTaskStartedEventAttributes *attributes;

    ADD(history, ACTIVITY_TASK_STARTED, activity_task_started, attributes);
    attributes->scheduled_event_id = scheduled;
    attributes->attempt = 1;
    return event->event_id;
}

void history_activity_completed(history_builder *history, const char *id, const char *result)
{
    int64_t scheduled = activity_event(history, id);
    int64_t started = activity_started(history, scheduled);
    Tp__History__ActivityTaskCompletedEventAttributes *attributes;

    ADD(history, ACTIVITY_TASK_COMPLETED, activity_task_completed, attributes);
    attributes->scheduled_event_id = scheduled;
    attributes->started_event_id = started;
    attributes->result = history_payloads(&history->arena, result);
}

Tp__Failure__Failure *history_failure(history_builder *history, const char *type,
                                      const char *message)
{
    Tp__Failure__Failure *failure = tp_arena_alloc(&history->arena, sizeof(*failure));

    tp__failure__failure__init(failure);
    failure->message = copy(history, message);
    if (type) {
        Tp__Failure__ApplicationFailureInfo *info = tp_arena_alloc(&history->arena, sizeof(*info));

        tp__failure__application_failure_info__init(info);
        info->type = copy(history, type);
        failure->failure_info_case = TP__FAILURE__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
        failure->application_failure_info = info;
    } else {
        Tp__Failure__TimeoutFailureInfo *info = tp_arena_alloc(&history->arena, sizeof(*info));

        tp__failure__timeout_failure_info__init(info);
        info->timeout_type = TP__ENUMS__TIMEOUT_TYPE__TIMEOUT_TYPE_START_TO_CLOSE;
        failure->failure_info_case = TP__FAILURE__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO;
        failure->timeout_failure_info = info;
    }
    return failure;
}

void history_activity_failed(history_builder *history, const char *id, const char *type,
                             const char *message)
{
    int64_t scheduled = activity_event(history, id);
    int64_t started = activity_started(history, scheduled);
    Tp__History__ActivityTaskFailedEventAttributes *attributes;

    ADD(history, ACTIVITY_TASK_FAILED, activity_task_failed, attributes);
    attributes->scheduled_event_id = scheduled;
    attributes->started_event_id = started;
    attributes->failure = history_failure(history, type, message);
    attributes->retry_state = TP__ENUMS__RETRY_STATE__RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED;
}

void history_activity_timed_out(history_builder *history, const char *id)
{
    int64_t scheduled = activity_event(history, id);
    int64_t started = activity_started(history, scheduled);
    Tp__History__ActivityTaskTimedOutEventAttributes *attributes;

    ADD(history, ACTIVITY_TASK_TIMED_OUT, activity_task_timed_out, attributes);
    attributes->scheduled_event_id = scheduled;
    attributes->started_event_id = started;
    attributes->failure = history_failure(history, NULL, "activity timeout");
    attributes->retry_state = TP__ENUMS__RETRY_STATE__RETRY_STATE_TIMEOUT;
}

void history_activity_canceled(history_builder *history, const char *id)
{
    int64_t scheduled = activity_event(history, id);
    Tp__History__ActivityTaskCanceledEventAttributes *attributes;

    ADD(history, ACTIVITY_TASK_CANCELED, activity_task_canceled, attributes);
    attributes->scheduled_event_id = scheduled;
}

/* --- commands ----------------------------------------------------------------------------- */

static void take_activity(history_builder *history,
                          const Tp__Command__ScheduleActivityTaskCommandAttributes *command)
{
    Tp__History__ActivityTaskScheduledEventAttributes *attributes;

    ADD(history, ACTIVITY_TASK_SCHEDULED, activity_task_scheduled, attributes);
    attributes->activity_id = copy(history, command->activity_id);
    attributes->activity_type = tp_arena_alloc(&history->arena, sizeof(*attributes->activity_type));
    tp__common__activity_type__init(attributes->activity_type);
    attributes->activity_type->name = copy(history, command->activity_type->name);
}

static void take_request_cancel(history_builder *history, int64_t scheduled)
{
    Tp__History__ActivityTaskCancelRequestedEventAttributes *attributes;

    ADD(history, ACTIVITY_TASK_CANCEL_REQUESTED, activity_task_cancel_requested, attributes);
    attributes->scheduled_event_id = scheduled;
}

static void take_timer(history_builder *history, const char *id)
{
    Tp__History__TimerStartedEventAttributes *attributes;

    ADD(history, TIMER_STARTED, timer_started, attributes);
    attributes->timer_id = copy(history, id);
}

static void take_cancel_timer(history_builder *history, const char *id)
{
    int64_t started = timer_event(history, id);
    Tp__History__TimerCanceledEventAttributes *attributes;

    ADD(history, TIMER_CANCELED, timer_canceled, attributes);
    attributes->timer_id = copy(history, id);
    attributes->started_event_id = started;
}

static void take_command(history_builder *history, const Tp__Command__Command *command)
{
#define COMMAND(name) TP__COMMAND__COMMAND__ATTRIBUTES_##name##_COMMAND_ATTRIBUTES
    switch ((int)command->attributes_case) {
    case COMMAND(SCHEDULE_ACTIVITY_TASK):
        take_activity(history, command->schedule_activity_task_command_attributes);
        break;
    case COMMAND(REQUEST_CANCEL_ACTIVITY_TASK):
        take_request_cancel(
            history, command->request_cancel_activity_task_command_attributes->scheduled_event_id);
        break;
    case COMMAND(START_TIMER):
        take_timer(history, command->start_timer_command_attributes->timer_id);
        break;
    case COMMAND(CANCEL_TIMER):
        take_cancel_timer(history, command->cancel_timer_command_attributes->timer_id);
        break;
    case COMMAND(COMPLETE_WORKFLOW_EXECUTION):
        (void)history_add(history, EVENT(WORKFLOW_EXECUTION_COMPLETED));
        break;
    case COMMAND(FAIL_WORKFLOW_EXECUTION):
        (void)history_add(history, EVENT(WORKFLOW_EXECUTION_FAILED));
        break;
    case COMMAND(CANCEL_WORKFLOW_EXECUTION):
        (void)history_add(history, EVENT(WORKFLOW_EXECUTION_CANCELED));
        break;
    case COMMAND(CONTINUE_AS_NEW_WORKFLOW_EXECUTION):
        (void)history_add(history, EVENT(WORKFLOW_EXECUTION_CONTINUED_AS_NEW));
        break;
    default:
        if (history_take_command_of_others(history, command) ||
            history_take_record(history, command))
            return;
        (void)fprintf(stderr, "a command of unknown kind %d\n", (int)command->attributes_case);
        abort();
    }
}

void history_take_answer(history_builder *history, const tp_answer *answer)
{
    history_task_completed(history);
    for (size_t i = 0; i < answer->completed.n_commands; i++)
        if (!history_take_update(history, answer, answer->completed.commands[i]))
            take_command(history, answer->completed.commands[i]);
    history->message_count = 0;
}

/* --- tasks -------------------------------------------------------------------------------- */

Tp__Ws__PollWorkflowTaskQueueResponse *history_poll(history_builder *history, int64_t first_event)
{
    Tp__Ws__PollWorkflowTaskQueueResponse *task = tp_arena_alloc(&history->arena, sizeof(*task));
    size_t first = (size_t)first_event - 1;

    tp__ws__poll_workflow_task_queue_response__init(task);
    task->workflow_execution = tp_arena_alloc(&history->arena, sizeof(*task->workflow_execution));
    tp__common__workflow_execution__init(task->workflow_execution);
    task->workflow_execution->workflow_id = copy(history, "wf-1");
    task->workflow_execution->run_id = copy(history, RUN_ID);
    task->workflow_type = tp_arena_alloc(&history->arena, sizeof(*task->workflow_type));
    tp__common__workflow_type__init(task->workflow_type);
    task->workflow_type->name = copy(history, history->workflow_type);
    task->started_event_id = history->task_started;
    task->attempt = 1;
    task->messages = tp_arena_memdup(&history->arena, history->messages, sizeof(history->messages));
    task->n_messages = history->message_count;
    task->history = tp_arena_alloc(&history->arena, sizeof(*task->history));
    tp__history__history__init(task->history);
    if (first < history->count) {
        task->history->n_events = history->count - first;
        task->history->events =
            tp_arena_memdup(&history->arena, history->events + first,
                            task->history->n_events * sizeof(history->events[0]));
    }
    return task;
}

static Tp__Query__WorkflowQuery *make_query(history_builder *history, const char *query,
                                            const char *input)
{
    Tp__Query__WorkflowQuery *message = tp_arena_alloc(&history->arena, sizeof(*message));

    tp__query__workflow_query__init(message);
    message->query_type = copy(history, query);
    message->query_args = history_payloads(&history->arena, input);
    return message;
}

Tp__Ws__PollWorkflowTaskQueueResponse *history_query(history_builder *history, int64_t first_event,
                                                     const char *query, const char *input)
{
    Tp__Ws__PollWorkflowTaskQueueResponse *task = history_poll(history, first_event);

    task->query = make_query(history, query, input);
    return task;
}

void history_ask(history_builder *history, Tp__Ws__PollWorkflowTaskQueueResponse *task,
                 const char *key, const char *query, const char *input)
{
    Tp__Ws__PollWorkflowTaskQueueResponse__QueriesEntry *entry =
        tp_arena_alloc(&history->arena, sizeof(*entry));
    Tp__Ws__PollWorkflowTaskQueueResponse__QueriesEntry **entries =
        tp_arena_alloc(&history->arena, (task->n_queries + 1) * sizeof(*entries));

    tp__ws__poll_workflow_task_queue_response__queries_entry__init(entry);
    entry->key = copy(history, key);
    entry->value = make_query(history, query, input);
    if (task->n_queries > 0)
        memcpy(entries, task->queries, task->n_queries * sizeof(*entries));
    entries[task->n_queries++] = entry;
    task->queries = entries;
}
