/* SPDX-License-Identifier: MIT */
/* worker/poller.c -- keeps so many long polls of one task queue under way, while there is room. */
#include "worker/poller.h"

#include "base/alloc.h"

typedef struct poll_place {
    tp_poller *poller;
    tp_call *call;   /* NULL: not under way */
    tp_arena memory; /* of its response */
} poll_place;

struct tp_poller {
    tp_poller_options options;
    poll_place *places;
    uint32_t under_way;
    bool refused, stopping;
    tp_loop_fn stopped;
    void *stopped_data;
};

tp_poller *tp_poller_new(const tp_poller_options *options)
{
    tp_poller *poller = tp_alloc(sizeof *poller);

    poller->options = *options;
    poller->places = tp_alloc_array(options->polls, sizeof *poller->places);
    for (uint32_t i = 0; i < options->polls; i++) {
        poller->places[i].poller = poller;
        tp_arena_init(&poller->places[i].memory);
    }
    return poller;
}

static void report_stopped(tp_poller *poller)
{
    if (poller->stopping && poller->under_way == 0)
        tp_loop_post(poller->options.service->loop, poller->stopped, poller->stopped_data);
}

static void on_answer(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    poll_place *self = data;
    tp_poller *poller = self->poller;
    const tp_poller_options *options = &poller->options;
    tp_service *service = options->service;
    ProtobufCMessage *ours = (ProtobufCMessage *)(uintptr_t)response; /* in our memory */

    self->call = NULL;
    poller->under_way--;
    service->polls--;
    service->sticky_polls -= options->sticky;
    /* A task that arrives while the poller stops is served: the server has given it to us. */
    if (error || !options->received(options->data, &self->memory, ours))
        options->release(options->data);
    tp_arena_done(&self->memory);

    if (!error || poller->stopping || temporal_error_get_code(error) == TEMPORAL_ERROR_CANCELLED) {
        temporal_error_free(error);
    } else {
        poller->refused = true;
        options->fatal(options->data, error);
    }
    if (poller->stopping)
        report_stopped(poller);
    else
        tp_poller_wake(poller);
    if (service->poll_ended)
        service->poll_ended(service->poll_ended_data);
}

void tp_poller_wake(tp_poller *poller)
{
    const tp_poller_options *options = &poller->options;

    for (uint32_t i = 0; i < options->polls; i++) {
        poll_place *place = &poller->places[i];

        if (poller->stopping || poller->refused)
            return;
        if (place->call)
            continue;
        if (!options->reserve(options->data))
            return;
        poller->under_way++;
        options->service->polls++;
        options->service->sticky_polls += options->sticky;
        place->call = tp_service_poll(options->service, options->method, options->request,
                                      options->response, &place->memory, on_answer, place);
    }
}

void tp_poller_stop(tp_poller *poller, tp_loop_fn stopped, void *data)
{
    poller->stopping = true;
    poller->stopped = stopped;
    poller->stopped_data = data;
    report_stopped(poller);
}

void tp_poller_cancel(tp_poller *poller)
{
    for (uint32_t i = 0; i < poller->options.polls; i++) {
        if (poller->places[i].call)
            tp_call_cancel(poller->places[i].call);
    }
}

void tp_poller_free(tp_poller *poller)
{
    if (!poller)
        return;
    tp_free(poller->places);
    tp_free(poller);
}
