/* SPDX-License-Identifier: MIT */
/* model.h -- a model of the server's half of one run: its history, what is under way, and what may
 * happen next.
 *
 * It keeps the server's rules. What happens while a workflow task is being worked on is buffered,
 * and written behind the task's own events; of what is buffered, the ends of activities and
 * children come last. An answer that would end the run while something is buffered is refused. A
 * task that fails or times out is repeated; of the repetitions only the one that is answered well
 * is written down. A command must speak of what is there. Whatever is under way may end in every
 * way that is legal, whenever, and by whatever timeout is set: the schedule is made from the seed,
 * and the clock does not bind it. Whether something is tried again, and how its end says so,
 * follows from its retry policy (policy.h). */
#ifndef TESTS_SIMULATION_MODEL_H
#define TESTS_SIMULATION_MODEL_H

#include "random.h"
#include "workflow/engine.h"

#define MODEL_RUN_ID_SIZE 37

typedef Tp__History__HistoryEvent model_event;

typedef enum thing_kind {
    THING_ACTIVITY,
    THING_TIMER,
    THING_CHILD,
    THING_SIGNAL, /* to another workflow */
    THING_CANCEL, /* ... a request to cancel */
    THING_STRAY   /* a child that the run had started when it was reset to an earlier event */
} thing_kind;

typedef struct model_thing {
    thing_kind kind;
    const char *id;   /* of the activity, the timer; the workflow's */
    int64_t event_id; /* of the event that began it */
    int64_t started_event, cancel_event, closed_event;
    int32_t attempt; /* of an activity, a child: from 1 */
    /* Of a child. */
    int32_t number; /* among those that were started */
    bool completed;
    /* Of an activity. */
    Tp__Failure__Failure *last_failure; /* of the attempt before */
    bool beaten;                        /* it sent a heartbeat */
    /* Of all. */
    bool started, closed; /* closed: its end is written or buffered */
    bool in_history;      /* ... is written */
} model_thing;

/* An update that somebody sent: with a task as a message, or, as after a reset, as an event. */
typedef enum update_state {
    UPDATE_WAITING, /* for a task */
    UPDATE_SENT,    /* with the current task */
    UPDATE_ACCEPTED,
    UPDATE_CLOSED
} update_state;

typedef struct model_update {
    Tp__Update__Request *request;
    update_state state;
    int64_t accepted_event;
    int64_t rejected_by; /* the task that did: its started event */
    bool admitted;       /* it came as an event */
} model_update;

typedef struct model_entry {
    model_event *event;
    int thing; /* -1: none */
} model_entry;

typedef struct model {
    char run_id[MODEL_RUN_ID_SIZE];
    unsigned resets;
    tp_arena arena;
    sim_random random;
    model_event **events;
    size_t count, capacity;
    int64_t now; /* nanoseconds */
    model_thing *things;
    int thing_count, thing_capacity;
    model_entry *buffered;
    size_t buffered_count, buffered_capacity;
    bool task_due, task_started; /* due: scheduled, and not started yet */
    bool written;                /* the due task's scheduled event is in history */
    bool speculative;            /* ... was made for updates alone, and may be forgotten */
    unsigned attempt;            /* of the current task, from 1 */
    int64_t scheduled_event, started_event, completed_event;
    int64_t last_completed_started; /* what the worker that answered last has seen */
    unsigned signals;               /* that came */
    int32_t children;               /* that were started */
    model_update *updates;
    size_t update_count, update_capacity;
    Tp__Protocol__Message **messages; /* of the current task; each task's stay */
    size_t message_count;
    const Tp__Ws__RespondWorkflowTaskCompletedRequest *answer; /* that is being taken */
    bool cancel_requested, closed;
    char problem[512]; /* an answer that no server would take; "": none */
} model;

void model_init(model *server, uint64_t seed);
void model_done(model *server);

/** Something happens outside; always possible while the run is open: when nothing is under way, a
 * signal comes. */
void model_happen(model *server);
bool model_start_task(model *server);
/** The worker never answers: it is gone, or too slow. */
void model_time_out_task(model *server);
void model_fail_task(model *server);
/** Somebody terminates the run, or its time is up: whatever is under way. */
void model_close(model *server);
/** Somebody resets the run: it ends, if it has not yet, whatever is under way ... */
void model_close_for_reset(model *server);
/** ... and is begun anew, under another id, from its first so many events, of which the last
 * started a task that was answered. */
void model_reset(model *server, size_t kept);
/** The id of the run after so many resets. */
void model_run_id(char run_id[MODEL_RUN_ID_SIZE], unsigned resets);

typedef enum model_verdict {
    MODEL_TAKEN,
    MODEL_FORGOTTEN, /* a speculative task that changed nothing: it was never there */
    MODEL_REFUSED,   /* the task is repeated: something new has come */
    MODEL_ILLEGAL    /* see problem */
} model_verdict;
model_verdict model_answer(model *server, const Tp__Ws__RespondWorkflowTaskCompletedRequest *answer,
                           bool ends_run);

/** The current task, with the events from there on to the last of the first count; in that arena.
 */
Tp__Ws__PollWorkflowTaskQueueResponse *model_poll(const model *server, tp_arena *arena,
                                                  int64_t first_event, size_t count);
/** Asks that task for the program's state: the whole task is a question, or it comes along. */
void model_ask(tp_arena *arena, Tp__Ws__PollWorkflowTaskQueueResponse *task, bool alone);

/* --- for the files of the model ------------------------------------------------------------ */

/** A new event with attributes of that kind, not in history yet. */
#define MODEL_EVENT(server, UPPER, lower, attributes)                                           \
    model_event *event = model_new_event(server, TP__ENUMS__EVENT_TYPE__EVENT_TYPE_##UPPER);    \
    attributes = tp_arena_alloc(&(server)->arena, sizeof(*attributes));                         \
    tp__history__##lower##_event_attributes__init(attributes);                                  \
    event->attributes_case = TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_##UPPER##_EVENT_ATTRIBUTES; \
    event->lower##_event_attributes = attributes

model_event *model_new_event(model *server, Tp__Enums__EventType type);
/** Into history now, whatever else is going on. Returns its id. */
int64_t model_write(model *server, model_event *event, int number);
void model_write_failed(model *server, Tp__Enums__WorkflowTaskFailedCause cause);
/** Into history, or into the buffer while a task is started; then a task is due. */
void model_post(model *server, model_event *event, int number);
int model_add_thing(model *server, thing_kind kind, const char *id, int64_t event_id);
Tp__Common__Payloads *model_text(tp_arena *arena, const char *text);
/** The events of one command; false: no server would take it. */
bool model_command(model *server, const Tp__Command__Command *command);
bool model_refuse(model *server, const char *format, ...) TEMPORAL_PRINTF(2, 3);
/** A task is due, unless one is already. */
void model_schedule(model *server);

/* Updates. */
void model_send_update(model *server);
bool model_has_new_updates(const model *server); /* which no task has brought yet */
void model_make_messages(model *server);
/** Those that the task brought, and that it did not change. */
void model_take_updates_back(model *server);
bool model_take_message(model *server, const char *id);
/** Each update that the task brought has an answer; those that were rejected are gone. */
bool model_settle_updates(model *server);
/** After a reset: as they were then; and those that have come since. */
void model_reset_updates(model *server);
void model_admit_again(model *server, const char *id);
bool model_only_rejects(const Tp__Ws__RespondWorkflowTaskCompletedRequest *answer);

/* What is written down. */
bool model_take_marker(model *server, const Tp__Command__RecordMarkerCommandAttributes *command);
bool model_take_attributes(
    model *server, const Tp__Command__UpsertWorkflowSearchAttributesCommandAttributes *command);
bool model_take_memo(model *server,
                     const Tp__Command__ModifyWorkflowPropertiesCommandAttributes *command);

/** A copy, with the server's defaults; false: no server would take it. */
bool model_fill_retry(model *server, const Tp__Common__RetryPolicy *given,
                      Tp__Common__RetryPolicy **filled);
bool model_fill_timeouts(model *server,
                         const Tp__Command__ScheduleActivityTaskCommandAttributes *given,
                         Tp__History__ActivityTaskScheduledEventAttributes *filled);

void model_fill_run_timeouts(
    model *server, const Tp__Command__StartChildWorkflowExecutionCommandAttributes *given,
    Tp__History__StartChildWorkflowExecutionInitiatedEventAttributes *filled);

bool model_take_child(model *server,
                      const Tp__Command__StartChildWorkflowExecutionCommandAttributes *command);

/** One step of that thing. */
void model_advance(model *server, int number);
void model_advance_activity(model *server, int number);
void model_advance_child(model *server, int number);
Tp__Failure__Failure *model_failure(model *server, const char *message);
Tp__Failure__Failure *model_timeout(model *server, Tp__Enums__TimeoutType type);

#endif
