/* SPDX-License-Identifier: MIT */
/* payloads.c -- payloads as they come from elsewhere, and what a payload must hold. */
#include "tests/converter/payloads.h"

#include <string.h>

Tp__Common__Payload *payload_of(const char *encoding, const char *data, size_t size)
{
    Tp__Common__Payload *payload = tp_arena_alloc(&arena, sizeof(*payload));
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(&arena, sizeof(*entry));

    tp__common__payload__init(payload);
    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(&arena, "encoding");
    entry->value.data = tp_arena_memdup(&arena, encoding, strlen(encoding));
    entry->value.len = strlen(encoding);
    payload->metadata = tp_arena_memdup(&arena, &entry, sizeof(entry));
    payload->n_metadata = 1;
    payload->data.data = size ? tp_arena_memdup(&arena, data, size) : NULL;
    payload->data.len = size;
    return payload;
}

Tp__Common__Payload *json(const char *text)
{
    return payload_of("json/plain", text, strlen(text));
}

void add_metadata(Tp__Common__Payload *payload, const char *key, const char *value)
{
    Tp__Common__Payload__MetadataEntry **all =
        tp_arena_alloc(&arena, (payload->n_metadata + 1) * sizeof(*all));
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(&arena, sizeof(*entry));

    memcpy(all, payload->metadata, payload->n_metadata * sizeof(*all));
    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(&arena, key);
    entry->value.data = tp_arena_memdup(&arena, value, strlen(value));
    entry->value.len = strlen(value);
    all[payload->n_metadata++] = entry;
    payload->metadata = all;
}

void assert_payload(const Tp__Common__Payload *payload, const char *encoding, const char *data,
                    size_t size)
{
    assert_non_null(payload);
    assert_int_equal(payload->n_metadata, 1);
    assert_string_equal(payload->metadata[0]->key, "encoding");
    assert_int_equal(payload->metadata[0]->value.len, strlen(encoding));
    assert_memory_equal(payload->metadata[0]->value.data, encoding, strlen(encoding));
    assert_int_equal(payload->data.len, size);
    if (size)
        assert_memory_equal(payload->data.data, data, size);
}
