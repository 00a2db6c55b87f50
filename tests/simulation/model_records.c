/* SPDX-License-Identifier: MIT */
/* model_records.c -- what a run writes down: markers. See model.h. */
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
