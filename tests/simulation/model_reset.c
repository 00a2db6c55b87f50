/* SPDX-License-Identifier: MIT */
/* model_reset.c -- a run that is begun anew from an earlier task. See model.h. */
#include <string.h>

#include "base/message.h"
#include "model.h"

#define EVENT(name) TP__ENUMS__EVENT_TYPE__EVENT_TYPE_##name

/* --- what was under way then --------------------------------------------------------------- */

static bool is_kept(const model *server, int64_t event)
{
    return event > 0 && event <= (int64_t)server->count;
}

/* A child that was started later is no child of the new run, but it has its id, and goes on. */
static bool is_left(const model *server, model_thing *self)
{
    if (is_kept(server, self->event_id) || self->kind == THING_STRAY)
        return true;
    if (self->kind != THING_CHILD || !self->started)
        return false;
    self->kind = THING_STRAY;
    self->event_id = 0;
    return true;
}

/* An activity that a worker has is nobody's now; history has not told of it yet. */
static void reset_thing(const model *server, model_thing *self)
{
    self->started = is_kept(server, self->started_event);
    if (self->kind == THING_ACTIVITY)
        self->attempt = 1;
    self->last_failure = NULL;
    self->beaten = false;
    self->closed = self->in_history = is_kept(server, self->closed_event);
    self->completed = self->completed && self->closed;
    if (!self->started)
        self->started_event = 0;
    if (!self->closed)
        self->closed_event = 0;
    if (!is_kept(server, self->cancel_event))
        self->cancel_event = 0;
}

static void reset_things(model *server)
{
    int left = 0;

    for (int i = 0; i < server->thing_count; i++)
        if (is_left(server, &server->things[i]))
            server->things[left++] = server->things[i];
    server->thing_count = left;
    for (int i = 0; i < left; i++)
        if (server->things[i].kind != THING_STRAY)
            reset_thing(server, &server->things[i]);
}

static void reset_task(model *server)
{
    const model_event *last = server->events[server->count - 1];

    server->started_event = last->event_id;
    server->scheduled_event = last->workflow_task_started_event_attributes->scheduled_event_id;
    server->last_completed_started = 0;
    server->cancel_requested = false;
    for (size_t i = 0; i < server->count; i++) {
        const model_event *event = server->events[i];

        if (event->event_type == EVENT(WORKFLOW_TASK_COMPLETED))
            server->last_completed_started =
                event->workflow_task_completed_event_attributes->started_event_id;
        if (event->event_type == EVENT(WORKFLOW_EXECUTION_CANCEL_REQUESTED))
            server->cancel_requested = true;
    }
    server->task_due = server->speculative = server->closed = false;
    server->attempt = 1;
}

/* --- what has come since ------------------------------------------------------------------- */

static int find_child(const model *server, int64_t initiated)
{
    for (int i = 0; i < server->thing_count; i++)
        if (server->things[i].kind == THING_CHILD && server->things[i].event_id == initiated)
            return i;
    return -1;
}

static void write_again(model *server, const model_event *event, int number)
{
    (void)model_write(server, tp_message_copy(&server->arena, &event->base), number);
}

static void child_again(model *server, const model_event *event, int64_t initiated)
{
    const int number = find_child(server, initiated);

    if (number < 0)
        return;
    if (event->event_type == EVENT(CHILD_WORKFLOW_EXECUTION_STARTED))
        server->things[number].started = true;
    else
        server->things[number].closed = true;
    if (event->event_type == EVENT(CHILD_WORKFLOW_EXECUTION_COMPLETED))
        server->things[number].completed = true;
    write_again(server, event, number);
}

/* Signals, updates, and what became of children that are still the run's; a request to cancel is
 * not brought again. */
static void apply_again(model *server, const model_event *event)
{
    switch ((int)event->event_type) {
    case EVENT(WORKFLOW_EXECUTION_SIGNALED):
        write_again(server, event, -1);
        break;
    case EVENT(WORKFLOW_EXECUTION_UPDATE_ADMITTED):
        model_admit_again(
            server,
            event->workflow_execution_update_admitted_event_attributes->request->meta->update_id);
        break;
    case EVENT(WORKFLOW_EXECUTION_UPDATE_ACCEPTED):
        if (event->workflow_execution_update_accepted_event_attributes->accepted_request)
            model_admit_again(
                server,
                event->workflow_execution_update_accepted_event_attributes->protocol_instance_id);
        break;
#define CHILD(UPPER, lower)                                                              \
    case EVENT(UPPER):                                                                   \
        child_again(server, event, event->lower##_event_attributes->initiated_event_id); \
        break
        CHILD(START_CHILD_WORKFLOW_EXECUTION_FAILED, start_child_workflow_execution_failed);
        CHILD(CHILD_WORKFLOW_EXECUTION_STARTED, child_workflow_execution_started);
        CHILD(CHILD_WORKFLOW_EXECUTION_COMPLETED, child_workflow_execution_completed);
        CHILD(CHILD_WORKFLOW_EXECUTION_FAILED, child_workflow_execution_failed);
        CHILD(CHILD_WORKFLOW_EXECUTION_TIMED_OUT, child_workflow_execution_timed_out);
        CHILD(CHILD_WORKFLOW_EXECUTION_CANCELED, child_workflow_execution_canceled);
        CHILD(CHILD_WORKFLOW_EXECUTION_TERMINATED, child_workflow_execution_terminated);
#undef CHILD
    default:
        break;
    }
}

/* The task fails, and says under which id the run goes on. */
static void write_reset(model *server, const char *base)
{
    Tp__History__WorkflowTaskFailedEventAttributes *attributes;

    model_write_failed(
        server, TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW);
    attributes = server->events[server->count - 1]->workflow_task_failed_event_attributes;
    attributes->base_run_id = tp_arena_strdup(&server->arena, base);
    attributes->new_run_id = tp_arena_strdup(&server->arena, server->run_id);
}

void model_reset(model *server, size_t kept)
{
    const size_t count = server->count - kept;
    model_event **later =
        tp_arena_memdup(&server->arena, server->events + kept, count * sizeof(*later));
    const char *base = tp_arena_strdup(&server->arena, server->run_id);

    server->count = kept;
    model_run_id(server->run_id, ++server->resets);
    reset_things(server);
    reset_task(server);
    model_reset_updates(server);
    write_reset(server, base);
    for (size_t i = 0; i < count; i++)
        apply_again(server, later[i]);
    model_schedule(server);
}
