/* SPDX-License-Identifier: MIT */
/* worker/heartbeats.c -- brings the heartbeats of one attempt to the server, throttled, and what
 * the server answers back to the attempt. */
#include "worker/heartbeats.h"

#include "base/error.h"
#include "base/log.h"
#include "converter/payload.h"

#define THROTTLE_SHARE 0.8 /* of the heartbeat timeout, as in the other SDKs */
#define ALIVE_SHARE    0.4 /* so that two looks come within it */

temporal_seconds tp_heartbeats_interval(temporal_seconds heartbeat_timeout,
                                        temporal_seconds maximum, temporal_seconds otherwise)
{
    temporal_seconds interval =
        heartbeat_timeout > 0 ? heartbeat_timeout * THROTTLE_SHARE : otherwise;

    return interval < maximum ? interval : maximum;
}

static temporal_cancel_reason reason_of(const Tp__Ws__RecordActivityTaskHeartbeatResponse *response)
{
    if (response->cancel_requested)
        return TEMPORAL_CANCEL_REQUESTED;
    if (response->activity_reset)
        return TEMPORAL_CANCEL_RESET;
    if (response->activity_paused)
        return TEMPORAL_CANCEL_PAUSED;
    return TEMPORAL_CANCEL_NONE;
}

static void send_beat(tp_heartbeats *self);

static void on_answer(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    tp_heartbeats *self = data;
    temporal_cancel_reason reason = TEMPORAL_CANCEL_NONE;

    self->call = NULL;
    if (!error) {
        if (!self->ended)
            tp_heartbeats_watch(self);
        self->overdue = false;
        reason = reason_of((const Tp__Ws__RecordActivityTaskHeartbeatResponse *)response);
    } else if (temporal_error_get_code(error) == TEMPORAL_ERROR_NOT_FOUND) {
        reason = TEMPORAL_CANCEL_NOT_FOUND;
    } else {
        /* The next beat carries newer details; the server's own timeout is the judge. */
        tp_log(TEMPORAL_LOG_WARN, "activity", "heartbeat of activity %s was not taken: %s",
               self->attempt->task.activity_id, temporal_error_message(error));
        if (self->overdue)
            reason = TEMPORAL_CANCEL_TIMED_OUT;
    }
    temporal_error_free(error);

    if (!self->ended && reason != TEMPORAL_CANCEL_NONE)
        self->cancel(self->attempt, reason);
    if (self->flushed) {
        if (self->unsent && self->send_last && reason != TEMPORAL_CANCEL_NOT_FOUND)
            send_beat(self);
        else
            self->flushed(self->flushed_data);
    } else if (!self->ended && !self->throttled) {
        tp_heartbeats_beat(self);
    }
}

static void send_beat(tp_heartbeats *self)
{
    Tp__Ws__RecordActivityTaskHeartbeatRequest request;
    Tp__Common__Payloads *details = NULL;
    tp_arena arena;
    temporal_error *error;

    tp_arena_init(&arena);
    error = tp_payloads_unpack(&arena, tp_buffer_bytes(&self->details), &details);
    if (error) { /* only a hostile activity process gets here */
        tp_log(TEMPORAL_LOG_WARN, "activity", "heartbeat details of activity %s are left out: %s",
               self->attempt->task.activity_id, temporal_error_message(error));
        temporal_error_free(error);
        details = NULL;
    }
    tp__ws__record_activity_task_heartbeat_request__init(&request);
    request.task_token.data = (uint8_t *)(uintptr_t)self->attempt->task.task_token.data;
    request.task_token.len = self->attempt->task.task_token.size;
    request.details = details;
    request.identity = self->service->identity;
    request.namespace_ = self->service->client->namespace_name;

    self->unsent = false;
    self->call = tp_service_call(self->service, "RecordActivityTaskHeartbeat", &request,
                                 &tp__ws__record_activity_task_heartbeat_response__descriptor,
                                 TP_PATIENCE_BRIEF, on_answer, self);
    tp_arena_done(&arena);
}

static void on_throttle_over(void *data)
{
    tp_heartbeats *self = data;

    self->throttled = false;
    if (!self->call)
        tp_heartbeats_beat(self);
}

static void on_silence(void *data)
{
    tp_heartbeats *self = data;

    if (self->call) /* the server may have it already: its answer tells */
        self->overdue = true;
    else
        self->cancel(self->attempt, TEMPORAL_CANCEL_TIMED_OUT);
}

/* Before its first heartbeat the details are still those of the attempt before. */
static void on_alive(void *data)
{
    tp_heartbeats *self = data;
    const tp_task *task = &self->attempt->task;
    uint64_t progress = self->progress;
    bool wanted = tp_attempt_progress(self->attempt, &progress);

    if (wanted && progress != self->progress && !self->call && !self->throttled) {
        if (self->details.size == 0)
            tp_buffer_append(&self->details, task->heartbeat_details.data,
                             task->heartbeat_details.size);
        (void)tp_attempt_take_heartbeat(self->attempt, &self->details);
        send_beat(self);
    }
    self->progress = progress;
    tp_timer_start(self->alive, task->heartbeat_timeout * ALIVE_SHARE);
}

void tp_heartbeats_init(tp_heartbeats *self, tp_service *service, tp_attempt *attempt,
                        temporal_seconds interval,
                        void (*cancel)(tp_attempt *attempt, temporal_cancel_reason reason))
{
    *self = (tp_heartbeats){
        .service = service, .attempt = attempt, .interval = interval, .cancel = cancel
    };
    self->throttle = tp_timer_new(service->loop, on_throttle_over, self);
    self->silence = tp_timer_new(service->loop, on_silence, self);
    self->alive = tp_timer_new(service->loop, on_alive, self);
}

void tp_heartbeats_watch(tp_heartbeats *self)
{
    if (self->attempt->task.heartbeat_timeout > 0)
        tp_timer_start(self->silence, self->attempt->task.heartbeat_timeout);
}

void tp_heartbeats_keep_alive(tp_heartbeats *self)
{
    if (self->attempt->task.heartbeat_timeout > 0)
        tp_timer_start(self->alive, self->attempt->task.heartbeat_timeout * ALIVE_SHARE);
}

void tp_heartbeats_beat(tp_heartbeats *self)
{
    if (self->throttled || self->call)
        return; /* it is looked for when the interval is over */
    if (!tp_attempt_take_heartbeat(self->attempt, &self->details))
        return;
    self->throttled = true;
    tp_timer_start(self->throttle, self->interval);
    send_beat(self);
}

void tp_heartbeats_end(tp_heartbeats *self)
{
    self->ended = true;
    tp_timer_stop(self->throttle);
    tp_timer_stop(self->silence);
    tp_timer_stop(self->alive);
    if (tp_attempt_take_heartbeat(self->attempt, &self->details))
        self->unsent = true;
}

tp_bytes tp_heartbeats_unsent(const tp_heartbeats *self)
{
    return self->unsent ? tp_buffer_bytes(&self->details) : (tp_bytes){ 0 };
}

void tp_heartbeats_flush(tp_heartbeats *self, bool send_last, tp_loop_fn flushed, void *data)
{
    self->flushed = flushed;
    self->flushed_data = data;
    self->send_last = send_last;
    if (self->call)
        return;
    if (self->unsent && send_last)
        send_beat(self);
    else
        tp_loop_post(self->service->loop, flushed, data);
}

void tp_heartbeats_done(tp_heartbeats *self)
{
    tp_timer_free(self->throttle);
    tp_timer_free(self->silence);
    tp_timer_free(self->alive);
    tp_buffer_done(&self->details);
}
