/* SPDX-License-Identifier: MIT */
/* worker/poller.h -- keeps so many long polls of one task queue under way, while there is room. */
#ifndef TP_WORKER_POLLER_H
#define TP_WORKER_POLLER_H

#include "worker/service.h"

typedef struct tp_poller tp_poller;

typedef struct tp_poller_options {
    tp_service *service;
    const char *method;
    const ProtobufCMessage *request; /* lives as long as the poller */
    const ProtobufCMessageDescriptor *response;
    uint32_t polls; /* at once, at most */
    bool sticky;    /* of the sticky queue */
    /** Takes a place for one more task, or says that there is none. A place comes back by the
     * task's end, which is the owner's affair and followed by tp_poller_wake, or by release. */
    bool (*reserve)(void *data);
    /** A poll ended without a task. */
    void (*release)(void *data);
    /** True when the response holds a task, which then owns the place. The response lives in
     * memory, which may be taken (tp_arena_take), or goes when this returns. */
    bool (*received)(void *data, tp_arena *memory, ProtobufCMessage *response);
    /** The server refuses for good: this poller polls no more. error is taken. */
    void (*fatal)(void *data, temporal_error *error);
    void *data;
} tp_poller_options;

/** All calls on the loop. */
tp_poller *tp_poller_new(const tp_poller_options *options);
/** Polls as much as there is room for: at first, and whenever places may have become free. */
void tp_poller_wake(tp_poller *poller);
/** Begins no more; stopped(data) follows when nothing is under way. Once. */
void tp_poller_stop(tp_poller *poller, tp_loop_fn stopped, void *data);
/** Cancels what is under way. A task that the server hands out in this moment is lost. */
void tp_poller_cancel(tp_poller *poller);
void tp_poller_free(tp_poller *poller); /* after stopped; NULL is accepted */

#endif
