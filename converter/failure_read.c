/* SPDX-License-Identifier: MIT */
/* converter/failure_read.c -- a Failure message and its causes as a temporal_error. */
#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"

#define CASE(NAME) TP__FAILURE__FAILURE__FAILURE_INFO_##NAME##_FAILURE_INFO
#define CUT        "(further causes are left out)"

/* What the other SDKs call the failure of a workflow that was reset. */
#define RESET_TYPE    "ResetWorkflow"
#define RESET_MESSAGE "the workflow was reset"

/* An SDK that hides messages from the server puts them into a payload: plain JSON without a codec.
 */
#define ENCODED_ATTRIBUTES(FIELD)   \
    FIELD(temporal_string, message) \
    FIELD(temporal_string, stack_trace)
TEMPORAL_RECORD(encoded_attributes, ENCODED_ATTRIBUTES)

/* NULL for "": readers of errors tell them apart nowhere. */
static void read_text(temporal_error *error, char **member, const char *text)
{
    if (text && *text)
        tp_error_set_text(error, member, text);
}

static void read_details(temporal_error *error, const Tp__Common__Payloads *details)
{
    tp_buffer encoded = { 0 };

    tp_payloads_pack(&encoded, details);
    tp_error_set_details(error, encoded.data, encoded.size);
    tp_buffer_done(&encoded);
}

/* Numbers of a newer server that have no name here are the unspecified ones. */
static temporal_timeout_type read_timeout_type(int number)
{
    return number >= 0 && number <= TEMPORAL_TIMEOUT_HEARTBEAT ? (temporal_timeout_type)number
                                                               : TEMPORAL_TIMEOUT_UNSPECIFIED;
}

static temporal_retry_state read_retry_state(int number)
{
    return number >= 0 && number <= TEMPORAL_RETRY_STATE_CANCEL_REQUESTED
               ? (temporal_retry_state)number
               : TEMPORAL_RETRY_STATE_UNSPECIFIED;
}

static void read_application(temporal_error *error, const Tp__Failure__ApplicationFailureInfo *info)
{
    read_text(error, &error->type, info->type);
    error->non_retryable = info->non_retryable;
    error->next_retry_delay = tp_message_seconds(info->next_retry_delay);
    read_details(error, info->details);
}

static void read_cancelled(temporal_error *error, const Tp__Failure__CanceledFailureInfo *info)
{
    read_text(error, &error->identity, info->identity);
    read_details(error, info->details);
}

static void read_activity(temporal_error *error, const Tp__Failure__ActivityFailureInfo *info)
{
    if (info->activity_type)
        read_text(error, &error->activity_type, info->activity_type->name);
    read_text(error, &error->activity_id, info->activity_id);
    read_text(error, &error->identity, info->identity);
    error->scheduled_event_id = info->scheduled_event_id;
    error->started_event_id = info->started_event_id;
    error->retry_state = read_retry_state((int)info->retry_state);
}

static void read_child(temporal_error *error,
                       const Tp__Failure__ChildWorkflowExecutionFailureInfo *info)
{
    if (info->workflow_type)
        read_text(error, &error->workflow_type, info->workflow_type->name);
    if (info->workflow_execution) {
        read_text(error, &error->workflow_id, info->workflow_execution->workflow_id);
        read_text(error, &error->run_id, info->workflow_execution->run_id);
    }
    read_text(error, &error->namespace_name, info->namespace_);
    error->scheduled_event_id = info->initiated_event_id;
    error->started_event_id = info->started_event_id;
    error->retry_state = read_retry_state((int)info->retry_state);
}

static temporal_error_code code_of(const Tp__Failure__Failure *failure)
{
    switch ((int)failure->failure_info_case) {
    case CASE(TIMEOUT):
        return TEMPORAL_ERROR_TIMEOUT;
    case CASE(CANCELED):
        return TEMPORAL_ERROR_CANCELLED;
    case CASE(TERMINATED):
        return TEMPORAL_ERROR_TERMINATED;
    case CASE(SERVER):
        return TEMPORAL_ERROR_SERVER;
    case CASE(ACTIVITY):
        return TEMPORAL_ERROR_ACTIVITY;
    case CASE(CHILD_WORKFLOW_EXECUTION):
        return TEMPORAL_ERROR_CHILD_WORKFLOW;
    default: /* an application's, or of a kind that came later: its message and causes say enough */
        return TEMPORAL_ERROR_APPLICATION;
    }
}

static void read_info(temporal_error *error, const Tp__Failure__Failure *failure)
{
    if (!failure->application_failure_info) /* nor any other of the union: made by hand */
        return;
    switch ((int)failure->failure_info_case) {
    case CASE(APPLICATION):
        read_application(error, failure->application_failure_info);
        break;
    case CASE(TIMEOUT):
        error->timeout_type = read_timeout_type((int)failure->timeout_failure_info->timeout_type);
        read_details(error, failure->timeout_failure_info->last_heartbeat_details);
        break;
    case CASE(CANCELED):
        read_cancelled(error, failure->canceled_failure_info);
        break;
    case CASE(TERMINATED):
        read_text(error, &error->identity, failure->terminated_failure_info->identity);
        break;
    case CASE(SERVER):
        error->non_retryable = failure->server_failure_info->non_retryable;
        break;
    case CASE(RESET_WORKFLOW):
        read_text(error, &error->type, RESET_TYPE);
        read_details(error, failure->reset_workflow_failure_info->last_heartbeat_details);
        break;
    case CASE(ACTIVITY):
        read_activity(error, failure->activity_failure_info);
        break;
    case CASE(CHILD_WORKFLOW_EXECUTION):
        read_child(error, failure->child_workflow_execution_failure_info);
        break;
    default:
        break;
    }
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

    if (failure->failure_info_case == CASE(RESET_WORKFLOW) && !*message)
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

    for (unsigned depth = 0; failure && depth < TP_FAILURE_DEPTH;
         depth++, failure = failure->cause) {
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
