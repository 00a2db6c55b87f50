/* SPDX-License-Identifier: MIT */
/* model_records.c -- what a run writes down: markers, search attributes, memo. See model.h. */
#include "base/message.h"
#include "model.h"

bool model_take_marker(model *server, const Tp__Command__RecordMarkerCommandAttributes *command)
{
    Tp__History__MarkerRecordedEventAttributes *attributes;

    MODEL_EVENT(server, MARKER_RECORDED, marker_recorded, attributes);
    attributes->marker_name = tp_arena_strdup(&server->arena, command->marker_name);
    attributes->n_details = command->n_details;
    attributes->details =
        tp_arena_alloc(&server->arena, (command->n_details + 1) * sizeof(*attributes->details));
    for (size_t i = 0; i < command->n_details; i++) {
        Tp__History__MarkerRecordedEventAttributes__DetailsEntry *entry =
            tp_arena_alloc(&server->arena, sizeof(*entry));

        tp__history__marker_recorded_event_attributes__details_entry__init(entry);
        entry->key = tp_arena_strdup(&server->arena, command->details[i]->key);
        entry->value = tp_message_copy(&server->arena, &command->details[i]->value->base);
        attributes->details[i] = entry;
    }
    if (command->failure)
        attributes->failure = tp_message_copy(&server->arena, &command->failure->base);
    attributes->workflow_task_completed_event_id = server->completed_event;
    (void)model_write(server, event, -1);
    return true;
}

bool model_take_attributes(
    model *server, const Tp__Command__UpsertWorkflowSearchAttributesCommandAttributes *command)
{
    Tp__History__UpsertWorkflowSearchAttributesEventAttributes *attributes;

    if (!command->search_attributes || command->search_attributes->n_indexed_fields == 0)
        return model_refuse(server, "search attributes without one");
    MODEL_EVENT(server, UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, upsert_workflow_search_attributes,
                attributes);
    attributes->search_attributes =
        tp_message_copy(&server->arena, &command->search_attributes->base);
    attributes->workflow_task_completed_event_id = server->completed_event;
    (void)model_write(server, event, -1);
    return true;
}

bool model_take_memo(model *server,
                     const Tp__Command__ModifyWorkflowPropertiesCommandAttributes *command)
{
    Tp__History__WorkflowPropertiesModifiedEventAttributes *attributes;

    if (!command->upserted_memo || command->upserted_memo->n_fields == 0)
        return model_refuse(server, "a memo without an entry");
    MODEL_EVENT(server, WORKFLOW_PROPERTIES_MODIFIED, workflow_properties_modified, attributes);
    attributes->upserted_memo = tp_message_copy(&server->arena, &command->upserted_memo->base);
    attributes->workflow_task_completed_event_id = server->completed_event;
    (void)model_write(server, event, -1);
    return true;
}
