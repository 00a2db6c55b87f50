/* SPDX-License-Identifier: MIT */
/* workflow/machine_timer.c -- StartTimer, CancelTimer.
 *
 *     issued --TimerStarted--> running --TimerFired--> fired
 *       | cancel: withdrawn      | cancel: CancelTimer issued --TimerCanceled--> cancelled
 *                                      | TimerFired, behind the request to cancel the run:
 *                                      | withdrawn, for the server has closed it
 */
#include "workflow/machine_timer.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "converter/message.h"
#include "workflow/commands.h"
#include "workflow/run.h"

/* The least that a timer may wait: the server takes none of zero. */
#define LEAST TEMPORAL_MILLISECOND

typedef struct timer {
    tp_machine machine;
    tp_command start, cancel;
    temporal_seconds time;
    char id[16];
} timer;

static void build_start(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    const timer *self = tp_list_entry(command, timer, start);
    Tp__Command__StartTimerCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));

    tp__command__start_timer_command_attributes__init(attributes);
    attributes->timer_id = tp_arena_strdup(arena, self->id);
    attributes->start_to_fire_timeout = tp_message_duration(arena, self->time);
    message->attributes_case = TP__COMMAND__COMMAND__ATTRIBUTES_START_TIMER_COMMAND_ATTRIBUTES;
    message->start_timer_command_attributes = attributes;
    message->user_metadata = self->machine.metadata;
}

static void build_cancel(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    const timer *self = tp_list_entry(command, timer, cancel);
    Tp__Command__CancelTimerCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));

    tp__command__cancel_timer_command_attributes__init(attributes);
    attributes->timer_id = tp_arena_strdup(arena, self->id);
    message->attributes_case = TP__COMMAND__COMMAND__ATTRIBUTES_CANCEL_TIMER_COMMAND_ATTRIBUTES;
    message->cancel_timer_command_attributes = attributes;
}

static void compare_start(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const Tp__History__TimerStartedEventAttributes *attributes =
        tp_event_attributes(event, TIMER_STARTED, timer_started);

    tp_compare(comparison, "timer id", attributes ? attributes->timer_id : NULL,
               tp_list_entry(command, timer, start)->id);
}

static const char *meet_start(tp_command *command, const tp_event *event)
{
    tp_machine_began(&tp_list_entry(command, timer, start)->machine, event->event_id);
    return NULL;
}

static void compare_cancel(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const Tp__History__TimerCanceledEventAttributes *attributes =
        tp_event_attributes(event, TIMER_CANCELED, timer_canceled);

    tp_compare(comparison, "timer id", attributes ? attributes->timer_id : NULL,
               tp_list_entry(command, timer, cancel)->id);
}

static const char *meet_cancel(tp_command *command, const tp_event *event)
{
    (void)event;
    tp_machine_close(&tp_list_entry(command, timer, cancel)->machine);
    return NULL;
}

static char *describe_start(tp_command *command, tp_arena *arena)
{
    const timer *self = tp_list_entry(command, timer, start);

    return tp_arena_format(arena, "StartTimer (id %s, %g s)", self->id, self->time);
}

static char *describe_cancel(tp_command *command, tp_arena *arena)
{
    const timer *self = tp_list_entry(command, timer, cancel);

    return tp_arena_format(arena, "CancelTimer (id %s)", self->id);
}

static const tp_command_type start_type = { .wire = TP_COMMAND(START_TIMER),
                                            .event = TP_EVENT(TIMER_STARTED),
                                            .build = build_start,
                                            .compare = compare_start,
                                            .meet = meet_start,
                                            .describe = describe_start };
static const tp_command_type cancel_type = { .wire = TP_COMMAND(CANCEL_TIMER),
                                             .event = TP_EVENT(TIMER_CANCELED),
                                             .build = build_cancel,
                                             .compare = compare_cancel,
                                             .meet = meet_cancel,
                                             .describe = describe_cancel };

static bool take(tp_machine *machine, const tp_event *event)
{
    if (event->event_type != TP_EVENT(TIMER_FIRED))
        return false;
    tp_command_withdraw(&tp_list_entry(machine, timer, machine)->cancel);
    tp_future_resolve(&machine->future, NULL);
    tp_machine_close(machine);
    return true;
}

static char *describe(const tp_machine *machine, tp_arena *arena)
{
    const timer *self = (const timer *)machine; /* its first member */

    return tp_arena_format(arena, "timer %s (%g s)", self->id, self->time);
}

static const tp_machine_type timer_type = { .take = take, .describe = describe };

static void on_cancel(temporal_future *future)
{
    timer *self = tp_list_entry(future, timer, machine.future);

    tp_future_fail(future, tp_error_fixed(TEMPORAL_ERROR_CANCELLED));
    if (tp_command_is_pending(&self->start)) {
        tp_command_withdraw(&self->start);
        tp_machine_close(&self->machine);
    } else {
        tp_command_issue(future->run, &self->cancel);
    }
}

tp_machine *tp_machine_timer_start(temporal_workflow *run, temporal_scope *scope,
                                   temporal_seconds time)
{
    timer *self = tp_machine_new(run, &timer_type, sizeof(*self), scope, on_cancel);

    tp_command_init(&self->start, &start_type);
    tp_command_init(&self->cancel, &cancel_type);
    self->time = time < LEAST ? LEAST : time;
    (void)snprintf(self->id, sizeof(self->id), "%" PRIu32, ++run->timers);
    tp_command_issue(run, &self->start);
    return &self->machine;
}
