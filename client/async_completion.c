/* SPDX-License-Identifier: MIT */
/* client/async_completion.c -- ends, or beats for, an activity from outside: by task token or by
 * ids. */
#include <temporal/activity.h>

#include "base/error.h"
#include "client/client.h"
#include "converter/failure.h"
#include "converter/payload.h"
#include "converter/text.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"

static bool has_token(const temporal_activity_target *target)
{
    return target->task_token.size > 0;
}

static ProtobufCBinaryData token_of(const temporal_activity_target *target)
{
    return (ProtobufCBinaryData){ .data = (uint8_t *)(uintptr_t)target->task_token.data,
                                  .len = target->task_token.size };
}

static temporal_error *check(const temporal_client *client, const temporal_activity_target *target,
                             const char *call)
{
    TEMPORAL_TRY(tp_text_check_object(client, call, "client"));
    if (has_token(target))
        return TEMPORAL_OK;
    if (!target->workflow_id && !target->activity_id)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%s: either .task_token, or .workflow_id and .activity_id, is "
                                  "required",
                                  call);
    TEMPORAL_TRY(tp_text_check(target->workflow_id, call, ".workflow_id"));
    TEMPORAL_TRY(tp_text_check_optional(target->run_id, call, ".run_id"));
    return tp_text_check(target->activity_id, call, ".activity_id");
}

static temporal_error *call(temporal_client *client, const char *method,
                            const ProtobufCMessage *request,
                            const ProtobufCMessageDescriptor *response, tp_arena *arena,
                            void **answer)
{
    return tp_client_call(client,
                          &(const tp_call_options){ .method = method,
                                                    .request = request,
                                                    .response = response,
                                                    .retry = TP_RETRY_DEADLINE },
                          arena, answer);
}

/* Every request names whom it comes from and, by ids, which activity it is for. */
#define SET_SENDER(request)                            \
    do {                                               \
        (request).namespace_ = client->namespace_name; \
        (request).identity = client->identity;         \
    } while (0)
#define SET_IDS(request)                                           \
    do {                                                           \
        (request).workflow_id = tp_text_lend(target->workflow_id); \
        (request).run_id = tp_text_lend(target->run_id);           \
        (request).activity_id = tp_text_lend(target->activity_id); \
    } while (0)

/* --- complete --------------------------------------------------------------------------------- */

static temporal_error *send_completed(temporal_client *client,
                                      const temporal_activity_target *target,
                                      Tp__Common__Payloads *result, tp_arena *arena)
{
    Tp__Ws__RespondActivityTaskCompletedRequest request;
    Tp__Ws__RespondActivityTaskCompletedByIdRequest by_id;

    if (has_token(target)) {
        tp__ws__respond_activity_task_completed_request__init(&request);
        SET_SENDER(request);
        request.task_token = token_of(target);
        request.result = result;
        return call(client, "RespondActivityTaskCompleted", &request.base,
                    &tp__ws__respond_activity_task_completed_response__descriptor, arena, NULL);
    }
    tp__ws__respond_activity_task_completed_by_id_request__init(&by_id);
    SET_SENDER(by_id);
    SET_IDS(by_id);
    by_id.result = result;
    return call(client, "RespondActivityTaskCompletedById", &by_id.base,
                &tp__ws__respond_activity_task_completed_by_id_response__descriptor, arena, NULL);
}

temporal_error *temporal_client_complete_activity(temporal_client *client,
                                                  const temporal_activity_target *target,
                                                  const temporal_type *type, const void *result)
{
    const temporal_argument argument = { type, result };
    Tp__Common__Payloads *payloads = NULL;
    temporal_error *error;
    tp_arena arena;

    TEMPORAL_TRY(check(client, target, "complete activity"));
    tp_arena_init(&arena);
    error = tp_payloads_make(&arena, &argument, 1, &payloads);
    if (!error)
        error = send_completed(client, target, payloads, &arena);
    tp_arena_done(&arena);
    return error;
}

/* --- fail ------------------------------------------------------------------------------------- */

static temporal_error *send_failed(temporal_client *client, const temporal_activity_target *target,
                                   Tp__Failure__Failure *failure, tp_arena *arena)
{
    Tp__Ws__RespondActivityTaskFailedRequest request;
    Tp__Ws__RespondActivityTaskFailedByIdRequest by_id;

    if (has_token(target)) {
        tp__ws__respond_activity_task_failed_request__init(&request);
        SET_SENDER(request);
        request.task_token = token_of(target);
        request.failure = failure;
        return call(client, "RespondActivityTaskFailed", &request.base,
                    &tp__ws__respond_activity_task_failed_response__descriptor, arena, NULL);
    }
    tp__ws__respond_activity_task_failed_by_id_request__init(&by_id);
    SET_SENDER(by_id);
    SET_IDS(by_id);
    by_id.failure = failure;
    return call(client, "RespondActivityTaskFailedById", &by_id.base,
                &tp__ws__respond_activity_task_failed_by_id_response__descriptor, arena, NULL);
}

/* The server takes application failures only: any other becomes the cause of one. */
static Tp__Failure__Failure *make_failure(tp_arena *arena, const temporal_error *error)
{
    Tp__Failure__Failure *cause = tp_failure_from_error(arena, error), *failure;

    if (cause->failure_info_case == TP__FAILURE__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO)
        return cause;
    failure = tp_arena_alloc(arena, sizeof *failure);
    tp__failure__failure__init(failure);
    failure->message = cause->message;
    failure->source = tp_text_lend(TP_FAILURE_SOURCE);
    failure->cause = cause;
    failure->failure_info_case = TP__FAILURE__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    failure->application_failure_info =
        tp_arena_alloc(arena, sizeof *failure->application_failure_info);
    tp__failure__application_failure_info__init(failure->application_failure_info);
    return failure;
}

temporal_error *temporal_client_fail_activity(temporal_client *client,
                                              const temporal_activity_target *target,
                                              const temporal_error *failure)
{
    temporal_error *error;
    tp_arena arena;

    TEMPORAL_TRY(check(client, target, "fail activity"));
    if (!failure)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "fail activity: a failure is required");
    tp_arena_init(&arena);
    error = send_failed(client, target, make_failure(&arena, failure), &arena);
    tp_arena_done(&arena);
    return error;
}

/* --- cancel ----------------------------------------------------------------------------------- */

static temporal_error *send_cancelled(temporal_client *client,
                                      const temporal_activity_target *target,
                                      Tp__Common__Payloads *details, tp_arena *arena)
{
    Tp__Ws__RespondActivityTaskCanceledRequest request;
    Tp__Ws__RespondActivityTaskCanceledByIdRequest by_id;

    if (has_token(target)) {
        tp__ws__respond_activity_task_canceled_request__init(&request);
        SET_SENDER(request);
        request.task_token = token_of(target);
        request.details = details;
        return call(client, "RespondActivityTaskCanceled", &request.base,
                    &tp__ws__respond_activity_task_canceled_response__descriptor, arena, NULL);
    }
    tp__ws__respond_activity_task_canceled_by_id_request__init(&by_id);
    SET_SENDER(by_id);
    SET_IDS(by_id);
    by_id.details = details;
    return call(client, "RespondActivityTaskCanceledById", &by_id.base,
                &tp__ws__respond_activity_task_canceled_by_id_response__descriptor, arena, NULL);
}

temporal_error *temporal_client_cancel_activity(temporal_client *client,
                                                const temporal_activity_target *target,
                                                const temporal_argument *details,
                                                size_t detail_count)
{
    Tp__Common__Payloads *payloads = NULL;
    temporal_error *error;
    tp_arena arena;

    TEMPORAL_TRY(check(client, target, "cancel activity"));
    tp_arena_init(&arena);
    error = tp_payloads_make(&arena, details, detail_count, &payloads);
    if (!error)
        error = send_cancelled(client, target, payloads, &arena);
    tp_arena_done(&arena);
    return error;
}

/* --- heartbeat -------------------------------------------------------------------------------- */

static int reason_of(bool cancelled, bool reset, bool paused)
{
    if (cancelled)
        return TEMPORAL_CANCEL_REQUESTED;
    if (reset)
        return TEMPORAL_CANCEL_RESET;
    return paused ? TEMPORAL_CANCEL_PAUSED : TEMPORAL_CANCEL_NONE;
}

static temporal_error *send_beat(temporal_client *client, const temporal_activity_target *target,
                                 Tp__Common__Payloads *details, tp_arena *arena, int *reason)
{
    Tp__Ws__RecordActivityTaskHeartbeatRequest request;
    Tp__Ws__RecordActivityTaskHeartbeatByIdRequest by_id;
    const Tp__Ws__RecordActivityTaskHeartbeatResponse *answer;
    const Tp__Ws__RecordActivityTaskHeartbeatByIdResponse *answer_by_id;
    void *message = NULL;

    if (has_token(target)) {
        tp__ws__record_activity_task_heartbeat_request__init(&request);
        SET_SENDER(request);
        request.task_token = token_of(target);
        request.details = details;
        TEMPORAL_TRY(call(client, "RecordActivityTaskHeartbeat", &request.base,
                          &tp__ws__record_activity_task_heartbeat_response__descriptor, arena,
                          &message));
        answer = message;
        *reason =
            reason_of(answer->cancel_requested, answer->activity_reset, answer->activity_paused);
        return TEMPORAL_OK;
    }
    tp__ws__record_activity_task_heartbeat_by_id_request__init(&by_id);
    SET_SENDER(by_id);
    SET_IDS(by_id);
    by_id.details = details;
    TEMPORAL_TRY(call(client, "RecordActivityTaskHeartbeatById", &by_id.base,
                      &tp__ws__record_activity_task_heartbeat_by_id_response__descriptor, arena,
                      &message));
    answer_by_id = message;
    *reason = reason_of(answer_by_id->cancel_requested, answer_by_id->activity_reset,
                        answer_by_id->activity_paused);
    return TEMPORAL_OK;
}

temporal_error *temporal_client_heartbeat_activity(temporal_client *client,
                                                   const temporal_activity_target *target,
                                                   const temporal_argument *details,
                                                   size_t detail_count, int *reason)
{
    Tp__Common__Payloads *payloads = NULL;
    temporal_error *error;
    tp_arena arena;

    TEMPORAL_TRY(check(client, target, "heartbeat activity"));
    tp_arena_init(&arena);
    error = tp_payloads_make(&arena, details, detail_count, &payloads);
    if (!error)
        error = send_beat(client, target, payloads, &arena, reason);
    tp_arena_done(&arena);
    return error;
}
