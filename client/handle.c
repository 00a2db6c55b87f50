/* SPDX-License-Identifier: MIT */
/* client/handle.c -- one workflow execution from outside: signal, query, cancel, terminate. */
#include "client/handle.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/uuid.h"
#include "converter/payload.h"
#include "converter/text.h"

/* --- the handle itself ------------------------------------------------------------------------ */

temporal_handle *tp_handle_new(temporal_client *client, const char *id, const char *run_id,
                               const char *first_run_id)
{
    temporal_handle *handle = tp_alloc(sizeof *handle);

    tp_arena_init(&handle->arena);
    tp_arena_init(&handle->results);
    handle->client = tp_client_ref(client);
    handle->id = tp_arena_strdup(&handle->arena, id);
    if (run_id && *run_id)
        handle->run_id = tp_arena_strdup(&handle->arena, run_id);
    handle->first_run_id = tp_arena_strdup(&handle->arena, first_run_id);
    return handle;
}

temporal_error *temporal_client_get_handle(temporal_client *client, const char *id,
                                           const char *run_id, temporal_handle **handle)
{
    TEMPORAL_TRY(tp_text_check_object(client, "get handle", "client"));
    TEMPORAL_TRY(tp_text_check(id, "get handle", "a workflow id"));
    TEMPORAL_TRY(tp_text_check_optional(run_id, "get handle", "the run id"));
    *handle = tp_handle_new(client, id, run_id, NULL);
    return TEMPORAL_OK;
}

const char *temporal_handle_id(const temporal_handle *handle)
{
    return handle->id;
}

const char *temporal_handle_run_id(const temporal_handle *handle)
{
    return handle->run_id ? handle->run_id : handle->first_run_id;
}

void temporal_handle_release_results(temporal_handle *handle)
{
    tp_arena_done(&handle->results);
}

void temporal_handle_free(temporal_handle *handle)
{
    if (!handle)
        return;
    tp_arena_done(&handle->results);
    tp_arena_done(&handle->arena);
    temporal_client_free(handle->client);
    tp_free(handle);
}

Tp__Common__WorkflowExecution tp_handle_execution(const temporal_handle *handle)
{
    Tp__Common__WorkflowExecution execution;

    tp__common__workflow_execution__init(&execution);
    execution.workflow_id = handle->id;
    if (handle->run_id)
        execution.run_id = handle->run_id;
    return execution;
}

/* A call about which nothing but its success is of interest. */
static temporal_error *tell(temporal_handle *handle, const char *method,
                            const ProtobufCMessage *request,
                            const ProtobufCMessageDescriptor *response, tp_arena *arena)
{
    return tp_client_call(handle->client,
                          &(const tp_call_options){ .method = method,
                                                    .request = request,
                                                    .response = response,
                                                    .retry = TP_RETRY_DEADLINE },
                          arena, NULL);
}

/* --- signal, cancel, terminate ---------------------------------------------------------------- */

temporal_error *temporal_handle_signal(temporal_handle *handle, const char *signal,
                                       const temporal_argument *inputs, size_t input_count)
{
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__SignalWorkflowExecutionRequest request;
    char request_id[TP_UUID_SIZE];
    temporal_error *error;
    tp_arena arena;

    TEMPORAL_TRY(tp_text_check_object(handle, "signal workflow", "handle"));
    TEMPORAL_TRY(tp_text_check(signal, "signal workflow", "the signal's name"));
    execution = tp_handle_execution(handle);
    tp_uuid_make(request_id); /* the same for every attempt: a signal arrives once */
    tp__ws__signal_workflow_execution_request__init(&request);
    request.namespace_ = handle->client->namespace_name;
    request.workflow_execution = &execution;
    request.signal_name = tp_text_lend(signal);
    request.identity = handle->client->identity;
    request.request_id = request_id;

    tp_arena_init(&arena);
    error = tp_payloads_make(&arena, inputs, input_count, &request.input);
    if (!error)
        error = tell(handle, "SignalWorkflowExecution", &request.base,
                     &tp__ws__signal_workflow_execution_response__descriptor, &arena);
    tp_arena_done(&arena);
    return error;
}

temporal_error *temporal_handle_cancel(temporal_handle *handle)
{
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__RequestCancelWorkflowExecutionRequest request;
    char request_id[TP_UUID_SIZE];
    temporal_error *error;
    tp_arena arena;

    TEMPORAL_TRY(tp_text_check_object(handle, "cancel workflow", "handle"));
    execution = tp_handle_execution(handle);
    tp_uuid_make(request_id);
    tp__ws__request_cancel_workflow_execution_request__init(&request);
    request.namespace_ = handle->client->namespace_name;
    request.workflow_execution = &execution;
    request.identity = handle->client->identity;
    request.request_id = request_id;
    if (handle->first_run_id)
        request.first_execution_run_id = handle->first_run_id;

    tp_arena_init(&arena);
    error = tell(handle, "RequestCancelWorkflowExecution", &request.base,
                 &tp__ws__request_cancel_workflow_execution_response__descriptor, &arena);
    tp_arena_done(&arena);
    return error;
}

temporal_error *temporal_handle_terminate(temporal_handle *handle, const char *reason,
                                          const temporal_argument *details, size_t detail_count)
{
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__TerminateWorkflowExecutionRequest request;
    temporal_error *error;
    tp_arena arena;

    TEMPORAL_TRY(tp_text_check_object(handle, "terminate workflow", "handle"));
    TEMPORAL_TRY(tp_text_check_optional(reason, "terminate workflow", "the reason"));
    execution = tp_handle_execution(handle);
    tp__ws__terminate_workflow_execution_request__init(&request);
    request.namespace_ = handle->client->namespace_name;
    request.workflow_execution = &execution;
    request.reason = tp_text_lend(reason);
    request.identity = handle->client->identity;
    if (handle->first_run_id)
        request.first_execution_run_id = handle->first_run_id;

    tp_arena_init(&arena);
    error = tp_payloads_make(&arena, details, detail_count, &request.details);
    if (!error)
        error = tell(handle, "TerminateWorkflowExecution", &request.base,
                     &tp__ws__terminate_workflow_execution_response__descriptor, &arena);
    tp_arena_done(&arena);
    return error;
}

/* --- query ------------------------------------------------------------------------------------ */

static temporal_error *read_answer(temporal_handle *handle, const char *name,
                                   const Tp__Ws__QueryWorkflowResponse *response,
                                   const temporal_type *type, void *output)
{
    if (response->query_rejected)
        return temporal_error_new(TEMPORAL_ERROR_QUERY_REJECTED,
                                  "query %s of workflow %s: rejected: the workflow's status is %d",
                                  name, handle->id, (int)response->query_rejected->status);
    if (!output)
        return TEMPORAL_OK;
    return tp_payloads_read(&handle->results, response->query_result, 0, type, output);
}

temporal_error *temporal_handle_query(temporal_handle *handle, const char *query,
                                      const temporal_argument *inputs, size_t input_count,
                                      const temporal_type *output_type, void *output)
{
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__QueryWorkflowRequest request;
    Tp__Query__WorkflowQuery question;
    void *response = NULL;
    temporal_error *error;
    tp_arena arena;

    TEMPORAL_TRY(tp_text_check_object(handle, "query workflow", "handle"));
    TEMPORAL_TRY(tp_text_check(query, "query workflow", "the query's name"));
    execution = tp_handle_execution(handle);
    tp__query__workflow_query__init(&question);
    question.query_type = tp_text_lend(query);
    tp__ws__query_workflow_request__init(&request);
    request.namespace_ = handle->client->namespace_name;
    request.execution = &execution;
    request.query = &question;

    tp_arena_init(&arena);
    error = tp_payloads_make(&arena, inputs, input_count, &question.query_args);
    if (!error)
        error = tp_client_call(handle->client,
                               &(const tp_call_options){
                                   .method = "QueryWorkflow",
                                   .request = &request.base,
                                   .response = &tp__ws__query_workflow_response__descriptor,
                                   .retry = TP_RETRY_DEADLINE,
                               },
                               &arena, &response);
    if (!error)
        error = read_answer(handle, query, response, output_type, output);
    tp_arena_done(&arena);
    return error;
}
