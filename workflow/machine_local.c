/* SPDX-License-Identifier: MIT */
/* workflow/machine_local.c -- RecordMarker "core_local_activity".
 *
 *     begun --told to the worker, runs--> its outcome: marker issued --MarkerRecorded--> closed
 *       |                                    | failed, and to be tried after a long back-off:
 *       |                                    |   a timer; when it has fired it is begun again,
 *       |                                    |   under a new number
 *       | cancel, by its cancellation type:
 *           TRY      its marker is issued, its future cancelled, the worker told to stop it
 *           WAIT     the worker is asked to cancel it; it ends as it ends
 *           ABANDON  as TRY, but the worker lets it run
 *           (during the back-off there is only the timer to cancel)
 *
 * In replay nothing is told to a worker: the markers that the task left in history are the
 * outcomes, taken one by one in their order, each when all coroutines wait. */
#include "workflow/machine_local.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"
#include "workflow/commands.h"
#include "workflow/local_marker.h"
#include "workflow/local_retry.h"
#include "workflow/machine_activity.h"
#include "workflow/machine_timer.h"

typedef struct local {
    tp_machine machine;
    tp_command marker;
    tp_list open;                   /* in run->locals.open, until it is resolved */
    temporal_local_options options; /* its texts and lists are the run's arena's */
    uint32_t seq;
    int32_t attempt;
    int64_t scheduled, first_scheduled; /* the run's time */
    tp_buffer input;                    /* encoded */
    bool resolved;                      /* this time of its: its marker was issued */
    bool told, cancel_told;
    bool cancel_wanted;                                     /* WAIT */
    bool ended;                                             /* for good: the marker closes it */
    tp_machine *timer;                                      /* of its back-off */
    Tp__Command__RecordMarkerCommandAttributes *attributes; /* of the task's scratch memory */
    const char *id;
    char type[];
} local;

/* That the worker need not go on with one: it may be begun again, or gone, when the worker hears of
 * it. */
typedef struct left {
    tp_list link; /* in run->locals.left */
    tp_local_verb verb;
    uint32_t seq;
} left;

/* --- the marker --------------------------------------------------------------------------- */

static void build(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    (void)arena;
    message->attributes_case = TP__COMMAND__COMMAND__ATTRIBUTES_RECORD_MARKER_COMMAND_ATTRIBUTES;
    message->record_marker_command_attributes = tp_list_entry(command, local, marker)->attributes;
}

static void compare(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const local *self = tp_list_entry(command, local, marker);
    const Tp__History__MarkerRecordedEventAttributes *attributes =
        tp_event_attributes(event, MARKER_RECORDED, marker_recorded);
    tp_arena *arena = &self->machine.future.run->arena;
    tp_local_marker marker;
    temporal_error *error;

    tp_compare(comparison, "marker name", attributes ? attributes->marker_name : NULL,
               TP_LOCAL_MARKER);
    if (comparison->count > 0)
        return;
    error = tp_local_marker_read(arena, event, &marker);
    if (error) {
        tp_compare(comparison, "marker's data", temporal_error_message(error), "readable");
        return;
    }
    tp_compare(comparison, "activity type", marker.activity_type, self->type);
    tp_compare(comparison, "activity id", marker.activity_id, self->id);
    tp_compare_number(comparison, "number", marker.seq, self->seq);
}

static const char *meet(tp_command *command, const tp_event *event)
{
    local *self = tp_list_entry(command, local, marker);

    (void)event;
    if (self->ended)
        tp_machine_close(&self->machine);
    return NULL;
}

static char *describe_marker(tp_command *command, tp_arena *arena)
{
    const local *self = tp_list_entry(command, local, marker);

    return tp_arena_format(arena, "RecordMarker (local activity %s, id %s)", self->type, self->id);
}

static const tp_command_type marker_type = { .wire = TP_COMMAND(RECORD_MARKER),
                                             .event = TP_EVENT(MARKER_RECORDED),
                                             .build = build,
                                             .compare = compare,
                                             .meet = meet,
                                             .describe = describe_marker };

/* --- the machine -------------------------------------------------------------------------- */

static bool take(tp_machine *machine, const tp_event *event)
{
    (void)machine;
    (void)event;
    return false; /* no event refers to it */
}

static void done(tp_machine *machine)
{
    local *self = tp_list_entry(machine, local, machine);

    tp_list_remove(&self->open);
    tp_list_remove(&self->marker.link);
    tp_buffer_done(&self->input);
}

static char *describe(const tp_machine *machine, tp_arena *arena)
{
    const local *self = (const local *)machine; /* its first member */

    return tp_arena_format(arena, "local activity %s (id %s)", self->type, self->id);
}

static const tp_machine_type local_type = { .take = take, .done = done, .describe = describe };

/* --- outcomes ----------------------------------------------------------------------------- */

/* A policy that would allow another attempt had no time left for it, or it was cancelled. */
static temporal_retry_state retry_state(const local *self, const temporal_error *cause)
{
    temporal_retry_state state;

    if (temporal_error_get_code(cause) == TEMPORAL_ERROR_CANCELLED)
        return TEMPORAL_RETRY_STATE_CANCEL_REQUESTED;
    state = tp_local_retry_state(self->options.retry, self->attempt, cause);
    if (state != TEMPORAL_RETRY_STATE_IN_PROGRESS)
        return state;
    return self->cancel_wanted ? TEMPORAL_RETRY_STATE_CANCEL_REQUESTED
                               : TEMPORAL_RETRY_STATE_TIMEOUT;
}

static temporal_error *failed(const local *self, temporal_error *cause, const char *how)
{
    temporal_retry_state state = retry_state(self, cause);
    temporal_error *error = temporal_error_wrap(
        cause, TEMPORAL_ERROR_ACTIVITY, "local activity %s (id %s) %s", self->type, self->id, how);

    tp_error_set_text(error, &error->activity_type, self->type);
    tp_error_set_text(error, &error->activity_id, self->id);
    error->retry_state = state;
    return error;
}

static void begin(local *self, int32_t attempt)
{
    temporal_workflow *run = self->machine.future.run;

    self->seq = ++run->activities;
    self->attempt = attempt;
    self->resolved = self->told = self->cancel_told = false;
    tp_list_append(&run->locals.open, &self->open);
}

static void on_backoff_over(temporal_future *future, void *data)
{
    local *self = data;

    self->timer = NULL;
    if (!future->error)
        begin(self, self->attempt + 1);
}

static void back_off(local *self, int64_t time)
{
    temporal_workflow *run = self->machine.future.run;

    self->timer = tp_machine_timer_start(run, NULL, (temporal_seconds)time / TP_NANOSECONDS);
    self->timer->future.on_done = on_backoff_over;
    self->timer->future.on_done_data = self;
    tp_machine_release(self->timer);
}

static void finish(local *self, const tp_local_marker *marker)
{
    temporal_future *future = &self->machine.future;
    temporal_error *error;

    self->ended = true;
    if (!marker->failure) {
        tp_future_resolve(future, marker->result);
        return;
    }
    error = tp_failure_to_error(marker->failure);
    if (temporal_error_get_code(error) != TEMPORAL_ERROR_ACTIVITY)
        error = failed(self, error,
                       temporal_error_get_code(error) == TEMPORAL_ERROR_CANCELLED ? "was cancelled"
                       : temporal_error_get_code(error) == TEMPORAL_ERROR_TIMEOUT ? "timed out"
                                                                                  : "failed");
    tp_future_fail(future, error);
}

/* The marker stands before whatever code does because of it. */
static void resolve(local *self, const tp_local_marker *marker)
{
    temporal_workflow *run = self->machine.future.run;

    self->resolved = true;
    tp_list_remove(&self->open);
    if (marker->complete_time > run->now)
        run->now = marker->complete_time;
    if (!run->replaying)
        self->attributes = tp_local_marker_write(run->scratch, marker);
    tp_command_issue(run, &self->marker);
    if (marker->backoff > 0)
        back_off(self, marker->backoff);
    else
        finish(self, marker);
}

/* It ends without the worker. */
static void leave(local *self, tp_local_verb verb)
{
    left *order;

    if (!self->told)
        return;
    order = tp_alloc(sizeof(*order));
    order->verb = verb;
    order->seq = self->seq;
    tp_list_append(&self->machine.future.run->locals.left, &order->link);
}

static tp_local_marker marker_of(const local *self)
{
    return (tp_local_marker){ .seq = self->seq,
                              .attempt = self->attempt,
                              .activity_id = self->id,
                              .activity_type = self->type,
                              .original_schedule_time = self->first_scheduled };
}

static local *find(const temporal_workflow *run, uint32_t seq)
{
    for (tp_list *at = run->locals.open.next; at != &run->locals.open; at = at->next) {
        local *self = tp_list_entry(at, local, open);

        if (self->seq == seq)
            return self;
    }
    return NULL;
}

bool tp_locals_take_outcome(temporal_workflow *run, const tp_local_outcome *outcome)
{
    local *self = find(run, outcome->seq);
    Tp__Failure__Failure *failure = NULL;
    temporal_error *error = NULL;
    tp_local_marker marker;

    if (!self)
        return false;
    self->attempt = outcome->attempt;
    marker = marker_of(self);
    marker.complete_time = self->scheduled + outcome->runtime;
    marker.backoff = tp_clock_nanoseconds(outcome->backoff);
    if (outcome->end == TP_LOCAL_COMPLETED)
        error = tp_payloads_unpack(run->scratch, outcome->body, &marker.result);
    else
        error = tp_failure_decode(outcome->body);
    if (error)
        failure = tp_failure_from_error(run->scratch, error);
    marker.failure = failure;
    self->told = false; /* the worker is done with it */
    resolve(self, &marker);
    return true;
}

temporal_error *tp_machine_local_take_marker(temporal_workflow *run, const tp_event *event,
                                             bool *taken)
{
    tp_local_marker marker;
    local *self;

    *taken = false;
    if (!tp_local_marker_is(event))
        return NULL;
    TEMPORAL_TRY(tp_local_marker_read(run->scratch, event, &marker));
    self = find(run, marker.seq);
    if (!self)
        return NULL;
    leave(self, TP_LOCAL_STOP); /* another worker was faster */
    if (strcmp(marker.activity_type, self->type) != 0 ||
        strcmp(marker.activity_id, self->id) != 0) {
        self->resolved = true; /* history's marker will meet this command, and they differ */
        tp_list_remove(&self->open);
        tp_command_issue(run, &self->marker);
        return NULL;
    }
    self->attempt = marker.attempt;
    resolve(self, &marker);
    *taken = true;
    return NULL;
}

/* --- cancelling --------------------------------------------------------------------------- */

static void on_cancel(temporal_future *future)
{
    local *self = tp_list_entry(future, local, machine.future);
    temporal_workflow *run = future->run;
    temporal_error *cancelled = tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    tp_local_marker marker;

    if (self->timer) {
        tp_future_cancel(&self->timer->future);
        tp_future_fail(future, failed(self, cancelled, "was cancelled"));
        if (tp_command_is_pending(&self->marker))
            self->ended = true;
        else
            tp_machine_close(&self->machine);
        return;
    }
    if (self->resolved)
        return;
    if (self->options.cancellation == TEMPORAL_CANCELLATION_WAIT) {
        self->cancel_wanted = true;
        return;
    }
    leave(self, self->options.cancellation == TEMPORAL_CANCELLATION_TRY ? TP_LOCAL_STOP
                                                                        : TP_LOCAL_FORGET);
    marker = marker_of(self);
    marker.failure = tp_failure_from_error(run->scratch, cancelled);
    resolve(self, &marker);
}

/* --- the worker --------------------------------------------------------------------------- */

void tp_locals_init(tp_run_locals *locals)
{
    tp_list_init(&locals->open);
    tp_list_init(&locals->left);
    locals->task = NULL;
}

static void free_left(left *order)
{
    tp_list_remove(&order->link);
    tp_free(order);
}

void tp_locals_done(tp_run_locals *locals)
{
    while (!tp_list_is_empty(&locals->left))
        free_left(tp_list_entry(locals->left.next, left, link));
}

bool tp_locals_any(const tp_run_locals *locals)
{
    return !tp_list_is_empty(&locals->open) || !tp_list_is_empty(&locals->left);
}

size_t tp_locals_outstanding(const temporal_workflow *run)
{
    size_t count = 0;

    for (const tp_list *at = run->locals.open.next; at != &run->locals.open; at = at->next)
        count++;
    return count;
}

/* All of it is a copy: the worker reads it on another thread. */
static tp_local_order make_start(const local *self, tp_arena *arena)
{
    tp_bytes input = tp_buffer_bytes(&self->input);
    temporal_local_options *options = tp_arena_memdup(arena, &self->options, sizeof(self->options));

    options->retry = tp_local_retry_copy(arena, self->options.retry);
    options->id = tp_arena_strdup(arena, self->id);
    return (
        tp_local_order){ .verb = TP_LOCAL_START,
                         .seq = self->seq,
                         .attempt = self->attempt,
                         .activity_id = options->id,
                         .activity_type = tp_arena_strdup(arena, self->type),
                         .input = { tp_arena_memdup(arena, input.data, input.size), input.size },
                         .scheduled = self->scheduled,
                         .passed = self->scheduled - self->first_scheduled,
                         .options = options };
}

void tp_locals_take_orders(temporal_workflow *run, tp_arena *arena, tp_local_order **orders,
                           size_t *count)
{
    size_t most = 0, n = 0;

    for (tp_list *at = run->locals.left.next; at != &run->locals.left; at = at->next)
        most++;
    for (tp_list *at = run->locals.open.next; at != &run->locals.open; at = at->next)
        most += 2;
    *orders = tp_arena_alloc(arena, (most + 1) * sizeof(**orders));
    while (!tp_list_is_empty(&run->locals.left)) {
        left *order = tp_list_entry(run->locals.left.next, left, link);

        (*orders)[n++] = (tp_local_order){ .verb = order->verb, .seq = order->seq };
        free_left(order);
    }
    for (tp_list *at = run->locals.open.next; at != &run->locals.open; at = at->next) {
        local *self = tp_list_entry(at, local, open);

        if (!self->told) {
            self->scheduled = run->now;
            (*orders)[n++] = make_start(self, arena);
        }
        self->told = true;
        if (self->cancel_wanted && !self->cancel_told) {
            (*orders)[n++] = (tp_local_order){ .verb = TP_LOCAL_CANCEL, .seq = self->seq };
            self->cancel_told = true;
        }
    }
    *count = n;
}

/* --- beginning ---------------------------------------------------------------------------- */

temporal_error *tp_machine_local_check(const char *type, const temporal_local_options *options)
{
    const temporal_activity_options common = {
        .start_to_close_timeout = options->start_to_close_timeout,
        .schedule_to_close_timeout = options->schedule_to_close_timeout,
        .schedule_to_start_timeout = options->schedule_to_start_timeout,
        .cancellation = options->cancellation,
        .retry = options->retry,
    };
    char what[160];

    TEMPORAL_TRY(tp_machine_activity_check("local activity", type, &common));
    (void)snprintf(what, sizeof(what), "local activity %s: local_retry_threshold", type);
    return tp_clock_check(options->local_retry_threshold, what);
}

tp_machine *tp_machine_local_start(temporal_workflow *run, temporal_scope *scope, const char *type,
                                   const Tp__Common__Payloads *input,
                                   const temporal_local_options *options)
{
    size_t type_size = strlen(type) + 1;
    local *self = tp_machine_new(run, &local_type, sizeof(*self) + type_size, scope, on_cancel);

    memcpy(self->type, type, type_size);
    tp_list_init(&self->open);
    tp_command_init(&self->marker, &marker_type);
    self->options = *options;
    self->options.retry = tp_local_retry_copy(&run->arena, options->retry);
    tp_payloads_pack(&self->input, input);
    begin(self, 1);
    self->first_scheduled = run->now;
    self->id = options->id && *options->id ? tp_arena_strdup(&run->arena, options->id)
                                           : tp_arena_format(&run->arena, "%" PRIu32, self->seq);
    self->options.id = self->id;
    return &self->machine;
}
