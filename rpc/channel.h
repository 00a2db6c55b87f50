/* SPDX-License-Identifier: MIT */
/* rpc/channel.h -- unary gRPC calls to one target, made and finished on one loop.
 *
 * The only room that knows gRPC. A channel owns a completion queue and the thread that waits on it;
 * finished calls are posted to the loop. All calls below belong to the loop's thread. */
#ifndef TP_RPC_CHANNEL_H
#define TP_RPC_CHANNEL_H

#include <protobuf-c/protobuf-c.h>

#include <temporal/client.h>

#include "base/arena.h"
#include "base/loop.h"

typedef struct tp_channel tp_channel;
typedef struct tp_call tp_call;

typedef struct tp_channel_options {
    const char *target;
    temporal_tls tls;
    int receive_limit;                /* bytes of one answer: 128 MiB */
    temporal_seconds keepalive;       /* a ping after so long without traffic: 30 s */
    temporal_seconds keepalive_reply; /* and so long for its answer: 15 s */
} tp_channel_options;

/** INVALID_ARGUMENT for a target that cannot be one. Makes no connection yet. From any thread. */
temporal_error *tp_channel_new(tp_channel **channel, tp_loop *loop,
                               const tp_channel_options *options);
/** Cancels the calls that are under way (their callbacks run, with CANCELLED), and those that are
 * started from now on; joins the thread, then calls closed(data) on the loop. */
void tp_channel_close(tp_channel *channel, tp_loop_fn closed, void *data);

/** INVALID_ARGUMENT for a name or value that cannot travel, or that is the library's own. */
temporal_error *tp_channel_check_metadata(const temporal_pair *metadata);
/** The same for the name of a namespace, which travels beside each call. */
temporal_error *tp_channel_check_namespace(const char *namespace_name);

typedef enum tp_retry {
    TP_RETRY_ONCE,     /* no retry: one attempt */
    TP_RETRY_DEADLINE, /* retryable codes, until the timeout is over */
    TP_RETRY_FOREVER   /* retryable codes, each attempt with its own timeout: long polls */
} tp_retry;

typedef struct tp_call_options {
    const char *service;             /* NULL: "temporal.api.workflowservice.v1.WorkflowService" */
    const char *method;              /* "StartWorkflowExecution" */
    const ProtobufCMessage *request; /* packed before this returns */
    const ProtobufCMessageDescriptor *response;
    temporal_seconds timeout; /* of the whole call; FOREVER: of one attempt */
    tp_retry retry;
    bool long_poll;             /* an attempt that runs into its deadline is not a failure: FOREVER
                                   asks again, the others answer TIMEOUT quietly */
    const char *namespace_name; /* sent as temporal-namespace where not NULL */
    const temporal_pair *metadata; /* ends with a NULL name, or NULL; copied */
    tp_arena *arena; /* what the response is unpacked into, so that it outlives the callback; its
                        owner leaves it alone until then. NULL: one of the call's own */
} tp_call_options;

/** error is NULL on success and otherwise taken by the callee; response is valid during the
 * callback, or as long as the arena given. Errors say method, target, gRPC code and the server's
 * message, and carry rpc_status. Codes: NOT_FOUND, ALREADY_STARTED (with the running run's id in
 * run_id when the details have it), TIMEOUT (deadline), CANCELLED (tp_call_cancel), UNAVAILABLE,
 * INVALID_ARGUMENT, QUERY_REJECTED where the status details say QueryFailed, else RPC. */
typedef void (*tp_call_fn)(void *data, temporal_error *error, const ProtobufCMessage *response);

/** Never NULL; done is always called, later, on the loop. */
tp_call *tp_call_start(tp_channel *channel, const tp_call_options *options, tp_call_fn done,
                       void *data);
/** done follows with CANCELLED, unless the call has just ended otherwise. Not after done. */
void tp_call_cancel(tp_call *call);

#endif
