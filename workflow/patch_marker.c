/* SPDX-License-Identifier: MIT */
/* workflow/patch_marker.c -- the marker that a patch leaves in history: its "patch-data" is JSON
 * that people read in the web page. */
#include "workflow/patch_marker.h"

#include <string.h>

#include "base/error.h"
#include "converter/payload.h"
#include "converter/utf8.h"

#define DATA "patch-data"

/* Older workers wrote these two instead, as plain bytes. */
#define OLD_ID         "patch_id"
#define OLD_DEPRECATED "deprecated"

typedef Tp__History__MarkerRecordedEventAttributes marker_event;
typedef Tp__Command__RecordMarkerCommandAttributes marker_command;

#define FIELDS(FIELD) FIELD(temporal_string, id) FIELD(temporal_bool, deprecated)
TEMPORAL_RECORD(patch_data, FIELDS)

bool tp_patch_marker_is(const tp_event *event)
{
    const marker_event *attributes = tp_event_attributes(event, MARKER_RECORDED, marker_recorded);

    return attributes && attributes->marker_name &&
           strcmp(attributes->marker_name, TP_PATCH_MARKER) == 0;
}

/* --- reading ------------------------------------------------------------------------------ */

static const Tp__Common__Payload *find(const marker_event *attributes, const char *key)
{
    for (size_t i = 0; i < attributes->n_details; i++) {
        const Tp__History__MarkerRecordedEventAttributes__DetailsEntry *entry =
            attributes->details[i];

        if (entry && entry->key && strcmp(entry->key, key) == 0)
            return entry->value && entry->value->n_payloads > 0 ? entry->value->payloads[0] : NULL;
    }
    return NULL;
}

static temporal_error *read_old(tp_arena *arena, const marker_event *attributes, patch_data *data)
{
    const Tp__Common__Payload *id = find(attributes, OLD_ID);
    const Tp__Common__Payload *deprecated = find(attributes, OLD_DEPRECATED);
    char *text;

    if (!id || !deprecated)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, DATA " is missing");
    if (tp_utf8_prefix((tp_bytes){ id->data.data, id->data.len }) != id->data.len)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, OLD_ID " is no text");
    text = tp_arena_alloc(arena, id->data.len + 1);
    if (id->data.len > 0)
        memcpy(text, id->data.data, id->data.len);
    data->id = text;
    data->deprecated = deprecated->data.len > 0 && deprecated->data.data[0] != 0;
    return NULL;
}

temporal_error *tp_patch_marker_read(tp_arena *arena, const tp_event *event,
                                     tp_patch_marker *marker)
{
    const marker_event *attributes = tp_event_attributes(event, MARKER_RECORDED, marker_recorded);
    const Tp__Common__Payload *payload = find(attributes, DATA);
    patch_data data = { 0 };
    temporal_error *error = payload ? tp_payload_read(arena, payload, patch_data_type(), &data)
                                    : read_old(arena, attributes, &data);

    if (!error && (!data.id || !*data.id))
        error = temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "it has no id");
    if (error)
        return temporal_error_wrap(error, TEMPORAL_ERROR_INVALID_ARGUMENT,
                                   "history: event %lld, the marker of a patch, cannot be read: %s",
                                   (long long)event->event_id, temporal_error_message(error));
    *marker = (tp_patch_marker){ .id = data.id, .deprecated = data.deprecated };
    return NULL;
}

/* --- writing ------------------------------------------------------------------------------ */

marker_command *tp_patch_marker_write(tp_arena *arena, const tp_patch_marker *marker)
{
    const patch_data data = { .id = marker->id, .deprecated = marker->deprecated };
    const temporal_argument argument = { .type = patch_data_type(), .value = &data };
    Tp__Command__RecordMarkerCommandAttributes__DetailsEntry *entry =
        tp_arena_alloc(arena, sizeof(*entry));
    marker_command *attributes = tp_arena_alloc(arena, sizeof(*attributes));

    tp__command__record_marker_command_attributes__details_entry__init(entry);
    entry->key = tp_arena_strdup(arena, DATA);
    /* An id that is a text makes JSON; others never come this far. */
    if (tp_payloads_make(arena, &argument, 1, &entry->value))
        entry->value = NULL;
    tp__command__record_marker_command_attributes__init(attributes);
    attributes->marker_name = tp_arena_strdup(arena, TP_PATCH_MARKER);
    attributes->details = tp_arena_memdup(
        arena, &entry, sizeof(Tp__Command__RecordMarkerCommandAttributes__DetailsEntry *));
    attributes->n_details = 1;
    return attributes;
}
