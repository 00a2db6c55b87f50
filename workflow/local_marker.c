/* SPDX-License-Identifier: MIT */
/* workflow/local_marker.c -- the marker that a local activity leaves in history: its "data" is JSON
 * that people read in the web page, its "result" is what the activity returned. */
#include "workflow/local_marker.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "converter/json.h"

typedef Tp__History__MarkerRecordedEventAttributes marker_event;

bool tp_local_marker_is(const tp_event *event)
{
    const marker_event *attributes = tp_event_attributes(event, MARKER_RECORDED, marker_recorded);

    return attributes && attributes->marker_name &&
           strcmp(attributes->marker_name, TP_LOCAL_MARKER) == 0;
}

/* --- reading ------------------------------------------------------------------------------ */

static Tp__Common__Payloads *find(const marker_event *attributes, const char *key)
{
    for (size_t i = 0; i < attributes->n_details; i++)
        if (attributes->details[i] && attributes->details[i]->key &&
            strcmp(attributes->details[i]->key, key) == 0)
            return attributes->details[i]->value;
    return NULL;
}

static const char *read_text(tp_arena *arena, tp_bytes token, const char **out)
{
    tp_json_reader reader = tp_json_reader_make(token);
    uint8_t *text;
    size_t size;

    if (tp_json_peek(&reader) != TP_JSON_TEXT)
        return "expected a text";
    text = tp_arena_alloc(arena, token.size + 1);
    tp_json_unescape(token, text, &size);
    text[size] = 0;
    *out = (const char *)text;
    return NULL;
}

static const char *read_count(tp_bytes token, int64_t most, int64_t *out)
{
    const char *wrong = tp_json_read_int(token, out);

    return wrong ? wrong : *out < 0 || *out > most ? "out of range" : NULL;
}

/* {"seconds": 1, "nanos": 2}, or null */
static const char *read_time(tp_bytes token, int64_t *out)
{
    tp_json_reader reader = tp_json_reader_make(token);
    tp_json_kind kind = tp_json_peek(&reader);
    int64_t seconds = 0, nanos = 0;
    const char *wrong = NULL;

    if (kind == TP_JSON_NULL)
        return NULL;
    if (kind != TP_JSON_OBJECT)
        return "expected an object";
    tp_json_open(&reader);
    while (!wrong && tp_json_more(&reader)) {
        tp_bytes name = tp_json_name(&reader);
        tp_bytes value = tp_json_token(&reader);

        if (tp_json_equals(name, "seconds"))
            wrong = read_count(value, INT64_MAX / TP_NANOSECONDS - 1, &seconds);
        else if (tp_json_equals(name, "nanos"))
            wrong = read_count(value, TP_NANOSECONDS - 1, &nanos);
    }
    if (!wrong)
        *out = seconds * TP_NANOSECONDS + nanos;
    return wrong;
}

static const char *read_member(tp_arena *arena, tp_bytes name, tp_bytes value,
                               tp_local_marker *marker)
{
    const char *wrong = NULL;
    int64_t number;

    if (tp_json_equals(name, "seq")) {
        wrong = read_count(value, UINT32_MAX, &number);
        marker->seq = wrong ? 0 : (uint32_t)number;
    } else if (tp_json_equals(name, "attempt")) {
        wrong = read_count(value, INT32_MAX, &number);
        marker->attempt = wrong ? 0 : (int32_t)number;
    } else if (tp_json_equals(name, "activity_id")) {
        wrong = read_text(arena, value, &marker->activity_id);
    } else if (tp_json_equals(name, "activity_type")) {
        wrong = read_text(arena, value, &marker->activity_type);
    } else if (tp_json_equals(name, "complete_time")) {
        wrong = read_time(value, &marker->complete_time);
    } else if (tp_json_equals(name, "backoff")) {
        wrong = read_time(value, &marker->backoff);
    } else if (tp_json_equals(name, "original_schedule_time")) {
        wrong = read_time(value, &marker->original_schedule_time);
    }
    return wrong
               ? tp_arena_format(arena, "%.*s: %s", (int)name.size, (const char *)name.data, wrong)
               : NULL;
}

static const char *read_data(tp_arena *arena, tp_bytes text, tp_local_marker *marker)
{
    tp_json_reader reader;
    size_t at;
    const char *wrong = tp_json_check(text, TP_JSON_DEPTH, &at);

    if (wrong)
        return wrong;
    reader = tp_json_reader_make(text);
    if (tp_json_peek(&reader) != TP_JSON_OBJECT)
        return "expected an object";
    tp_json_open(&reader);
    while (!wrong && tp_json_more(&reader)) {
        tp_bytes name = tp_json_name(&reader);

        wrong = read_member(arena, name, tp_json_token(&reader), marker);
    }
    if (!wrong && (marker->seq == 0 || !marker->activity_id || !marker->activity_type))
        wrong = "seq, activity_id and activity_type are required";
    return wrong;
}

temporal_error *tp_local_marker_read(tp_arena *arena, const tp_event *event,
                                     tp_local_marker *marker)
{
    const marker_event *attributes = tp_event_attributes(event, MARKER_RECORDED, marker_recorded);
    const Tp__Common__Payloads *data = attributes ? find(attributes, "data") : NULL;
    const char *wrong = "it is missing";

    *marker = (tp_local_marker){ 0 };
    if (data && data->n_payloads > 0 && data->payloads[0])
        wrong = read_data(
            arena, (tp_bytes){ data->payloads[0]->data.data, data->payloads[0]->data.len }, marker);
    if (wrong)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "history: event %lld, the marker of a local activity: its data "
                                  "cannot be read: %s",
                                  (long long)event->event_id, wrong);
    marker->result = find(attributes, "result");
    marker->failure = attributes->failure;
    return NULL;
}

/* --- writing ------------------------------------------------------------------------------ */

static void write_time(tp_buffer *out, tp_arena *arena, const char *name, int64_t time)
{
    tp_buffer_append_text(
        out, time > 0
                 ? tp_arena_format(arena, ",\"%s\":{\"seconds\":%" PRId64 ",\"nanos\":%" PRId64 "}",
                                   name, time / TP_NANOSECONDS, time % TP_NANOSECONDS)
                 : tp_arena_format(arena, ",\"%s\":null", name));
}

static void write_text(tp_buffer *out, const char *text)
{
    tp_json_write_text(out, (tp_bytes){ (const uint8_t *)text, strlen(text) });
}

static Tp__Common__Payloads *make_data(tp_arena *arena, const tp_local_marker *marker)
{
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(arena, sizeof(*entry));
    Tp__Common__Payload *payload = tp_arena_alloc(arena, sizeof(*payload));
    Tp__Common__Payloads *payloads = tp_arena_alloc(arena, sizeof(*payloads));
    tp_buffer text = { 0 };

    tp_buffer_append_text(&text, tp_arena_format(arena,
                                                 "{\"seq\":%" PRIu32 ",\"attempt\":%" PRId32
                                                 ",\"activity_id\":",
                                                 marker->seq, marker->attempt));
    write_text(&text, marker->activity_id);
    tp_buffer_append_text(&text, ",\"activity_type\":");
    write_text(&text, marker->activity_type);
    write_time(&text, arena, "complete_time", marker->complete_time);
    write_time(&text, arena, "backoff", marker->backoff);
    write_time(&text, arena, "original_schedule_time", marker->original_schedule_time);
    tp_buffer_append_text(&text, "}");

    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(arena, "encoding");
    entry->value.data = tp_arena_memdup(arena, "json/plain", 10);
    entry->value.len = 10;
    tp__common__payload__init(payload);
    payload->metadata =
        tp_arena_memdup(arena, &entry, sizeof(Tp__Common__Payload__MetadataEntry *));
    payload->n_metadata = 1;
    payload->data.data = tp_arena_memdup(arena, text.data, text.size);
    payload->data.len = text.size;
    tp_buffer_done(&text);
    tp__common__payloads__init(payloads);
    payloads->payloads = tp_arena_memdup(arena, &payload, sizeof(Tp__Common__Payload *));
    payloads->n_payloads = 1;
    return payloads;
}

static void add(tp_arena *arena, Tp__Command__RecordMarkerCommandAttributes *attributes,
                const char *key, Tp__Common__Payloads *value)
{
    Tp__Command__RecordMarkerCommandAttributes__DetailsEntry *entry =
        tp_arena_alloc(arena, sizeof(*entry));

    tp__command__record_marker_command_attributes__details_entry__init(entry);
    entry->key = tp_arena_strdup(arena, key);
    entry->value = value;
    attributes->details[attributes->n_details++] = entry;
}

Tp__Command__RecordMarkerCommandAttributes *tp_local_marker_write(tp_arena *arena,
                                                                  const tp_local_marker *marker)
{
    Tp__Command__RecordMarkerCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));

    tp__command__record_marker_command_attributes__init(attributes);
    attributes->marker_name = tp_arena_strdup(arena, TP_LOCAL_MARKER);
    attributes->details = tp_arena_alloc(arena, 2 * sizeof(*attributes->details));
    add(arena, attributes, "data", make_data(arena, marker));
    if (marker->result)
        add(arena, attributes, "result", marker->result);
    attributes->failure = marker->failure;
    return attributes;
}
