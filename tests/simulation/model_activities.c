/* SPDX-License-Identifier: MIT */
/* model_activities.c -- activities that workers take, try again, and end, by their policies and
 * timeouts. See model.h. */
#include "model.h"
#include "policy.h"

static const Tp__History__ActivityTaskScheduledEventAttributes *options_of(const model *server,
                                                                           const model_thing *self)
{
    return server->events[self->event_id - 1]->activity_task_scheduled_event_attributes;
}

Tp__Failure__Failure *model_failure(model *server, const char *message)
{
    Tp__Failure__Failure *made = tp_arena_alloc(&server->arena, sizeof(*made));
    Tp__Failure__ApplicationFailureInfo *info = tp_arena_alloc(&server->arena, sizeof(*info));

    tp__failure__failure__init(made);
    tp__failure__application_failure_info__init(info);
    made->message = tp_arena_strdup(&server->arena, message);
    info->type =
        tp_arena_strdup(&server->arena, sim_one_in(&server->random, 4) ? "Grave" : "Simulated");
    info->non_retryable = sim_one_in(&server->random, 6);
    made->failure_info_case = TP__FAILURE__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    made->application_failure_info = info;
    return made;
}

Tp__Failure__Failure *model_timeout(model *server, Tp__Enums__TimeoutType type)
{
    Tp__Failure__Failure *made = tp_arena_alloc(&server->arena, sizeof(*made));
    Tp__Failure__TimeoutFailureInfo *info = tp_arena_alloc(&server->arena, sizeof(*info));

    tp__failure__failure__init(made);
    tp__failure__timeout_failure_info__init(info);
    made->message = tp_arena_strdup(&server->arena, "the time was up");
    made->source = tp_arena_strdup(&server->arena, "Server");
    info->timeout_type = type;
    made->failure_info_case = TP__FAILURE__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO;
    made->timeout_failure_info = info;
    return made;
}

/* One of those that are set, and run while it waits or while a worker has it; UNSPECIFIED: none. */
static Tp__Enums__TimeoutType choose_timeout(model *server, const model_thing *self)
{
    const Tp__History__ActivityTaskScheduledEventAttributes *options = options_of(server, self);
    Tp__Enums__TimeoutType types[3];
    unsigned count = 0;

    if (policy_nanoseconds(options->schedule_to_close_timeout) > 0)
        types[count++] = TIMEOUT_TYPE(SCHEDULE_TO_CLOSE);
    if (self->started) {
        types[count++] = TIMEOUT_TYPE(START_TO_CLOSE);
        if (policy_nanoseconds(options->heartbeat_timeout) > 0)
            types[count++] = TIMEOUT_TYPE(HEARTBEAT);
    } else if (policy_nanoseconds(options->schedule_to_start_timeout) > 0) {
        types[count++] = TIMEOUT_TYPE(SCHEDULE_TO_START);
    }
    return count > 0 ? types[sim_below(&server->random, count)] : TIMEOUT_TYPE(UNSPECIFIED);
}

/* The server writes down that it started only when it ends, and only the last time. */
static void post_started(model *server, int number)
{
    const model_thing *self = &server->things[number];
    Tp__History__ActivityTaskStartedEventAttributes *attributes;

    MODEL_EVENT(server, ACTIVITY_TASK_STARTED, activity_task_started, attributes);
    attributes->scheduled_event_id = self->event_id;
    attributes->attempt = self->attempt;
    attributes->last_failure = self->last_failure;
    model_post(server, event, number);
}

/* An attempt that fails and is followed by another leaves nothing in history: the activity waits
 * for a worker again, and one that is cancelled meanwhile is cancelled on the spot. IN_PROGRESS: so
 * it is; otherwise why not. */
static Tp__Enums__RetryState try_again(model *server, model_thing *self,
                                       Tp__Failure__Failure *failure)
{
    const Tp__History__ActivityTaskScheduledEventAttributes *options = options_of(server, self);
    const Tp__Enums__RetryState state =
        policy_of_activity(options->retry_policy, self->attempt, self->cancel_event != 0, failure);

    if (state != RETRY_STATE(IN_PROGRESS))
        return state;
    if (policy_nanoseconds(options->schedule_to_close_timeout) > 0 &&
        sim_one_in(&server->random, 4)) /* the next interval would end later than that */
        return RETRY_STATE(TIMEOUT);
    self->attempt++;
    self->last_failure = failure;
    self->started = false;
    return state;
}

static void fail(model *server, int number)
{
    Tp__Failure__Failure *failure = model_failure(server, "the activity failed");
    const Tp__Enums__RetryState state = try_again(server, &server->things[number], failure);
    Tp__History__ActivityTaskFailedEventAttributes *attributes;

    if (state == RETRY_STATE(IN_PROGRESS))
        return;
    server->things[number].closed = true;
    post_started(server, number);
    MODEL_EVENT(server, ACTIVITY_TASK_FAILED, activity_task_failed, attributes);
    attributes->scheduled_event_id = server->things[number].event_id;
    attributes->failure = failure;
    attributes->retry_state = state;
    model_post(server, event, number);
}

/* With the last heartbeat, and with what the attempt before ended with. That there was no time left
 * for another attempt is written as the timeout of the whole. */
static void time_out(model *server, int number, Tp__Enums__TimeoutType type)
{
    model_thing *self = &server->things[number];
    Tp__Failure__Failure *failure = model_timeout(server, type);
    const Tp__Enums__RetryState state = try_again(server, self, failure);
    Tp__History__ActivityTaskTimedOutEventAttributes *attributes;

    if (state == RETRY_STATE(IN_PROGRESS))
        return;
    if (state == RETRY_STATE(TIMEOUT) && type != TIMEOUT_TYPE(SCHEDULE_TO_START))
        failure = model_timeout(server, TIMEOUT_TYPE(SCHEDULE_TO_CLOSE));
    failure->cause = self->last_failure;
    if (self->beaten)
        failure->timeout_failure_info->last_heartbeat_details =
            model_text(&server->arena, "half way");
    self->closed = true;
    if (self->started)
        post_started(server, number);
    MODEL_EVENT(server, ACTIVITY_TASK_TIMED_OUT, activity_task_timed_out, attributes);
    attributes->scheduled_event_id = self->event_id;
    attributes->failure = failure;
    attributes->retry_state = state;
    model_post(server, event, number);
}

static void cancel(model *server, int number)
{
    Tp__History__ActivityTaskCanceledEventAttributes *attributes;

    server->things[number].closed = true;
    post_started(server, number);
    MODEL_EVENT(server, ACTIVITY_TASK_CANCELED, activity_task_canceled, attributes);
    attributes->scheduled_event_id = server->things[number].event_id;
    attributes->latest_cancel_requested_event_id = server->things[number].cancel_event;
    model_post(server, event, number);
}

static void complete(model *server, int number)
{
    const char *text = tp_arena_format(&server->arena, "done %s", server->things[number].id);
    Tp__History__ActivityTaskCompletedEventAttributes *attributes;

    server->things[number].closed = true;
    post_started(server, number);
    MODEL_EVENT(server, ACTIVITY_TASK_COMPLETED, activity_task_completed, attributes);
    attributes->scheduled_event_id = server->things[number].event_id;
    attributes->result = model_text(&server->arena, text);
    model_post(server, event, number);
}

static void end_attempt(model *server, int number)
{
    model_thing *self = &server->things[number];

    self->beaten = self->beaten || sim_one_in(&server->random, 3);
    if (self->cancel_event != 0 && !sim_one_in(&server->random, 3))
        cancel(server, number);
    else if (sim_one_in(&server->random, 2))
        complete(server, number);
    else if (sim_one_in(&server->random, 2))
        fail(server, number);
    else
        time_out(server, number, choose_timeout(server, self));
}

void model_advance_activity(model *server, int number)
{
    model_thing *self = &server->things[number];
    const Tp__Enums__TimeoutType type = self->started || !sim_one_in(&server->random, 8)
                                            ? TIMEOUT_TYPE(UNSPECIFIED)
                                            : choose_timeout(server, self);

    if (type != TIMEOUT_TYPE(UNSPECIFIED)) /* nobody took it in time */
        time_out(server, number, type);
    else if (!self->started)
        self->started = true; /* a worker has it; history does not tell yet */
    else
        end_attempt(server, number);
}
