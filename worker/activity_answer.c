/* SPDX-License-Identifier: MIT */
/* worker/activity_answer.c -- tells the server how an attempt ended.
 *
 * What the server asked for (a cancellation) is answered as it happened. What it did not ask for
 * (this worker shuts down, the activity was paused or reset) is told as a failure, so that the
 * retry policy gives the activity to another attempt. What it gave up already (timed out, not
 * found) is not told. */
#include "worker/activity_answer.h"

#include "base/error.h"
#include "base/log.h"
#include "converter/failure.h"
#include "converter/payload.h"

static void set_token(ProtobufCBinaryData *token, const tp_activity_attempt *attempt)
{
    token->data = (uint8_t *)(uintptr_t)attempt->executed.task.task_token.data;
    token->len = attempt->executed.task.task_token.size;
}

static void on_answer(void *data, temporal_error *error, const ProtobufCMessage *response);

static void send_completed(tp_activity_attempt *attempt, tp_arena *arena)
{
    Tp__Ws__RespondActivityTaskCompletedRequest request;
    Tp__Common__Payloads *result = NULL;
    temporal_error *error = tp_payloads_unpack(arena, tp_buffer_bytes(&attempt->body), &result);

    if (error) { /* only a hostile activity process gets here */
        on_answer(attempt, error, NULL);
        return;
    }
    tp__ws__respond_activity_task_completed_request__init(&request);
    set_token(&request.task_token, attempt);
    request.result = result;
    request.identity = attempt->service->identity;
    request.namespace_ = attempt->service->client->namespace_name;
    attempt->answer = tp_service_call(attempt->service, "RespondActivityTaskCompleted", &request,
                                      &tp__ws__respond_activity_task_completed_response__descriptor,
                                      TP_PATIENCE_ANSWER, on_answer, attempt);
}

/* The server takes application failures only. Whatever else an activity returned (a cancellation
 * that nobody asked for, an error of a client that it used) becomes the cause of one. */
static temporal_error *as_application_error(temporal_error *error)
{
    if (temporal_error_get_code(error) == TEMPORAL_ERROR_APPLICATION)
        return error;
    return temporal_error_wrap(error, TEMPORAL_ERROR_APPLICATION, "%s",
                               temporal_error_message(error));
}

static void send_failed(tp_activity_attempt *attempt, tp_arena *arena)
{
    Tp__Ws__RespondActivityTaskFailedRequest request;
    temporal_error *error = tp_failure_decode(tp_buffer_bytes(&attempt->body));
    tp_bytes last_beat = tp_heartbeats_unsent(&attempt->heartbeats);
    temporal_error *unreadable;

    tp__ws__respond_activity_task_failed_request__init(&request);
    set_token(&request.task_token, attempt);
    error = as_application_error(error);
    request.failure = tp_failure_from_error(arena, error);
    request.identity = attempt->service->identity;
    request.namespace_ = attempt->service->client->namespace_name;
    unreadable = tp_payloads_unpack(arena, last_beat, &request.last_heartbeat_details);
    temporal_error_free(unreadable); /* of a hostile activity process: left out */
    temporal_error_free(error);
    attempt->answer = tp_service_call(attempt->service, "RespondActivityTaskFailed", &request,
                                      &tp__ws__respond_activity_task_failed_response__descriptor,
                                      TP_PATIENCE_ANSWER, on_answer, attempt);
}

static void send_cancelled(tp_activity_attempt *attempt, tp_arena *arena)
{
    Tp__Ws__RespondActivityTaskCanceledRequest request;
    Tp__Failure__Failure *failure;
    temporal_error *error = tp_failure_decode(tp_buffer_bytes(&attempt->body));

    failure = tp_failure_from_error(arena, error);
    temporal_error_free(error);
    tp__ws__respond_activity_task_canceled_request__init(&request);
    set_token(&request.task_token, attempt);
    if (failure->failure_info_case == TP__FAILURE__FAILURE__FAILURE_INFO_CANCELED_FAILURE_INFO)
        request.details = failure->canceled_failure_info->details;
    request.identity = attempt->service->identity;
    request.namespace_ = attempt->service->client->namespace_name;
    attempt->answer = tp_service_call(attempt->service, "RespondActivityTaskCanceled", &request,
                                      &tp__ws__respond_activity_task_canceled_response__descriptor,
                                      TP_PATIENCE_ANSWER, on_answer, attempt);
}

static void send_outcome(tp_activity_attempt *attempt)
{
    tp_arena arena;

    tp_arena_init(&arena);
    switch (attempt->outcome) {
    case TP_OUTCOME_COMPLETED:
        send_completed(attempt, &arena);
        break;
    case TP_OUTCOME_FAILED:
        send_failed(attempt, &arena);
        break;
    case TP_OUTCOME_CANCELLED:
        send_cancelled(attempt, &arena);
        break;
    case TP_OUTCOME_ASYNC:
        attempt->answered(attempt->answered_data);
        break;
    }
    tp_arena_done(&arena);
}

/* A result that the server refuses to carry is told as a failure; a failure that it refuses, or an
 * attempt that it does not know any more, is only logged. */
static void on_answer(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    tp_activity_attempt *attempt = data;
    const tp_task *task = &attempt->executed.task;
    temporal_error *failure;

    (void)response;
    attempt->answer = NULL;
    if (!error) {
        attempt->answered(attempt->answered_data);
        return;
    }

    if (attempt->given_up || temporal_error_get_code(error) == TEMPORAL_ERROR_NOT_FOUND) {
        tp_log(TEMPORAL_LOG_DEBUG, "activity", "the end of activity %s (%s) was not told: %s",
               task->activity_id, task->activity_type, temporal_error_message(error));
    } else {
        tp_log(TEMPORAL_LOG_WARN, "activity", "the end of activity %s (%s) was not taken: %s",
               task->activity_id, task->activity_type, temporal_error_message(error));
        if (attempt->outcome == TP_OUTCOME_COMPLETED) {
            failure = temporal_error_application_with(
                &(const temporal_application_error){ .struct_size =
                                                         sizeof(temporal_application_error),
                                                     .type = "ResultRefused",
                                                     .non_retryable = true },
                "the result of activity %s (%zu bytes) was refused: %s", task->activity_type,
                attempt->body.size, temporal_error_message(error));
            tp_activity_attempt_set_failure(attempt, failure);
            temporal_error_free(failure);
            temporal_error_free(error);
            send_outcome(attempt);
            return;
        }
    }
    temporal_error_free(error);
    attempt->answered(attempt->answered_data);
}

static bool is_lost_for_the_server(const tp_activity_attempt *attempt)
{
    return attempt->reason == TEMPORAL_CANCEL_TIMED_OUT ||
           attempt->reason == TEMPORAL_CANCEL_NOT_FOUND;
}

static void on_flushed(void *data)
{
    tp_activity_attempt *attempt = data;

    if (attempt->given_up || is_lost_for_the_server(attempt))
        attempt->answered(attempt->answered_data);
    else
        send_outcome(attempt);
}

static void turn_unasked_cancellation_into_failure(tp_activity_attempt *attempt)
{
    temporal_error *error = NULL;

    switch (attempt->reason) {
    case TEMPORAL_CANCEL_WORKER_SHUTDOWN:
        error = temporal_error_application("WorkerShutdown",
                                           "the worker shut down while the activity was running");
        break;
    case TEMPORAL_CANCEL_PAUSED:
        error = temporal_error_application("ActivityPaused", "the activity was paused");
        break;
    case TEMPORAL_CANCEL_RESET:
        error = temporal_error_application("ActivityReset", "the activity was reset");
        break;
    case TEMPORAL_CANCEL_NONE:
    case TEMPORAL_CANCEL_REQUESTED:
    case TEMPORAL_CANCEL_TIMED_OUT:
    case TEMPORAL_CANCEL_NOT_FOUND:
        break;
    }
    if (!error)
        return;
    tp_activity_attempt_set_failure(attempt, error);
    temporal_error_free(error);
}

void tp_activity_answer_send(tp_activity_attempt *attempt, tp_loop_fn answered, void *data)
{
    attempt->answered = answered;
    attempt->answered_data = data;
    if (attempt->outcome == TP_OUTCOME_CANCELLED)
        turn_unasked_cancellation_into_failure(attempt);
    tp_heartbeats_flush(&attempt->heartbeats,
                        attempt->outcome == TP_OUTCOME_ASYNC && !attempt->given_up, on_flushed,
                        attempt);
}

void tp_activity_answer_give_up(tp_activity_attempt *attempt)
{
    attempt->given_up = true;
    if (attempt->answer)
        tp_call_cancel(attempt->answer);
    if (attempt->heartbeats.call)
        tp_call_cancel(attempt->heartbeats.call);
}
