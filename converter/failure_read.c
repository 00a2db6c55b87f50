/* SPDX-License-Identifier: MIT */
/* converter/failure_read.c -- a Failure message and its causes as a temporal_error. */
#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"

#define CASE(NAME) TP__FAILURE__FAILURE__FAILURE_INFO_##NAME##_FAILURE_INFO

static temporal_error *make(temporal_error_code code, const Tp__Failure__Failure *failure)
{
    temporal_error *error =
        temporal_error_new(code, "%s", failure->message ? failure->message : "");

    tp_error_set_text(error, &error->source, failure->source);
    tp_error_set_text(error, &error->stack_trace, failure->stack_trace);
    return error;
}

static void set_details(temporal_error *error, const Tp__Common__Payloads *payloads)
{
    tp_buffer encoded = { 0 };

    if (!payloads)
        return;
    tp_message_pack(&encoded, &payloads->base);
    tp_error_set_details(error, encoded.data, encoded.size);
    tp_buffer_done(&encoded);
}

static temporal_error *read_application(const Tp__Failure__Failure *failure)
{
    const Tp__Failure__ApplicationFailureInfo *info = failure->application_failure_info;
    temporal_error *error = make(TEMPORAL_ERROR_APPLICATION, failure);

    tp_error_set_text(error, &error->type, info->type);
    error->non_retryable = info->non_retryable;
    error->next_retry_delay = tp_message_seconds(info->next_retry_delay);
    set_details(error, info->details);
    return error;
}

static temporal_error *read_timeout(const Tp__Failure__Failure *failure)
{
    const Tp__Failure__TimeoutFailureInfo *info = failure->timeout_failure_info;
    temporal_error *error = make(TEMPORAL_ERROR_TIMEOUT, failure);

    error->timeout_type = (temporal_timeout_type)info->timeout_type;
    set_details(error, info->last_heartbeat_details);
    return error;
}

static temporal_error *read_cancelled(const Tp__Failure__Failure *failure)
{
    const Tp__Failure__CanceledFailureInfo *info = failure->canceled_failure_info;
    temporal_error *error = make(TEMPORAL_ERROR_CANCELLED, failure);

    tp_error_set_text(error, &error->identity, info->identity);
    set_details(error, info->details);
    return error;
}

static temporal_error *read_activity(const Tp__Failure__Failure *failure)
{
    const Tp__Failure__ActivityFailureInfo *info = failure->activity_failure_info;
    temporal_error *error = make(TEMPORAL_ERROR_ACTIVITY, failure);

    error->scheduled_event_id = info->scheduled_event_id;
    error->started_event_id = info->started_event_id;
    error->retry_state = (temporal_retry_state)info->retry_state;
    tp_error_set_text(error, &error->identity, info->identity);
    tp_error_set_text(error, &error->activity_id, info->activity_id);
    if (info->activity_type)
        tp_error_set_text(error, &error->activity_type, info->activity_type->name);
    return error;
}

static temporal_error *read_child(const Tp__Failure__Failure *failure)
{
    const Tp__Failure__ChildWorkflowExecutionFailureInfo *info =
        failure->child_workflow_execution_failure_info;
    temporal_error *error = make(TEMPORAL_ERROR_CHILD_WORKFLOW, failure);

    error->scheduled_event_id = info->initiated_event_id;
    error->started_event_id = info->started_event_id;
    error->retry_state = (temporal_retry_state)info->retry_state;
    tp_error_set_text(error, &error->namespace_name, info->namespace_);
    if (info->workflow_type)
        tp_error_set_text(error, &error->workflow_type, info->workflow_type->name);
    if (info->workflow_execution) {
        tp_error_set_text(error, &error->workflow_id, info->workflow_execution->workflow_id);
        tp_error_set_text(error, &error->run_id, info->workflow_execution->run_id);
    }
    return error;
}

static temporal_error *read_reset(const Tp__Failure__Failure *failure)
{
    temporal_error *error = make(TEMPORAL_ERROR_APPLICATION, failure);

    tp_error_set_text(error, &error->type, "ResetWorkflow");
    set_details(error, failure->reset_workflow_failure_info->last_heartbeat_details);
    return error;
}

static temporal_error *read_server(const Tp__Failure__Failure *failure)
{
    temporal_error *error = make(TEMPORAL_ERROR_SERVER, failure);

    error->non_retryable = failure->server_failure_info->non_retryable;
    return error;
}

static temporal_error *read_terminated(const Tp__Failure__Failure *failure)
{
    temporal_error *error = make(TEMPORAL_ERROR_TERMINATED, failure);

    tp_error_set_text(error, &error->identity, failure->terminated_failure_info->identity);
    return error;
}

static temporal_error *read_one(const Tp__Failure__Failure *failure)
{
    /* A member of a oneof is NULL only in a message that was put together by hand. */
    if (failure->failure_info_case && !failure->application_failure_info)
        return make(TEMPORAL_ERROR_APPLICATION, failure);
    switch (failure->failure_info_case) {
    case CASE(APPLICATION):
        return read_application(failure);
    case CASE(TIMEOUT):
        return read_timeout(failure);
    case CASE(CANCELED):
        return read_cancelled(failure);
    case CASE(TERMINATED):
        return read_terminated(failure);
    case CASE(SERVER):
        return read_server(failure);
    case CASE(RESET_WORKFLOW):
        return read_reset(failure);
    case CASE(ACTIVITY):
        return read_activity(failure);
    case TP__FAILURE__FAILURE__FAILURE_INFO_CHILD_WORKFLOW_EXECUTION_FAILURE_INFO:
        return read_child(failure);
    default:
        return make(TEMPORAL_ERROR_APPLICATION, failure);
    }
}

temporal_error *tp_failure_to_error(const Tp__Failure__Failure *failure)
{
    temporal_error *links[TP_FAILURE_DEPTH];
    size_t count = 0;

    for (; failure && count < TP_FAILURE_DEPTH; failure = failure->cause)
        links[count++] = read_one(failure);
    if (count == 0)
        return NULL;
    /* From the end, since a wrapper takes its cause. */
    for (size_t i = count - 1; i > 0; i--)
        tp_error_set_cause(links[i - 1], links[i]);
    return links[0];
}

temporal_error *tp_failure_decode(tp_bytes encoded)
{
    const Tp__Failure__Failure *failure;
    temporal_error *error;
    tp_arena arena;

    tp_arena_init(&arena);
    failure = tp_message_unpack(&arena, &tp__failure__failure__descriptor, encoded);
    error = failure ? tp_failure_to_error(failure)
                    : temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                                         "a failure of %zu bytes cannot be read", encoded.size);
    tp_arena_done(&arena);
    return error;
}

static void read_encoded(temporal_error *error, const Tp__Common__Payload *attributes)
{
    encoded_attributes plain = { 0 };
    temporal_error *unreadable;
    tp_arena scratch;

    tp_arena_init(&scratch);
    unreadable = tp_payload_read(&scratch, attributes, encoded_attributes_type(), &plain);
    if (!unreadable && plain.message)
        tp_error_set_text(error, &error->message, plain.message);
    if (!unreadable && plain.stack_trace)
        tp_error_set_text(error, &error->stack_trace, plain.stack_trace);
    temporal_error_free(unreadable); /* encrypted: what the message says in clear has to do */
    tp_arena_done(&scratch);
}

/* One link, without its cause. */
static temporal_error *read_link(const Tp__Failure__Failure *failure)
{
    const char *message = failure->message;
    temporal_error *error;

    if (failure->failure_info_case == TP__FAILURE__FAILURE__FAILURE_INFO_RESET_WORKFLOW_FAILURE_INFO &&
        !*message)
        message = RESET_MESSAGE;
    error = temporal_error_new(code_of(failure), "%s", message);
    read_text(error, &error->source, failure->source);
    read_text(error, &error->stack_trace, failure->stack_trace);
    read_info(error, failure);
    if (failure->encoded_attributes)
        read_encoded(error, failure->encoded_attributes);
    return error;
}

temporal_error *tp_failure_to_error(const Tp__Failure__Failure *failure)
{
    temporal_error *first = NULL, *last = NULL;

    for (unsigned depth = 0; failure && depth < TP_FAILURE_DEPTH; depth++, failure = failure->cause) {
        temporal_error *error = read_link(failure);

        if (last)
            tp_error_set_cause(last, error);
        else
            first = error;
        last = error;
    }
    if (failure)
        tp_error_set_cause(last, temporal_error_new(TEMPORAL_ERROR_APPLICATION, CUT));
    return first;
}

temporal_error *tp_failure_decode(tp_bytes encoded)
{
    Tp__Failure__Failure *failure;
    temporal_error *error;
    tp_arena scratch;

    tp_arena_init(&scratch);
    failure = tp_message_unpack(&scratch, &tp__failure__failure__descriptor, encoded);
    error = failure ? tp_failure_to_error(failure)
                    : temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                                         "%zu bytes are no encoded failure, or it nests too deeply",
                                         encoded.size);
    tp_arena_done(&scratch);
    return error;
}
