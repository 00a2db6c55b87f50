/* SPDX-License-Identifier: MIT */
/* workflow/event.h -- what a single history event is to the engine. */
#ifndef TP_WORKFLOW_EVENT_H
#define TP_WORKFLOW_EVENT_H

#include "base/arena.h"
#include "temporal/api/history/v1/message.pb-c.h"

typedef Tp__History__HistoryEvent tp_event;

#define TP_EVENT(name) TP__ENUMS__EVENT_TYPE__EVENT_TYPE_##name

/** tp_event_attributes(event, TIMER_FIRED, timer_fired): its attributes, NULL when it holds others.
 */
#define tp_event_attributes(event, UPPER, lower)                                                   \
    ((event)->attributes_case == TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_##UPPER##_EVENT_ATTRIBUTES \
         ? (event)->lower##_event_attributes                                                       \
         : NULL)

typedef enum tp_event_class {
    TP_EVENT_UNKNOWN = 0, /* newer than this code */
    TP_EVENT_START,       /* the first of all */
    TP_EVENT_TASK,        /* of a workflow task: scheduled, started, completed, failed, timed out */
    TP_EVENT_COMMAND,     /* what a command of the code became */
    TP_EVENT_SIGNAL,
    TP_EVENT_ADMITTED, /* an update that comes with history and not as a message */
    TP_EVENT_CANCEL,   /* somebody asks the run to cancel */
    TP_EVENT_OUTCOME,  /* what came of an earlier command event */
    TP_EVENT_CLOSED,   /* the server ended the run: terminated, timed out */
    TP_EVENT_IGNORED   /* nothing that code can see */
} tp_event_class;

tp_event_class tp_event_classify(const tp_event *event);
/** Of an OUTCOME: the id of the command event that it belongs to; 0 when it does not say. */
int64_t tp_event_origin(const tp_event *event);
/** "ActivityTaskScheduled (activity say_hello, id 1)" */
char *tp_event_describe(tp_arena *arena, const tp_event *event);
char *tp_event_name(tp_arena *arena, const tp_event *event); /* "ActivityTaskScheduled" */

#endif
