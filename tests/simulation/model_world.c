/* SPDX-License-Identifier: MIT */
/* model_world.c -- what happens outside: timers, other workflows, signals. See model.h. */
#include "model.h"

#include <string.h>

static Tp__Common__WorkflowExecution *execution(model *server, const char *id)
{
    Tp__Common__WorkflowExecution *made = tp_arena_alloc(&server->arena, sizeof(*made));

    tp__common__workflow_execution__init(made);
    made->workflow_id = tp_arena_strdup(&server->arena, id);
    made->run_id = tp_arena_format(&server->arena, "run-of-%s", id);
    return made;
}

/* --- timers -------------------------------------------------------------------------------- */

static void fire(model *server, int number)
{
    model_thing *self = &server->things[number];
    Tp__History__TimerFiredEventAttributes *attributes;

    self->closed = true;
    MODEL_EVENT(server, TIMER_FIRED, timer_fired, attributes);
    attributes->timer_id = tp_arena_strdup(&server->arena, self->id);
    attributes->started_event_id = self->event_id;
    model_post(server, event, number);
}

/* --- what is on its way to other workflows ------------------------------------------------- */

/* The child that has that id; NULL: there is none that runs. */
static model_thing *running_child(model *server, const char *id)
{
    for (int i = 0; i < server->thing_count; i++) {
        model_thing *candidate = &server->things[i];

        if (candidate->kind == THING_CHILD && candidate->started && !candidate->closed &&
            strcmp(candidate->id, id) == 0)
            return candidate;
    }
    return NULL;
}

/* A workflow that is no child of the run: nothing in its history tells whether it is there. */
static bool other_runs(model *server, const char *id)
{
    for (int i = 0; i < server->thing_count; i++)
        if (server->things[i].kind == THING_CHILD && strcmp(server->things[i].id, id) == 0)
            return false;
    return !sim_one_in(&server->random, 3);
}

static void deliver_signal(model *server, int number)
{
    model_thing *self = &server->things[number];

    self->closed = true;
    if (running_child(server, self->id) || other_runs(server, self->id)) {
        Tp__History__ExternalWorkflowExecutionSignaledEventAttributes *attributes;

        MODEL_EVENT(server, EXTERNAL_WORKFLOW_EXECUTION_SIGNALED,
                    external_workflow_execution_signaled, attributes);
        attributes->initiated_event_id = self->event_id;
        attributes->workflow_execution = execution(server, self->id);
        model_post(server, event, number);
    } else {
        Tp__History__SignalExternalWorkflowExecutionFailedEventAttributes *attributes;

        MODEL_EVENT(server, SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
                    signal_external_workflow_execution_failed, attributes);
        attributes->initiated_event_id = self->event_id;
        attributes->workflow_execution = execution(server, self->id);
        attributes->cause =
            TP__ENUMS__SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE__SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND;
        model_post(server, event, number);
    }
}

static void deliver_cancel(model *server, int number)
{
    model_thing *self = &server->things[number];
    model_thing *child = running_child(server, self->id);

    self->closed = true;
    if (child || other_runs(server, self->id)) {
        Tp__History__ExternalWorkflowExecutionCancelRequestedEventAttributes *attributes;

        if (child)
            child->cancel_event = self->event_id;
        MODEL_EVENT(server, EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
                    external_workflow_execution_cancel_requested, attributes);
        attributes->initiated_event_id = self->event_id;
        attributes->workflow_execution = execution(server, self->id);
        model_post(server, event, number);
    } else {
        Tp__History__RequestCancelExternalWorkflowExecutionFailedEventAttributes *attributes;

        MODEL_EVENT(server, REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
                    request_cancel_external_workflow_execution_failed, attributes);
        attributes->initiated_event_id = self->event_id;
        attributes->workflow_execution = execution(server, self->id);
        attributes->cause =
            TP__ENUMS__CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE__CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND;
        model_post(server, event, number);
    }
}

/* --- the next thing ------------------------------------------------------------------------ */

void model_advance(model *server, int number)
{
    switch (server->things[number].kind) {
    case THING_ACTIVITY:
        model_advance_activity(server, number);
        break;
    case THING_TIMER:
        fire(server, number);
        break;
    case THING_CHILD:
    case THING_STRAY:
        model_advance_child(server, number);
        break;
    case THING_SIGNAL:
        deliver_signal(server, number);
        break;
    case THING_CANCEL:
        deliver_cancel(server, number);
        break;
    }
}

static void signal_run(model *server)
{
    Tp__History__WorkflowExecutionSignaledEventAttributes *attributes;

    server->signals++;
    MODEL_EVENT(server, WORKFLOW_EXECUTION_SIGNALED, workflow_execution_signaled, attributes);
    attributes->signal_name = tp_arena_strdup(&server->arena, "go");
    attributes->input =
        model_text(&server->arena, tp_arena_format(&server->arena, "%u", server->signals));
    model_post(server, event, -1);
}

static void cancel_run(model *server)
{
    Tp__History__WorkflowExecutionCancelRequestedEventAttributes *attributes;

    server->cancel_requested = true;
    MODEL_EVENT(server, WORKFLOW_EXECUTION_CANCEL_REQUESTED, workflow_execution_cancel_requested,
                attributes);
    attributes->cause = tp_arena_strdup(&server->arena, "simulated");
    model_post(server, event, -1);
}

void model_happen(model *server)
{
    int open = 0, chosen = -1;

    if (server->closed)
        return;
    if (sim_one_in(&server->random, 400)) {
        model_close(server);
        return;
    }
    for (int i = 0; i < server->thing_count; i++)
        if (!server->things[i].closed && sim_one_in(&server->random, (unsigned)++open))
            chosen = i;
    if (!server->cancel_requested && sim_one_in(&server->random, 60))
        cancel_run(server);
    else if (sim_one_in(&server->random, 7))
        model_send_update(server);
    else if (chosen < 0 || sim_one_in(&server->random, 12))
        signal_run(server);
    else
        model_advance(server, chosen);
}
