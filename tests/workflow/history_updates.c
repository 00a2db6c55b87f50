/* SPDX-License-Identifier: MIT */
/* history_updates.c -- the updates of history_builder.h. */
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "history_builder.h"

static Tp__Update__Request *make_request(history_builder *history, const char *id, const char *name,
                                         const char *input)
{
    Tp__Update__Request *request = tp_arena_alloc(&history->arena, sizeof(*request));

    tp__update__request__init(request);
    request->meta = tp_arena_alloc(&history->arena, sizeof(*request->meta));
    tp__update__meta__init(request->meta);
    request->meta->update_id = tp_arena_strdup(&history->arena, id);
    request->meta->identity = tp_arena_strdup(&history->arena, "somebody");
    request->input = tp_arena_alloc(&history->arena, sizeof(*request->input));
    tp__update__input__init(request->input);
    request->input->name = tp_arena_strdup(&history->arena, name);
    request->input->args = history_payloads(&history->arena, input);
    return request;
}

Tp__Protocol__Message *history_update(history_builder *history, const char *id, const char *name,
                                      const char *input)
{
    tp_arena *arena = &history->arena;
    Tp__Protocol__Message *message = tp_arena_alloc(arena, sizeof(*message));
    tp_buffer packed = { 0 };

    tp_message_pack(&packed, &make_request(history, id, name, input)->base);
    tp__protocol__message__init(message);
    message->id = tp_arena_format(arena, "%s/request", id);
    message->protocol_instance_id = tp_arena_strdup(arena, id);
    message->sequencing_id_case = TP__PROTOCOL__MESSAGE__SEQUENCING_ID_EVENT_ID;
    message->event_id = (int64_t)history->count;
    message->body = tp_arena_alloc(arena, sizeof(*message->body));
    tp__pb__any__init(message->body);
    message->body->type_url =
        tp_arena_strdup(arena, "type.googleapis.com/temporal.api.update.v1.Request");
    message->body->value.data = tp_arena_memdup(arena, packed.data, packed.size);
    message->body->value.len = packed.size;
    tp_buffer_done(&packed);
    if (history->message_count == sizeof(history->messages) / sizeof(history->messages[0]))
        abort();
    history->messages[history->message_count++] = message;
    return message;
}

void history_update_admitted(history_builder *history, const char *id, const char *name,
                             const char *input)
{
    Tp__History__WorkflowExecutionUpdateAdmittedEventAttributes *attributes;

    HISTORY_ADD(history, WORKFLOW_EXECUTION_UPDATE_ADMITTED, workflow_execution_update_admitted,
                attributes);
    attributes->request = make_request(history, id, name, input);
}

void history_forget_task(history_builder *history)
{
    history->count -= 2;
    history->message_count = 0;
}

const Tp__Protocol__Message *history_message_of(const tp_answer *answer,
                                                const Tp__Command__Command *command)
{
    if (command->attributes_case !=
        TP__COMMAND__COMMAND__ATTRIBUTES_PROTOCOL_MESSAGE_COMMAND_ATTRIBUTES)
        return NULL;
    for (size_t i = 0; i < answer->completed.n_messages; i++)
        if (strcmp(answer->completed.messages[i]->id,
                   command->protocol_message_command_attributes->message_id) == 0)
            return answer->completed.messages[i];
    (void)fprintf(stderr, "no message %s\n",
                  command->protocol_message_command_attributes->message_id);
    abort();
}

static bool was_admitted(const history_builder *history, const char *id)
{
    for (size_t i = 0; i < history->count; i++) {
        const Tp__History__HistoryEvent *event = history->events[i];

        if (event->event_type ==
                TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED &&
            strcmp(event->workflow_execution_update_admitted_event_attributes->request->meta
                       ->update_id,
                   id) == 0)
            return true;
    }
    return false;
}

static void accept(history_builder *history, const char *id, Tp__Update__Acceptance *acceptance)
{
    Tp__History__WorkflowExecutionUpdateAcceptedEventAttributes *attributes;
    bool admitted = was_admitted(history, id);

    HISTORY_ADD(history, WORKFLOW_EXECUTION_UPDATE_ACCEPTED, workflow_execution_update_accepted,
                attributes);
    attributes->protocol_instance_id = tp_arena_strdup(&history->arena, id);
    attributes->accepted_request_message_id = acceptance->accepted_request_message_id;
    attributes->accepted_request_sequencing_event_id =
        acceptance->accepted_request_sequencing_event_id;
    attributes->accepted_request = admitted ? NULL : acceptance->accepted_request;
}

static void complete(history_builder *history, Tp__Update__Response *response)
{
    Tp__History__WorkflowExecutionUpdateCompletedEventAttributes *attributes;

    HISTORY_ADD(history, WORKFLOW_EXECUTION_UPDATE_COMPLETED, workflow_execution_update_completed,
                attributes);
    attributes->meta = response->meta;
    attributes->outcome = response->outcome;
}

bool history_take_update(history_builder *history, const tp_answer *answer,
                         const Tp__Command__Command *command)
{
    const Tp__Protocol__Message *message = history_message_of(answer, command);
    tp_bytes body;

    if (!message)
        return false;
    body = (tp_bytes){ message->body->value.data, message->body->value.len };
    if (strstr(message->body->type_url, "Acceptance"))
        accept(history, message->protocol_instance_id,
               tp_message_unpack(&history->arena, &tp__update__acceptance__descriptor, body));
    else
        complete(history,
                 tp_message_unpack(&history->arena, &tp__update__response__descriptor, body));
    return true;
}
