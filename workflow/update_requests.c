/* SPDX-License-Identifier: MIT */
/* workflow/update_requests.c -- from messages and events to requests. */
#include "workflow/update_requests.h"

#include <stdlib.h>
#include <string.h>

#include "base/message.h"

#define REQUEST "temporal.api.update.v1.Request"

typedef Tp__History__WorkflowExecutionUpdateAdmittedEventAttributes admitted_attributes;
typedef Tp__History__WorkflowExecutionUpdateAcceptedEventAttributes accepted_attributes;

/* --- messages ------------------------------------------------------------------------------ */

/* A type URL ends with the type's name, behind a slash. */
static bool is_request(const Tp__Pb__Any *body)
{
    const char *slash = body->type_url ? strrchr(body->type_url, '/') : NULL;

    return slash && strcmp(slash + 1, REQUEST) == 0;
}

static temporal_error *malformed(const Tp__Protocol__Message *message, const char *what)
{
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "workflow task: message \"%s\" of protocol instance \"%s\" %s",
                              message->id, message->protocol_instance_id, what);
}

static temporal_error *read_message(tp_update_request *request, tp_arena *arena,
                                    const Tp__Protocol__Message *message)
{
    const Tp__Pb__Any *body = message->body;

    if (!*message->protocol_instance_id)
        return malformed(message, "does not say which update it is about");
    if (!body)
        return malformed(message, "has no body");
    if (!is_request(body))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "workflow task: message \"%s\" of protocol instance \"%s\" holds "
                                  "\"%s\", but this version of the library knows " REQUEST " only",
                                  message->id, message->protocol_instance_id, body->type_url);
    if (message->sequencing_id_case != TP__PROTOCOL__MESSAGE__SEQUENCING_ID_EVENT_ID)
        return malformed(message, "does not say behind which event it came");
    request->request = tp_message_unpack(arena, &tp__update__request__descriptor,
                                         (tp_bytes){ body->value.data, body->value.len });
    if (!request->request)
        return malformed(message, "does not decode as " REQUEST);
    request->instance = message->protocol_instance_id;
    request->message_id = message->id;
    request->sequence = message->event_id;
    return NULL;
}

static void make_room(tp_update_requests *requests, tp_arena *arena, size_t count)
{
    *requests = (tp_update_requests){ 0 };
    if (count > 0)
        requests->items = tp_arena_alloc(arena, count * sizeof(*requests->items));
}

/* The next of them, to be filled in. */
static tp_update_request *add(tp_update_requests *requests)
{
    tp_update_request *request = &requests->items[requests->count];

    request->order = requests->count++;
    return request;
}

temporal_error *tp_update_requests_open(tp_update_requests *requests, tp_arena *arena,
                                        Tp__Protocol__Message *const *messages, size_t count)
{
    make_room(requests, arena, count);
    for (size_t i = 0; i < count; i++)
        TEMPORAL_TRY(read_message(add(requests), arena, messages[i]));
    return NULL;
}

/* --- events -------------------------------------------------------------------------------- */

static const Tp__Update__Request *admitted_request(const tp_event *event)
{
    const admitted_attributes *attributes = tp_event_attributes(
        event, WORKFLOW_EXECUTION_UPDATE_ADMITTED, workflow_execution_update_admitted);

    return attributes && attributes->request && attributes->request->meta &&
                   attributes->request->meta->update_id
               ? attributes->request
               : NULL;
}

static temporal_error *read_admitted(tp_update_requests *requests, tp_arena *arena,
                                     const tp_event *event)
{
    const Tp__Update__Request *request = admitted_request(event);
    tp_update_request *item;

    if (!request)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "history: event %lld, of an update that was admitted, does not "
                                  "say which",
                                  (long long)event->event_id);
    item = add(requests);
    item->instance = request->meta->update_id;
    item->message_id = tp_arena_format(arena, "%s/request", request->meta->update_id);
    item->sequence = event->event_id;
    item->request = request;
    return NULL;
}

/* An acceptance has no request of its own when the update came as an event. */
static const Tp__Update__Request *find_admitted(const tp_history *history, size_t before,
                                                const char *instance)
{
    while (before-- > 0) {
        const Tp__Update__Request *request = admitted_request(history->events[before]);

        if (request && strcmp(request->meta->update_id, instance) == 0)
            return request;
    }
    return NULL;
}

static temporal_error *read_accepted(tp_update_request *item, const tp_history *history,
                                     size_t index)
{
    const tp_event *event = history->events[index];
    const accepted_attributes *attributes = tp_event_attributes(
        event, WORKFLOW_EXECUTION_UPDATE_ACCEPTED, workflow_execution_update_accepted);

    item->accepted_event = event->event_id;
    if (attributes && attributes->protocol_instance_id) {
        item->instance = attributes->protocol_instance_id;
        item->message_id = attributes->accepted_request_message_id;
        item->sequence = attributes->accepted_request_sequencing_event_id;
        item->request = attributes->accepted_request
                            ? attributes->accepted_request
                            : find_admitted(history, index, item->instance);
    }
    return item->request
               ? NULL
               : temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                    "history: event %lld, of an update that was accepted, does not "
                                    "hold what was asked for",
                                    (long long)event->event_id);
}

static bool is_accepted(const tp_event *event)
{
    return event->event_type == TP_EVENT(WORKFLOW_EXECUTION_UPDATE_ACCEPTED);
}

/* What became of the task: its commands stand behind its completed event. */
static temporal_error *read_answered(tp_update_requests *requests, tp_arena *arena,
                                     const tp_history *history, size_t started)
{
    size_t first = started + 1, end, accepted = 0;

    while (first < history->count &&
           history->events[first]->event_type != TP_EVENT(WORKFLOW_TASK_COMPLETED))
        first++;
    for (end = ++first; end < history->count; end++) {
        tp_event_class class = tp_event_classify(history->events[end]);

        if (class != TP_EVENT_COMMAND && class != TP_EVENT_IGNORED)
            break;
        accepted += is_accepted(history->events[end]);
    }
    make_room(requests, arena, accepted);
    for (size_t i = first; i < end; i++)
        if (is_accepted(history->events[i]))
            TEMPORAL_TRY(read_accepted(add(requests), history, i));
    return NULL;
}

static bool is_admitted(const tp_event *event)
{
    return tp_event_classify(event) == TP_EVENT_ADMITTED;
}

static temporal_error *read_open(tp_update_requests *requests, tp_arena *arena,
                                 const tp_history *history, size_t started)
{
    const tp_update_requests *messages = &history->messages;
    size_t admitted = 0;

    for (size_t i = history->next; i <= started; i++)
        admitted += is_admitted(history->events[i]);
    make_room(requests, arena, messages->count + admitted);
    for (size_t i = history->next; i <= started; i++)
        if (is_admitted(history->events[i]))
            TEMPORAL_TRY(read_admitted(requests, arena, history->events[i]));
    for (size_t i = 0; i < messages->count; i++) {
        tp_update_request *item = add(requests);
        size_t order = item->order;

        *item = messages->items[i];
        item->order = order;
    }
    return NULL;
}

static int compare(const void *left, const void *right)
{
    const tp_update_request *a = left, *b = right;

    if (a->sequence != b->sequence)
        return a->sequence < b->sequence ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

temporal_error *tp_update_requests_of(tp_update_requests *requests, tp_arena *arena,
                                      const tp_history *history, const tp_chunk *chunk)
{
    TEMPORAL_TRY(chunk->open ? read_open(requests, arena, history, chunk->started)
                             : read_answered(requests, arena, history, chunk->started));
    if (requests->count > 1)
        qsort(requests->items, requests->count, sizeof(*requests->items), compare);
    return NULL;
}

const tp_update_request *tp_update_requests_next(tp_update_requests *requests, int64_t event_id)
{
    if (requests->next == requests->count || requests->items[requests->next].sequence >= event_id)
        return NULL;
    return &requests->items[requests->next++];
}
