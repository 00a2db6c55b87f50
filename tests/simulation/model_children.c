/* SPDX-License-Identifier: MIT */
/* model_children.c -- children: started or refused by what has their id, tried again and ended by
 * their policies and timeouts. See model.h.
 *
 * The policy for the parent's close is written down, and that is all: what it does to the children
 * comes after the last event of the run. */
#include <string.h>

#include "base/message.h"
#include "model.h"
#include "policy.h"

#define REUSE(name)            TP__ENUMS__WORKFLOW_ID_REUSE_POLICY__WORKFLOW_ID_REUSE_POLICY_##name
#define PARENT_CLOSE_TERMINATE TP__ENUMS__PARENT_CLOSE_POLICY__PARENT_CLOSE_POLICY_TERMINATE

typedef Tp__History__StartChildWorkflowExecutionInitiatedEventAttributes initiated_options;

static const initiated_options *options_of(const model *server, const model_thing *self)
{
    return server->events[self->event_id - 1]
        ->start_child_workflow_execution_initiated_event_attributes;
}

bool model_take_child(model *server,
                      const Tp__Command__StartChildWorkflowExecutionCommandAttributes *command)
{
    initiated_options *attributes;

    MODEL_EVENT(server, START_CHILD_WORKFLOW_EXECUTION_INITIATED,
                start_child_workflow_execution_initiated, attributes);
    attributes->namespace_ = tp_arena_strdup(&server->arena, "default");
    attributes->workflow_id = tp_arena_strdup(&server->arena, command->workflow_id);
    attributes->workflow_type = tp_message_copy(&server->arena, &command->workflow_type->base);
    attributes->workflow_task_completed_event_id = server->completed_event;
    attributes->parent_close_policy =
        command->parent_close_policy != 0 ? command->parent_close_policy : PARENT_CLOSE_TERMINATE;
    attributes->workflow_id_reuse_policy = command->workflow_id_reuse_policy != 0
                                               ? command->workflow_id_reuse_policy
                                               : REUSE(ALLOW_DUPLICATE);
    model_fill_run_timeouts(server, command, attributes);
    if (command->retry_policy &&
        !model_fill_retry(server, command->retry_policy, &attributes->retry_policy))
        return false;
    (void)model_add_thing(server, THING_CHILD, command->workflow_id,
                          model_write(server, event, -1));
    return true;
}

/* --- the start ----------------------------------------------------------------------------- */

/* The child that took that id last, of this run or of the one that it was reset from; NULL: none
 * did. */
static const model_thing *last_of(const model *server, const char *id)
{
    const model_thing *last = NULL;

    for (int i = 0; i < server->thing_count; i++) {
        const model_thing *other = &server->things[i];

        if ((other->kind == THING_CHILD || other->kind == THING_STRAY) && other->started &&
            strcmp(other->id, id) == 0 && (!last || other->number > last->number))
            last = other;
    }
    return last;
}

/* Nothing in the run's history tells of a workflow that is no child of it. */
static bool is_refused(model *server, const model_thing *self)
{
    const model_thing *last = last_of(server, self->id);
    const Tp__Enums__WorkflowIdReusePolicy policy =
        options_of(server, self)->workflow_id_reuse_policy;

    if (!last)
        return sim_one_in(&server->random, 8);
    if (!last->closed)
        return true;
    return policy == REUSE(REJECT_DUPLICATE) ||
           (policy == REUSE(ALLOW_DUPLICATE_FAILED_ONLY) && last->completed);
}

static Tp__Common__WorkflowExecution *execution(model *server, const model_thing *self)
{
    Tp__Common__WorkflowExecution *made = tp_arena_alloc(&server->arena, sizeof(*made));

    tp__common__workflow_execution__init(made);
    made->workflow_id = tp_arena_strdup(&server->arena, self->id);
    made->run_id = tp_arena_format(&server->arena, "run-%d-%d-of-%s", (int)self->number,
                                   (int)self->attempt, self->id);
    return made;
}

static void refuse(model *server, int number)
{
    model_thing *self = &server->things[number];
    Tp__History__StartChildWorkflowExecutionFailedEventAttributes *attributes;

    self->closed = true;
    MODEL_EVENT(server, START_CHILD_WORKFLOW_EXECUTION_FAILED,
                start_child_workflow_execution_failed, attributes);
    attributes->initiated_event_id = self->event_id;
    attributes->workflow_id = tp_arena_strdup(&server->arena, self->id);
    attributes->cause =
        TP__ENUMS__START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE__START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS;
    model_post(server, event, number);
}

static void start(model *server, int number)
{
    model_thing *self = &server->things[number];
    Tp__History__ChildWorkflowExecutionStartedEventAttributes *attributes;

    self->started = true;
    self->number = ++server->children;
    MODEL_EVENT(server, CHILD_WORKFLOW_EXECUTION_STARTED, child_workflow_execution_started,
                attributes);
    attributes->initiated_event_id = self->event_id;
    attributes->workflow_execution = execution(server, self);
    model_post(server, event, number);
}

/* --- the end ------------------------------------------------------------------------------- */

/* Another run of it, of which the parent hears nothing, and which nobody has asked to cancel.
 * IN_PROGRESS: so it is; otherwise why not. */
static Tp__Enums__RetryState try_again(model *server, model_thing *self,
                                       const Tp__Failure__Failure *failure)
{
    const initiated_options *options = options_of(server, self);
    const Tp__Enums__RetryState state =
        policy_of_workflow(options->retry_policy, self->attempt, failure);

    if (state != RETRY_STATE(IN_PROGRESS))
        return state;
    if (policy_nanoseconds(options->workflow_execution_timeout) > 0 &&
        sim_one_in(&server->random, 4)) /* the next interval would end later than that */
        return RETRY_STATE(TIMEOUT);
    self->attempt++;
    self->cancel_event = 0;
    return state;
}

#define CHILD_END(UPPER, lower, Camel, more)                                                    \
    do {                                                                                        \
        Tp__History__ChildWorkflowExecution##Camel##EventAttributes *attributes;                \
                                                                                                \
        self->closed = true;                                                                    \
        MODEL_EVENT(server, CHILD_WORKFLOW_EXECUTION_##UPPER, child_workflow_execution_##lower, \
                    attributes);                                                                \
        attributes->initiated_event_id = self->event_id;                                        \
        attributes->workflow_execution = execution(server, self);                               \
        more;                                                                                   \
        model_post(server, event, number);                                                      \
    } while (0)

static void fail(model *server, int number)
{
    model_thing *self = &server->things[number];
    Tp__Failure__Failure *failure = model_failure(server, "the child failed");
    const Tp__Enums__RetryState state = try_again(server, self, failure);

    if (state != RETRY_STATE(IN_PROGRESS))
        CHILD_END(FAILED, failed, Failed, attributes->failure = failure;
                  attributes->retry_state = state);
}

/* The time of the run is up, or that of all its attempts. */
static void time_out(model *server, int number)
{
    model_thing *self = &server->things[number];
    const initiated_options *options = options_of(server, self);
    const int64_t all = policy_nanoseconds(options->workflow_execution_timeout);
    const bool whole = all > 0 && (all == policy_nanoseconds(options->workflow_run_timeout) ||
                                   sim_one_in(&server->random, 2));
    const Tp__Enums__RetryState state =
        whole ? RETRY_STATE(TIMEOUT)
              : try_again(server, self, model_timeout(server, TIMEOUT_TYPE(START_TO_CLOSE)));

    if (state != RETRY_STATE(IN_PROGRESS))
        CHILD_END(TIMED_OUT, timed_out, TimedOut, attributes->retry_state = state);
}

static void complete(model *server, int number)
{
    model_thing *self = &server->things[number];
    const char *text = tp_arena_format(&server->arena, "done %s", self->id);

    self->completed = true;
    CHILD_END(COMPLETED, completed, Completed,
              attributes->result = model_text(&server->arena, text));
}

static void end(model *server, int number)
{
    model_thing *self = &server->things[number];
    const bool asked = self->cancel_event != 0 && !sim_one_in(&server->random, 3);
    const unsigned how = sim_below(&server->random, 9);

    if (asked || how == 0) /* somebody else may ask it, too */
        CHILD_END(CANCELED, canceled, Canceled, (void)0);
    else if (how == 1)
        CHILD_END(TERMINATED, terminated, Terminated, (void)0);
    else if (how == 2 || how == 3)
        fail(server, number);
    else if (how < 6 && policy_nanoseconds(options_of(server, self)->workflow_run_timeout) > 0)
        time_out(server, number);
    else
        complete(server, number);
}

/* History does not tell of a stray one. */
void model_advance_child(model *server, int number)
{
    if (server->things[number].kind == THING_STRAY) {
        server->things[number].closed = true;
        server->things[number].completed = sim_one_in(&server->random, 2);
    } else if (server->things[number].started)
        end(server, number);
    else if (is_refused(server, &server->things[number]))
        refuse(server, number);
    else
        start(server, number);
}
