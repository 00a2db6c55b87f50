/* SPDX-License-Identifier: MIT */
/* workflow/history.h -- the events of a task, cut into the workflow tasks that they tell of.
 *
 * What one workflow task saw is what stands before its started event and was not seen by the task
 * before: that one's completed event, the events that its commands became, and what happened since
 * (events that came while it was being worked on are written after its commands). A started event
 * whose task failed, timed out or was overtaken by the run's end does not count: the next one sees
 * its events again. */
#ifndef TP_WORKFLOW_HISTORY_H
#define TP_WORKFLOW_HISTORY_H

#include <temporal/error.h>

#include "workflow/event.h"

/* An update that somebody asks for. It came with the open task as a message, or history tells of
 * it. Its messages live as long as the task, or as long as history. */
typedef struct tp_update_request {
    const char *instance;   /* of the protocol: which update it is about */
    const char *message_id; /* which the answers refer to */
    int64_t sequence;       /* it came behind that event */
    int64_t accepted_event; /* 0: nobody has decided about it yet */
    size_t order;           /* among those of the same sequence */
    const Tp__Update__Request *request;
} tp_update_request;

typedef struct tp_update_requests {
    tp_update_request *items;
    size_t count, next;
} tp_update_requests;

typedef struct tp_history {
    tp_event *const *events;
    size_t count;
    size_t next;                 /* index of the first that was not taken in yet */
    tp_update_requests messages; /* of the open task */
} tp_history;

typedef struct tp_chunk {
    size_t started; /* index of the started event of the task; it ends the chunk */
    bool open;      /* its completed event is not there: this is the task to be answered now */
} tp_chunk;

/** Checks that the events are there, that their ids count up by one, and that they are known or may
 * be ignored. INVALID_ARGUMENT says what is wrong. */
temporal_error *tp_history_open(tp_history *history, const Tp__History__History *message);
/** Moves to the first event behind this one. */
void tp_history_skip(tp_history *history, int64_t last_event);
/** NULL when there is none. */
const tp_event *tp_history_find(const tp_history *history, int64_t event_id);
/** The next workflow task that counts; false when there is none. */
bool tp_history_next(const tp_history *history, tp_chunk *chunk);

#endif
