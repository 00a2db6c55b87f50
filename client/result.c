/* SPDX-License-Identifier: MIT */
/* client/result.c -- waits for the end of a workflow, through every run that continues it. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "client/handle.h"
#include "converter/failure.h"
#include "converter/payload.h"
#include "converter/text.h"

typedef struct waiting {
    temporal_handle *handle;
    const temporal_type *type;
    void *output;
    int64_t deadline; /* monotonic nanoseconds; INT64_MAX: none */
    tp_arena arena;   /* of one response */
    char *run_id;     /* the run that is waited for; NULL: the current one */
    tp_buffer token;  /* where its history is waited for */
    bool ended;
} waiting;

/* --- one end of a run ------------------------------------------------------------------------- */

static void follow(waiting *self, const char *run_id)
{
    tp_free(self->run_id);
    self->run_id = tp_strdup(run_id);
    tp_buffer_clear(&self->token);
}

/* Takes cause. */
static temporal_error *ended_badly(waiting *self, const char *how, temporal_error *cause)
{
    temporal_error *error = cause ? temporal_error_wrap(cause, TEMPORAL_ERROR_WORKFLOW,
                                                        "workflow %s %s", self->handle->id, how)
                                  : temporal_error_new(TEMPORAL_ERROR_WORKFLOW, "workflow %s %s",
                                                       self->handle->id, how);

    tp_error_set_text(error, &error->workflow_id, self->handle->id);
    self->ended = true;
    return error;
}

static temporal_error *
on_completed(waiting *self, const Tp__History__WorkflowExecutionCompletedEventAttributes *event)
{
    if (event->new_execution_run_id && *event->new_execution_run_id) { /* cron */
        follow(self, event->new_execution_run_id);
        return TEMPORAL_OK;
    }
    self->ended = true;
    if (!self->output)
        return TEMPORAL_OK;
    return tp_payloads_read(&self->handle->results, event->result, 0, self->type, self->output);
}

static temporal_error *on_failed(waiting *self,
                                 const Tp__History__WorkflowExecutionFailedEventAttributes *event)
{
    if (event->new_execution_run_id && *event->new_execution_run_id) { /* retry or cron */
        follow(self, event->new_execution_run_id);
        return TEMPORAL_OK;
    }
    return ended_badly(self, "failed", tp_failure_to_error(event->failure));
}

static temporal_error *
on_timed_out(waiting *self, const Tp__History__WorkflowExecutionTimedOutEventAttributes *event)
{
    temporal_error *cause;

    if (event->new_execution_run_id && *event->new_execution_run_id) {
        follow(self, event->new_execution_run_id);
        return TEMPORAL_OK;
    }
    cause = temporal_error_new(TEMPORAL_ERROR_TIMEOUT, "its execution or run timeout is over");
    cause->timeout_type = TEMPORAL_TIMEOUT_START_TO_CLOSE;
    return ended_badly(self, "timed out", cause);
}

static void keep_details(temporal_error *error, const Tp__Common__Payloads *details)
{
    tp_buffer encoded = { 0 };

    tp_payloads_pack(&encoded, details);
    tp_error_set_details(error, encoded.data, encoded.size);
    tp_buffer_done(&encoded);
}

static temporal_error *
on_cancelled(waiting *self, const Tp__History__WorkflowExecutionCanceledEventAttributes *event)
{
    temporal_error *cause =
        temporal_error_new(TEMPORAL_ERROR_CANCELLED, "a cancellation was requested");

    keep_details(cause, event->details);
    return ended_badly(self, "was cancelled", cause);
}

static temporal_error *
on_terminated(waiting *self, const Tp__History__WorkflowExecutionTerminatedEventAttributes *event)
{
    temporal_error *error = temporal_error_new(
        TEMPORAL_ERROR_TERMINATED, "workflow %s was terminated%s%s", self->handle->id,
        event->reason && *event->reason ? ": " : "", event->reason ? event->reason : "");

    keep_details(error, event->details);
    tp_error_set_text(error, &error->workflow_id, self->handle->id);
    self->ended = true;
    return error;
}

static temporal_error *on_close_event(waiting *self, const Tp__History__HistoryEvent *event)
{
#define CASE(NAME) \
    TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_##NAME##_EVENT_ATTRIBUTES
    switch (event->attributes_case) {
    case CASE(COMPLETED):
        return on_completed(self, event->workflow_execution_completed_event_attributes);
    case CASE(FAILED):
        return on_failed(self, event->workflow_execution_failed_event_attributes);
    case CASE(TIMED_OUT):
        return on_timed_out(self, event->workflow_execution_timed_out_event_attributes);
    case CASE(CANCELED):
        return on_cancelled(self, event->workflow_execution_canceled_event_attributes);
    case CASE(TERMINATED):
        return on_terminated(self, event->workflow_execution_terminated_event_attributes);
    case CASE(CONTINUED_AS_NEW):
        follow(self,
               event->workflow_execution_continued_as_new_event_attributes->new_execution_run_id);
        return TEMPORAL_OK;
    default:
        self->ended = true;
        return temporal_error_new(TEMPORAL_ERROR_RPC,
                                  "workflow %s ended with an event of type %d, which this release "
                                  "does not know",
                                  self->handle->id, (int)event->event_type);
    }
#undef CASE
}

/* --- the long poll ---------------------------------------------------------------------------- */

static temporal_error *ask(waiting *self, void **response)
{
    Tp__Common__WorkflowExecution execution = tp_handle_execution(self->handle);
    Tp__Ws__GetWorkflowExecutionHistoryRequest request;

    if (self->run_id)
        execution.run_id = self->run_id;
    tp__ws__get_workflow_execution_history_request__init(&request);
    request.namespace_ = self->handle->client->namespace_name;
    request.execution = &execution;
    request.wait_new_event = true;
    request.history_event_filter_type =
        TP__ENUMS__HISTORY_EVENT_FILTER_TYPE__HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    request.next_page_token.data = self->token.data;
    request.next_page_token.len = self->token.size;
    return tp_client_long_poll(
        self->handle->client,
        &(const tp_call_options){
            .method = "GetWorkflowExecutionHistory",
            .request = &request.base,
            .response = &tp__ws__get_workflow_execution_history_response__descriptor,
        },
        self->deadline, &self->arena, response);
}

static temporal_error *wait_once(waiting *self)
{
    const Tp__Ws__GetWorkflowExecutionHistoryResponse *response;
    void *message = NULL;
    const Tp__History__History *history;

    TEMPORAL_TRY(ask(self, &message));
    response = message;
    history = response->history;
    if (history && history->n_events > 0)
        return on_close_event(self, history->events[history->n_events - 1]);
    tp_buffer_clear(&self->token);
    tp_buffer_append(&self->token, response->next_page_token.data, response->next_page_token.len);
    return TEMPORAL_OK;
}

static temporal_error *follow_runs(temporal_handle *handle, int64_t deadline,
                                   const temporal_type *type, void *output)
{
    waiting self = { .handle = handle, .type = type, .output = output, .deadline = deadline };
    temporal_error *error = TEMPORAL_OK;

    self.run_id = tp_strdup(temporal_handle_run_id(handle));
    tp_arena_init(&self.arena);
    while (!error && !self.ended) {
        error = wait_once(&self);
        tp_arena_done(&self.arena);
    }
    tp_free(self.run_id);
    tp_buffer_done(&self.token);
    if (!self.ended && temporal_error_get_code(error) == TEMPORAL_ERROR_TIMEOUT)
        return temporal_error_wrap(error, TEMPORAL_ERROR_TIMEOUT,
                                   "workflow %s has not ended in the time given", handle->id);
    return error;
}

static temporal_error *wait_for_result(temporal_handle *handle, int64_t deadline,
                                       const temporal_type *type, void *output)
{
    temporal_client *client = handle->client;
    tp_result_waits *waits = client->result_waits;
    temporal_error *error;
    bool begun = false;

    if (waits)
        TEMPORAL_TRY(waits->begin(waits, client, &begun));
    error = follow_runs(handle, deadline, type, output);
    if (begun)
        waits->end(waits, client);
    return error;
}

temporal_error *temporal_handle_result(temporal_handle *handle, const temporal_type *type,
                                       void *output)
{
    TEMPORAL_TRY(tp_text_check_object(handle, "result", "handle"));
    return wait_for_result(handle, INT64_MAX, type, output);
}

temporal_error *temporal_handle_result_within(temporal_handle *handle, temporal_seconds timeout,
                                              const temporal_type *type, void *output)
{
    int64_t now = tp_clock_monotonic(), time = tp_clock_nanoseconds(timeout);

    TEMPORAL_TRY(tp_text_check_object(handle, "result", "handle"));
    TEMPORAL_TRY(tp_clock_check(timeout, "result: timeout"));
    return wait_for_result(handle, time < INT64_MAX - now ? now + time : INT64_MAX, type, output);
}
