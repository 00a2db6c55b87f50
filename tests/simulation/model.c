/* SPDX-License-Identifier: MIT */
/* model.c -- history, tasks and their answers. See model.h. */
#include "model.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "workflow/event.h"

#define EVENT(name) TP__ENUMS__EVENT_TYPE__EVENT_TYPE_##name
#define SECOND      INT64_C(1000000000)
#define START       (INT64_C(1700000000) * SECOND)

/* --- history ------------------------------------------------------------------------------- */

Tp__Common__Payloads *model_text(tp_arena *arena, const char *text)
{
    Tp__Common__Payloads *payloads = tp_arena_alloc(arena, sizeof(*payloads));
    Tp__Common__Payload *payload = tp_arena_alloc(arena, sizeof(*payload));
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(arena, sizeof(*entry));

    tp__common__payloads__init(payloads);
    tp__common__payload__init(payload);
    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(arena, "encoding");
    entry->value.data = (uint8_t *)tp_arena_strdup(arena, "json/plain");
    entry->value.len = strlen("json/plain");
    payload->metadata = tp_arena_memdup(arena, &entry, sizeof(entry));
    payload->n_metadata = 1;
    payload->data.data = (uint8_t *)tp_arena_format(arena, "\"%s\"", text);
    payload->data.len = strlen(text) + 2;
    payloads->payloads = tp_arena_memdup(arena, &payload, sizeof(payload));
    payloads->n_payloads = 1;
    return payloads;
}

model_event *model_new_event(model *server, Tp__Enums__EventType type)
{
    model_event *event = tp_arena_alloc(&server->arena, sizeof(*event));

    tp__history__history_event__init(event);
    event->event_type = type;
    event->event_time = tp_arena_alloc(&server->arena, sizeof(*event->event_time));
    tp__pb__timestamp__init(event->event_time);
    /* Two servers' clocks may disagree: time goes back now and then. */
    server->now += sim_one_in(&server->random, 20)
                       ? -(int64_t)sim_below(&server->random, 1000000)
                       : (int64_t)sim_below(&server->random, 2000000000);
    event->event_time->seconds = server->now / SECOND;
    event->event_time->nanos = (int32_t)(server->now % SECOND);
    return event;
}

/* An end names the start that was written before it. */
static void name_start(const model_thing *about, model_event *event)
{
    const int64_t id = about->started_event;

    switch ((int)event->event_type) {
#define NAME(UPPER, lower)                                      \
    case EVENT(UPPER):                                          \
        event->lower##_event_attributes->started_event_id = id; \
        break
        NAME(ACTIVITY_TASK_COMPLETED, activity_task_completed);
        NAME(ACTIVITY_TASK_FAILED, activity_task_failed);
        NAME(ACTIVITY_TASK_TIMED_OUT, activity_task_timed_out);
        NAME(ACTIVITY_TASK_CANCELED, activity_task_canceled);
        NAME(CHILD_WORKFLOW_EXECUTION_COMPLETED, child_workflow_execution_completed);
        NAME(CHILD_WORKFLOW_EXECUTION_FAILED, child_workflow_execution_failed);
        NAME(CHILD_WORKFLOW_EXECUTION_TIMED_OUT, child_workflow_execution_timed_out);
        NAME(CHILD_WORKFLOW_EXECUTION_CANCELED, child_workflow_execution_canceled);
        NAME(CHILD_WORKFLOW_EXECUTION_TERMINATED, child_workflow_execution_terminated);
#undef NAME
    default:
        break;
    }
}

int64_t model_write(model *server, model_event *event, int number)
{
    if (server->count == server->capacity) {
        server->capacity = server->capacity > 0 ? 2 * server->capacity : 64;
        server->events = tp_realloc(server->events, server->capacity * sizeof(*server->events));
    }
    event->event_id = (int64_t)server->count + 1;
    server->events[server->count++] = event;
    if (tp_event_classify(event) != TP_EVENT_TASK)
        server->speculative = false;
    if (number >= 0) {
        model_thing *about = &server->things[number];

        if (event->event_type == EVENT(ACTIVITY_TASK_STARTED) ||
            event->event_type == EVENT(CHILD_WORKFLOW_EXECUTION_STARTED))
            about->started_event = event->event_id;
        else
            name_start(about, event);
        about->in_history = about->closed;
        if (about->closed && about->closed_event == 0)
            about->closed_event = event->event_id;
    }
    return event->event_id;
}

/* Events that the server writes behind the others that were buffered with them. */
static bool is_end(const model_event *event)
{
    switch ((int)event->event_type) {
    case EVENT(ACTIVITY_TASK_COMPLETED):
    case EVENT(ACTIVITY_TASK_FAILED):
    case EVENT(ACTIVITY_TASK_TIMED_OUT):
    case EVENT(ACTIVITY_TASK_CANCELED):
    case EVENT(CHILD_WORKFLOW_EXECUTION_COMPLETED):
    case EVENT(CHILD_WORKFLOW_EXECUTION_FAILED):
    case EVENT(CHILD_WORKFLOW_EXECUTION_TIMED_OUT):
    case EVENT(CHILD_WORKFLOW_EXECUTION_CANCELED):
    case EVENT(CHILD_WORKFLOW_EXECUTION_TERMINATED):
        return true;
    default:
        return false;
    }
}

void model_schedule(model *server)
{
    Tp__History__WorkflowTaskScheduledEventAttributes *attributes;

    server->task_due = true;
    server->written = server->attempt == 1;
    if (server->attempt > 1)
        return; /* written when it starts, behind what comes until then */
    MODEL_EVENT(server, WORKFLOW_TASK_SCHEDULED, workflow_task_scheduled, attributes);
    attributes->attempt = 1;
    server->scheduled_event = model_write(server, event, -1);
}

/* What came while the task was worked on. */
static bool write_buffered(model *server)
{
    const bool any = server->buffered_count > 0;

    if (server->closed) /* nobody will see it: what it says of an activity cancelled on the spot */
        server->buffered_count = 0;
    for (int ends = 0; ends < 2; ends++)
        for (size_t i = 0; i < server->buffered_count; i++)
            if (is_end(server->buffered[i].event) == (ends == 1))
                (void)model_write(server, server->buffered[i].event, server->buffered[i].thing);
    server->buffered_count = 0;
    return any;
}

/* The task is over: what came meanwhile, and a task for it. */
static void flush(model *server)
{
    const bool any = write_buffered(server);

    if (server->closed)
        return;
    if (any) {
        model_schedule(server);
    } else if (model_has_new_updates(server)) {
        model_schedule(server);
        server->speculative = server->attempt == 1;
    }
}

void model_post(model *server, model_event *event, int number)
{
    if (server->task_started) {
        server->speculative = false;
        if (server->buffered_count == server->buffered_capacity) {
            server->buffered_capacity = 2 * server->buffered_capacity + 16;
            server->buffered =
                tp_realloc(server->buffered, server->buffered_capacity * sizeof(*server->buffered));
        }
        server->buffered[server->buffered_count++] = (model_entry){ event, number };
        return;
    }
    (void)model_write(server, event, number);
    /* A child's start does not wake a run that waits for nothing, but the server wakes it. */
    if (!server->task_due && event->event_type != EVENT(ACTIVITY_TASK_STARTED))
        model_schedule(server);
}

int model_add_thing(model *server, thing_kind kind, const char *id, int64_t event_id)
{
    if (server->thing_count == server->thing_capacity) {
        server->thing_capacity = server->thing_capacity > 0 ? 2 * server->thing_capacity : 32;
        server->things =
            tp_realloc(server->things, (size_t)server->thing_capacity * sizeof(*server->things));
    }
    server->things[server->thing_count] = (model_thing){
        .kind = kind, .id = tp_arena_strdup(&server->arena, id), .event_id = event_id, .attempt = 1
    };
    return server->thing_count++;
}

void model_run_id(char run_id[MODEL_RUN_ID_SIZE], unsigned resets)
{
    (void)snprintf(run_id, MODEL_RUN_ID_SIZE, "5d1c3f7e-0000-4000-8000-%012u", resets + 1);
}

void model_init(model *server, uint64_t seed)
{
    Tp__History__WorkflowExecutionStartedEventAttributes *attributes;

    memset(server, 0, sizeof(*server));
    tp_arena_init(&server->arena);
    server->random.state = seed ^ UINT64_C(0x5851f42d4c957f2d);
    server->now = START;
    model_run_id(server->run_id, 0);
    server->attempt = 1;
    MODEL_EVENT(server, WORKFLOW_EXECUTION_STARTED, workflow_execution_started, attributes);
    attributes->workflow_type = tp_arena_alloc(&server->arena, sizeof(*attributes->workflow_type));
    tp__common__workflow_type__init(attributes->workflow_type);
    attributes->workflow_type->name = tp_arena_strdup(&server->arena, "program");
    attributes->original_execution_run_id =
        tp_arena_format(&server->arena, "run-of-seed-%llu", (unsigned long long)seed);
    attributes->attempt = 1;
    (void)model_write(server, event, -1);
    model_schedule(server);
}

void model_done(model *server)
{
    tp_free(server->events);
    tp_free(server->things);
    tp_free(server->buffered);
    tp_free(server->updates);
    tp_arena_done(&server->arena);
}

/* --- tasks --------------------------------------------------------------------------------- */

bool model_start_task(model *server)
{
    Tp__History__WorkflowTaskStartedEventAttributes *attributes;

    if (!server->task_due)
        return false;
    if (!server->written) {
        Tp__History__WorkflowTaskScheduledEventAttributes *scheduled;

        MODEL_EVENT(server, WORKFLOW_TASK_SCHEDULED, workflow_task_scheduled, scheduled);
        scheduled->attempt = (int32_t)server->attempt;
        server->scheduled_event = model_write(server, event, -1);
    }
    MODEL_EVENT(server, WORKFLOW_TASK_STARTED, workflow_task_started, attributes);
    attributes->scheduled_event_id = server->scheduled_event;
    server->started_event = model_write(server, event, -1);
    server->task_due = false;
    server->task_started = true;
    model_make_messages(server);
    return true;
}

/* Behind what was written of the task's end: the next attempt. */
static void repeat(model *server, bool counts)
{
    server->task_started = false;
    server->speculative = false;
    model_take_updates_back(server);
    server->attempt = counts ? server->attempt + 1 : 1;
    if (server->buffered_count > 0)
        server->attempt = 1;
    flush(server);
    if (!server->task_due)
        model_schedule(server);
    server->speculative = false;
}

/* Of a second attempt and later ones nothing stays in history; its two events are the last. */
static bool erase_attempt(model *server)
{
    if (server->attempt == 1)
        return false;
    server->count -= 2;
    return true;
}

void model_time_out_task(model *server)
{
    if (!erase_attempt(server)) {
        Tp__History__WorkflowTaskTimedOutEventAttributes *attributes;

        MODEL_EVENT(server, WORKFLOW_TASK_TIMED_OUT, workflow_task_timed_out, attributes);
        attributes->scheduled_event_id = server->scheduled_event;
        attributes->started_event_id = server->started_event;
        (void)model_write(server, event, -1);
    }
    repeat(server, true);
}

void model_write_failed(model *server, Tp__Enums__WorkflowTaskFailedCause cause)
{
    Tp__History__WorkflowTaskFailedEventAttributes *attributes;

    MODEL_EVENT(server, WORKFLOW_TASK_FAILED, workflow_task_failed, attributes);
    attributes->scheduled_event_id = server->scheduled_event;
    attributes->started_event_id = server->started_event;
    attributes->cause = cause;
    (void)model_write(server, event, -1);
}

void model_fail_task(model *server)
{
    if (!erase_attempt(server))
        model_write_failed(
            server,
            TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE);
    repeat(server, true);
}

/* A task that is under way fails, and no other one comes. */
static void end_by_force(model *server)
{
    if (server->task_started) {
        if (!erase_attempt(server))
            model_write_failed(
                server,
                TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND);
        server->task_started = server->speculative = false;
        (void)write_buffered(server);
    }
    server->task_due = false;
    server->closed = true;
}

static void terminate(model *server, const char *identity)
{
    Tp__History__WorkflowExecutionTerminatedEventAttributes *attributes;

    end_by_force(server);
    MODEL_EVENT(server, WORKFLOW_EXECUTION_TERMINATED, workflow_execution_terminated, attributes);
    attributes->reason = tp_arena_strdup(&server->arena, "simulated");
    attributes->identity = tp_arena_strdup(&server->arena, identity);
    (void)model_write(server, event, -1);
}

void model_close(model *server)
{
    if (sim_one_in(&server->random, 2)) {
        terminate(server, "somebody");
    } else {
        Tp__History__WorkflowExecutionTimedOutEventAttributes *attributes;

        end_by_force(server);
        MODEL_EVENT(server, WORKFLOW_EXECUTION_TIMED_OUT, workflow_execution_timed_out, attributes);
        attributes->retry_state = TP__ENUMS__RETRY_STATE__RETRY_STATE_RETRY_POLICY_NOT_SET;
        (void)model_write(server, event, -1);
    }
}

void model_close_for_reset(model *server)
{
    if (!server->closed)
        terminate(server, "history-resetter");
}

static void write_completed(model *server)
{
    Tp__History__WorkflowTaskCompletedEventAttributes *attributes;

    MODEL_EVENT(server, WORKFLOW_TASK_COMPLETED, workflow_task_completed, attributes);
    attributes->scheduled_event_id = server->scheduled_event;
    attributes->started_event_id = server->started_event;
    server->completed_event = model_write(server, event, -1);
}

/* What it may forget: a task that was made for updates, all of which were rejected. */
static bool forget(model *server)
{
    if (!server->speculative || server->answer->n_commands > 0 ||
        server->answer->force_create_new_workflow_task || !model_only_rejects(server->answer) ||
        sim_one_in(&server->random, 4)) /* it had too many events */
        return false;
    server->count -= 2;
    return true;
}

static model_verdict take_answer(model *server, bool ends_run)
{
    const Tp__Ws__RespondWorkflowTaskCompletedRequest *answer = server->answer;
    const bool forgotten = forget(server);

    if (!forgotten)
        write_completed(server);
    for (size_t i = 0; i < answer->n_commands; i++)
        if (!model_command(server, answer->commands[i]))
            return MODEL_ILLEGAL;
    if (!model_settle_updates(server))
        return MODEL_ILLEGAL;
    if (ends_run != server->closed) {
        (void)model_refuse(server, "the answer says that it %s the run, its commands do not",
                           ends_run ? "ends" : "does not end");
        return MODEL_ILLEGAL;
    }
    if (!forgotten)
        server->last_completed_started = server->started_event;
    server->task_started = server->speculative = false;
    server->attempt = 1;
    flush(server);
    if (answer->force_create_new_workflow_task && !server->closed) {
        if (!server->task_due)
            model_schedule(server);
        server->speculative = false;
    }
    return forgotten ? MODEL_FORGOTTEN : MODEL_TAKEN;
}

model_verdict model_answer(model *server, const Tp__Ws__RespondWorkflowTaskCompletedRequest *answer,
                           bool ends_run)
{
    if (ends_run && (server->buffered_count > 0 || model_has_new_updates(server))) {
        if (!erase_attempt(server))
            model_write_failed(
                server,
                TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND);
        repeat(server, false);
        return MODEL_REFUSED;
    }
    server->answer = answer;
    return take_answer(server, ends_run);
}
