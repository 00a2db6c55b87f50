/* SPDX-License-Identifier: MIT */
/* worker/service.h -- the server as the worker's rooms see it: one call, on the loop, as this
 * worker. */
#ifndef TP_WORKER_SERVICE_H
#define TP_WORKER_SERVICE_H

#include "base/uuid.h"
#include "client/client.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"

typedef struct tp_service {
    temporal_client *client; /* the worker's own copy */
    tp_loop *loop;
    tp_channel *channel;
    char *identity;
    char *task_queue;
    char instance_key[TP_UUID_SIZE]; /* what the server knows this worker's polls by */
    temporal_seconds delay;          /* see tp_service_note_delay */
    uint32_t polls;                  /* under way, of all pollers */
    uint32_t sticky_polls;           /* among them, of the sticky queue */
    tp_loop_fn poll_ended;           /* one has; NULL: nobody wants to know */
    void *poll_ended_data;
} tp_service;

/* How much patience a call gets. */
typedef enum tp_patience {
    TP_PATIENCE_ANSWER, /* for ever: an answer that is lost costs an attempt or a task */
    TP_PATIENCE_BRIEF,  /* a few seconds: a heartbeat, the answer to a query */
    TP_PATIENCE_ONCE    /* one attempt: a courtesy */
} tp_patience;

/** When a worker shuts down, answers that the server does not take are given up after so long. */
#define TP_SHUTDOWN_PATIENCE (10 * TEMPORAL_SECOND)

/** done is always called, later, on the loop. */
tp_call *tp_service_call(tp_service *service, const char *method, const void *request,
                         const ProtobufCMessageDescriptor *response, tp_patience patience,
                         tp_call_fn done, void *data);
/** A long poll: for ever, each attempt for as long as a server holds one. The response lives in
 * memory, which the caller leaves alone until done. */
tp_call *tp_service_poll(tp_service *service, const char *method, const void *request,
                         const ProtobufCMessageDescriptor *response, tp_arena *memory,
                         tp_call_fn done, void *data);

/** A task has come that the server calls started since then: service->delay is how long tasks are
 * under way to us, the longest of late. By two clocks: it may be anything. */
void tp_service_note_delay(tp_service *service, const Tp__Pb__Timestamp *started);

#endif
