/* SPDX-License-Identifier: MIT */
/* history_records.c -- the part of the history builder, and of what drive tells, about commands
 * that only write something down: memos, search attributes. See history_builder.h,
 * drive.h. */
#include "drive.h"

#include <string.h>

#include "base/message.h"

#define ADD           HISTORY_ADD
#define COMMAND(name) TP__COMMAND__COMMAND__ATTRIBUTES_##name##_COMMAND_ATTRIBUTES

typedef Tp__Common__SearchAttributes__IndexedFieldsEntry attribute_field;

/* --- events ------------------------------------------------------------------------------- */

static void take_attributes(history_builder *history, const Tp__Common__SearchAttributes *fields)
{
    Tp__History__UpsertWorkflowSearchAttributesEventAttributes *attributes;

    ADD(history, UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, upsert_workflow_search_attributes, attributes);
    attributes->search_attributes = tp_message_copy(&history->arena, &fields->base);
}

static void take_memo(history_builder *history, const Tp__Common__Memo *memo)
{
    Tp__History__WorkflowPropertiesModifiedEventAttributes *attributes;

    ADD(history, WORKFLOW_PROPERTIES_MODIFIED, workflow_properties_modified, attributes);
    attributes->upserted_memo = tp_message_copy(&history->arena, &memo->base);
}

bool history_take_record(history_builder *history, const Tp__Command__Command *command)
{
    switch ((int)command->attributes_case) {
    case COMMAND(UPSERT_WORKFLOW_SEARCH_ATTRIBUTES):
        take_attributes(
            history,
            command->upsert_workflow_search_attributes_command_attributes->search_attributes);
        return true;
    case COMMAND(MODIFY_WORKFLOW_PROPERTIES):
        take_memo(history, command->modify_workflow_properties_command_attributes->upserted_memo);
        return true;
    default:
        return false;
    }
}

/* --- texts -------------------------------------------------------------------------------- */

static const char *metadata(tp_arena *arena, const Tp__Common__Payload *payload, const char *key)
{
    for (size_t i = 0; i < payload->n_metadata; i++)
        if (strcmp(payload->metadata[i]->key, key) == 0)
            return tp_arena_format(arena, "%.*s", (int)payload->metadata[i]->value.len,
                                   (const char *)payload->metadata[i]->value.data);
    return "-";
}

static char *tell_value(tp_arena *arena, const char *name, const Tp__Common__Payload *payload)
{
    if (strcmp(metadata(arena, payload, "encoding"), "binary/null") == 0)
        return tp_arena_format(arena, " %s=(none)", name);
    return tp_arena_format(arena, " %s=%.*s", name, (int)payload->data.len,
                           (const char *)payload->data.data);
}

static char *tell_attributes(tp_arena *arena, const Tp__Common__SearchAttributes *attributes)
{
    char *text = tp_arena_strdup(arena, "attributes");

    for (size_t i = 0; i < attributes->n_indexed_fields; i++) {
        const attribute_field *field = attributes->indexed_fields[i];

        text =
            tp_arena_format(arena, "%s%s (%s)", text, tell_value(arena, field->key, field->value),
                            metadata(arena, field->value, "type"));
    }
    return text;
}

static char *tell_memo(tp_arena *arena, const Tp__Common__Memo *memo)
{
    char *text = tp_arena_strdup(arena, "memo");

    for (size_t i = 0; i < memo->n_fields; i++)
        text = tp_arena_format(arena, "%s%s", text,
                               tell_value(arena, memo->fields[i]->key, memo->fields[i]->value));
    return text;
}

char *tell_record(tp_arena *arena, const Tp__Command__Command *command)
{
    switch ((int)command->attributes_case) {
    case COMMAND(UPSERT_WORKFLOW_SEARCH_ATTRIBUTES):
        return tell_attributes(
            arena,
            command->upsert_workflow_search_attributes_command_attributes->search_attributes);
    case COMMAND(MODIFY_WORKFLOW_PROPERTIES):
        return tell_memo(arena,
                         command->modify_workflow_properties_command_attributes->upserted_memo);
    default:
        return tp_arena_strdup(arena, "?");
    }
}
