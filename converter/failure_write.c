/* SPDX-License-Identifier: MIT */
/* converter/failure_write.c -- a temporal_error and its causes as a Failure message. */
#include <string.h>

#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"
#include "converter/utf8.h"

#define CASE(NAME) TP__FAILURE__FAILURE__FAILURE_INFO_##NAME##_FAILURE_INFO
#define CUT        " (the causes of this one are left out)"

static const char *code_name(temporal_error_code code)
{
    static const char *const names[] = { [TEMPORAL_ERROR_NONE] = "NONE",
#define X(name, text) [TEMPORAL_ERROR_##name] = #name,
                                         TEMPORAL_ERRORS(X)
#undef X
    };

    return names[code];
}

/* A copy that the server takes. "" for NULL: protobuf knows no text that is not there. */
static char *write_text(tp_arena *arena, const char *text)
{
    return tp_utf8_clean(arena, tp_arena_strdup(arena, text ? text : ""));
}

/* NULL when there are none, or they cannot be read. */
static Tp__Common__Payloads *write_details(tp_arena *arena, const temporal_error *error)
{
    Tp__Common__Payloads *details = NULL;

    temporal_error_free(tp_payloads_unpack(arena, error->details, &details));
    return details;
}

static void write_application(tp_arena *arena, Tp__Failure__Failure *failure,
                              const temporal_error *error)
{
    Tp__Failure__ApplicationFailureInfo *info = tp_arena_alloc(arena, sizeof(*info));
    bool is_own = error->code == TEMPORAL_ERROR_APPLICATION;

    tp__failure__application_failure_info__init(info);
    info->type = write_text(arena, is_own ? error->type : code_name(error->code));
    info->non_retryable = error->non_retryable;
    info->details = write_details(arena, error);
    info->next_retry_delay = tp_message_duration(arena, error->next_retry_delay);
    failure->failure_info_case = CASE(APPLICATION);
    failure->application_failure_info = info;
}

static void write_timeout(tp_arena *arena, Tp__Failure__Failure *failure,
                          const temporal_error *error)
{
    Tp__Failure__TimeoutFailureInfo *info = tp_arena_alloc(arena, sizeof(*info));

    tp__failure__timeout_failure_info__init(info);
    info->timeout_type = (Tp__Enums__TimeoutType)error->timeout_type;
    info->last_heartbeat_details = write_details(arena, error);
    failure->failure_info_case = CASE(TIMEOUT);
    failure->timeout_failure_info = info;
}

static void write_cancelled(tp_arena *arena, Tp__Failure__Failure *failure,
                            const temporal_error *error)
{
    Tp__Failure__CanceledFailureInfo *info = tp_arena_alloc(arena, sizeof(*info));

    tp__failure__canceled_failure_info__init(info);
    info->details = write_details(arena, error);
    info->identity = write_text(arena, error->identity);
    failure->failure_info_case = CASE(CANCELED);
    failure->canceled_failure_info = info;
}

static void write_terminated(tp_arena *arena, Tp__Failure__Failure *failure,
                             const temporal_error *error)
{
    Tp__Failure__TerminatedFailureInfo *info = tp_arena_alloc(arena, sizeof(*info));

    tp__failure__terminated_failure_info__init(info);
    info->identity = write_text(arena, error->identity);
    failure->failure_info_case = CASE(TERMINATED);
    failure->terminated_failure_info = info;
}

static void write_server(tp_arena *arena, Tp__Failure__Failure *failure,
                         const temporal_error *error)
{
    Tp__Failure__ServerFailureInfo *info = tp_arena_alloc(arena, sizeof(*info));

    tp__failure__server_failure_info__init(info);
    info->non_retryable = error->non_retryable;
    failure->failure_info_case = CASE(SERVER);
    failure->server_failure_info = info;
}

static void write_activity(tp_arena *arena, Tp__Failure__Failure *failure,
                           const temporal_error *error)
{
    Tp__Failure__ActivityFailureInfo *info = tp_arena_alloc(arena, sizeof(*info));
    Tp__Common__ActivityType *type = tp_arena_alloc(arena, sizeof(*type));

    tp__failure__activity_failure_info__init(info);
    tp__common__activity_type__init(type);
    type->name = write_text(arena, error->activity_type);
    info->activity_type = type;
    info->activity_id = write_text(arena, error->activity_id);
    info->identity = write_text(arena, error->identity);
    info->scheduled_event_id = error->scheduled_event_id;
    info->started_event_id = error->started_event_id;
    info->retry_state = (Tp__Enums__RetryState)error->retry_state;
    failure->failure_info_case = CASE(ACTIVITY);
    failure->activity_failure_info = info;
}

static void write_child(tp_arena *arena, Tp__Failure__Failure *failure, const temporal_error *error)
{
    Tp__Failure__ChildWorkflowExecutionFailureInfo *info = tp_arena_alloc(arena, sizeof(*info));
    Tp__Common__WorkflowExecution *execution = tp_arena_alloc(arena, sizeof(*execution));
    Tp__Common__WorkflowType *type = tp_arena_alloc(arena, sizeof(*type));

    tp__failure__child_workflow_execution_failure_info__init(info);
    tp__common__workflow_execution__init(execution);
    tp__common__workflow_type__init(type);
    execution->workflow_id = write_text(arena, error->workflow_id);
    execution->run_id = write_text(arena, error->run_id);
    type->name = write_text(arena, error->workflow_type);
    info->workflow_execution = execution;
    info->workflow_type = type;
    info->namespace_ = write_text(arena, error->namespace_name);
    info->initiated_event_id = error->scheduled_event_id;
    info->started_event_id = error->started_event_id;
    info->retry_state = (Tp__Enums__RetryState)error->retry_state;
    failure->failure_info_case = CASE(CHILD_WORKFLOW_EXECUTION);
    failure->child_workflow_execution_failure_info = info;
}

static void write_info(tp_arena *arena, Tp__Failure__Failure *failure, const temporal_error *error)
{
    switch ((int)error->code) {
    case TEMPORAL_ERROR_TIMEOUT:
        write_timeout(arena, failure, error);
        break;
    case TEMPORAL_ERROR_CANCELLED:
        write_cancelled(arena, failure, error);
        break;
    case TEMPORAL_ERROR_TERMINATED:
        write_terminated(arena, failure, error);
        break;
    case TEMPORAL_ERROR_SERVER:
        write_server(arena, failure, error);
        break;
    case TEMPORAL_ERROR_ACTIVITY:
        write_activity(arena, failure, error);
        break;
    case TEMPORAL_ERROR_CHILD_WORKFLOW:
        write_child(arena, failure, error);
        break;
    default:
        write_application(arena, failure, error);
        break;
    }
}

Tp__Failure__Failure *tp_failure_from_error(tp_arena *arena, const temporal_error *error)
{
    Tp__Failure__Failure *first = NULL, **link = &first, *failure = NULL;

    for (unsigned depth = 0; error && depth < TP_FAILURE_DEPTH; depth++, error = error->cause) {
        failure = tp_arena_alloc(arena, sizeof(*failure));
        tp__failure__failure__init(failure);
        failure->message = write_text(arena, temporal_error_message(error));
        failure->source = write_text(arena, error->source ? error->source : TP_FAILURE_SOURCE);
        failure->stack_trace = write_text(arena, error->stack_trace);
        write_info(arena, failure, error);
        *link = failure;
        link = &failure->cause;
    }
    if (error && failure)
        failure->message = tp_arena_format(arena, "%s" CUT, failure->message);
    return first;
}

void tp_failure_encode(tp_buffer *out, const temporal_error *error)
{
    Tp__Failure__Failure *failure;
    tp_arena scratch;

    tp_arena_init(&scratch);
    failure = tp_failure_from_error(&scratch, error);
    tp_message_pack(out, failure ? &failure->base : NULL);
    tp_arena_done(&scratch);
}
