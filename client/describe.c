/* SPDX-License-Identifier: MIT */
/* client/describe.c -- what the server knows of a workflow: its description, and its history. */
#include <string.h>

#include "base/error.h"
#include "client/describe.h"
#include "converter/message.h"
#include "converter/payload.h"
#include "converter/text.h"
#include "converter/user_metadata.h"

/* --- describe --------------------------------------------------------------------------------- */

static const char *text_or_null(const char *text)
{
    return text && *text ? text : NULL;
}

static void read_activity(tp_arena *arena, const Tp__Workflow__PendingActivityInfo *from,
                          temporal_pending_activity *to)
{
    temporal_value *details = NULL;

    to->activity_id = from->activity_id;
    to->activity_type = from->activity_type ? from->activity_type->name : "";
    to->attempt = from->attempt;
    to->started =
        from->state == TP__ENUMS__PENDING_ACTIVITY_STATE__PENDING_ACTIVITY_STATE_STARTED ||
        from->state == TP__ENUMS__PENDING_ACTIVITY_STATE__PENDING_ACTIVITY_STATE_CANCEL_REQUESTED;
    to->cancel_requested =
        from->state == TP__ENUMS__PENDING_ACTIVITY_STATE__PENDING_ACTIVITY_STATE_CANCEL_REQUESTED;
    to->paused = from->paused;
    to->last_failure = from->last_failure ? from->last_failure->message : "";
    to->last_worker_identity = from->last_worker_identity;
    tp_payloads_values(arena, from->heartbeat_details, &details, &to->heartbeat_details_count);
    to->heartbeat_details = details;
}

/* A payload as it stands cannot fail to be read as itself. */
static void read_value(tp_arena *arena, const char *name, const Tp__Common__Payload *payload,
                       temporal_named_value *to)
{
    to->name = name;
    if (payload)
        temporal_error_free(
            tp_payload_read_borrowed(arena, payload, temporal_value_type(), &to->value));
}

static void read_memo(tp_arena *arena, const Tp__Common__Memo *memo,
                      temporal_workflow_description *to)
{
    temporal_named_value *values;

    if (!memo)
        return;
    values = tp_arena_alloc(arena, memo->n_fields * sizeof *values);
    for (size_t i = 0; i < memo->n_fields; i++)
        read_value(arena, memo->fields[i]->key, memo->fields[i]->value, &values[i]);
    to->memo = values;
    to->memo_count = memo->n_fields;
}

static void read_search_attributes(tp_arena *arena, const Tp__Common__SearchAttributes *attributes,
                                   temporal_workflow_description *to)
{
    temporal_named_value *values;

    if (!attributes)
        return;
    values = tp_arena_alloc(arena, attributes->n_indexed_fields * sizeof *values);
    for (size_t i = 0; i < attributes->n_indexed_fields; i++)
        read_value(arena, attributes->indexed_fields[i]->key, attributes->indexed_fields[i]->value,
                   &values[i]);
    to->search_attributes = values;
    to->search_attribute_count = attributes->n_indexed_fields;
}

const temporal_value *temporal_named_value_find(const temporal_named_value *values, size_t count,
                                                const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(values[i].name, name) == 0)
            return &values[i].value;
    }
    return NULL;
}

void tp_describe_read(tp_arena *arena, const Tp__Workflow__WorkflowExecutionInfo *info,
                      temporal_workflow_description *to)
{
    to->summary = to->details = "";
    read_memo(arena, info->memo, to);
    read_search_attributes(arena, info->search_attributes, to);
    to->workflow_type = info->type ? info->type->name : "";
    to->task_queue = info->task_queue;
    to->status = (temporal_workflow_status)info->status;
    to->start_time = tp_message_nanoseconds(info->start_time);
    to->close_time = tp_message_nanoseconds(info->close_time);
    to->execution_time = tp_message_nanoseconds(info->execution_time);
    to->history_length = info->history_length;
    if (info->execution) {
        to->id = info->execution->workflow_id;
        to->run_id = info->execution->run_id;
    }
    if (info->parent_execution) {
        to->parent_id = text_or_null(info->parent_execution->workflow_id);
        to->parent_run_id = text_or_null(info->parent_execution->run_id);
    }
}

temporal_error *temporal_handle_describe(temporal_handle *handle,
                                         const temporal_workflow_description **result)
{
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__DescribeWorkflowExecutionRequest request;
    const Tp__Ws__DescribeWorkflowExecutionResponse *response;
    temporal_workflow_description *description;
    temporal_pending_activity *activities;
    void *message = NULL;
    tp_arena *arena;

    TEMPORAL_TRY(tp_text_check_object(handle, "describe workflow", "handle"));
    arena = &handle->results;
    execution = tp_handle_execution(handle);
    tp__ws__describe_workflow_execution_request__init(&request);
    request.namespace_ = handle->client->namespace_name;
    request.execution = &execution;
    TEMPORAL_TRY(
        tp_client_call(handle->client,
                       &(const tp_call_options){
                           .method = "DescribeWorkflowExecution",
                           .request = &request.base,
                           .response = &tp__ws__describe_workflow_execution_response__descriptor,
                           .retry = TP_RETRY_DEADLINE,
                       },
                       arena, &message));
    response = message;
    if (!response->workflow_execution_info)
        return temporal_error_new(TEMPORAL_ERROR_RPC,
                                  "describe workflow %s: the answer says nothing about it",
                                  handle->id);

    description = tp_arena_alloc(arena, sizeof *description);
    tp_describe_read(arena, response->workflow_execution_info, description);
    activities = tp_arena_alloc(arena, (response->n_pending_activities + 1) * sizeof *activities);
    for (size_t i = 0; i < response->n_pending_activities; i++)
        read_activity(arena, response->pending_activities[i], &activities[i]);
    if (response->execution_config && response->execution_config->user_metadata) {
        const Tp__Sdk__UserMetadata *metadata = response->execution_config->user_metadata;

        description->summary = tp_user_metadata_text(arena, metadata->summary);
        description->details = tp_user_metadata_text(arena, metadata->details);
    }
    description->pending_activities = activities;
    description->pending_activity_count = response->n_pending_activities;
    *result = description;
    return TEMPORAL_OK;
}

/* --- history ---------------------------------------------------------------------------------- */

/* A History message is nothing but its events, so that those of two pages, one behind the other,
 * are the encoding of both. */
static temporal_error *append_page(temporal_handle *handle, tp_buffer *token, tp_arena *arena,
                                   tp_buffer *history)
{
    Tp__Common__WorkflowExecution execution = tp_handle_execution(handle);
    Tp__Ws__GetWorkflowExecutionHistoryRequest request;
    const Tp__Ws__GetWorkflowExecutionHistoryResponse *response;
    void *message = NULL;

    tp__ws__get_workflow_execution_history_request__init(&request);
    request.namespace_ = handle->client->namespace_name;
    request.execution = &execution;
    request.next_page_token.data = token->data;
    request.next_page_token.len = token->size;
    TEMPORAL_TRY(
        tp_client_call(handle->client,
                       &(const tp_call_options){
                           .method = "GetWorkflowExecutionHistory",
                           .request = &request.base,
                           .response = &tp__ws__get_workflow_execution_history_response__descriptor,
                           .retry = TP_RETRY_DEADLINE,
                       },
                       arena, &message));
    response = message;
    tp_message_pack(history, response->history ? &response->history->base : NULL);
    tp_buffer_clear(token);
    tp_buffer_append(token, response->next_page_token.data, response->next_page_token.len);
    return TEMPORAL_OK;
}

static temporal_error *keep_history(temporal_handle *handle, const tp_buffer *all,
                                    temporal_bytes *history)
{
    void *data = tp_arena_alloc_large(&handle->results, all->size);

    if (!data)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    if (all->size)
        memcpy(data, all->data, all->size);
    *history = (temporal_bytes){ data, all->size };
    return TEMPORAL_OK;
}

temporal_error *temporal_handle_fetch_history(temporal_handle *handle, temporal_bytes *history)
{
    tp_buffer all = { 0 }, token = { 0 };
    temporal_error *error;
    tp_arena arena;

    TEMPORAL_TRY(tp_text_check_object(handle, "fetch history", "handle"));
    tp_arena_init(&arena);
    do {
        error = append_page(handle, &token, &arena, &all);
        tp_arena_done(&arena);
    } while (!error && token.size > 0);
    if (!error)
        error = keep_history(handle, &all, history);
    tp_buffer_done(&token);
    tp_buffer_done(&all);
    return error;
}
