/* SPDX-License-Identifier: MIT */
/* worker/service.c -- the server as the worker's rooms see it: one call, on the loop, as this
 * worker. */
#include "worker/service.h"

#include "base/clock.h"

/* Servers end an empty long poll after about a minute. */
#define POLL_TIMEOUT   (70 * TEMPORAL_SECOND)
#define ANSWER_TIMEOUT (10 * TEMPORAL_SECOND)
#define BRIEF_TIMEOUT  (5 * TEMPORAL_SECOND)
/* What each task leaves of the longest delay before it. */
#define DELAY_KEPT 0.95

static tp_call *start(tp_service *service, tp_call_options *options, tp_call_fn done, void *data)
{
    options->namespace_name = service->client->namespace_name;
    options->metadata = service->client->metadata;
    return tp_call_start(service->channel, options, done, data);
}

tp_call *tp_service_call(tp_service *service, const char *method, const void *request,
                         const ProtobufCMessageDescriptor *response, tp_patience patience,
                         tp_call_fn done, void *data)
{
    static const struct {
        temporal_seconds timeout;
        tp_retry retry;
    } rules[] = {
        [TP_PATIENCE_ANSWER] = { ANSWER_TIMEOUT, TP_RETRY_FOREVER },
        [TP_PATIENCE_BRIEF] = { BRIEF_TIMEOUT, TP_RETRY_DEADLINE },
        [TP_PATIENCE_ONCE] = { BRIEF_TIMEOUT, TP_RETRY_ONCE },
    };
    tp_call_options options = {
        .method = method,
        .request = request,
        .response = response,
        .timeout = rules[patience].timeout,
        .retry = rules[patience].retry,
    };

    return start(service, &options, done, data);
}

tp_call *tp_service_poll(tp_service *service, const char *method, const void *request,
                         const ProtobufCMessageDescriptor *response, tp_arena *memory,
                         tp_call_fn done, void *data)
{
    tp_call_options options = {
        .method = method,
        .request = request,
        .response = response,
        .timeout = POLL_TIMEOUT,
        .retry = TP_RETRY_FOREVER,
        .long_poll = true,
        .arena = memory,
    };

    return start(service, &options, done, data);
}

void tp_service_note_delay(tp_service *service, const Tp__Pb__Timestamp *started)
{
    temporal_seconds delay;

    if (!started)
        return;
    delay = (temporal_seconds)tp_clock_wall() / (temporal_seconds)TP_NANOSECONDS -
            (temporal_seconds)started->seconds - started->nanos / (temporal_seconds)TP_NANOSECONDS;
    service->delay *= DELAY_KEPT;
    if (delay > service->delay)
        service->delay = delay;
}
