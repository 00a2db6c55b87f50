/* SPDX-License-Identifier: MIT */
/* workflow/machine_upsert.c -- UpsertWorkflowSearchAttributes, ModifyWorkflowProperties.
 *
 *     issued --UpsertWorkflowSearchAttributes, WorkflowPropertiesModified--> closed
 */
#include "workflow/machine_upsert.h"

#include <string.h>

#include "workflow/machine.h"
#include "workflow/run.h"

typedef struct upsert {
    tp_machine machine;
    tp_command command;
    union { /* of the task's scratch memory: gone with the task */
        Tp__Common__SearchAttributes *attributes;
        Tp__Common__Memo *memo;
    };
    size_t count;
    char *names[]; /* with their texts behind */
} upsert;

static upsert *self_of(tp_command *command)
{
    return tp_list_entry(command, upsert, command);
}

static void build_attributes(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    Tp__Command__UpsertWorkflowSearchAttributesCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));

    tp__command__upsert_workflow_search_attributes_command_attributes__init(attributes);
    attributes->search_attributes = self_of(command)->attributes;
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES_COMMAND_ATTRIBUTES;
    message->upsert_workflow_search_attributes_command_attributes = attributes;
}

static void build_memo(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    Tp__Command__ModifyWorkflowPropertiesCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));

    tp__command__modify_workflow_properties_command_attributes__init(attributes);
    attributes->upserted_memo = self_of(command)->memo;
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_MODIFY_WORKFLOW_PROPERTIES_COMMAND_ATTRIBUTES;
    message->modify_workflow_properties_command_attributes = attributes;
}

/* Both kinds of entries begin alike: their keys are what is compared, values may be encoded
 * otherwise by a newer version of the code. */
static const char *find_missing(const upsert *self, const char *(*key_at)(const void *, size_t),
                                const void *entries, size_t count)
{
    for (size_t i = 0; i < self->count; i++) {
        bool found = false;

        for (size_t k = 0; k < count && !found; k++)
            found = strcmp(key_at(entries, k), self->names[i]) == 0;
        if (!found)
            return self->names[i];
    }
    return NULL;
}

static const char *find_new(const upsert *self, const char *(*key_at)(const void *, size_t),
                            const void *entries, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        bool found = false;

        for (size_t i = 0; i < self->count && !found; i++)
            found = strcmp(key_at(entries, k), self->names[i]) == 0;
        if (!found)
            return key_at(entries, k);
    }
    return NULL;
}

static void compare(const upsert *self, const char *(*key_at)(const void *, size_t),
                    const void *entries, size_t count, tp_comparison *comparison)
{
    tp_compare(comparison, "name of an entry", find_new(self, key_at, entries, count),
               find_missing(self, key_at, entries, count));
}

static const char *attribute_key(const void *entries, size_t at)
{
    Tp__Common__SearchAttributes__IndexedFieldsEntry *const *fields = entries;

    return fields[at] && fields[at]->key ? fields[at]->key : "";
}

static const char *memo_key(const void *entries, size_t at)
{
    Tp__Common__Memo__FieldsEntry *const *fields = entries;

    return fields[at] && fields[at]->key ? fields[at]->key : "";
}

static void compare_attributes(tp_command *command, const tp_event *event,
                               tp_comparison *comparison)
{
    const Tp__History__UpsertWorkflowSearchAttributesEventAttributes *attributes =
        tp_event_attributes(event, UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
                            upsert_workflow_search_attributes);
    const Tp__Common__SearchAttributes *fields = attributes ? attributes->search_attributes : NULL;

    compare(self_of(command), attribute_key, fields ? fields->indexed_fields : NULL,
            fields ? fields->n_indexed_fields : 0, comparison);
}

static void compare_memo(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const Tp__History__WorkflowPropertiesModifiedEventAttributes *attributes =
        tp_event_attributes(event, WORKFLOW_PROPERTIES_MODIFIED, workflow_properties_modified);
    const Tp__Common__Memo *memo = attributes ? attributes->upserted_memo : NULL;

    compare(self_of(command), memo_key, memo ? memo->fields : NULL, memo ? memo->n_fields : 0,
            comparison);
}

static const char *meet(tp_command *command, const tp_event *event)
{
    (void)event;
    tp_machine_close(&self_of(command)->machine);
    return NULL;
}

static char *describe(tp_command *command, tp_arena *arena)
{
    const upsert *self = self_of(command);
    char *text = tp_arena_format(arena, "%s (",
                                 command->type->wire == TP_COMMAND(MODIFY_WORKFLOW_PROPERTIES)
                                     ? "ModifyWorkflowProperties"
                                     : "UpsertWorkflowSearchAttributes");

    for (size_t i = 0; i < self->count; i++)
        text = tp_arena_format(arena, "%s%s%s", text, i > 0 ? ", " : "", self->names[i]);
    return tp_arena_format(arena, "%s)", text);
}

static const tp_command_type attributes_type = { .wire =
                                                     TP_COMMAND(UPSERT_WORKFLOW_SEARCH_ATTRIBUTES),
                                                 .event =
                                                     TP_EVENT(UPSERT_WORKFLOW_SEARCH_ATTRIBUTES),
                                                 .build = build_attributes,
                                                 .compare = compare_attributes,
                                                 .meet = meet,
                                                 .describe = describe };
static const tp_command_type memo_type = { .wire = TP_COMMAND(MODIFY_WORKFLOW_PROPERTIES),
                                           .event = TP_EVENT(WORKFLOW_PROPERTIES_MODIFIED),
                                           .build = build_memo,
                                           .compare = compare_memo,
                                           .meet = meet,
                                           .describe = describe };

/* No event ever refers to the one that it became. */
static bool take(tp_machine *machine, const tp_event *event)
{
    (void)machine;
    (void)event;
    return false;
}

static const tp_machine_type machine_type = { .take = take };

static upsert *issue(temporal_workflow *run, const tp_command_type *type,
                     const char *(*key_at)(const void *, size_t), const void *entries, size_t count)
{
    size_t size = sizeof(upsert) + count * sizeof(char *);
    upsert *self;
    char *text;

    for (size_t i = 0; i < count; i++)
        size += strlen(key_at(entries, i)) + 1;
    self = tp_machine_new(run, &machine_type, size, NULL, NULL);
    self->count = count;
    text = (char *)&self->names[count];
    for (size_t i = 0; i < count; i++) {
        const char *key = key_at(entries, i);
        size_t length = strlen(key) + 1;

        self->names[i] = memcpy(text, key, length);
        text += length;
    }
    tp_machine_release(&self->machine);
    tp_command_init(&self->command, type);
    tp_command_issue(run, &self->command);
    return self;
}

void tp_machine_upsert_search_attributes(temporal_workflow *run,
                                         Tp__Common__SearchAttributes *attributes)
{
    issue(run, &attributes_type, attribute_key, attributes->indexed_fields,
          attributes->n_indexed_fields)
        ->attributes = attributes;
}

void tp_machine_upsert_memo(temporal_workflow *run, Tp__Common__Memo *memo)
{
    issue(run, &memo_type, memo_key, memo->fields, memo->n_fields)->memo = memo;
}
