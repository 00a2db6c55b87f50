/* SPDX-License-Identifier: MIT */
/* worker/heartbeats.h -- brings the heartbeats of one attempt to the server, throttled, and what
 * the server answers back to the attempt.
 *
 * The first beat goes out at once. Then nothing is sent until the throttle interval is over, when
 * the newest details, if there are any, are sent in turn: 80 % of the heartbeat timeout, at most
 * the worker's maximum, and its default for an activity without a heartbeat timeout. */
#ifndef TP_WORKER_HEARTBEATS_H
#define TP_WORKER_HEARTBEATS_H

#include "base/timer.h"
#include "executor/executor.h"
#include "worker/service.h"

typedef struct tp_heartbeats {
    tp_service *service;
    tp_attempt *attempt;
    tp_timer *throttle;
    tp_timer *silence; /* since the server heard of it last */
    tp_timer *alive;   /* looks whether it gets on, where its rules say so */
    uint64_t progress; /* as it was then */
    tp_call *call;     /* a heartbeat under way */
    temporal_seconds interval;
    void (*cancel)(tp_attempt *attempt, temporal_cancel_reason reason);
    bool overdue;   /* silent for too long, but for the call under way */
    bool throttled; /* the interval since the last beat is not over */
    bool ended;     /* the attempt has: nothing more is taken from it */
    bool unsent;    /* details holds a beat that no call has carried */
    bool send_last; /* it goes out by itself before flushed is called */
    tp_buffer details;
    tp_loop_fn flushed;
    void *flushed_data;
} tp_heartbeats;

/** The interval between two beats of an activity with that heartbeat timeout. */
temporal_seconds tp_heartbeats_interval(temporal_seconds heartbeat_timeout,
                                        temporal_seconds maximum, temporal_seconds otherwise);
/** cancel is called when the server's answer to a beat says that the attempt should stop. */
void tp_heartbeats_init(tp_heartbeats *heartbeats, tp_service *service, tp_attempt *attempt,
                        temporal_seconds interval,
                        void (*cancel)(tp_attempt *attempt, temporal_cancel_reason reason));
/** From now on cancel(TIMED_OUT) is called when the server has not heard of the attempt for its
 * heartbeat timeout, if it has one: it has given the attempt up. Our clock starts later than the
 * server's, so this is never too early. */
void tp_heartbeats_watch(tp_heartbeats *heartbeats);
/** Where the rules of its activity say so, from now on: tells the server in time that the attempt
 * is alive, with the details that it beat last, as long as it gets on. */
void tp_heartbeats_keep_alive(tp_heartbeats *heartbeats);
/** For the attempt's beat event. */
void tp_heartbeats_beat(tp_heartbeats *heartbeats);
/** In the attempt's done event: takes the last beat. */
void tp_heartbeats_end(tp_heartbeats *heartbeats);
/** The details of a beat that no call has carried; empty when there is none. For the answer that
 * says the attempt failed: the next attempt must see them. */
tp_bytes tp_heartbeats_unsent(const tp_heartbeats *heartbeats);
/** After end: sends a beat that was held back when send_last says so, and calls flushed(data),
 * later, when no call is under way any more: only then may the attempt's end be told to the server.
 */
void tp_heartbeats_flush(tp_heartbeats *heartbeats, bool send_last, tp_loop_fn flushed, void *data);
void tp_heartbeats_done(tp_heartbeats *heartbeats); /* after flushed */

#endif
