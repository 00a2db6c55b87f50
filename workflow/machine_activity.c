/* SPDX-License-Identifier: MIT */
/* workflow/machine_activity.c -- ScheduleActivityTask, RequestCancelActivityTask.
 *
 *     issued --ActivityTaskScheduled--> running --Completed, Failed, TimedOut, Canceled--> closed
 *       | cancel: withdrawn              | cancel, by its cancellation type:
 *                                        |   TRY      asks the server; its future is cancelled now
 *                                        |   WAIT     asks the server; its future ends as it ends
 *                                        |   ABANDON  its future is cancelled now
 *
 * What history tells after the future is done is swallowed; the machine waits for it all the same.
 */
#include "workflow/machine_activity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"
#include "workflow/commands.h"
#include "workflow/run.h"

typedef Tp__Command__ScheduleActivityTaskCommandAttributes schedule_attributes;

typedef struct activity {
    tp_machine machine;
    tp_command schedule, request_cancel;
    temporal_cancellation_type cancellation;
    schedule_attributes *attributes; /* of the task's scratch memory: gone with the task */
    char *id;                        /* behind the type */
    char type[];
} activity;

static void build_schedule(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    const activity *self = tp_list_entry(command, activity, schedule);

    (void)arena;
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_SCHEDULE_ACTIVITY_TASK_COMMAND_ATTRIBUTES;
    message->schedule_activity_task_command_attributes = self->attributes;
    message->user_metadata = self->machine.metadata;
}

static void build_request_cancel(tp_command *command, tp_arena *arena,
                                 Tp__Command__Command *message)
{
    const activity *self = tp_list_entry(command, activity, request_cancel);
    Tp__Command__RequestCancelActivityTaskCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));

    tp__command__request_cancel_activity_task_command_attributes__init(attributes);
    attributes->scheduled_event_id = self->machine.event_id;
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_REQUEST_CANCEL_ACTIVITY_TASK_COMMAND_ATTRIBUTES;
    message->request_cancel_activity_task_command_attributes = attributes;
}

static void compare_schedule(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const activity *self = tp_list_entry(command, activity, schedule);
    const Tp__History__ActivityTaskScheduledEventAttributes *attributes =
        tp_event_attributes(event, ACTIVITY_TASK_SCHEDULED, activity_task_scheduled);

    tp_compare(comparison, "activity type",
               attributes && attributes->activity_type ? attributes->activity_type->name : NULL,
               self->type);
    tp_compare(comparison, "activity id", attributes ? attributes->activity_id : NULL, self->id);
}

static const char *meet_schedule(tp_command *command, const tp_event *event)
{
    tp_machine_began(&tp_list_entry(command, activity, schedule)->machine, event->event_id);
    return NULL;
}

static void compare_request_cancel(tp_command *command, const tp_event *event,
                                   tp_comparison *comparison)
{
    const activity *self = tp_list_entry(command, activity, request_cancel);
    const Tp__History__ActivityTaskCancelRequestedEventAttributes *attributes =
        tp_event_attributes(event, ACTIVITY_TASK_CANCEL_REQUESTED, activity_task_cancel_requested);

    tp_compare_number(comparison, "event of the activity",
                      attributes ? attributes->scheduled_event_id : 0, self->machine.event_id);
}

static const char *meet_request_cancel(tp_command *command, const tp_event *event)
{
    (void)command;
    (void)event;
    return NULL;
}

static char *describe_schedule(tp_command *command, tp_arena *arena)
{
    const activity *self = tp_list_entry(command, activity, schedule);

    return tp_arena_format(arena, "ScheduleActivityTask (activity %s, id %s)", self->type,
                           self->id);
}

static char *describe_request_cancel(tp_command *command, tp_arena *arena)
{
    const activity *self = tp_list_entry(command, activity, request_cancel);

    return tp_arena_format(arena, "RequestCancelActivityTask (of event %lld: activity %s, id %s)",
                           (long long)self->machine.event_id, self->type, self->id);
}

static const tp_command_type schedule_type = { .wire = TP_COMMAND(SCHEDULE_ACTIVITY_TASK),
                                               .event = TP_EVENT(ACTIVITY_TASK_SCHEDULED),
                                               .build = build_schedule,
                                               .compare = compare_schedule,
                                               .meet = meet_schedule,
                                               .describe = describe_schedule };
static const tp_command_type request_cancel_type = { .wire =
                                                         TP_COMMAND(REQUEST_CANCEL_ACTIVITY_TASK),
                                                     .event =
                                                         TP_EVENT(ACTIVITY_TASK_CANCEL_REQUESTED),
                                                     .build = build_request_cancel,
                                                     .compare = compare_request_cancel,
                                                     .meet = meet_request_cancel,
                                                     .describe = describe_request_cancel };

/* ACTIVITY with that cause. */
static temporal_error *failed(const activity *self, temporal_error *cause, const char *how)
{
    temporal_error *error = temporal_error_wrap(
        cause, TEMPORAL_ERROR_ACTIVITY, "activity %s (id %s) %s", self->type, self->id, how);

    tp_error_set_text(error, &error->activity_type, self->type);
    tp_error_set_text(error, &error->activity_id, self->id);
    error->scheduled_event_id = self->machine.event_id;
    return error;
}

static temporal_error *cause_of(const Tp__Failure__Failure *failure, temporal_error_code code)
{
    temporal_error *cause = tp_failure_to_error(failure);

    return cause ? cause : temporal_error_new(code, "the server gave no reason");
}

static bool take_failed(activity *self, const tp_event *event)
{
    const Tp__History__ActivityTaskFailedEventAttributes *attributes =
        tp_event_attributes(event, ACTIVITY_TASK_FAILED, activity_task_failed);
    temporal_error *error;

    if (!attributes)
        return false;
    error = failed(self, cause_of(attributes->failure, TEMPORAL_ERROR_APPLICATION), "failed");
    error->started_event_id = attributes->started_event_id;
    error->retry_state = (temporal_retry_state)attributes->retry_state;
    tp_error_set_text(error, &error->identity, attributes->identity);
    tp_future_fail(&self->machine.future, error);
    return true;
}

static bool take_timed_out(activity *self, const tp_event *event)
{
    const Tp__History__ActivityTaskTimedOutEventAttributes *attributes =
        tp_event_attributes(event, ACTIVITY_TASK_TIMED_OUT, activity_task_timed_out);
    temporal_error *error;

    if (!attributes)
        return false;
    error = failed(self, cause_of(attributes->failure, TEMPORAL_ERROR_TIMEOUT), "timed out");
    error->started_event_id = attributes->started_event_id;
    error->retry_state = (temporal_retry_state)attributes->retry_state;
    tp_future_fail(&self->machine.future, error);
    return true;
}

static bool take_canceled(activity *self, const tp_event *event)
{
    const Tp__History__ActivityTaskCanceledEventAttributes *attributes =
        tp_event_attributes(event, ACTIVITY_TASK_CANCELED, activity_task_canceled);
    temporal_error *cause, *error;
    tp_buffer details = { 0 };

    if (!attributes)
        return false;
    cause = temporal_error_new(TEMPORAL_ERROR_CANCELLED, "cancelled");
    tp_payloads_pack(&details, attributes->details);
    tp_error_set_details(cause, details.data, details.size);
    tp_buffer_done(&details);
    error = failed(self, cause, "was cancelled");
    error->started_event_id = attributes->started_event_id;
    tp_error_set_text(error, &error->identity, attributes->identity);
    tp_future_fail(&self->machine.future, error);
    return true;
}

static bool take_completed(activity *self, const tp_event *event)
{
    const Tp__History__ActivityTaskCompletedEventAttributes *attributes =
        tp_event_attributes(event, ACTIVITY_TASK_COMPLETED, activity_task_completed);

    if (!attributes)
        return false;
    tp_future_resolve(&self->machine.future, attributes->result);
    return true;
}

static bool take(tp_machine *machine, const tp_event *event)
{
    activity *self = tp_list_entry(machine, activity, machine);

    if (event->event_type == TP_EVENT(ACTIVITY_TASK_STARTED))
        return true;
    if (!take_completed(self, event) && !take_failed(self, event) && !take_timed_out(self, event) &&
        !take_canceled(self, event))
        return false;
    tp_machine_close(machine);
    return true;
}

static char *describe(const tp_machine *machine, tp_arena *arena)
{
    const activity *self = (const activity *)machine; /* its first member */

    return tp_arena_format(arena, "activity %s (id %s)", self->type, self->id);
}

static const tp_machine_type activity_type = { .take = take, .describe = describe };

static void on_cancel(temporal_future *future)
{
    activity *self = tp_list_entry(future, activity, machine.future);
    bool unsent = tp_command_is_pending(&self->schedule);

    if (unsent || self->cancellation != TEMPORAL_CANCELLATION_WAIT)
        tp_future_fail(future,
                       failed(self, tp_error_fixed(TEMPORAL_ERROR_CANCELLED), "was cancelled"));
    if (unsent) {
        tp_command_withdraw(&self->schedule);
        tp_machine_close(&self->machine);
    } else if (self->cancellation != TEMPORAL_CANCELLATION_ABANDON) {
        tp_command_issue(future->run, &self->request_cancel);
    }
}

temporal_error *tp_machine_activity_check(const char *kind, const char *type,
                                          const temporal_activity_options *options)
{
    const tp_named_time times[] = {
        { "start_to_close_timeout", options->start_to_close_timeout },
        { "schedule_to_close_timeout", options->schedule_to_close_timeout },
        { "schedule_to_start_timeout", options->schedule_to_start_timeout },
        { "heartbeat_timeout", options->heartbeat_timeout },
    };
    char what[160];

    (void)snprintf(what, sizeof(what), "%s %s: ", kind, type);
    TEMPORAL_TRY(tp_clock_check_all(what, times, sizeof(times) / sizeof(times[0])));
    if (options->start_to_close_timeout <= 0 && options->schedule_to_close_timeout <= 0)
        return temporal_error_new(
            TEMPORAL_ERROR_INVALID_ARGUMENT,
            "%s %s: one of start_to_close_timeout and schedule_to_close_timeout is required", kind,
            type);
    if ((int)options->cancellation < 0 || options->cancellation > TEMPORAL_CANCELLATION_ABANDON)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%s %s: there is no cancellation type %d", kind, type,
                                  (int)options->cancellation);
    (void)snprintf(what, sizeof(what), "%s %s: retry", kind, type);
    return options->retry ? tp_message_check_retry(options->retry, what) : NULL;
}

static schedule_attributes *make_attributes(const temporal_workflow *run, const activity *self,
                                            const temporal_activity_options *options)
{
    tp_arena *arena = run->scratch;
    schedule_attributes *attributes = tp_arena_alloc(arena, sizeof(*attributes));
    Tp__Common__ActivityType *type = tp_arena_alloc(arena, sizeof(*type));
    Tp__Taskqueue__TaskQueue *queue = tp_arena_alloc(arena, sizeof(*queue));

    tp__common__activity_type__init(type);
    type->name = tp_arena_strdup(arena, self->type);
    tp__taskqueue__task_queue__init(queue);
    queue->name =
        tp_arena_strdup(arena, options->task_queue ? options->task_queue : run->info.task_queue);
    tp__command__schedule_activity_task_command_attributes__init(attributes);
    attributes->activity_type = type;
    attributes->activity_id = tp_arena_strdup(arena, self->id);
    attributes->task_queue = queue;
    attributes->schedule_to_close_timeout =
        tp_message_duration(arena, options->schedule_to_close_timeout);
    attributes->schedule_to_start_timeout =
        tp_message_duration(arena, options->schedule_to_start_timeout);
    attributes->start_to_close_timeout =
        tp_message_duration(arena, options->start_to_close_timeout);
    attributes->heartbeat_timeout = tp_message_duration(arena, options->heartbeat_timeout);
    attributes->retry_policy = tp_message_retry(arena, options->retry);
    /* Whether it has a place for it is the worker's to say. */
    attributes->request_eager_execution =
        !options->disable_eager_execution && strcmp(queue->name, run->info.task_queue) == 0;
    return attributes;
}

tp_machine *tp_machine_activity_start(temporal_workflow *run, temporal_scope *scope,
                                      const char *type, Tp__Common__Payloads *input,
                                      const temporal_activity_options *options)
{
    size_t type_size = strlen(type) + 1;
    char number[16];
    const char *id = options->id;
    activity *self;

    run->activities++;
    if (!id || !*id) {
        (void)snprintf(number, sizeof(number), "%" PRIu32, run->activities);
        id = number;
    }
    self = tp_machine_new(run, &activity_type, sizeof(*self) + type_size + strlen(id) + 1, scope,
                          on_cancel);
    memcpy(self->type, type, type_size);
    self->id = self->type + type_size;
    memcpy(self->id, id, strlen(id) + 1);
    self->cancellation = options->cancellation;
    tp_command_init(&self->schedule, &schedule_type);
    tp_command_init(&self->request_cancel, &request_cancel_type);
    if (!run->replaying) { /* only what is sent must be written down */
        self->attributes = make_attributes(run, self, options);
        self->attributes->input = input;
    }
    tp_command_issue(run, &self->schedule);
    return &self->machine;
}
