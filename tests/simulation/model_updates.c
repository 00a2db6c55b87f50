/* SPDX-License-Identifier: MIT */
/* model_updates.c -- updates: sent, carried to the worker by a task, answered. See model.h. */
#include <string.h>

#include "base/alloc.h"
#include "base/message.h"
#include "model.h"

#define EVENT(name) TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_##name
#define URL         "type.googleapis.com/temporal.api.update.v1."

/* --- sent ---------------------------------------------------------------------------------- */

static Tp__Update__Request *make_request(model *server)
{
    /* With a validator, without one, and what nobody handles. */
    static const char *const names[] = { "checked", "checked", "plain", "plain", "nobody" };
    Tp__Update__Request *request = tp_arena_alloc(&server->arena, sizeof(*request));
    const char *id = tp_arena_format(&server->arena, "u%zu", server->update_count + 1);

    tp__update__request__init(request);
    request->meta = tp_arena_alloc(&server->arena, sizeof(*request->meta));
    tp__update__meta__init(request->meta);
    request->meta->update_id = tp_arena_strdup(&server->arena, id);
    request->meta->identity = tp_arena_strdup(&server->arena, "somebody");
    request->input = tp_arena_alloc(&server->arena, sizeof(*request->input));
    tp__update__input__init(request->input);
    request->input->name = tp_arena_strdup(&server->arena, names[sim_below(&server->random, 5)]);
    request->input->args = model_text(&server->arena, id);
    return request;
}

static model_event *admit(model *server, model_update *self)
{
    Tp__History__WorkflowExecutionUpdateAdmittedEventAttributes *attributes;

    self->admitted = true;
    MODEL_EVENT(server, WORKFLOW_EXECUTION_UPDATE_ADMITTED, workflow_execution_update_admitted,
                attributes);
    attributes->request = self->request;
    return event;
}

void model_send_update(model *server)
{
    model_update *self;

    if (server->update_count == server->update_capacity) {
        server->update_capacity = 2 * server->update_capacity + 8;
        server->updates =
            tp_realloc(server->updates, server->update_capacity * sizeof(*server->updates));
    }
    self = &server->updates[server->update_count];
    *self = (model_update){ .request = make_request(server), .state = UPDATE_WAITING };
    server->update_count++;
    if (sim_one_in(&server->random, 6)) {
        model_post(server, admit(server, self), -1);
        return;
    }
    if (server->task_due || server->task_started)
        return; /* it goes with that one, or with the next */
    model_schedule(server);
    server->speculative = true;
}

bool model_has_new_updates(const model *server)
{
    for (size_t i = 0; i < server->update_count; i++)
        if (server->updates[i].state == UPDATE_WAITING)
            return true;
    return false;
}

/* --- carried ------------------------------------------------------------------------------- */

static Tp__Protocol__Message *make_message(model *server, const model_update *self)
{
    Tp__Protocol__Message *message = tp_arena_alloc(&server->arena, sizeof(*message));
    tp_buffer packed = { 0 };

    tp_message_pack(&packed, &self->request->base);
    tp__protocol__message__init(message);
    message->id = tp_arena_format(&server->arena, "%s/request", self->request->meta->update_id);
    message->protocol_instance_id = self->request->meta->update_id;
    message->sequencing_id_case = TP__PROTOCOL__MESSAGE__SEQUENCING_ID_EVENT_ID;
    message->event_id = server->started_event - 1;
    message->body = tp_arena_alloc(&server->arena, sizeof(*message->body));
    tp__pb__any__init(message->body);
    message->body->type_url = tp_arena_strdup(&server->arena, URL "Request");
    message->body->value.data = tp_arena_memdup(&server->arena, packed.data, packed.size);
    message->body->value.len = packed.size;
    tp_buffer_done(&packed);
    return message;
}

void model_make_messages(model *server)
{
    server->messages =
        tp_arena_alloc(&server->arena, (server->update_count + 1) * sizeof(*server->messages));
    server->message_count = 0;
    for (size_t i = 0; i < server->update_count; i++) {
        model_update *self = &server->updates[i];

        if (self->state != UPDATE_WAITING)
            continue;
        self->state = UPDATE_SENT;
        if (!self->admitted)
            server->messages[server->message_count++] = make_message(server, self);
    }
}

void model_take_updates_back(model *server)
{
    for (size_t i = 0; i < server->update_count; i++)
        if (server->updates[i].state == UPDATE_SENT)
            server->updates[i].state = UPDATE_WAITING;
}

/* --- answered ------------------------------------------------------------------------------ */

static const char *kind_of(const Tp__Protocol__Message *message)
{
    const char *type = message->body ? message->body->type_url : "";

    return strncmp(type, URL, strlen(URL)) == 0 ? type + strlen(URL) : "?";
}

bool model_only_rejects(const Tp__Ws__RespondWorkflowTaskCompletedRequest *answer)
{
    for (size_t i = 0; i < answer->n_messages; i++)
        if (strcmp(kind_of(answer->messages[i]), "Rejection") != 0)
            return false;
    return true;
}

static model_update *find(model *server, const char *instance, update_state state)
{
    for (size_t i = 0; i < server->update_count; i++)
        if (strcmp(server->updates[i].request->meta->update_id, instance) == 0)
            return server->updates[i].state == state ? &server->updates[i] : NULL;
    return NULL;
}

static void *unpack(model *server, const Tp__Protocol__Message *message,
                    const ProtobufCMessageDescriptor *descriptor)
{
    return tp_message_unpack(&server->arena, descriptor,
                             (tp_bytes){ message->body->value.data, message->body->value.len });
}

static bool accept(model *server, const Tp__Protocol__Message *message)
{
    model_update *self = find(server, message->protocol_instance_id, UPDATE_SENT);
    const Tp__Update__Acceptance *body =
        unpack(server, message, &tp__update__acceptance__descriptor);
    Tp__History__WorkflowExecutionUpdateAcceptedEventAttributes *attributes;

    if (!self || !body)
        return model_refuse(server, "update %s cannot be accepted", message->protocol_instance_id);
    MODEL_EVENT(server, WORKFLOW_EXECUTION_UPDATE_ACCEPTED, workflow_execution_update_accepted,
                attributes);
    attributes->protocol_instance_id = self->request->meta->update_id;
    attributes->accepted_request_message_id = body->accepted_request_message_id;
    attributes->accepted_request_sequencing_event_id = body->accepted_request_sequencing_event_id;
    attributes->accepted_request = self->admitted ? NULL : self->request;
    self->accepted_event = model_write(server, event, -1);
    self->state = UPDATE_ACCEPTED;
    return true;
}

static bool complete(model *server, const Tp__Protocol__Message *message)
{
    model_update *self = find(server, message->protocol_instance_id, UPDATE_ACCEPTED);
    const Tp__Update__Response *body = unpack(server, message, &tp__update__response__descriptor);
    Tp__History__WorkflowExecutionUpdateCompletedEventAttributes *attributes;

    if (!self || !body || !body->outcome || !body->meta ||
        strcmp(body->meta->update_id, message->protocol_instance_id) != 0)
        return model_refuse(server, "update %s cannot be completed", message->protocol_instance_id);
    MODEL_EVENT(server, WORKFLOW_EXECUTION_UPDATE_COMPLETED, workflow_execution_update_completed,
                attributes);
    attributes->meta = body->meta;
    attributes->outcome = body->outcome;
    attributes->accepted_event_id = self->accepted_event;
    (void)model_write(server, event, -1);
    self->state = UPDATE_CLOSED;
    return true;
}

bool model_take_message(model *server, const char *id)
{
    for (size_t i = 0; i < server->answer->n_messages; i++) {
        const Tp__Protocol__Message *message = server->answer->messages[i];

        if (strcmp(message->id, id) != 0)
            continue;
        if (strcmp(kind_of(message), "Acceptance") == 0)
            return accept(server, message);
        if (strcmp(kind_of(message), "Response") == 0)
            return complete(server, message);
    }
    return model_refuse(server, "a command names message %s, which does not come with it", id);
}

bool model_settle_updates(model *server)
{
    for (size_t i = 0; i < server->answer->n_messages; i++) {
        const Tp__Protocol__Message *message = server->answer->messages[i];
        model_update *self;

        if (strcmp(kind_of(message), "Rejection") != 0)
            continue;
        self = find(server, message->protocol_instance_id, UPDATE_SENT);
        if (!self)
            return model_refuse(server, "update %s cannot be rejected",
                                message->protocol_instance_id);
        self->state = UPDATE_CLOSED;
        self->rejected_by = server->started_event;
    }
    for (size_t i = 0; !server->closed && i < server->update_count; i++)
        if (server->updates[i].state == UPDATE_SENT)
            return model_refuse(server, "nothing became of update %s",
                                server->updates[i].request->meta->update_id);
    return true;
}

/* --- after a reset ------------------------------------------------------------------------- */

/* The kept event of that type that is about the update; 0: none. */
static int64_t find_event(const model *server, Tp__Enums__EventType type, const char *id)
{
    for (size_t i = 0; i < server->count; i++) {
        const model_event *event = server->events[i];
        const char *about;

        if (event->event_type != type)
            continue;
        if (type == EVENT(ADMITTED))
            about = event->workflow_execution_update_admitted_event_attributes->request->meta
                        ->update_id;
        else if (type == EVENT(ACCEPTED))
            about =
                event->workflow_execution_update_accepted_event_attributes->protocol_instance_id;
        else
            about = event->workflow_execution_update_completed_event_attributes->meta->update_id;
        if (strcmp(about, id) == 0)
            return event->event_id;
    }
    return 0;
}

/* What was sent as a message, and not accepted by then, is known to nobody any more. */
static update_state state_then(const model *server, const model_update *self)
{
    const char *id = self->request->meta->update_id;

    if (self->accepted_event > 0)
        return find_event(server, EVENT(COMPLETED), id) > 0 ? UPDATE_CLOSED : UPDATE_ACCEPTED;
    if (!self->admitted || (self->rejected_by > 0 && self->rejected_by < server->started_event))
        return UPDATE_CLOSED;
    return UPDATE_WAITING;
}

void model_reset_updates(model *server)
{
    for (size_t i = 0; i < server->update_count; i++) {
        model_update *self = &server->updates[i];
        const char *id = self->request->meta->update_id;

        self->admitted = find_event(server, EVENT(ADMITTED), id) > 0;
        self->accepted_event = find_event(server, EVENT(ACCEPTED), id);
        self->state = state_then(server, self);
        if (self->state == UPDATE_WAITING)
            self->rejected_by = 0;
    }
}

void model_admit_again(model *server, const char *id)
{
    for (size_t i = 0; i < server->update_count; i++) {
        model_update *self = &server->updates[i];

        if (strcmp(self->request->meta->update_id, id) != 0)
            continue;
        self->state = UPDATE_WAITING;
        self->rejected_by = 0;
        (void)model_write(server, admit(server, self), -1);
    }
}
