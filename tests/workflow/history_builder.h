/* SPDX-License-Identifier: MIT */
/* history_builder.h -- writes histories as the server writes them: events of what happens outside,
 * and those that a worker's commands become. Values are JSON texts. */
#ifndef TESTS_WORKFLOW_HISTORY_BUILDER_H
#define TESTS_WORKFLOW_HISTORY_BUILDER_H

#include "workflow/engine.h"

#define RUN_ID        "7f1c9e52-54a5-4d9c-8f2b-000000000001"
#define BUILDER_START INT64_C(1700000000) /* seconds: the time of the first event */

typedef struct history_builder {
    tp_arena arena;
    Tp__History__HistoryEvent **events;
    size_t count, capacity;
    int64_t now;          /* seconds; each event is one later */
    int64_t task_started; /* event id of the last started workflow task */
    const char *workflow_type;
    Tp__Protocol__Message *messages[8]; /* that the next task brings */
    size_t message_count;
} history_builder;

/** With WorkflowExecutionStarted in it. */
void history_init(history_builder *history, const char *workflow_type, const char *input);
void history_done(history_builder *history);

/** A bare event at the end; its attributes are the caller's. */
Tp__History__HistoryEvent *history_add(history_builder *history, Tp__Enums__EventType type);
void history_task_scheduled(history_builder *history);
void history_task_started(history_builder *history);
void history_task(history_builder *history); /* both */
void history_task_completed(history_builder *history);
void history_task_failed(history_builder *history);
void history_task_timed_out(history_builder *history);
void history_task_reset(history_builder *history, const char *new_run_id);

void history_signal(history_builder *history, const char *name, const char *input);
void history_cancel_requested(history_builder *history);
void history_terminated(history_builder *history);
void history_timer_fired(history_builder *history, const char *id);
void history_activity_completed(history_builder *history, const char *id, const char *result);
void history_activity_failed(history_builder *history, const char *id, const char *type,
                             const char *message);
void history_activity_timed_out(history_builder *history, const char *id);
void history_activity_canceled(history_builder *history, const char *id);

/* Of children: by their workflow id. */
void history_child_started(history_builder *history, const char *id);
void history_child_start_failed(history_builder *history, const char *id, int cause);
void history_child_completed(history_builder *history, const char *id, const char *result);
void history_child_failed(history_builder *history, const char *id, const char *type,
                          const char *message);
void history_child_canceled(history_builder *history, const char *id);
void history_child_timed_out(history_builder *history, const char *id);
void history_child_terminated(history_builder *history, const char *id);

/* Of the newest signal or request to cancel that went to that workflow; cause 0: delivered. */
void history_signal_delivered(history_builder *history, const char *id, int cause);
void history_cancel_delivered(history_builder *history, const char *id, int cause);

/** An update comes as a message with the next task, behind the last event that there is. Its id on
 * the wire is "<id>/request". */
Tp__Protocol__Message *history_update(history_builder *history, const char *id, const char *name,
                                      const char *input);
/** The same as an event, as it comes after a reset. */
void history_update_admitted(history_builder *history, const char *id, const char *name,
                             const char *input);
/** The server forgets the last task, which did nothing: its two events are gone. */
void history_forget_task(history_builder *history);

/** What the server writes when it takes this answer: the task's completed event, and the commands'.
 */
void history_take_answer(history_builder *history, const tp_answer *answer);

/** The task that a worker gets now, with the events from that one on; lives in the history's arena.
 */
Tp__Ws__PollWorkflowTaskQueueResponse *history_poll(history_builder *history, int64_t first_event);
/** A legacy query; query NULL args. */
Tp__Ws__PollWorkflowTaskQueueResponse *history_query(history_builder *history, int64_t first_event,
                                                     const char *query, const char *input);
/** Adds a query to a polled task. */
void history_ask(history_builder *history, Tp__Ws__PollWorkflowTaskQueueResponse *task,
                 const char *key, const char *query, const char *input);
Tp__Common__Payloads *history_payloads(tp_arena *arena, const char *json);
Tp__Failure__Failure *history_failure(history_builder *history, const char *type,
                                      const char *message);

/** A marker; data and result are JSON texts, or NULL; failure may be NULL. */
void history_marker(history_builder *history, const char *name, const char *data,
                    const char *result, Tp__Failure__Failure *failure);

/* For the files that the builder is made of. */

/** A new zeroed and initialized message of that kind, as the attributes of a new event. */
#define HISTORY_ADD(history, UPPER, lower, attributes)                                          \
    Tp__History__HistoryEvent *event =                                                          \
        history_add(history, TP__ENUMS__EVENT_TYPE__EVENT_TYPE_##UPPER);                        \
    attributes = tp_arena_alloc(&(history)->arena, sizeof(*attributes));                        \
    tp__history__##lower##_event_attributes__init(attributes);                                  \
    event->attributes_case = TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_##UPPER##_EVENT_ATTRIBUTES; \
    event->lower##_event_attributes = attributes

/** The event that a command about another workflow becomes; false: it is no such command. */
bool history_take_command_of_others(history_builder *history, const Tp__Command__Command *command);
/** The same of a command that only writes something down: a memo, search attributes. */
bool history_take_record(history_builder *history, const Tp__Command__Command *command);
/** The same of a command that stands for a message. */
bool history_take_update(history_builder *history, const tp_answer *answer,
                         const Tp__Command__Command *command);
/** The message which that command of the answer stands for; NULL: it stands for none. */
const Tp__Protocol__Message *history_message_of(const tp_answer *answer,
                                                const Tp__Command__Command *command);

#endif
