/* SPDX-License-Identifier: MIT */
/* client/update_with_start.c -- starts a workflow and asks it for an update, in one call. */
#include <string.h>

#include "base/error.h"
#include "client/start.h"
#include "client/update_call.h"
#include "converter/text.h"

#define ASK(name) TP__WS__EXECUTE_MULTI_OPERATION_REQUEST__OPERATION__OPERATION_##name
#define SAY(name) TP__WS__EXECUTE_MULTI_OPERATION_RESPONSE__RESPONSE__RESPONSE_##name

typedef struct both {
    tp_start_parts start;
    tp_update_call_request request;
    temporal_update *update;
    int64_t deadline;
} both;

static temporal_error *
read_answers(both *self, const Tp__Ws__ExecuteMultiOperationResponse *response, const char **run_id)
{
    Tp__Ws__ExecuteMultiOperationResponse__Response *const *answers = response->responses;

    if (response->n_responses != 2 || answers[0]->response_case != SAY(START_WORKFLOW) ||
        answers[1]->response_case != SAY(UPDATE_WORKFLOW) || !*answers[0]->start_workflow->run_id)
        return temporal_error_new(TEMPORAL_ERROR_RPC,
                                  "update workflow %s with start: the answer is not one to a start "
                                  "and an update",
                                  self->update->workflow_id);
    *run_id = answers[0]->start_workflow->run_id;
    self->update->run_id = tp_arena_strdup(&self->update->arena, *run_id);
    self->request.execution.run_id = self->update->run_id;
    tp_update_call_keep(self->update, answers[1]->update_workflow);
    return TEMPORAL_OK;
}

static temporal_error *call(both *self, const char **run_id)
{
    Tp__Ws__ExecuteMultiOperationRequest__Operation start, update,
        *operations[] = { &start, &update };
    Tp__Ws__ExecuteMultiOperationRequest request;
    void *response = NULL;

    tp__ws__execute_multi_operation_request__operation__init(&start);
    start.operation_case = ASK(START_WORKFLOW);
    start.start_workflow = &self->start.request;
    tp__ws__execute_multi_operation_request__operation__init(&update);
    update.operation_case = ASK(UPDATE_WORKFLOW);
    update.update_workflow = &self->request.request;
    tp__ws__execute_multi_operation_request__init(&request);
    request.namespace_ = self->update->client->namespace_name;
    request.operations = operations;
    request.n_operations = 2;
    TEMPORAL_TRY(
        tp_client_long_poll(self->update->client,
                            &(const tp_call_options){
                                .method = "ExecuteMultiOperation",
                                .request = &request.base,
                                .response = &tp__ws__execute_multi_operation_response__descriptor,
                            },
                            self->deadline, &self->update->answer, &response));
    return read_answers(self, response, run_id);
}

static temporal_error *make(both *self, temporal_client *client,
                            const temporal_named_call *workflow,
                            const temporal_start_options *start_options,
                            const temporal_named_call *update,
                            const temporal_update_options *options)
{
    if (start_options->signal)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "update workflow with start: .signal: a workflow is started with "
                                  "a signal or with an update, not with both");
    TEMPORAL_TRY(tp_start_make(&self->start, client, workflow->name, workflow->inputs,
                               workflow->input_count, start_options));
    self->update = tp_update_call_new(client, start_options->id, NULL, options->id, update->name);
    return tp_update_call_make(&self->request, self->update, update, options);
}

static temporal_error *run(temporal_client *client, const temporal_named_call *workflow,
                           const temporal_start_options *given, const temporal_named_call *update,
                           const temporal_update_options *options, temporal_handle **handle,
                           temporal_update **started)
{
    temporal_start_options start_options = { 0 };
    both self;
    const char *run_id = NULL;
    temporal_error *error;

    TEMPORAL_TRY(tp_text_check_object(client, "update workflow with start", "client"));
    memset(&self, 0, sizeof self);
    tp_arena_init(&self.start.arena);
    tp_arena_init(&self.request.arena);
    memcpy(&start_options, given,
           given->struct_size < sizeof start_options ? given->struct_size : sizeof start_options);
    error = make(&self, client, workflow, &start_options, update, options);
    self.deadline = options->timeout > 0 ? tp_update_call_deadline(options->timeout) : INT64_MAX;
    if (!error)
        error = tp_start_explain(call(&self, &run_id), workflow->name, start_options.id);
    if (!error) {
        *handle = tp_handle_new(client, start_options.id, NULL, run_id);
        error = tp_update_call_submit(self.update, &self.request, options->wait_for, self.deadline);
    }
    tp_arena_done(&self.request.arena);
    tp_arena_done(&self.start.arena);
    if (error)
        temporal_update_free(self.update);
    else
        *started = self.update;
    return error;
}

temporal_error *temporal_client_start_update_with_start(
    temporal_client *client, const temporal_named_call *workflow,
    const temporal_start_options *start_options, const temporal_named_call *update,
    const temporal_update_options *given, temporal_handle **handle, temporal_update **started)
{
    const temporal_update_options options = tp_update_call_options(given);

    return run(client, workflow, start_options, update, &options, handle, started);
}

temporal_error *temporal_client_execute_update_with_start(
    temporal_client *client, const temporal_named_call *workflow,
    const temporal_start_options *start_options, const temporal_named_call *update,
    const temporal_update_options *given, temporal_handle **handle,
    const temporal_type *output_type, void *output)
{
    temporal_update_options options = tp_update_call_options(given);
    temporal_update *started = NULL;
    temporal_error *error;

    options.wait_for = TEMPORAL_UPDATE_COMPLETED;
    TEMPORAL_TRY(run(client, workflow, start_options, update, &options, handle, &started));
    error = tp_update_call_finish(started, INT64_MAX, &(*handle)->results, output_type, output);
    temporal_update_free(started);
    return error;
}
