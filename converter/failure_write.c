/* SPDX-License-Identifier: MIT */
/* converter/failure_write.c -- a temporal_error and its causes as a Failure message. */
#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"

#define CASE(NAME) TP__FAILURE__FAILURE__FAILURE_INFO_##NAME##_FAILURE_INFO

static const char *code_name(temporal_error_code code)
{
    static const char *const names[] = {
        "NONE",
#define X(name, text) #name,
        TEMPORAL_ERRORS(X)
#undef X
    };

    return (size_t)code < sizeof names / sizeof names[0] ? names[code] : "UNKNOWN";
}

static char *text(tp_arena *arena, const char *from)
{
    return tp_arena_strdup(arena, from ? from : "");
}

static Tp__Common__Payloads *details_of(tp_arena *arena, const temporal_error *error)
{
    /* Details that are no Payloads cannot be said. */
    return error->details.size
               ? tp_message_unpack(arena, &tp__common__payloads__descriptor, error->details)
               : NULL;
}

static void write_application(tp_arena *arena, const temporal_error *error,
                              Tp__Failure__Failure *failure)
{
    Tp__Failure__ApplicationFailureInfo *info = tp_arena_alloc(arena, sizeof *info);

    tp__failure__application_failure_info__init(info);
    info->type = text(arena, error->code == TEMPORAL_ERROR_APPLICATION ? error->type
                                                                       : code_name(error->code));
    info->non_retryable = error->non_retryable;
    info->details = details_of(arena, error);
    info->next_retry_delay = tp_message_duration(arena, error->next_retry_delay);
    failure->failure_info_case = CASE(APPLICATION);
    failure->application_failure_info = info;
}

static void write_cancelled(tp_arena *arena, const temporal_error *error,
                            Tp__Failure__Failure *failure)
{
    Tp__Failure__CanceledFailureInfo *info = tp_arena_alloc(arena, sizeof *info);

    tp__failure__canceled_failure_info__init(info);
    info->details = details_of(arena, error);
    info->identity = text(arena, error->identity);
    failure->failure_info_case = CASE(CANCELED);
    failure->canceled_failure_info = info;
}

static void write_timeout(tp_arena *arena, const temporal_error *error,
                          Tp__Failure__Failure *failure)
{
    Tp__Failure__TimeoutFailureInfo *info = tp_arena_alloc(arena, sizeof *info);

    tp__failure__timeout_failure_info__init(info);
    info->timeout_type = (Tp__Enums__TimeoutType)error->timeout_type;
    info->last_heartbeat_details = details_of(arena, error);
    failure->failure_info_case = CASE(TIMEOUT);
    failure->timeout_failure_info = info;
}

static void write_terminated(tp_arena *arena, const temporal_error *error,
                             Tp__Failure__Failure *failure)
{
    Tp__Failure__TerminatedFailureInfo *info = tp_arena_alloc(arena, sizeof *info);

    tp__failure__terminated_failure_info__init(info);
    info->identity = text(arena, error->identity);
    failure->failure_info_case = CASE(TERMINATED);
    failure->terminated_failure_info = info;
}

static void write_server(tp_arena *arena, const temporal_error *error,
                         Tp__Failure__Failure *failure)
{
    Tp__Failure__ServerFailureInfo *info = tp_arena_alloc(arena, sizeof *info);

    tp__failure__server_failure_info__init(info);
    info->non_retryable = error->non_retryable;
    failure->failure_info_case = CASE(SERVER);
    failure->server_failure_info = info;
}

static void write_activity(tp_arena *arena, const temporal_error *error,
                           Tp__Failure__Failure *failure)
{
    Tp__Failure__ActivityFailureInfo *info = tp_arena_alloc(arena, sizeof *info);
    Tp__Common__ActivityType *type = tp_arena_alloc(arena, sizeof *type);

    tp__common__activity_type__init(type);
    type->name = text(arena, error->activity_type);
    tp__failure__activity_failure_info__init(info);
    info->scheduled_event_id = error->scheduled_event_id;
    info->started_event_id = error->started_event_id;
    info->identity = text(arena, error->identity);
    info->activity_type = type;
    info->activity_id = text(arena, error->activity_id);
    info->retry_state = (Tp__Enums__RetryState)error->retry_state;
    failure->failure_info_case = CASE(ACTIVITY);
    failure->activity_failure_info = info;
}

static void write_child(tp_arena *arena, const temporal_error *error,
                        Tp__Failure__Failure *failure)
{
    Tp__Failure__ChildWorkflowExecutionFailureInfo *info = tp_arena_alloc(arena, sizeof *info);
    Tp__Common__WorkflowType *type = tp_arena_alloc(arena, sizeof *type);
    Tp__Common__WorkflowExecution *execution = tp_arena_alloc(arena, sizeof *execution);

    tp__common__workflow_type__init(type);
    type->name = text(arena, error->workflow_type);
    tp__common__workflow_execution__init(execution);
    execution->workflow_id = text(arena, error->workflow_id);
    execution->run_id = text(arena, error->run_id);
    tp__failure__child_workflow_execution_failure_info__init(info);
    info->namespace_ = text(arena, error->namespace_name);
    info->workflow_type = type;
    info->workflow_execution = execution;
    info->initiated_event_id = error->scheduled_event_id;
    info->started_event_id = error->started_event_id;
    info->retry_state = (Tp__Enums__RetryState)error->retry_state;
    failure->failure_info_case =
        TP__FAILURE__FAILURE__FAILURE_INFO_CHILD_WORKFLOW_EXECUTION_FAILURE_INFO;
    failure->child_workflow_execution_failure_info = info;
}

static void write_info(tp_arena *arena, const temporal_error *error, Tp__Failure__Failure *failure)
{
    switch (error->code) {
    case TEMPORAL_ERROR_CANCELLED:
        write_cancelled(arena, error, failure);
        break;
    case TEMPORAL_ERROR_TIMEOUT:
        write_timeout(arena, error, failure);
        break;
    case TEMPORAL_ERROR_TERMINATED:
        write_terminated(arena, error, failure);
        break;
    case TEMPORAL_ERROR_SERVER:
        write_server(arena, error, failure);
        break;
    case TEMPORAL_ERROR_ACTIVITY:
        write_activity(arena, error, failure);
        break;
    case TEMPORAL_ERROR_CHILD_WORKFLOW:
        write_child(arena, error, failure);
        break;
    default:
        write_application(arena, error, failure);
        break;
    }
}

static Tp__Failure__Failure *write_one(tp_arena *arena, const temporal_error *error)
{
    Tp__Failure__Failure *failure = tp_arena_alloc(arena, sizeof *failure);

    tp__failure__failure__init(failure);
    failure->message = text(arena, error->message);
    failure->source = text(arena, error->source ? error->source : TP_FAILURE_SOURCE);
    failure->stack_trace = text(arena, error->stack_trace);
    write_info(arena, error, failure);
    return failure;
}

static Tp__Failure__Failure *write_left_out(tp_arena *arena)
{
    Tp__Failure__Failure *failure = tp_arena_alloc(arena, sizeof *failure);

    tp__failure__failure__init(failure);
    failure->message = tp_arena_format(arena, "(causes deeper than %d are left out)",
                                       TP_FAILURE_DEPTH);
    failure->source = text(arena, TP_FAILURE_SOURCE);
    return failure;
}

Tp__Failure__Failure *tp_failure_from_error(tp_arena *arena, const temporal_error *error)
{
    Tp__Failure__Failure *first = NULL;
    Tp__Failure__Failure **place = &first;
    int depth = 0;

    for (; error && depth < TP_FAILURE_DEPTH; error = error->cause, depth++) {
        *place = write_one(arena, error);
        place = &(*place)->cause;
    }
    if (error)
        *place = write_left_out(arena);
    return first;
}

void tp_failure_encode(tp_buffer *out, const temporal_error *error)
{
    Tp__Failure__Failure *failure;
    tp_arena arena;

    tp_arena_init(&arena);
    failure = tp_failure_from_error(&arena, error);
    tp_message_pack(out, failure ? &failure->base : NULL);
    tp_arena_done(&arena);
}
