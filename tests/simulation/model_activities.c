/* SPDX-License-Identifier: MIT */
/* model_activities.c -- activities that workers take, try again, and end. See model.h. */
#include "model.h"

#define RETRY_STATE(name)  TP__ENUMS__RETRY_STATE__RETRY_STATE_##name
#define TIMEOUT_TYPE(name) TP__ENUMS__TIMEOUT_TYPE__TIMEOUT_TYPE_##name
#define ATTEMPTS           4 /* at most */

Tp__Failure__Failure *model_failure(model *server, const char *message)
{
    Tp__Failure__Failure *made = tp_arena_alloc(&server->arena, sizeof(*made));
    Tp__Failure__ApplicationFailureInfo *info = tp_arena_alloc(&server->arena, sizeof(*info));

    tp__failure__failure__init(made);
    tp__failure__application_failure_info__init(info);
    made->message = tp_arena_strdup(&server->arena, message);
    info->type = tp_arena_strdup(&server->arena, "Simulated");
    info->non_retryable = sim_one_in(&server->random, 4);
    made->failure_info_case = TP__FAILURE__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    made->application_failure_info = info;
    return made;
}

/* With the last heartbeat, and with what the attempts before ended with. */
static Tp__Failure__Failure *timeout(model *server, Tp__Enums__TimeoutType type, bool beaten)
{
    Tp__Failure__Failure *made = tp_arena_alloc(&server->arena, sizeof(*made));
    Tp__Failure__TimeoutFailureInfo *info = tp_arena_alloc(&server->arena, sizeof(*info));

    tp__failure__failure__init(made);
    tp__failure__timeout_failure_info__init(info);
    made->message = tp_arena_strdup(&server->arena, "the activity timed out");
    info->timeout_type = type;
    if (beaten)
        info->last_heartbeat_details = model_text(&server->arena, "half way");
    made->failure_info_case = TP__FAILURE__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO;
    made->timeout_failure_info = info;
    if (sim_one_in(&server->random, 2))
        made->cause = model_failure(server, "the attempt before failed");
    return made;
}

/* How its policy, which the model does not read, came to an end. */
static Tp__Enums__RetryState retry_state(model *server, const model_thing *self,
                                         const Tp__Failure__Failure *failure)
{
    static const Tp__Enums__RetryState states[] = {
        RETRY_STATE(MAXIMUM_ATTEMPTS_REACHED),
        RETRY_STATE(TIMEOUT),
        RETRY_STATE(RETRY_POLICY_NOT_SET),
        RETRY_STATE(NON_RETRYABLE_FAILURE),
    };

    if (failure->application_failure_info && failure->application_failure_info->non_retryable)
        return RETRY_STATE(NON_RETRYABLE_FAILURE);
    if (self->cancel_event != 0 && sim_one_in(&server->random, 2))
        return RETRY_STATE(CANCEL_REQUESTED);
    return states[sim_below(&server->random, sizeof(states) / sizeof(states[0]))];
}

/* The server writes down that it started only when it ends, and only the last time. */
static void post_started(model *server, int number)
{
    Tp__History__ActivityTaskStartedEventAttributes *attributes;

    MODEL_EVENT(server, ACTIVITY_TASK_STARTED, activity_task_started, attributes);
    attributes->scheduled_event_id = server->things[number].event_id;
    attributes->attempt = (int32_t)server->things[number].attempt;
    if (attributes->attempt > 1)
        attributes->last_failure = model_failure(server, "the attempt before failed");
    model_post(server, event, number);
}

static void post_failed(model *server, int number)
{
    Tp__History__ActivityTaskFailedEventAttributes *attributes;

    MODEL_EVENT(server, ACTIVITY_TASK_FAILED, activity_task_failed, attributes);
    attributes->scheduled_event_id = server->things[number].event_id;
    attributes->failure = model_failure(server, "the activity failed");
    attributes->retry_state = retry_state(server, &server->things[number], attributes->failure);
    model_post(server, event, number);
}

static void post_timed_out(model *server, int number, bool started)
{
    static const Tp__Enums__TimeoutType waiting[] = { TIMEOUT_TYPE(SCHEDULE_TO_START),
                                                      TIMEOUT_TYPE(SCHEDULE_TO_CLOSE) },
                                        running[] = { TIMEOUT_TYPE(START_TO_CLOSE),
                                                      TIMEOUT_TYPE(HEARTBEAT),
                                                      TIMEOUT_TYPE(SCHEDULE_TO_CLOSE) };
    const Tp__Enums__TimeoutType type =
        started ? running[sim_below(&server->random, 3)] : waiting[sim_below(&server->random, 2)];
    Tp__History__ActivityTaskTimedOutEventAttributes *attributes;

    MODEL_EVENT(server, ACTIVITY_TASK_TIMED_OUT, activity_task_timed_out, attributes);
    attributes->scheduled_event_id = server->things[number].event_id;
    attributes->failure = timeout(server, type, started && sim_one_in(&server->random, 2));
    attributes->retry_state = retry_state(server, &server->things[number], attributes->failure);
    model_post(server, event, number);
}

static void post_cancelled(model *server, int number)
{
    Tp__History__ActivityTaskCanceledEventAttributes *attributes;

    MODEL_EVENT(server, ACTIVITY_TASK_CANCELED, activity_task_canceled, attributes);
    attributes->scheduled_event_id = server->things[number].event_id;
    attributes->latest_cancel_requested_event_id = server->things[number].cancel_event;
    model_post(server, event, number);
}

static void post_completed(model *server, int number)
{
    const model_thing *self = &server->things[number];
    Tp__History__ActivityTaskCompletedEventAttributes *attributes;

    MODEL_EVENT(server, ACTIVITY_TASK_COMPLETED, activity_task_completed, attributes);
    attributes->scheduled_event_id = self->event_id;
    attributes->result =
        model_text(&server->arena, tp_arena_format(&server->arena, "done %s", self->id));
    model_post(server, event, number);
}

/* An attempt that fails and is followed by another leaves nothing in history: the activity waits
 * for a worker again, and one that is cancelled meanwhile is cancelled on the spot. */
static bool try_again(model *server, model_thing *self)
{
    if (self->attempt >= ATTEMPTS || self->cancel_event != 0 || !sim_one_in(&server->random, 4))
        return false;
    self->started = false;
    return true;
}

static void end(model *server, int number)
{
    server->things[number].closed = true;
    post_started(server, number);
    if (server->things[number].cancel_event != 0 && !sim_one_in(&server->random, 3))
        post_cancelled(server, number);
    else if (!sim_one_in(&server->random, 4))
        post_completed(server, number);
    else if (sim_one_in(&server->random, 2))
        post_failed(server, number);
    else
        post_timed_out(server, number, true);
}

void model_advance_activity(model *server, int number)
{
    model_thing *self = &server->things[number];

    if (!self->started && sim_one_in(&server->random, 8)) { /* nobody took it in time */
        self->closed = true;
        post_timed_out(server, number, false);
    } else if (!self->started) {
        self->started = true; /* a worker has it; history does not tell yet */
        self->attempt++;
    } else if (!try_again(server, self)) {
        end(server, number);
    }
}
