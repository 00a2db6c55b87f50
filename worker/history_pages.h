/* SPDX-License-Identifier: MIT */
/* worker/history_pages.h -- brings in what is missing of a task's history, page by page. */
#ifndef TP_WORKER_HISTORY_PAGES_H
#define TP_WORKER_HISTORY_PAGES_H

#include "worker/service.h"

typedef struct tp_history_pages {
    tp_service *service;
    tp_arena *arena;                             /* of the task */
    Tp__Ws__PollWorkflowTaskQueueResponse *task; /* its history grows */
    size_t capacity;                             /* of its array of events, when it is ours */
    Tp__History__HistoryEvent **polled;          /* from_start: what came with the task */
    size_t polled_count;
    ProtobufCBinaryData token;
    tp_call *call;
    /** error (taken) or NULL when the history is complete. */
    void (*fetched)(void *data, temporal_error *error);
    void *data;
} tp_history_pages;

/** Fetches the pages that follow what the task holds, by its next_page_token; with from_start the
 * whole history in its place, up to the event that started the task. */
void tp_history_pages_fetch(tp_history_pages *pages, bool from_start);
void tp_history_pages_cancel(tp_history_pages *pages); /* fetched follows, with CANCELLED */

#endif
