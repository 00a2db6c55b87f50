/* SPDX-License-Identifier: MIT */
/* worker/activity_attempt.c -- one attempt as the worker holds it: from the polled task to its
 * answer. */
#include "worker/activity_attempt.h"

#include "base/alloc.h"
#include "converter/failure.h"
#include "converter/message.h"

static tp_bytes pack(tp_arena *arena, const ProtobufCMessage *message)
{
    tp_bytes packed = { 0 };
    uint8_t *data;

    if (!message)
        return packed;
    packed.size = protobuf_c_message_get_packed_size(message);
    data = tp_arena_alloc(arena, packed.size);
    protobuf_c_message_pack(message, data);
    packed.data = data;
    return packed;
}

tp_activity_attempt *tp_activity_attempt_new(tp_service *service,
                                             const Tp__Ws__PollActivityTaskQueueResponse *response)
{
    tp_activity_attempt *attempt = tp_alloc(sizeof *attempt);
    tp_arena *arena = &attempt->arena;
    tp_task *task = &attempt->executed.task;
    const Tp__Common__WorkflowExecution *execution = response->workflow_execution;

    attempt->service = service;
    tp_list_init(&attempt->link);
    tp_arena_init(arena);
    task->activity_id = tp_arena_strdup(arena, response->activity_id);
    task->activity_type =
        tp_arena_strdup(arena, response->activity_type ? response->activity_type->name : "");
    task->task_queue = service->task_queue;
    task->workflow_id = tp_arena_strdup(arena, execution ? execution->workflow_id : "");
    task->workflow_run_id = tp_arena_strdup(arena, execution ? execution->run_id : "");
    task->workflow_type =
        tp_arena_strdup(arena, response->workflow_type ? response->workflow_type->name : "");
    task->workflow_namespace = tp_arena_strdup(arena, response->workflow_namespace);
    task->attempt = response->attempt;
    task->scheduled_at = tp_message_nanoseconds(response->scheduled_time);
    task->started_at = tp_message_nanoseconds(response->started_time);
    task->current_attempt_scheduled_at =
        tp_message_nanoseconds(response->current_attempt_scheduled_time);
    task->heartbeat_timeout = tp_message_seconds(response->heartbeat_timeout);
    task->schedule_to_close_timeout = tp_message_seconds(response->schedule_to_close_timeout);
    task->start_to_close_timeout = tp_message_seconds(response->start_to_close_timeout);
    task->task_token.data =
        tp_arena_memdup(arena, response->task_token.data, response->task_token.len);
    task->task_token.size = response->task_token.len;
    task->input = pack(arena, response->input ? &response->input->base : NULL);
    task->heartbeat_details =
        pack(arena, response->heartbeat_details ? &response->heartbeat_details->base : NULL);
    task->header = pack(arena, response->header ? &response->header->base : NULL);
    return attempt;
}

void tp_activity_attempt_cancel(tp_activity_attempt *attempt, temporal_cancel_reason reason)
{
    if (attempt->reason == TEMPORAL_CANCEL_NONE)
        attempt->reason = reason;
    tp_attempt_cancel(&attempt->executed, reason);
}

void tp_activity_attempt_set_outcome(tp_activity_attempt *attempt, tp_outcome_kind kind,
                                     tp_bytes body)
{
    attempt->outcome = kind;
    tp_buffer_clear(&attempt->body);
    tp_buffer_append(&attempt->body, body.data, body.size);
}

void tp_activity_attempt_set_failure(tp_activity_attempt *attempt, const temporal_error *error)
{
    attempt->outcome = TP_OUTCOME_FAILED;
    tp_buffer_clear(&attempt->body);
    tp_failure_encode(&attempt->body, error);
}

void tp_activity_attempt_free(tp_activity_attempt *attempt)
{
    tp_timer_free(attempt->timeout);
    tp_heartbeats_done(&attempt->heartbeats);
    tp_buffer_done(&attempt->body);
    tp_arena_done(&attempt->arena);
    tp_free(attempt);
}
