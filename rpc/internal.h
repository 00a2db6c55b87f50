/* SPDX-License-Identifier: MIT */
/* rpc/internal.h -- what a channel and its calls know of each other. */
#ifndef TP_RPC_INTERNAL_H
#define TP_RPC_INTERNAL_H

#include <grpc/grpc.h>
#include <pthread.h>

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

    pthread_mutex_t mutex;    /* guards the next two */
    tp_call *finished, **end; /* attempts that ended, on their way to the loop */

    tp_list calls; /* all that have not been delivered */
    bool closing;
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
    tp_metadata metadata;
    temporal_seconds timeout;
    tp_retry retry;
    bool long_poll, cancelled;
    int64_t deadline;  /* monotonic nanoseconds: of the whole call, unless it goes on for ever */
    unsigned failures; /* in a row */
    tp_timer *pause;   /* between two attempts */
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

#endif
