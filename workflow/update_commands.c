/* SPDX-License-Identifier: MIT */
/* workflow/update_commands.c -- the commands ProtocolMessage, and the messages that they name. */
#include "workflow/update_commands.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/message.h"
#include "converter/failure.h"

#define TYPE_URL(name) "type.googleapis.com/temporal.api.update.v1." name

/* --- commands ------------------------------------------------------------------------------ */

static void compare_accepted(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const Tp__History__WorkflowExecutionUpdateAcceptedEventAttributes *attributes =
        tp_event_attributes(event, WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
                            workflow_execution_update_accepted);

    tp_compare(comparison, "update id", attributes ? attributes->protocol_instance_id : NULL,
               tp_list_entry(command, tp_update, accept)->instance);
}

static const char *meet_accepted(tp_command *command, const tp_event *event)
{
    (void)command;
    (void)event;
    return NULL;
}

static void compare_completed(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const Tp__History__WorkflowExecutionUpdateCompletedEventAttributes *attributes =
        tp_event_attributes(event, WORKFLOW_EXECUTION_UPDATE_COMPLETED,
                            workflow_execution_update_completed);

    tp_compare(comparison, "update id",
               attributes && attributes->meta ? attributes->meta->update_id : NULL,
               tp_list_entry(command, tp_update, complete)->info->id);
}

static void free_update(tp_update *self)
{
    tp_list_remove(&self->link);
    tp_free(self);
}

static const char *meet_completed(tp_command *command, const tp_event *event)
{
    (void)event;
    free_update(tp_list_entry(command, tp_update, complete));
    return NULL;
}

static char *describe_accept(tp_command *command, tp_arena *arena)
{
    const tp_update *self = tp_list_entry(command, tp_update, accept);

    return tp_arena_format(arena, "AcceptUpdate (update %s, id %s)", self->info->name,
                           self->info->id);
}

static char *describe_complete(tp_command *command, tp_arena *arena)
{
    const tp_update *self = tp_list_entry(command, tp_update, complete);

    return tp_arena_format(arena, "CompleteUpdate (update %s, id %s)", self->info->name,
                           self->info->id);
}

/* The command stands for a message, at its place among the other commands. */
static void build(tp_arena *arena, Tp__Command__Command *message, char *message_id)
{
    Tp__Command__ProtocolMessageCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));

    tp__command__protocol_message_command_attributes__init(attributes);
    attributes->message_id = message_id;
    message->attributes_case = TP__COMMAND__COMMAND__ATTRIBUTES_PROTOCOL_MESSAGE_COMMAND_ATTRIBUTES;
    message->protocol_message_command_attributes = attributes;
}

static char *accept_id(const tp_update *self, tp_arena *arena)
{
    return tp_arena_format(arena, "%s/accept", self->message_id);
}

static char *complete_id(const tp_update *self, tp_arena *arena)
{
    return tp_arena_format(arena, "%s/complete", self->message_id);
}

static void build_accept(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    build(arena, message, accept_id(tp_list_entry(command, tp_update, accept), arena));
}

static void build_complete(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    build(arena, message, complete_id(tp_list_entry(command, tp_update, complete), arena));
}

static const tp_command_type accept_type = { .wire = TP_COMMAND(PROTOCOL_MESSAGE),
                                             .event = TP_EVENT(WORKFLOW_EXECUTION_UPDATE_ACCEPTED),
                                             .build = build_accept,
                                             .compare = compare_accepted,
                                             .meet = meet_accepted,
                                             .describe = describe_accept };
static const tp_command_type complete_type = { .wire = TP_COMMAND(PROTOCOL_MESSAGE),
                                               .event =
                                                   TP_EVENT(WORKFLOW_EXECUTION_UPDATE_COMPLETED),
                                               .build = build_complete,
                                               .compare = compare_completed,
                                               .meet = meet_completed,
                                               .describe = describe_complete };

tp_update *tp_update_new(temporal_workflow *run, const tp_update_request *request)
{
    tp_update *self = tp_alloc(sizeof(*self));

    self->run = run;
    self->request = request->request;
    self->instance = request->instance;
    self->message_id = request->message_id;
    self->sequence = request->sequence;
    self->accepted_event = request->accepted_event;
    tp_list_init(&self->handling.link);
    tp_command_init(&self->accept, &accept_type);
    tp_command_init(&self->complete, &complete_type);
    tp_list_append(&run->updates.open, &self->link);
    return self;
}

void tp_updates_done(temporal_workflow *run)
{
    while (!tp_list_is_empty(&run->updates.open))
        free_update(tp_list_entry(run->updates.open.next, tp_update, link));
}

/* --- messages ------------------------------------------------------------------------------ */

static Tp__Protocol__Message *make_message(tp_arena *arena, const tp_update *self, char *id,
                                           const char *type_url, const ProtobufCMessage *body)
{
    Tp__Protocol__Message *message = tp_arena_alloc(arena, sizeof(*message));
    Tp__Pb__Any *any = tp_arena_alloc(arena, sizeof(*any));
    tp_buffer packed = { 0 };

    tp_message_pack(&packed, body);
    tp__pb__any__init(any);
    any->type_url = tp_arena_strdup(arena, type_url);
    any->value.data = tp_arena_memdup(arena, packed.data, packed.size);
    any->value.len = packed.size;
    tp_buffer_done(&packed);
    tp__protocol__message__init(message);
    message->id = id;
    message->protocol_instance_id = tp_arena_strdup(arena, self->instance);
    message->body = any;
    return message;
}

static Tp__Protocol__Message *make_acceptance(tp_arena *arena, const tp_update *self)
{
    Tp__Update__Acceptance acceptance;

    tp__update__acceptance__init(&acceptance);
    acceptance.accepted_request_message_id = tp_arena_strdup(arena, self->message_id);
    acceptance.accepted_request_sequencing_event_id = self->sequence;
    acceptance.accepted_request = (Tp__Update__Request *)(uintptr_t)self->request;
    return make_message(arena, self, accept_id(self, arena), TYPE_URL("Acceptance"),
                        &acceptance.base);
}

/* The failure may borrow from the error, which is copied for it. */
static Tp__Failure__Failure *make_failure(tp_arena *arena, const temporal_error *error)
{
    tp_arena *owner = tp_error_set_owner(arena);
    Tp__Failure__Failure *failure = tp_failure_from_error(arena, tp_error_copy(error));

    tp_error_set_owner(owner);
    return failure;
}

static Tp__Protocol__Message *make_rejection(tp_arena *arena, const tp_update *self)
{
    Tp__Update__Rejection rejection;

    tp__update__rejection__init(&rejection);
    rejection.rejected_request_message_id = tp_arena_strdup(arena, self->message_id);
    rejection.rejected_request_sequencing_event_id = self->sequence;
    rejection.rejected_request = (Tp__Update__Request *)(uintptr_t)self->request;
    rejection.failure = make_failure(arena, self->failure);
    return make_message(arena, self, tp_arena_format(arena, "%s/reject", self->message_id),
                        TYPE_URL("Rejection"), &rejection.base);
}

static Tp__Protocol__Message *make_response(tp_arena *arena, const tp_update *self)
{
    Tp__Common__Payloads none;
    Tp__Update__Outcome outcome;
    Tp__Update__Meta meta;
    Tp__Update__Response response;

    tp__common__payloads__init(&none);
    tp__update__meta__init(&meta);
    meta.update_id = tp_arena_strdup(arena, self->info->id);
    meta.identity = tp_arena_strdup(arena, self->identity);
    tp__update__outcome__init(&outcome);
    if (self->failure) {
        outcome.value_case = TP__UPDATE__OUTCOME__VALUE_FAILURE;
        outcome.failure = make_failure(arena, self->failure);
    } else {
        outcome.value_case = TP__UPDATE__OUTCOME__VALUE_SUCCESS;
        outcome.success = self->result ? self->result : &none;
    }
    tp__update__response__init(&response);
    response.meta = &meta;
    response.outcome = &outcome;
    return make_message(arena, self, complete_id(self, arena), TYPE_URL("Response"),
                        &response.base);
}

static size_t count_all(const temporal_workflow *run)
{
    size_t count = 0;

    for (const tp_list *at = run->commands.next; at != &run->commands; at = at->next)
        count++;
    for (const tp_list *at = run->updates.open.next; at != &run->updates.open; at = at->next)
        count++;
    return count;
}

void tp_updates_build(temporal_workflow *run, tp_arena *arena, Tp__Protocol__Message ***messages,
                      size_t *count)
{
    size_t n = 0;
    tp_list *next;

    *messages = tp_arena_alloc(arena, (count_all(run) + 1) * sizeof(**messages));
    for (tp_list *at = run->commands.next; at != &run->commands; at = at->next) {
        tp_command *command = tp_list_entry(at, tp_command, link);

        if (command->type == &accept_type)
            (*messages)[n++] = make_acceptance(arena, tp_list_entry(command, tp_update, accept));
        else if (command->type == &complete_type)
            (*messages)[n++] = make_response(arena, tp_list_entry(command, tp_update, complete));
    }
    for (tp_list *at = run->updates.open.next; at != &run->updates.open; at = next) {
        tp_update *self = tp_list_entry(at, tp_update, link);

        next = at->next;
        if (!self->rejected)
            continue;
        (*messages)[n++] = make_rejection(arena, self);
        free_update(self);
    }
    *count = n;
}
