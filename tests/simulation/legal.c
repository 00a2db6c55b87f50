/* SPDX-License-Identifier: MIT */
/* legal.c -- see legal.h. */
#include "legal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "legal_walk.h"

/* A run that must keep more than that back has its task failed, and goes on with another one: the
 * server's history.maximumBufferedEventsBatch. */
#define BUFFER_LIMIT 100

bool legal_wrong(walk *self, const char *format, ...)
{
    va_list arguments;
    int used = snprintf(self->problem, self->size, "event %lld: ", (long long)self->last);

    va_start(arguments, format);
    (void)vsnprintf(self->problem + used, self->size - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

/* --- workflow tasks ------------------------------------------------------------------------ */

static bool names_task(walk *self, int64_t scheduled, int64_t started)
{
    if (self->task != TASK_STARTED || scheduled != self->scheduled || started != self->started)
        return legal_wrong(self, "it ends a task that is not the one under way");
    return true;
}

static bool walk_timed_out(walk *self, const tp_event *event)
{
    const Tp__History__WorkflowTaskTimedOutEventAttributes *attributes =
        event->workflow_task_timed_out_event_attributes;

    /* A sticky task that no worker takes. */
    if (self->task == TASK_SCHEDULED && attributes->started_event_id == 0) {
        self->task = TASK_NONE;
        return attributes->scheduled_event_id == self->scheduled ||
               legal_wrong(self, "another task was scheduled");
    }
    if (!names_task(self, attributes->scheduled_event_id, attributes->started_event_id))
        return false;
    self->task = TASK_NONE;
    return true;
}

static bool walk_task(walk *self, const tp_event *event)
{
    switch ((int)event->attributes_case) {
#define ATTRIBUTES(name) TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_##name##_EVENT_ATTRIBUTES
    case ATTRIBUTES(WORKFLOW_TASK_SCHEDULED):
        if (self->task == TASK_SCHEDULED || self->task == TASK_STARTED)
            return legal_wrong(self, "a task is scheduled already");
        if (self->forced && self->last - self->forced - 1 <= BUFFER_LIMIT)
            return legal_wrong(self, "the last task failed because the run ends");
        self->task = TASK_SCHEDULED;
        self->scheduled = event->event_id;
        return true;
    case ATTRIBUTES(WORKFLOW_TASK_STARTED):
        if (self->task != TASK_SCHEDULED ||
            event->workflow_task_started_event_attributes->scheduled_event_id != self->scheduled)
            return legal_wrong(self, "it starts a task that is not scheduled");
        self->task = TASK_STARTED;
        self->started = event->event_id;
        return true;
    case ATTRIBUTES(WORKFLOW_TASK_COMPLETED):
        if (!names_task(self, event->workflow_task_completed_event_attributes->scheduled_event_id,
                        event->workflow_task_completed_event_attributes->started_event_id))
            return false;
        self->task = TASK_COMPLETED;
        self->completed = event->event_id;
        return true;
    case ATTRIBUTES(WORKFLOW_TASK_FAILED):
        if (!names_task(self, event->workflow_task_failed_event_attributes->scheduled_event_id,
                        event->workflow_task_failed_event_attributes->started_event_id))
            return false;
        self->task = TASK_NONE;
        if (event->workflow_task_failed_event_attributes->cause ==
            TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW)
            self->reset = self->last;
        self->forced =
            event->workflow_task_failed_event_attributes->cause ==
                    TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND
                ? self->last
                : 0;
        return true;
    case ATTRIBUTES(WORKFLOW_TASK_TIMED_OUT):
        return walk_timed_out(self, event);
    default:
        return legal_wrong(self, "its attributes are not those of its type");
    }
}

/* --- commands ------------------------------------------------------------------------------ */

/* Of the first attributes that events of commands have; 0: its kind does not tell. */
static int64_t completed_of(const tp_event *event)
{
    switch ((int)event->attributes_case) {
#define COMPLETED(UPPER, lower) \
    case ATTRIBUTES(UPPER):     \
        return event->lower##_event_attributes->workflow_task_completed_event_id
        COMPLETED(WORKFLOW_EXECUTION_COMPLETED, workflow_execution_completed);
        COMPLETED(WORKFLOW_EXECUTION_FAILED, workflow_execution_failed);
        COMPLETED(WORKFLOW_EXECUTION_CANCELED, workflow_execution_canceled);
        COMPLETED(WORKFLOW_EXECUTION_CONTINUED_AS_NEW, workflow_execution_continued_as_new);
        COMPLETED(ACTIVITY_TASK_SCHEDULED, activity_task_scheduled);
        COMPLETED(ACTIVITY_TASK_CANCEL_REQUESTED, activity_task_cancel_requested);
        COMPLETED(TIMER_STARTED, timer_started);
        COMPLETED(TIMER_CANCELED, timer_canceled);
        COMPLETED(MARKER_RECORDED, marker_recorded);
        COMPLETED(START_CHILD_WORKFLOW_EXECUTION_INITIATED,
                  start_child_workflow_execution_initiated);
        COMPLETED(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
                  signal_external_workflow_execution_initiated);
        COMPLETED(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
                  request_cancel_external_workflow_execution_initiated);
        COMPLETED(UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, upsert_workflow_search_attributes);
        COMPLETED(WORKFLOW_PROPERTIES_MODIFIED, workflow_properties_modified);
#undef COMPLETED
    default:
        return 0;
    }
}

static bool begin(walk *self, begun_kind kind, const char *id)
{
    for (int64_t i = 1; i < self->last; i++)
        if (self->things[i].kind == kind && !self->things[i].closed &&
            (kind == ACTIVITY || kind == TIMER || kind == ADMITTED) &&
            strcmp(self->things[i].id, id) == 0)
            return legal_wrong(self, "id %s is in use since event %lld", id, (long long)i);
    self->things[self->last] =
        (begun){ .kind = kind, .id = id, .origin = self->events[self->last - 1] };
    return true;
}

begun *legal_find(walk *self, begun_kind kind, int64_t origin)
{
    begun *thing = origin > 0 && origin < self->last ? &self->things[origin] : NULL;

    if (thing && thing->kind == kind && !thing->closed)
        return thing;
    (void)legal_wrong(self, "nothing of its kind that began at event %lld is under way",
                      (long long)origin);
    return NULL;
}

static bool walk_timer_canceled(walk *self, const Tp__History__TimerCanceledEventAttributes *event)
{
    begun *timer = legal_find(self, TIMER, event->started_event_id);

    if (!timer)
        return false;
    timer->closed = true;
    return strcmp(timer->id, event->timer_id) == 0 || legal_wrong(self, "the timer has another id");
}

static bool walk_update_admitted(walk *self, const tp_event *event)
{
    const Tp__Update__Request *request =
        event->workflow_execution_update_admitted_event_attributes
            ? event->workflow_execution_update_admitted_event_attributes->request
            : NULL;

    if (!request || !request->meta)
        return legal_wrong(self, "it does not say which update");
    return begin(self, ADMITTED, request->meta->update_id);
}

/* The update came as that event. */
static bool take_admitted(walk *self, int64_t admitted, const char *id)
{
    begun *update = admitted > 0 && admitted < self->last ? &self->things[admitted] : NULL;

    if (!update || update->kind != ADMITTED || update->closed || strcmp(update->id, id) != 0)
        return false;
    update->closed = true;
    return true;
}

/* It was accepted by the answer to the task that brought it, if no event did. */
static bool
walk_update_accepted(walk *self,
                     const Tp__History__WorkflowExecutionUpdateAcceptedEventAttributes *event)
{
    const int64_t came = event->accepted_request_sequencing_event_id;

    return begin(self, UPDATE, "") &&
           (came == self->started - 1 || take_admitted(self, came, event->protocol_instance_id) ||
            legal_wrong(self, "it came before event %lld, not %lld", (long long)self->started,
                        (long long)came + 1));
}

static bool walk_update_completed(walk *self, int64_t accepted)
{
    begun *update = legal_find(self, UPDATE, accepted);

    if (update)
        update->closed = true;
    return update != NULL;
}

static bool walk_end(walk *self, const tp_event *event)
{
    if (event->event_type == TP_EVENT(WORKFLOW_EXECUTION_CANCELED) && !self->cancel_requested)
        return legal_wrong(self, "nobody asked the run to cancel");
    self->closed = true;
    return true;
}

static bool walk_command(walk *self, const tp_event *event)
{
    const int64_t completed = completed_of(event);

    if (self->task != TASK_COMPLETED)
        return legal_wrong(self, "it does not stand behind a task's completion");
    if (completed != 0 && completed != self->completed)
        return legal_wrong(self, "it came of event %lld, not of %lld", (long long)completed,
                           (long long)self->completed);
    switch ((int)event->attributes_case) {
    case ATTRIBUTES(ACTIVITY_TASK_SCHEDULED):
        return begin(self, ACTIVITY,
                     event->activity_task_scheduled_event_attributes->activity_id) &&
               legal_activity_scheduled(self, event);
    case ATTRIBUTES(TIMER_STARTED):
        return begin(self, TIMER, event->timer_started_event_attributes->timer_id);
    case ATTRIBUTES(START_CHILD_WORKFLOW_EXECUTION_INITIATED):
        return begin(
                   self, CHILD,
                   event->start_child_workflow_execution_initiated_event_attributes->workflow_id) &&
               legal_child_initiated(self, event);
    case ATTRIBUTES(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED):
        return begin(self, SIGNAL, "");
    case ATTRIBUTES(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED):
        return begin(self, CANCEL, "");
    case ATTRIBUTES(TIMER_CANCELED):
        return walk_timer_canceled(self, event->timer_canceled_event_attributes);
    case ATTRIBUTES(ACTIVITY_TASK_CANCEL_REQUESTED):
        return legal_activity_cancel_requested(self, event);
    case ATTRIBUTES(WORKFLOW_EXECUTION_UPDATE_ACCEPTED):
        return walk_update_accepted(self,
                                    event->workflow_execution_update_accepted_event_attributes);
    case ATTRIBUTES(WORKFLOW_EXECUTION_UPDATE_COMPLETED):
        return walk_update_completed(
            self, event->workflow_execution_update_completed_event_attributes->accepted_event_id);
    case ATTRIBUTES(WORKFLOW_EXECUTION_COMPLETED):
    case ATTRIBUTES(WORKFLOW_EXECUTION_FAILED):
    case ATTRIBUTES(WORKFLOW_EXECUTION_CANCELED):
    case ATTRIBUTES(WORKFLOW_EXECUTION_CONTINUED_AS_NEW):
        return walk_end(self, event);
    default:
        return true;
    }
}

/* --- what happens outside ------------------------------------------------------------------ */

bool legal_start(walk *self, begun *thing)
{
    if (!thing)
        return false;
    if (thing->started != 0)
        return legal_wrong(self, "it has started already, at event %lld",
                           (long long)thing->started);
    thing->started = self->last;
    return true;
}

bool legal_close(walk *self, begun *thing, int64_t started)
{
    if (!thing)
        return false;
    if (started != thing->started)
        return legal_wrong(self, "it started at event %lld, not at %lld", (long long)thing->started,
                           (long long)started);
    thing->closed = true;
    return true;
}

static bool walk_timer_fired(walk *self, const Tp__History__TimerFiredEventAttributes *event)
{
    begun *timer = legal_find(self, TIMER, event->started_event_id);

    if (timer && strcmp(timer->id, event->timer_id) != 0)
        return legal_wrong(self, "the timer has another id");
    return legal_close(self, timer, 0);
}

static bool walk_outcome(walk *self, const tp_event *event)
{
    const int64_t origin = tp_event_origin(event);

    switch ((int)event->attributes_case) {
    case ATTRIBUTES(ACTIVITY_TASK_STARTED):
        return legal_activity_started(self, event);
    case ATTRIBUTES(ACTIVITY_TASK_COMPLETED):
        return legal_activity_completed(self, event);
    case ATTRIBUTES(ACTIVITY_TASK_FAILED):
        return legal_activity_failed(self, event);
    case ATTRIBUTES(ACTIVITY_TASK_TIMED_OUT):
        return legal_activity_timed_out(self, event);
    case ATTRIBUTES(ACTIVITY_TASK_CANCELED):
        return legal_activity_canceled(self, event);
    case ATTRIBUTES(CHILD_WORKFLOW_EXECUTION_STARTED):
        return legal_child_started(self, event);
    case ATTRIBUTES(CHILD_WORKFLOW_EXECUTION_COMPLETED):
        return legal_child_completed(self, event);
    case ATTRIBUTES(CHILD_WORKFLOW_EXECUTION_FAILED):
        return legal_child_failed(self, event);
    case ATTRIBUTES(CHILD_WORKFLOW_EXECUTION_TIMED_OUT):
        return legal_child_timed_out(self, event);
#define CHILD_ENDS(UPPER, lower) \
    case ATTRIBUTES(UPPER):      \
        return legal_child_ended(self, origin, event->lower##_event_attributes->started_event_id)
        CHILD_ENDS(CHILD_WORKFLOW_EXECUTION_CANCELED, child_workflow_execution_canceled);
        CHILD_ENDS(CHILD_WORKFLOW_EXECUTION_TERMINATED, child_workflow_execution_terminated);
    case ATTRIBUTES(START_CHILD_WORKFLOW_EXECUTION_FAILED):
        return legal_child_refused(self, event);
    case ATTRIBUTES(TIMER_FIRED):
        return walk_timer_fired(self, event->timer_fired_event_attributes);
    case ATTRIBUTES(EXTERNAL_WORKFLOW_EXECUTION_SIGNALED):
    case ATTRIBUTES(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED):
        return legal_close(self, legal_find(self, SIGNAL, origin), 0);
    case ATTRIBUTES(EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED):
    case ATTRIBUTES(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED):
        return legal_close(self, legal_find(self, CANCEL, origin), 0);
    default:
        return legal_wrong(self, "its attributes are not those of its type");
    }
}

/* --- the walk ------------------------------------------------------------------------------ */

static bool walk_event(walk *self, const tp_event *event)
{
    const tp_event_class class = tp_event_classify(event);

    if (event->event_id != self->last)
        return legal_wrong(self, "its id is %lld", (long long)event->event_id);
    if ((class == TP_EVENT_START) != (self->last == 1))
        return legal_wrong(self, "the start is the first event, and the only one of its type");
    if (self->closed)
        return legal_wrong(self, "the run has ended");
    if (class == TP_EVENT_TASK)
        return walk_task(self, event);
    if (class == TP_EVENT_COMMAND)
        return walk_command(self, event);
    if (class == TP_EVENT_CLOSED) {
        self->closed = true;
        return self->task != TASK_STARTED ||
               legal_wrong(self, "the task that is under way has not failed");
    }
    if (self->task == TASK_STARTED)
        return legal_wrong(self, "it stands within a task, where the server buffers it");
    if (self->task == TASK_COMPLETED)
        self->task = TASK_NONE; /* no commands of that task come behind it */
    if (class == TP_EVENT_ADMITTED)
        return walk_update_admitted(self, event);
    if (class == TP_EVENT_OUTCOME)
        return walk_outcome(self, event);
    if (class == TP_EVENT_CANCEL && self->cancel_requested)
        return legal_wrong(self, "the run was asked to cancel already");
    self->cancel_requested = self->cancel_requested || class == TP_EVENT_CANCEL;
    return class != TP_EVENT_UNKNOWN || event->worker_may_ignore ||
           legal_wrong(self, "it is of the unknown type %d", (int)event->event_type);
}

bool legal_history(tp_event *const *events, size_t count, char *problem, size_t size)
{
    walk self = { .events = events, .problem = problem, .size = size };
    bool fine = count > 0;

    problem[0] = '\0';
    if (!fine)
        return legal_wrong(&self, "there is none");
    self.things = tp_alloc((count + 1) * sizeof(*self.things));
    memset(self.things, 0, (count + 1) * sizeof(*self.things));
    for (size_t i = 0; fine && i < count; i++) {
        self.last = (int64_t)i + 1;
        fine = walk_event(&self, events[i]);
    }
    tp_free(self.things);
    return fine;
}
