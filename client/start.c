/* SPDX-License-Identifier: MIT */
/* client/start.c -- starts a workflow, alone or with a signal in the same call. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "client/start.h"
#include "converter/entries.h"
#include "converter/message.h"
#include "converter/payload.h"
#include "converter/text.h"
#include "converter/user_metadata.h"

/* --- checks ----------------------------------------------------------------------------------- */

static temporal_error *check_policies(const temporal_start_options *options)
{
    TEMPORAL_TRY(tp_message_check_id_reuse(options->id_reuse, "start workflow: .id_reuse"));
    if ((unsigned)options->id_conflict > TEMPORAL_ID_CONFLICT_TERMINATE_EXISTING)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "start workflow: .id_conflict: %d is no temporal_id_conflict",
                                  (int)options->id_conflict);
    return tp_message_check_retry(options->retry, "start workflow: .retry");
}

static temporal_error *check(const temporal_client *client, const char *workflow,
                             const temporal_start_options *options)
{
    TEMPORAL_TRY(tp_text_check_object(client, "start workflow", "client"));
    TEMPORAL_TRY(tp_text_check(workflow, "start workflow", "the workflow's name"));
    TEMPORAL_TRY(tp_text_check(options->id, "start workflow", ".id"));
    TEMPORAL_TRY(tp_text_check(options->task_queue, "start workflow", ".task_queue"));
    TEMPORAL_TRY(tp_text_check_optional(options->cron, "start workflow", ".cron"));
    if (options->signal)
        TEMPORAL_TRY(tp_text_check(options->signal, "start workflow", ".signal"));
    TEMPORAL_TRY(tp_clock_check(options->execution_timeout, "start workflow: .execution_timeout"));
    TEMPORAL_TRY(tp_clock_check(options->run_timeout, "start workflow: .run_timeout"));
    TEMPORAL_TRY(tp_clock_check(options->task_timeout, "start workflow: .task_timeout"));
    TEMPORAL_TRY(tp_clock_check(options->start_delay, "start workflow: .start_delay"));
    return check_policies(options);
}

/* --- the parts that both requests have -------------------------------------------------------- */

static Tp__Enums__WorkflowIdConflictPolicy conflict_policy(temporal_id_conflict conflict)
{
    switch (conflict) {
    case TEMPORAL_ID_CONFLICT_USE_EXISTING:
        return TP__ENUMS__WORKFLOW_ID_CONFLICT_POLICY__WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING;
    case TEMPORAL_ID_CONFLICT_TERMINATE_EXISTING:
        return TP__ENUMS__WORKFLOW_ID_CONFLICT_POLICY__WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING;
    case TEMPORAL_ID_CONFLICT_FAIL:
        break;
    }
    return TP__ENUMS__WORKFLOW_ID_CONFLICT_POLICY__WORKFLOW_ID_CONFLICT_POLICY_FAIL;
}

static char *text(tp_arena *arena, const char *from)
{
    return tp_arena_strdup(arena, from ? from : "");
}

static temporal_error *make_parts(tp_start_parts *parts, temporal_client *client,
                                  const char *workflow, const temporal_argument *inputs,
                                  size_t input_count, const temporal_start_options *options)
{
    tp_arena *arena = &parts->arena;
    Tp__Ws__StartWorkflowExecutionRequest *request = &parts->request;
    temporal_error *error;

    tp__common__workflow_type__init(&parts->type);
    parts->type.name = text(arena, workflow);
    tp__taskqueue__task_queue__init(&parts->queue);
    parts->queue.name = text(arena, options->task_queue);
    parts->queue.kind = TP__ENUMS__TASK_QUEUE_KIND__TASK_QUEUE_KIND_NORMAL;

    tp__ws__start_workflow_execution_request__init(request);
    tp_uuid_make(parts->request_id);
    request->request_id = parts->request_id;
    request->namespace_ = client->namespace_name;
    request->identity = client->identity;
    request->workflow_id = text(arena, options->id);
    request->workflow_type = &parts->type;
    request->task_queue = &parts->queue;
    request->workflow_execution_timeout = tp_message_duration(arena, options->execution_timeout);
    request->workflow_run_timeout = tp_message_duration(arena, options->run_timeout);
    request->workflow_task_timeout = tp_message_duration(arena, options->task_timeout);
    request->workflow_start_delay = tp_message_duration(arena, options->start_delay);
    request->workflow_id_reuse_policy = tp_message_id_reuse(options->id_reuse);
    request->workflow_id_conflict_policy = conflict_policy(options->id_conflict);
    request->retry_policy = tp_message_retry(arena, options->retry);
    request->cron_schedule = text(arena, options->cron);
    TEMPORAL_TRY(tp_entries_memo(arena, options->memo, "start workflow", &request->memo));
    TEMPORAL_TRY(tp_entries_search_attributes(arena, options->search_attributes, "start workflow",
                                              &request->search_attributes));
    error =
        tp_user_metadata_make(arena, options->summary, options->details, &request->user_metadata);
    if (error)
        return temporal_error_wrap(error, TEMPORAL_ERROR_CONVERSION, "start workflow: .%s",
                                   temporal_error_message(error));
    return tp_payloads_make(arena, inputs, input_count, &request->input);
}

temporal_error *tp_start_make(tp_start_parts *parts, temporal_client *client, const char *workflow,
                              const temporal_argument *inputs, size_t input_count,
                              const temporal_start_options *options)
{
    tp_arena_init(&parts->arena);
    TEMPORAL_TRY(check(client, workflow, options));
    return make_parts(parts, client, workflow, inputs, input_count, options);
}

temporal_error *tp_start_explain(temporal_error *error, const char *workflow, const char *id)
{
    if (temporal_error_get_code(error) != TEMPORAL_ERROR_ALREADY_STARTED)
        return error;
    return temporal_error_wrap(error, TEMPORAL_ERROR_ALREADY_STARTED,
                               "start workflow %s: id %s is in use (run %s): see .id_conflict "
                               "and .id_reuse",
                               workflow, id, error->run_id ? error->run_id : "?");
}

/* --- the two calls ---------------------------------------------------------------------------- */

static temporal_error *call_start(temporal_client *client, tp_start_parts *parts,
                                  const char **run_id)
{
    void *response = NULL;

    TEMPORAL_TRY(
        tp_client_call(client,
                       &(const tp_call_options){
                           .method = "StartWorkflowExecution",
                           .request = &parts->request.base,
                           .response = &tp__ws__start_workflow_execution_response__descriptor,
                           .retry = TP_RETRY_DEADLINE,
                       },
                       &parts->arena, &response));
    *run_id = ((const Tp__Ws__StartWorkflowExecutionResponse *)response)->run_id;
    return TEMPORAL_OK;
}

static temporal_error *call_signal_with_start(temporal_client *client, tp_start_parts *parts,
                                              const temporal_start_options *options,
                                              const char **run_id)
{
    const Tp__Ws__StartWorkflowExecutionRequest *start = &parts->request;
    Tp__Ws__SignalWithStartWorkflowExecutionRequest request;
    void *response = NULL;

    tp__ws__signal_with_start_workflow_execution_request__init(&request);
    request.request_id = start->request_id;
    request.namespace_ = start->namespace_;
    request.identity = start->identity;
    request.workflow_id = start->workflow_id;
    request.workflow_type = start->workflow_type;
    request.task_queue = start->task_queue;
    request.workflow_execution_timeout = start->workflow_execution_timeout;
    request.workflow_run_timeout = start->workflow_run_timeout;
    request.workflow_task_timeout = start->workflow_task_timeout;
    request.workflow_start_delay = start->workflow_start_delay;
    request.workflow_id_reuse_policy = start->workflow_id_reuse_policy;
    /* A running workflow is what the signal is for, unless the caller says otherwise. */
    request.workflow_id_conflict_policy =
        options->id_conflict == TEMPORAL_ID_CONFLICT_TERMINATE_EXISTING
            ? start->workflow_id_conflict_policy
            : conflict_policy(TEMPORAL_ID_CONFLICT_USE_EXISTING);
    request.retry_policy = start->retry_policy;
    request.cron_schedule = start->cron_schedule;
    request.memo = start->memo;
    request.search_attributes = start->search_attributes;
    request.input = start->input;
    request.user_metadata = start->user_metadata;
    request.signal_name = text(&parts->arena, options->signal);
    TEMPORAL_TRY(tp_payloads_make(&parts->arena, options->signal_inputs,
                                  options->signal_input_count, &request.signal_input));
    TEMPORAL_TRY(tp_client_call(
        client,
        &(const tp_call_options){
            .method = "SignalWithStartWorkflowExecution",
            .request = &request.base,
            .response = &tp__ws__signal_with_start_workflow_execution_response__descriptor,
            .retry = TP_RETRY_DEADLINE,
        },
        &parts->arena, &response));
    *run_id = ((const Tp__Ws__SignalWithStartWorkflowExecutionResponse *)response)->run_id;
    return TEMPORAL_OK;
}

temporal_error *temporal_client_start_workflow(temporal_client *client, const char *workflow,
                                               const temporal_argument *inputs, size_t input_count,
                                               temporal_handle **handle,
                                               const temporal_start_options *given)
{
    temporal_start_options options = { 0 };
    tp_start_parts parts;
    const char *run_id = NULL;
    temporal_error *error;

    memcpy(&options, given,
           given->struct_size < sizeof options ? given->struct_size : sizeof options);
    error = tp_start_make(&parts, client, workflow, inputs, input_count, &options);
    if (!error)
        error = options.signal ? call_signal_with_start(client, &parts, &options, &run_id)
                               : call_start(client, &parts, &run_id);
    error = tp_start_explain(error, workflow, options.id);
    if (!error)
        *handle = tp_handle_new(client, options.id, NULL, run_id);
    tp_arena_done(&parts.arena);
    return error;
}
