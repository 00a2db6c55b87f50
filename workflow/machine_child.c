/* SPDX-License-Identifier: MIT */
/* workflow/machine_child.c -- StartChildWorkflowExecution.
 *
 *     issued --...Initiated--> asked for --ChildWorkflowExecutionStarted--> running --> closed
 *       |                        |      --StartChildWorkflowExecutionFailed--> closed
 *       |                        |
 *       | cancel: withdrawn      | cancel, by its cancellation type:
 *                                |   WAIT     asks the child; its futures end as they end
 *                                |   TRY      asks the child; its futures are cancelled now
 *                                |   REQUEST  asks the child; cancelled when it was told
 *                                |   ABANDON  its futures are cancelled now
 *
 * A child that has not started yet cannot be found by the server: it is asked when it has. What
 * history tells after a future is done is swallowed; the machine waits for it all the same.
 */
#include "workflow/machine_child.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"
#include "converter/text.h"
#include "workflow/machine_external.h"
#include "workflow/run.h"

#define CAUSE(name) \
    TP__ENUMS__START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE__START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_##name
#define CLOSE(name) TP__ENUMS__PARENT_CLOSE_POLICY__PARENT_CLOSE_POLICY_##name

/* --- the command -------------------------------------------------------------------------- */

static void build(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    const temporal_child *self = tp_list_entry(command, temporal_child, start);

    (void)arena;
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_START_CHILD_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    message->start_child_workflow_execution_command_attributes = self->attributes;
    message->user_metadata = self->machine.metadata;
}

static void compare(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const temporal_child *self = tp_list_entry(command, temporal_child, start);
    const Tp__History__StartChildWorkflowExecutionInitiatedEventAttributes *attributes =
        tp_event_attributes(event, START_CHILD_WORKFLOW_EXECUTION_INITIATED,
                            start_child_workflow_execution_initiated);

    tp_compare(comparison, "workflow type",
               attributes && attributes->workflow_type ? attributes->workflow_type->name : NULL,
               self->type);
    tp_compare(comparison, "workflow id", attributes ? attributes->workflow_id : NULL, self->id);
}

static const char *meet(tp_command *command, const tp_event *event)
{
    tp_machine_began(&tp_list_entry(command, temporal_child, start)->machine, event->event_id);
    return NULL;
}

static char *describe(tp_command *command, tp_arena *arena)
{
    const temporal_child *self = tp_list_entry(command, temporal_child, start);

    return tp_arena_format(arena, "StartChildWorkflowExecution (workflow %s, id %s)", self->type,
                           self->id);
}

static const tp_command_type start_type = { .wire = TP_COMMAND(START_CHILD_WORKFLOW_EXECUTION),
                                            .event =
                                                TP_EVENT(START_CHILD_WORKFLOW_EXECUTION_INITIATED),
                                            .build = build,
                                            .compare = compare,
                                            .meet = meet,
                                            .describe = describe };

/* --- how it ends -------------------------------------------------------------------------- */

/* CHILD_WORKFLOW with that cause. */
static temporal_error *failed(const temporal_child *self, temporal_error *cause, const char *how)
{
    temporal_error *error = temporal_error_wrap(cause, TEMPORAL_ERROR_CHILD_WORKFLOW,
                                                "child %s (id %s) %s", self->type, self->id, how);

    tp_error_set_text(error, &error->workflow_type, self->type);
    tp_error_set_text(error, &error->workflow_id, self->id);
    if (self->run_id)
        tp_error_set_text(error, &error->run_id, self->run_id);
    tp_error_set_text(error, &error->namespace_name, self->machine.future.run->info.namespace_name);
    error->scheduled_event_id = self->machine.event_id;
    error->started_event_id = self->started_event_id;
    return error;
}

static temporal_error *start_failed(const temporal_child *self, int cause)
{
    switch (cause) {
    case CAUSE(WORKFLOW_ALREADY_EXISTS):
        return temporal_error_new(TEMPORAL_ERROR_ALREADY_STARTED,
                                  "child %s: id %s is in use: see .id_reuse", self->type, self->id);
    case CAUSE(NAMESPACE_NOT_FOUND):
        return temporal_error_new(TEMPORAL_ERROR_NOT_FOUND,
                                  "child %s (id %s): there is no namespace %s", self->type,
                                  self->id, self->machine.future.run->info.namespace_name);
    default:
        return temporal_error_new(TEMPORAL_ERROR_SERVER,
                                  "child %s (id %s): the server did not start it (cause %d)",
                                  self->type, self->id, cause);
    }
}

static void fail_both(temporal_child *self, temporal_error *error)
{
    tp_future_fail(&self->started, error);
    tp_future_fail(&self->machine.future, error);
}

static temporal_error *cancelled(const temporal_child *self)
{
    return failed(self, tp_error_fixed(TEMPORAL_ERROR_CANCELLED), "was cancelled");
}

static void fail_end(temporal_child *self, temporal_error *cause, const char *how, int retry_state)
{
    temporal_error *error = failed(self, cause, how);

    error->retry_state = (temporal_retry_state)retry_state;
    tp_future_fail(&self->machine.future, error);
}

static void take_canceled(temporal_child *self,
                          const Tp__History__ChildWorkflowExecutionCanceledEventAttributes *event)
{
    temporal_error *cause = temporal_error_new(TEMPORAL_ERROR_CANCELLED, "cancelled");
    tp_buffer details = { 0 };

    tp_payloads_pack(&details, event->details);
    tp_error_set_details(cause, details.data, details.size);
    tp_buffer_done(&details);
    fail_end(self, cause, "was cancelled", TEMPORAL_RETRY_STATE_NON_RETRYABLE_FAILURE);
}

static temporal_error *timed_out(void)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_TIMEOUT, "timed out");

    error->timeout_type = TEMPORAL_TIMEOUT_START_TO_CLOSE;
    return error;
}

/* An event that ends it; false: it is another one. */
static bool take_end(temporal_child *self, const tp_event *event)
{
    temporal_error *cause;

    switch ((int)event->attributes_case) {
#define ATTRIBUTES(name) \
    TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_CHILD_WORKFLOW_EXECUTION_##name##_EVENT_ATTRIBUTES
    case ATTRIBUTES(COMPLETED):
        tp_future_resolve(&self->machine.future,
                          event->child_workflow_execution_completed_event_attributes->result);
        return true;
    case ATTRIBUTES(FAILED):
        cause =
            tp_failure_to_error(event->child_workflow_execution_failed_event_attributes->failure);
        if (!cause)
            cause = temporal_error_new(TEMPORAL_ERROR_APPLICATION, "the server gave no reason");
        fail_end(self, cause, "failed",
                 (int)event->child_workflow_execution_failed_event_attributes->retry_state);
        return true;
    case ATTRIBUTES(CANCELED):
        take_canceled(self, event->child_workflow_execution_canceled_event_attributes);
        return true;
    case ATTRIBUTES(TIMED_OUT):
        fail_end(self, timed_out(), "timed out",
                 (int)event->child_workflow_execution_timed_out_event_attributes->retry_state);
        return true;
    case ATTRIBUTES(TERMINATED):
        fail_end(self, temporal_error_new(TEMPORAL_ERROR_TERMINATED, "terminated"),
                 "was terminated", TEMPORAL_RETRY_STATE_NON_RETRYABLE_FAILURE);
        return true;
    default:
        return false;
    }
}

/* --- cancellation ------------------------------------------------------------------------- */

static bool take(tp_machine *machine, const tp_event *event);
static void done(tp_machine *machine);
static char *describe_machine(const tp_machine *machine, tp_arena *arena)
{
    const temporal_child *self = (const temporal_child *)machine; /* its first member */

    return tp_arena_format(arena, "child %s (id %s)", self->type, self->id);
}

static const tp_machine_type child_type = { .take = take,
                                            .done = done,
                                            .describe = describe_machine };

temporal_future *tp_machine_child_started(tp_machine *machine)
{
    return machine->type == &child_type ? &tp_list_entry(machine, temporal_child, machine)->started
                                        : NULL;
}

/* The child was told: the one that began at that event, if it still matters. */
static void told(temporal_workflow *run, int64_t event_id)
{
    tp_machine *machine = tp_machine_find(run, event_id);
    temporal_child *self;

    if (!machine || machine->type != &child_type)
        return;
    self = tp_list_entry(machine, temporal_child, machine);
    if (self->cancellation == TEMPORAL_CHILD_CANCELLATION_REQUEST)
        tp_future_fail(&machine->future, cancelled(self));
}

static void request_cancel(const temporal_child *self)
{
    /* Whatever run of it is the current one: it may have continued as new. */
    const tp_external_target target = { .id = self->id, .run_id = "", .child_only = true };

    tp_machine_release(tp_machine_cancel_external_start(self->machine.future.run, NULL, &target,
                                                        told, self->machine.event_id));
}

static void on_cancel(temporal_future *future)
{
    temporal_child *self = tp_list_entry(future, temporal_child, machine.future);

    if (tp_command_is_pending(&self->start)) {
        fail_both(self, cancelled(self));
        tp_command_withdraw(&self->start);
        tp_machine_close(&self->machine);
        return;
    }
    if (self->cancellation == TEMPORAL_CHILD_CANCELLATION_TRY ||
        self->cancellation == TEMPORAL_CHILD_CANCELLATION_ABANDON)
        fail_both(self, cancelled(self));
    if (self->cancellation == TEMPORAL_CHILD_CANCELLATION_ABANDON)
        return;
    if (self->started_event_id != 0)
        request_cancel(self);
    else
        self->cancel_when_started = true;
}

static void on_cancel_start(temporal_future *future)
{
    tp_future_cancel(&tp_list_entry(future, temporal_child, started)->machine.future);
}

/* --- events ------------------------------------------------------------------------------- */

static bool take_started(temporal_child *self, const tp_event *event)
{
    const Tp__History__ChildWorkflowExecutionStartedEventAttributes *attributes =
        tp_event_attributes(event, CHILD_WORKFLOW_EXECUTION_STARTED,
                            child_workflow_execution_started);

    if (!attributes || self->started_event_id != 0)
        return false;
    self->started_event_id = event->event_id;
    self->run_id =
        tp_strdup(attributes->workflow_execution && attributes->workflow_execution->run_id
                      ? attributes->workflow_execution->run_id
                      : "");
    tp_future_resolve(&self->started, NULL);
    if (self->cancel_when_started)
        request_cancel(self);
    return true;
}

static bool take_start_failed(temporal_child *self, const tp_event *event)
{
    const Tp__History__StartChildWorkflowExecutionFailedEventAttributes *attributes =
        tp_event_attributes(event, START_CHILD_WORKFLOW_EXECUTION_FAILED,
                            start_child_workflow_execution_failed);

    if (!attributes || self->started_event_id != 0)
        return false;
    fail_both(self, start_failed(self, (int)attributes->cause));
    return true;
}

static bool take(tp_machine *machine, const tp_event *event)
{
    temporal_child *self = tp_list_entry(machine, temporal_child, machine);

    if (take_started(self, event))
        return true;
    if (!take_start_failed(self, event) && (self->started_event_id == 0 || !take_end(self, event)))
        return false;
    tp_machine_close(machine);
    return true;
}

static void done(tp_machine *machine)
{
    temporal_child *self = tp_list_entry(machine, temporal_child, machine);

    tp_future_release(&self->started);
    tp_free(self->run_id);
}

/* --- the start ---------------------------------------------------------------------------- */

temporal_error *tp_machine_child_check(const char *type, const temporal_child_options *options)
{
    const tp_named_time times[] = { { "execution_timeout", options->execution_timeout },
                                    { "run_timeout", options->run_timeout },
                                    { "task_timeout", options->task_timeout } };
    char what[160];

    (void)snprintf(what, sizeof(what), "child %s", type);
    TEMPORAL_TRY(tp_text_check_optional(options->id, what, "id"));
    TEMPORAL_TRY(tp_text_check_optional(options->task_queue, what, "task_queue"));
    TEMPORAL_TRY(tp_text_check_optional(options->cron, what, "cron"));
    (void)snprintf(what, sizeof(what), "child %s: ", type);
    TEMPORAL_TRY(tp_clock_check_all(what, times, sizeof(times) / sizeof(times[0])));
    if ((unsigned)options->cancellation > TEMPORAL_CHILD_CANCELLATION_REQUEST)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "child %s: there is no cancellation type %d", type,
                                  (int)options->cancellation);
    if ((unsigned)options->parent_close > TEMPORAL_PARENT_CLOSE_REQUEST_CANCEL)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "child %s: parent_close: %d is no temporal_parent_close", type,
                                  (int)options->parent_close);
    (void)snprintf(what, sizeof(what), "child %s: id_reuse", type);
    TEMPORAL_TRY(tp_message_check_id_reuse(options->id_reuse, what));
    (void)snprintf(what, sizeof(what), "child %s: retry", type);
    return options->retry ? tp_message_check_retry(options->retry, what) : NULL;
}

static Tp__Enums__ParentClosePolicy close_policy(temporal_parent_close policy)
{
    switch (policy) {
    case TEMPORAL_PARENT_CLOSE_ABANDON:
        return CLOSE(ABANDON);
    case TEMPORAL_PARENT_CLOSE_REQUEST_CANCEL:
        return CLOSE(REQUEST_CANCEL);
    case TEMPORAL_PARENT_CLOSE_TERMINATE:
        break;
    }
    return CLOSE(TERMINATE);
}

static void fill_attributes(const temporal_workflow *run, const temporal_child *self,
                            const temporal_child_options *options)
{
    tp_arena *arena = run->scratch;
    tp_child_attributes *attributes = self->attributes;
    Tp__Common__WorkflowType *type = tp_arena_alloc(arena, sizeof(*type));
    Tp__Taskqueue__TaskQueue *queue = tp_arena_alloc(arena, sizeof(*queue));

    tp__common__workflow_type__init(type);
    type->name = tp_arena_strdup(arena, self->type);
    tp__taskqueue__task_queue__init(queue);
    queue->name =
        tp_arena_strdup(arena, options->task_queue && *options->task_queue ? options->task_queue
                                                                           : run->info.task_queue);
    attributes->namespace_ = tp_arena_strdup(arena, run->info.namespace_name);
    attributes->workflow_id = tp_arena_strdup(arena, self->id);
    attributes->workflow_type = type;
    attributes->task_queue = queue;
    attributes->workflow_execution_timeout = tp_message_duration(arena, options->execution_timeout);
    attributes->workflow_run_timeout = tp_message_duration(arena, options->run_timeout);
    attributes->workflow_task_timeout = tp_message_duration(arena, options->task_timeout);
    attributes->parent_close_policy = close_policy(options->parent_close);
    attributes->workflow_id_reuse_policy = tp_message_id_reuse(options->id_reuse);
    attributes->retry_policy = tp_message_retry(arena, options->retry);
    attributes->cron_schedule = tp_arena_strdup(arena, options->cron ? options->cron : "");
}

temporal_child *tp_machine_child_start(temporal_workflow *run, temporal_scope *scope,
                                       const char *type, tp_child_attributes *attributes,
                                       const temporal_child_options *options)
{
    size_t type_size = strlen(type) + 1;
    char uuid[TP_UUID_SIZE];
    const char *id = options->id;
    temporal_child *self;

    if (!id || !*id) {
        tp_prng_uuid(&run->prng, uuid);
        id = uuid;
    }
    self = tp_machine_new(run, &child_type, sizeof(*self) + type_size + strlen(id) + 1, scope,
                          on_cancel);
    tp_future_init(&self->started, run, NULL, on_cancel_start);
    memcpy(self->type, type, type_size);
    self->id = self->type + type_size;
    memcpy(self->id, id, strlen(id) + 1);
    self->cancellation = options->cancellation;
    tp_command_init(&self->start, &start_type);
    if (!run->replaying) { /* only what is sent must be written down */
        self->attributes = attributes;
        fill_attributes(run, self, options);
    }
    tp_command_issue(run, &self->start);
    return self;
}
