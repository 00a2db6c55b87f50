/* SPDX-License-Identifier: MIT */
/* client/update_call.c -- asks a workflow for an update, and waits for what becomes of it. */
#include "client/update_call.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "converter/failure.h"
#include "converter/payload.h"
#include "converter/text.h"

#define STAGE(name) \
    TP__ENUMS__UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE__UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_##name

/* --- the update itself ------------------------------------------------------------------------ */

temporal_update *tp_update_call_new(temporal_client *client, const char *workflow_id,
                                    const char *run_id, const char *id, const char *name)
{
    temporal_update *update = tp_alloc(sizeof *update);
    char made[TP_UUID_SIZE];

    if (!id)
        tp_uuid_make(made);
    tp_arena_init(&update->arena);
    tp_arena_init(&update->answer);
    tp_arena_init(&update->results);
    update->client = tp_client_ref(client);
    update->workflow_id = tp_arena_strdup(&update->arena, workflow_id);
    update->run_id = tp_arena_strdup(&update->arena, run_id);
    update->id = tp_arena_strdup(&update->arena, id ? id : made);
    update->name = tp_arena_strdup(&update->arena, name);
    return update;
}

const char *temporal_update_id(const temporal_update *update)
{
    return update->id;
}

const char *temporal_update_run_id(const temporal_update *update)
{
    return update->run_id;
}

void temporal_update_free(temporal_update *update)
{
    if (!update)
        return;
    tp_arena_done(&update->results);
    tp_arena_done(&update->answer);
    tp_arena_done(&update->arena);
    temporal_client_free(update->client);
    tp_free(update);
}

temporal_error *temporal_handle_get_update(temporal_handle *handle, const char *id,
                                           temporal_update **update)
{
    TEMPORAL_TRY(tp_text_check_object(handle, "get update", "handle"));
    TEMPORAL_TRY(tp_text_check(id, "get update", "the update's id"));
    *update = tp_update_call_new(handle->client, handle->id, handle->run_id, id, NULL);
    return TEMPORAL_OK;
}

temporal_update_options tp_update_call_options(const temporal_update_options *given)
{
    temporal_update_options options = { 0 };

    if (given)
        memcpy(&options, given,
               given->struct_size < sizeof options ? given->struct_size : sizeof options);
    return options;
}

int64_t tp_update_call_deadline(temporal_seconds timeout)
{
    int64_t now = tp_clock_monotonic(), time = tp_clock_nanoseconds(timeout);

    return time < INT64_MAX - now ? now + time : INT64_MAX;
}

/* --- asking for it ---------------------------------------------------------------------------- */

temporal_error *tp_update_call_make(tp_update_call_request *self, const temporal_update *update,
                                    const temporal_named_call *call,
                                    const temporal_update_options *options)
{
    tp_arena_init(&self->arena);
    TEMPORAL_TRY(tp_text_check(call->name, "update workflow", "the update's name"));
    TEMPORAL_TRY(tp_text_check(update->id, "update workflow", ".id"));
    TEMPORAL_TRY(tp_clock_check(options->timeout, "update workflow: .timeout"));
    if ((unsigned)options->wait_for > TEMPORAL_UPDATE_COMPLETED)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "update workflow: .wait_for: %d is no temporal_update_stage",
                                  (int)options->wait_for);

    tp__common__workflow_execution__init(&self->execution);
    self->execution.workflow_id = update->workflow_id;
    if (update->run_id)
        self->execution.run_id = update->run_id;
    tp__update__wait_policy__init(&self->wait);
    /* Where time skips: not before it is accepted, that could be past the end of the run. */
    self->wait.lifecycle_stage =
        options->wait_for == TEMPORAL_UPDATE_COMPLETED && !update->client->result_waits
            ? STAGE(COMPLETED)
            : STAGE(ACCEPTED);
    tp__update__meta__init(&self->meta);
    self->meta.update_id = update->id;
    self->meta.identity = update->client->identity;
    tp__update__input__init(&self->input);
    self->input.name = tp_arena_strdup(&self->arena, call->name);
    tp__update__request__init(&self->update);
    self->update.meta = &self->meta;
    self->update.input = &self->input;
    tp__ws__update_workflow_execution_request__init(&self->request);
    self->request.namespace_ = update->client->namespace_name;
    self->request.workflow_execution = &self->execution;
    self->request.wait_policy = &self->wait;
    self->request.request = &self->update;
    return tp_payloads_make(&self->arena, call->inputs, call->input_count, &self->input.args);
}

static void keep(temporal_update *update, const Tp__Update__UpdateRef *ref,
                 const Tp__Update__Outcome *outcome)
{
    const Tp__Common__WorkflowExecution *run = ref ? ref->workflow_execution : NULL;

    if (!update->run_id && run && run->run_id && *run->run_id)
        update->run_id = tp_arena_strdup(&update->arena, run->run_id);
    if (outcome && outcome->value_case != TP__UPDATE__OUTCOME__VALUE__NOT_SET)
        update->outcome = outcome;
}

void tp_update_call_keep(temporal_update *update,
                         const Tp__Ws__UpdateWorkflowExecutionResponse *response)
{
    keep(update, response->update_ref, response->outcome);
    update->accepted = update->outcome || response->stage >= STAGE(ACCEPTED);
}

static const char *name_of(const temporal_update *update)
{
    return update->name ? update->name : update->id;
}

/* Takes error. */
static temporal_error *explain_timeout(const temporal_update *update, temporal_error *error,
                                       const char *what)
{
    if (temporal_error_get_code(error) != TEMPORAL_ERROR_TIMEOUT)
        return error;
    return temporal_error_wrap(error, TEMPORAL_ERROR_TIMEOUT,
                               "update %s of workflow %s has not %s in the time given",
                               name_of(update), update->workflow_id, what);
}

/* Until the update has ended: the server answers earlier when that takes it long. */
static temporal_error *poll(temporal_update *update, int64_t deadline)
{
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__PollWorkflowExecutionUpdateRequest request;
    Tp__Update__UpdateRef ref;
    Tp__Update__WaitPolicy wait;
    void *message = NULL;

    tp__common__workflow_execution__init(&execution);
    execution.workflow_id = update->workflow_id;
    if (update->run_id)
        execution.run_id = update->run_id;
    tp__update__update_ref__init(&ref);
    ref.workflow_execution = &execution;
    ref.update_id = update->id;
    tp__update__wait_policy__init(&wait);
    wait.lifecycle_stage = STAGE(COMPLETED);
    tp__ws__poll_workflow_execution_update_request__init(&request);
    request.namespace_ = update->client->namespace_name;
    request.identity = update->client->identity;
    request.update_ref = &ref;
    request.wait_policy = &wait;
    while (!update->outcome) {
        const Tp__Ws__PollWorkflowExecutionUpdateResponse *response;

        tp_arena_done(&update->answer);
        TEMPORAL_TRY(tp_client_long_poll(
            update->client,
            &(const tp_call_options){
                .method = "PollWorkflowExecutionUpdate",
                .request = &request.base,
                .response = &tp__ws__poll_workflow_execution_update_response__descriptor,
            },
            deadline, &update->answer, &message));
        response = message;
        keep(update, response->update_ref, response->outcome);
    }
    return TEMPORAL_OK;
}

static temporal_error *wait_for_end(temporal_update *update, int64_t deadline)
{
    temporal_client *client = update->client;
    tp_result_waits *waits = client->result_waits;
    temporal_error *error;
    bool begun = false;

    if (update->outcome)
        return TEMPORAL_OK;
    if (waits)
        TEMPORAL_TRY(waits->begin(waits, client, &begun));
    error = poll(update, deadline);
    if (begun)
        waits->end(waits, client);
    return explain_timeout(update, error, "ended");
}

/* Until it is accepted: the same id again is the same update. */
static temporal_error *ask(temporal_update *update, tp_update_call_request *request,
                           int64_t deadline)
{
    void *message = NULL;

    while (!update->accepted) {
        tp_arena_done(&update->answer);
        TEMPORAL_TRY(tp_client_long_poll(
            update->client,
            &(const tp_call_options){
                .method = "UpdateWorkflowExecution",
                .request = &request->request.base,
                .response = &tp__ws__update_workflow_execution_response__descriptor,
            },
            deadline, &update->answer, &message));
        tp_update_call_keep(update, message);
    }
    return TEMPORAL_OK;
}

temporal_error *tp_update_call_submit(temporal_update *update, tp_update_call_request *request,
                                      temporal_update_stage wait_for, int64_t deadline)
{
    TEMPORAL_TRY(explain_timeout(update, ask(update, request, deadline), "been accepted"));
    return wait_for == TEMPORAL_UPDATE_COMPLETED ? wait_for_end(update, deadline) : TEMPORAL_OK;
}

/* --- its end ---------------------------------------------------------------------------------- */

temporal_error *tp_update_call_finish(temporal_update *update, int64_t deadline, tp_arena *arena,
                                      const temporal_type *type, void *output)
{
    temporal_error *error;

    TEMPORAL_TRY(wait_for_end(update, deadline));
    if (update->outcome->value_case == TP__UPDATE__OUTCOME__VALUE_SUCCESS)
        return output ? tp_payloads_read(arena, update->outcome->success, 0, type, output)
                      : TEMPORAL_OK;
    error = tp_failure_to_error(update->outcome->failure);
    error =
        error ? temporal_error_wrap(error, TEMPORAL_ERROR_UPDATE, "update %s of workflow %s failed",
                                    name_of(update), update->workflow_id)
              : temporal_error_new(TEMPORAL_ERROR_UPDATE, "update %s of workflow %s failed",
                                   name_of(update), update->workflow_id);
    tp_error_set_text(error, &error->workflow_id, update->workflow_id);
    return error;
}

temporal_error *temporal_update_result(temporal_update *update, const temporal_type *type,
                                       void *output)
{
    TEMPORAL_TRY(tp_text_check_object(update, "update result", "update"));
    return tp_update_call_finish(update, INT64_MAX, &update->results, type, output);
}

temporal_error *temporal_update_result_within(temporal_update *update, temporal_seconds timeout,
                                              const temporal_type *type, void *output)
{
    TEMPORAL_TRY(tp_text_check_object(update, "update result", "update"));
    TEMPORAL_TRY(tp_clock_check(timeout, "update result: timeout"));
    return tp_update_call_finish(update, tp_update_call_deadline(timeout), &update->results, type,
                                 output);
}

/* --- both in one ------------------------------------------------------------------------------ */

static temporal_error *start(temporal_handle *handle, const temporal_named_call *call,
                             const temporal_update_options *options, int64_t deadline,
                             temporal_update **started)
{
    temporal_update *update =
        tp_update_call_new(handle->client, handle->id, handle->run_id, options->id, call->name);
    tp_update_call_request request;
    temporal_error *error = tp_update_call_make(&request, update, call, options);

    if (!error) {
        if (handle->first_run_id)
            request.request.first_execution_run_id = handle->first_run_id;
        error = tp_update_call_submit(update, &request, options->wait_for, deadline);
    }
    tp_arena_done(&request.arena);
    if (error)
        temporal_update_free(update);
    else
        *started = update;
    return error;
}

temporal_error *temporal_handle_start_update(temporal_handle *handle, const char *name,
                                             const temporal_argument *inputs, size_t input_count,
                                             temporal_update **update,
                                             const temporal_update_options *given)
{
    const temporal_named_call call = { name, inputs, input_count };
    const temporal_update_options options = tp_update_call_options(given);

    TEMPORAL_TRY(tp_text_check_object(handle, "update workflow", "handle"));
    return start(handle, &call, &options,
                 options.timeout > 0 ? tp_update_call_deadline(options.timeout) : INT64_MAX,
                 update);
}

temporal_error *temporal_handle_execute_update(temporal_handle *handle, const char *name,
                                               const temporal_argument *inputs, size_t input_count,
                                               const temporal_type *output_type, void *output,
                                               const temporal_update_options *given)
{
    const temporal_named_call call = { name, inputs, input_count };
    temporal_update_options options = tp_update_call_options(given);
    temporal_update *update = NULL;
    temporal_error *error;

    TEMPORAL_TRY(tp_text_check_object(handle, "update workflow", "handle"));
    options.wait_for = TEMPORAL_UPDATE_COMPLETED;
    TEMPORAL_TRY(start(handle, &call, &options,
                       options.timeout > 0 ? tp_update_call_deadline(options.timeout) : INT64_MAX,
                       &update));
    error = tp_update_call_finish(update, INT64_MAX, &handle->results, output_type, output);
    temporal_update_free(update);
    return error;
}
