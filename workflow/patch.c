/* SPDX-License-Identifier: MIT */
/* workflow/patch.c -- patched, deprecate_patch, and the markers that they leave. */
#include "workflow/patch.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "converter/entries.h"
#include "converter/text.h"
#include "workflow/context.h"
#include "workflow/machine_patch.h"
#include "workflow/machine_upsert.h"
#include "workflow/patch_marker.h"
#include "workflow/run.h"

/* The server takes no value of a search attribute that is longer. */
#define MOST 2048

typedef struct patch {
    tp_list link;       /* in made */
    bool decided, made; /* the code asked; it got true */
    bool known;         /* history has its marker, ... */
    bool deprecated;    /* ... which need not be met */
    bool upserted;      /* ... with the search attribute behind it */
    char id[];
} patch;

static patch *find_or_add(temporal_workflow *run, const char *id)
{
    patch *found = tp_map_get(&run->patches.by_id, id);
    size_t size = strlen(id) + 1;

    if (found)
        return found;
    found = tp_alloc(sizeof(*found) + size);
    tp_list_init(&found->link);
    memcpy(found->id, id, size);
    (void)tp_map_put(&run->patches.by_id, id, found);
    return found;
}

void tp_patches_init(temporal_workflow *run)
{
    tp_list_init(&run->patches.made);
}

void tp_patches_done(temporal_workflow *run)
{
    size_t at = 0;
    void *value;

    while (tp_map_next(&run->patches.by_id, &at, &value))
        tp_free(value);
    tp_map_done(&run->patches.by_id);
}

/* --- history ------------------------------------------------------------------------------ */

static bool upserts_versions(const tp_event *event)
{
    const Tp__History__UpsertWorkflowSearchAttributesEventAttributes *attributes =
        tp_event_attributes(event, UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
                            upsert_workflow_search_attributes);
    const Tp__Common__SearchAttributes *fields = attributes ? attributes->search_attributes : NULL;

    for (size_t i = 0; fields && i < fields->n_indexed_fields; i++)
        if (fields->indexed_fields[i] && fields->indexed_fields[i]->key &&
            strcmp(fields->indexed_fields[i]->key, TP_CHANGE_VERSION) == 0)
            return true;
    return false;
}

temporal_error *tp_patches_look_ahead(temporal_workflow *run, const tp_history *history,
                                      size_t started)
{
    for (size_t i = started + 1; i < history->count; i++) {
        const tp_event *event = history->events[i];
        tp_patch_marker marker;
        patch *self;

        if (event->event_type == TP_EVENT(WORKFLOW_TASK_STARTED))
            break;
        if (!tp_patch_marker_is(event))
            continue;
        TEMPORAL_TRY(tp_patch_marker_read(run->scratch, event, &marker));
        self = find_or_add(run, marker.id);
        self->known = true;
        self->deprecated = marker.deprecated;
        self->upserted = i + 1 < history->count && upserts_versions(history->events[i + 1]);
    }
    return NULL;
}

temporal_error *tp_patches_skip(temporal_workflow *run, const tp_event *event, bool *skip)
{
    tp_patch_marker marker;

    *skip = event->event_id == run->patches.skip_upsert && upserts_versions(event);
    if (!tp_patch_marker_is(event))
        return NULL;
    TEMPORAL_TRY(tp_patch_marker_read(&run->arena, event, &marker));
    if (!marker.deprecated)
        return NULL;
    *skip = tp_list_is_empty(&run->commands) ||
            !tp_machine_patch_is(tp_list_entry(run->commands.next, tp_command, link), marker.id);
    if (*skip)
        run->patches.skip_upsert = event->event_id + 1;
    return NULL;
}

/* --- the calls ---------------------------------------------------------------------------- */

static void insert(temporal_workflow *run, patch *new)
{
    tp_list *head = &run->patches.made, *at = head->next;

    while (at != head && strcmp(tp_list_entry(at, patch, link)->id, new->id) < 0)
        at = at->next;
    tp_list_append(at, &new->link); /* before it */
}

typedef struct upsert_call {
    temporal_workflow *run;
    const patch *patch;
} upsert_call;

/* The ids of all patches that this run has made, for whoever looks for runs by them. */
static void upsert(void *data)
{
    const upsert_call *call = data;
    temporal_workflow *run = call->run;
    tp_list *head = &run->patches.made;
    temporal_string_list ids = { 0 };
    const temporal_entry entries[] = { { TP_CHANGE_VERSION, temporal_string_list_type(), &ids },
                                       { NULL, NULL, NULL } };
    Tp__Common__SearchAttributes *attributes;
    temporal_string *items;

    for (const tp_list *at = head->next; at != head; at = at->next)
        ids.count++;
    ids.items = items = tp_arena_alloc(run->scratch, ids.count * sizeof(*items));
    for (tp_list *at = head->next; at != head; at = at->next)
        *items++ = tp_list_entry(at, patch, link)->id;
    if (tp_entries_search_attributes(run->scratch, entries, "patch", &attributes))
        return; /* only for ids that are no texts, which were refused */
    if (!run->replaying && attributes->indexed_fields[0]->value->data.len >= MOST) {
        tp_log(TEMPORAL_LOG_WARN, "workflow",
               "patch %s of workflow %s: the ids of its patches are longer than the %d bytes that "
               "the server takes of a search attribute, and so " TP_CHANGE_VERSION
               " does not hold this one",
               call->patch->id, run->info.workflow_id, MOST);
        return;
    }
    tp_machine_upsert_search_attributes(run, attributes);
}

/* A patch that is asked for in the wrong place, or with a wrong id, has no answer: the bug fails
 * the task. A query has an error of its own. */
static bool refuse(temporal_workflow *run, const char *call, const char *id)
{
    temporal_error *error = tp_text_check(id, call, "the id of the patch");

    if (!error && tp_coroutine_enter(run, call, &error))
        return false;
    if (run->query && !run->query->violation)
        run->query->violation = error;
    if (!run->query)
        tp_run_fail_task(run, error);
    return true;
}

static bool decide(temporal_workflow *run, const char *call, const char *id, bool deprecated)
{
    patch *self = id ? tp_map_get(&run->patches.by_id, id) : NULL;

    if (self && self->decided)
        return self->made;
    if (refuse(run, call, id))
        return false;
    self = find_or_add(run, id);
    self->decided = true;
    self->made = !run->replaying || self->known;
    if (!self->made)
        return false;
    insert(run, self);
    /* What is deprecated is not compared any more: the calls may have moved. */
    if (run->replaying && self->deprecated)
        return true;
    tp_machine_patch_record(run, id, deprecated);
    if (!run->replaying || self->upserted)
        tp_scheduler_outside(run, upsert, &(upsert_call){ .run = run, .patch = self });
    return true;
}

bool temporal_workflow_patched(temporal_workflow *run, const char *id)
{
    return decide(run, "temporal_workflow_patched", id, false);
}

void temporal_workflow_deprecate_patch(temporal_workflow *run, const char *id)
{
    (void)decide(run, "temporal_workflow_deprecate_patch", id, true);
}
