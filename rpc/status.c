/* SPDX-License-Identifier: MIT */
/* rpc/status.c -- what a gRPC status means: an error of ours, and whether to try again. */
#include "rpc/status.h"

#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "google/rpc/status.pb-c.h"
#include "temporal/api/errordetails/v1/message.pb-c.h"

const char *tp_status_name(int code)
{
    static const char *const names[] = {
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    };

    return code >= 0 && (size_t)code < sizeof names / sizeof names[0] ? names[code] : "UNKNOWN";
}

/* "Received message larger than max (5000000 vs. 4194304)", with or without decompression: gRPC
 * says it in nearly the same words on either side. */
static bool is_too_large(const tp_status *status)
{
    return status->code == TP_STATUS_RESOURCE_EXHAUSTED &&
           strstr(status->message, "larger than max");
}

bool tp_status_is_retryable(const tp_status *status)
{
    switch (status->code) {
    case TP_STATUS_UNKNOWN:
    case TP_STATUS_RESOURCE_EXHAUSTED:
    case TP_STATUS_ABORTED:
    case TP_STATUS_OUT_OF_RANGE:
    case TP_STATUS_INTERNAL:
    case TP_STATUS_UNAVAILABLE:
    case TP_STATUS_DATA_LOSS:
        return !is_too_large(status);
    default:
        return false;
    }
}

/* --- details: an Any of temporal.api.errordetails.v1 ------------------------------------------ */

static const Tp__Pb__Any *find_detail(const Tp__Rpc__Status *status, const char *name)
{
    for (size_t i = 0; status && i < status->n_details; i++) {
        const char *url = status->details[i] ? status->details[i]->type_url : "";
        const char *slash = strrchr(url, '/');

        if (strcmp(slash ? slash + 1 : url, name) == 0)
            return status->details[i];
    }
    return NULL;
}

static void read_running_run(temporal_error *error, tp_arena *arena, const Tp__Pb__Any *detail)
{
    const Tp__Errordetails__WorkflowExecutionAlreadyStartedFailure *failure = tp_message_unpack(
        arena, &tp__errordetails__workflow_execution_already_started_failure__descriptor,
        (tp_bytes){ detail->value.data, detail->value.len });

    if (failure)
        tp_error_set_text(error, &error->run_id, failure->run_id);
}

/* Of several operations in one call, the one that the others were given up for: its status stands
 * for the call's. Its details are read from the arena. */
static void find_operation(tp_status *status, const Tp__Rpc__Status **details, tp_arena *arena)
{
    const Tp__Pb__Any *any =
        find_detail(*details, "temporal.api.errordetails.v1.MultiOperationExecutionFailure");
    const Tp__Errordetails__MultiOperationExecutionFailure *failure =
        any ? tp_message_unpack(arena,
                                &tp__errordetails__multi_operation_execution_failure__descriptor,
                                (tp_bytes){ any->value.data, any->value.len })
            : NULL;

    for (size_t i = 0; failure && i < failure->n_statuses; i++) {
        const Tp__Errordetails__MultiOperationExecutionFailure__OperationStatus *from =
            failure->statuses[i];
        Tp__Rpc__Status *own = tp_arena_alloc(arena, sizeof *own);

        tp__rpc__status__init(own);
        own->n_details = from->n_details;
        own->details = from->details;
        if (from->code == TP_STATUS_OK ||
            find_detail(own, "temporal.api.failure.v1.MultiOperationExecutionAborted"))
            continue;
        status->code = from->code;
        status->message = from->message;
        *details = own;
        return;
    }
}

static temporal_error_code code_of(const tp_status *status, const Tp__Rpc__Status *details)
{
    if (find_detail(details, "temporal.api.errordetails.v1.WorkflowExecutionAlreadyStartedFailure"))
        return TEMPORAL_ERROR_ALREADY_STARTED;
    if (find_detail(details, "temporal.api.errordetails.v1.QueryFailedFailure"))
        return TEMPORAL_ERROR_QUERY_REJECTED;
    switch (status->code) {
    case TP_STATUS_CANCELLED:
        return TEMPORAL_ERROR_CANCELLED;
    case TP_STATUS_INVALID_ARGUMENT:
        return TEMPORAL_ERROR_INVALID_ARGUMENT;
    case TP_STATUS_DEADLINE_EXCEEDED:
        return TEMPORAL_ERROR_TIMEOUT;
    case TP_STATUS_NOT_FOUND:
        return TEMPORAL_ERROR_NOT_FOUND;
    case TP_STATUS_UNAVAILABLE:
        return TEMPORAL_ERROR_UNAVAILABLE;
    default:
        return TEMPORAL_ERROR_RPC;
    }
}

static const char *advice(const tp_status *status)
{
    if (status->code == TP_STATUS_UNAVAILABLE)
        return " (is a Temporal server running there?)";
    return is_too_large(status) ? " (size vs. limit, in bytes: the call is not tried again)" : "";
}

temporal_error *tp_status_error(const tp_status *given, const char *method, const char *target)
{
    tp_status of_operation = *given;
    const tp_status *status = &of_operation;
    tp_arena arena;
    const Tp__Rpc__Status *details;
    const Tp__Pb__Any *running;
    temporal_error *error;

    tp_arena_init(&arena);
    details = tp_message_unpack(&arena, &tp__rpc__status__descriptor, status->details);
    find_operation(&of_operation, &details, &arena);
    error = temporal_error_new(code_of(status, details), "%s at %s: %s: %s%s", method, target,
                               tp_status_name(status->code), status->message, advice(status));
    error->rpc_status = status->code;
    error->non_retryable = is_too_large(status);
    running =
        find_detail(details, "temporal.api.errordetails.v1.WorkflowExecutionAlreadyStartedFailure");
    if (running)
        read_running_run(error, &arena, running);
    tp_arena_done(&arena);
    return error;
}
