/* SPDX-License-Identifier: MIT */
/* worker/history_pages.c -- brings in what is missing of a task's history, page by page. */
#include "worker/history_pages.h"

#include <string.h>

#include "converter/payload.h"

static void ask(tp_history_pages *pages);

static void append_event(tp_history_pages *pages, const Tp__History__HistoryEvent *event)
{
    Tp__History__History *history = pages->task->history;

    if (history->n_events >= pages->capacity) { /* more: the array that came with the task */
        size_t capacity = pages->capacity ? 2 * pages->capacity : 256;
        Tp__History__HistoryEvent **events;

        if (capacity < 2 * history->n_events)
            capacity = 2 * history->n_events;
        events = tp_arena_alloc(pages->arena, capacity * sizeof *events);
        if (history->n_events)
            memcpy(events, history->events, history->n_events * sizeof *events);
        history->events = events;
        pages->capacity = capacity;
    }
    history->events[history->n_events++] = tp_message_copy(pages->arena, &event->base);
}

static void append_page(tp_history_pages *pages, const Tp__History__History *page)
{
    int64_t last = pages->task->started_event_id;

    for (size_t i = 0; page && i < page->n_events; i++) {
        if (last == 0 || page->events[i]->event_id <= last)
            append_event(pages, page->events[i]);
    }
}

/* A task that the server may still forget (one made for updates alone, or a second attempt) is not
 * part of what most servers give as history: its events came with the task. */
static void append_tail(tp_history_pages *pages)
{
    Tp__History__History *history = pages->task->history;

    for (size_t i = 0; i < pages->polled_count && history->n_events > 0; i++)
        if (pages->polled[i]->event_id == history->events[history->n_events - 1]->event_id + 1)
            append_event(pages, pages->polled[i]);
}

static void on_page(void *data, temporal_error *error, const ProtobufCMessage *message)
{
    tp_history_pages *pages = data;
    const Tp__Ws__GetWorkflowExecutionHistoryResponse *response =
        (const Tp__Ws__GetWorkflowExecutionHistoryResponse *)message;

    pages->call = NULL;
    if (error) {
        pages->fetched(pages->data, error);
        return;
    }
    append_page(pages, response->history);
    pages->token.len = response->next_page_token.len;
    pages->token.data =
        tp_arena_memdup(pages->arena, response->next_page_token.data, pages->token.len);
    if (pages->token.len) {
        ask(pages);
        return;
    }
    append_tail(pages);
    pages->fetched(pages->data, TEMPORAL_OK);
}

static void ask(tp_history_pages *pages)
{
    Tp__Ws__GetWorkflowExecutionHistoryRequest request;

    tp__ws__get_workflow_execution_history_request__init(&request);
    request.namespace_ = pages->service->client->namespace_name;
    request.execution = pages->task->workflow_execution;
    request.next_page_token = pages->token;
    pages->call = tp_service_call(pages->service, "GetWorkflowExecutionHistory", &request,
                                  &tp__ws__get_workflow_execution_history_response__descriptor,
                                  TP_PATIENCE_ANSWER, on_page, pages);
}

void tp_history_pages_fetch(tp_history_pages *pages, bool from_start)
{
    Tp__Ws__PollWorkflowTaskQueueResponse *task = pages->task;

    if (!task->history) {
        task->history = tp_arena_alloc(pages->arena, sizeof *task->history);
        tp__history__history__init(task->history);
    }
    pages->token = task->next_page_token;
    if (from_start) {
        pages->polled = task->history->events;
        pages->polled_count = task->history->n_events;
        pages->token = (ProtobufCBinaryData){ 0 };
        pages->capacity = 0;
        task->history->n_events = 0;
        task->history->events = NULL;
    }
    ask(pages);
}

void tp_history_pages_cancel(tp_history_pages *pages)
{
    if (pages->call)
        tp_call_cancel(pages->call);
}
