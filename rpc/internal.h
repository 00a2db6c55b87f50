/* SPDX-License-Identifier: MIT */
/* rpc/internal.h -- what a channel and its calls know of each other. */
#ifndef TP_RPC_INTERNAL_H
#define TP_RPC_INTERNAL_H

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/list.h"
#include "base/timer.h"
#include "rpc/channel.h"
#include "rpc/metadata.h"

struct tp_channel {
    tp_loop *loop;
    char *target;
    grpc_channel *grpc;
    grpc_completion_queue *queue;
    pthread_t thread; /* waits on the queue */
    atomic_uint handed_to_grpc;
    int64_t knocked;    /* when it was asked to connect last */
    int64_t complained; /* when a failure was said aloud last; 0: never */
    bool troubled;      /* it was, and no call has succeeded since */

    pthread_mutex_t mutex;    /* guards the next two */
    tp_call *finished, **end; /* attempts that ended, on their way to the loop */

    tp_list calls; /* all that have not been delivered */
    bool closing, queue_ended, thread_ended;
    tp_loop_fn closed;
    void *closed_data;
};

struct tp_call {
    tp_list link;
    tp_channel *channel;
    tp_call_fn done;
    void *data;

    char *path; /* "/service/method"; the method begins at method */
    const char *method;
    grpc_slice request;
    const ProtobufCMessageDescriptor *response;
    tp_arena *arena; /* for the response; NULL: its own, for as long as it is delivered */
    tp_metadata metadata;
    temporal_seconds timeout;
    tp_retry retry;
    bool long_poll, cancelled;
    int64_t deadline;  /* monotonic nanoseconds: of the whole call, unless it goes on for ever */
    unsigned failures; /* in a row */
    tp_timer *pause;   /* between two attempts */
    bool knocked;      /* the channel was asked to connect in this pause */
    temporal_error *outcome; /* of a call that ended without an attempt */

    /* The attempt under way. */
    grpc_call *grpc; /* NULL: none */
    tp_call *next_finished;
    grpc_byte_buffer *received;
    grpc_metadata_array initial, trailing;
    grpc_status_code status;
    grpc_slice status_text;
};

/* Of call.c, on the loop. */
void tp_call_finish_attempt(tp_call *call);

/* Of channel.c: a call was delivered and is gone. */
void tp_channel_call_gone(tp_channel *channel);
/** Asks a channel that is not connected to try it now; false when it is connected. */
bool tp_channel_knock(tp_channel *channel);
/** May a failure be said aloud? All calls fail together when a server goes away: one speaks for
 * them. */
bool tp_channel_may_complain(tp_channel *channel);
/** Says, in a way that the thread sanitizer sees, that what was written so far is gRPC's now and
 * comes back through the completion queue. */
void tp_channel_hand_to_grpc(tp_channel *channel);

#endif
