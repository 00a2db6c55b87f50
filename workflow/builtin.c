/* SPDX-License-Identifier: MIT */
/* workflow/builtin.c -- what everybody may ask: where the coroutines stand, what the workflow is.
 */
#include "workflow/builtin.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "converter/payload.h"
#include "workflow/registry.h"
#include "workflow/stack_trace.h"

/* --- metadata: temporal.api.sdk.v1.WorkflowMetadata as proto3 JSON --------------------------- */

#define METADATA_TYPE "temporal.api.sdk.v1.WorkflowMetadata"

/* clang-format off */
#define INTERACTION(FIELD)                     \
    FIELD(temporal_string, name)               \
    FIELD(temporal_string, description)
TEMPORAL_RECORD(interaction, INTERACTION)

#define DEFINITION(FIELD)                      \
    FIELD(temporal_string, type)               \
    FIELD(interaction_list, queryDefinitions)  \
    FIELD(interaction_list, signalDefinitions) \
    FIELD(interaction_list, updateDefinitions)
TEMPORAL_RECORD(definition, DEFINITION)

#define METADATA(FIELD)                        \
    FIELD(definition, definition)              \
    FIELD(temporal_string, currentDetails)
TEMPORAL_RECORD(metadata, METADATA)
/* clang-format on */

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const interaction *)left)->name, ((const interaction *)right)->name);
}

/* A definition may be older than this library, and shorter. */
static const char *describe(const temporal_handler_def *def)
{
    bool has = def->struct_size >= offsetof(temporal_handler_def, description) + sizeof(char *);

    return has && def->description ? def->description : "";
}

/* Those of that kind, by name, with room for others; a dynamic one has the name "". */
static interaction_list list_handlers(const temporal_workflow_def *def, temporal_handler_kind kind,
                                      const tp_builtin_name *others, tp_arena *arena)
{
    interaction *items;
    size_t count = 0, room = 0;

    for (const temporal_handler_def *const *at = def->handlers; at && *at; at++)
        room += (*at)->kind == kind;
    for (const tp_builtin_name *at = others; at && at->name; at++)
        room++;
    items = tp_arena_alloc(arena, room * sizeof(*items));
    for (const temporal_handler_def *const *at = def->handlers; at && *at; at++)
        if ((*at)->kind == kind)
            items[count++] = (interaction){ (*at)->name ? (*at)->name : "", describe(*at) };
    for (const tp_builtin_name *at = others; at && at->name; at++)
        items[count++] = (interaction){ at->name, at->description };
    qsort(items, count, sizeof(*items), compare_names);
    return (interaction_list){ items, count };
}

/* Any reader of plain JSON reads it, and those that look for the message find its name. */
static void mark_as_message(tp_arena *arena, Tp__Common__Payload *payload, const char *type)
{
    static const char encoding[] = "json/protobuf";
    Tp__Common__Payload__MetadataEntry **entries =
        tp_arena_alloc(arena, 2 * sizeof(Tp__Common__Payload__MetadataEntry *));
    const char *const texts[2][2] = { { "encoding", encoding }, { "messageType", type } };

    for (size_t i = 0; i < 2; i++) {
        entries[i] = tp_arena_alloc(arena, sizeof(*entries[i]));
        tp__common__payload__metadata_entry__init(entries[i]);
        entries[i]->key = tp_arena_strdup(arena, texts[i][0]);
        entries[i]->value.data = (uint8_t *)tp_arena_strdup(arena, texts[i][1]);
        entries[i]->value.len = strlen(texts[i][1]);
    }
    payload->metadata = entries;
    payload->n_metadata = 2;
}

static temporal_error *answer_metadata(temporal_workflow *run, tp_arena *memory,
                                       Tp__Common__Payloads **result)
{
    metadata answer = { .currentDetails = temporal_workflow_current_details(run) };

    answer.definition.type = run->info.workflow_type;
    answer.definition.queryDefinitions =
        list_handlers(run->def, TEMPORAL_HANDLER_QUERY, tp_registry_builtin_queries, memory);
    answer.definition.signalDefinitions =
        list_handlers(run->def, TEMPORAL_HANDLER_SIGNAL, NULL, memory);
    answer.definition.updateDefinitions =
        list_handlers(run->def, TEMPORAL_HANDLER_UPDATE, NULL, memory);
    TEMPORAL_TRY(tp_payloads_make(memory, &(const temporal_argument){ metadata_type(), &answer }, 1,
                                  result));
    mark_as_message(memory, (*result)->payloads[0], METADATA_TYPE);
    return NULL;
}

/* --- stack trace ----------------------------------------------------------------------------- */

static temporal_error *answer_stack_trace(temporal_workflow *run, tp_arena *memory,
                                          Tp__Common__Payloads **result)
{
    const char *text = tp_stack_trace(run, memory);

    return tp_payloads_make(memory, &(const temporal_argument){ temporal_string_type(), &text }, 1,
                            result);
}

bool tp_builtin_query(temporal_workflow *run, const char *name, tp_arena *memory,
                      Tp__Common__Payloads **result, temporal_error **error)
{
    temporal_error *(*answer)(temporal_workflow * run, tp_arena * memory,
                              Tp__Common__Payloads * *result) = NULL;

    if (strcmp(name, TP_QUERY_STACK_TRACE) == 0)
        answer = answer_stack_trace;
    else if (strcmp(name, TP_QUERY_METADATA) == 0)
        answer = answer_metadata;
    else
        return false;
    *error = run->started ? answer(run, memory, result)
                          : temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                               "query %s: the workflow has not run yet", name);
    return true;
}
