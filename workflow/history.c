/* SPDX-License-Identifier: MIT */
/* workflow/history.c -- finds the workflow tasks in a list of events. */
#include "workflow/history.h"

temporal_error *tp_history_open(tp_history *history, const Tp__History__History *message)
{
    *history = (tp_history){ 0 };
    if (!message || message->n_events == 0)
        return NULL;
    for (size_t i = 0; i < message->n_events; i++) {
        const tp_event *event = message->events[i];

        if (!event)
            return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                      "history: event %zu of %zu is missing", i + 1,
                                      message->n_events);
        if (event->event_id < 1 ||
            (i > 0 && event->event_id != message->events[i - 1]->event_id + 1))
            return temporal_error_new(
                TEMPORAL_ERROR_INVALID_ARGUMENT,
                "history: event id %lld stands where %lld was expected", (long long)event->event_id,
                (long long)(i > 0 ? message->events[i - 1]->event_id + 1 : 1));
        if (tp_event_classify(event) == TP_EVENT_UNKNOWN && !event->worker_may_ignore)
            return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                      "history: event %lld is of type %d, which this version of "
                                      "the library does not know",
                                      (long long)event->event_id, (int)event->event_type);
    }
    history->events = message->events;
    history->count = message->n_events;
    return NULL;
}

void tp_history_skip(tp_history *history, int64_t last_event)
{
    int64_t skipped;

    history->next = 0;
    if (history->count == 0)
        return;
    skipped = last_event - history->events[0]->event_id + 1;
    if (skipped > 0)
        history->next = (size_t)skipped < history->count ? (size_t)skipped : history->count;
}

const tp_event *tp_history_find(const tp_history *history, int64_t event_id)
{
    int64_t index;

    if (history->count == 0)
        return NULL;
    index = event_id - history->events[0]->event_id;
    return index >= 0 && (size_t)index < history->count ? history->events[index] : NULL;
}

/* Index of the first event from there on that decides what became of a started task. */
static size_t verdict(const tp_history *history, size_t from)
{
    for (; from < history->count; from++) {
        tp_event_class class = tp_event_classify(history->events[from]);

        if (class == TP_EVENT_TASK || class == TP_EVENT_COMMAND || class == TP_EVENT_CLOSED)
            break;
    }
    return from;
}

bool tp_history_next(const tp_history *history, tp_chunk *chunk)
{
    for (size_t i = history->next; i < history->count; i++) {
        size_t decided;

        if (history->events[i]->event_type != TP_EVENT(WORKFLOW_TASK_STARTED))
            continue;
        decided = verdict(history, i + 1);
        *chunk = (tp_chunk){ .started = i, .open = decided == history->count };
        if (chunk->open ||
            history->events[decided]->event_type == TP_EVENT(WORKFLOW_TASK_COMPLETED))
            return true;
    }
    return false;
}
