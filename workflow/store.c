/* SPDX-License-Identifier: MIT */
/* workflow/store.c -- named payloads that a run has and may change. */
#include "workflow/store.h"

#include <string.h>

#include "base/alloc.h"
#include "base/message.h"
#include "converter/encodings.h"

typedef struct value {
    tp_list link;
    size_t size;      /* of the encoded payload, and all */
    size_t packed;    /* bytes of it */
    const char *name; /* behind it */
    uint8_t payload[];
} value;

void tp_store_init(tp_store *store)
{
    tp_list_init(&store->values);
}

static void drop(tp_store *store, value *old)
{
    store->size -= old->size;
    tp_list_remove(&old->link);
    tp_free(old);
}

void tp_store_done(tp_store *store)
{
    while (!tp_list_is_empty(&store->values))
        drop(store, tp_list_entry(store->values.next, value, link));
    tp_map_done(&store->by_name);
}

/* --- writing ------------------------------------------------------------------------------ */

static bool is_null(const Tp__Common__Payload *payload)
{
    for (size_t i = 0; payload && i < payload->n_metadata; i++) {
        const Tp__Common__Payload__MetadataEntry *entry = payload->metadata[i];

        if (entry && entry->key && strcmp(entry->key, TP_METADATA_ENCODING) == 0)
            return entry->value.len == strlen(TP_ENCODING_NULL) &&
                   memcmp(entry->value.data, TP_ENCODING_NULL, entry->value.len) == 0;
    }
    return !payload;
}

static void put(tp_store *store, const char *name, const Tp__Common__Payload *payload)
{
    value *old = tp_map_get(&store->by_name, name), *new;
    size_t packed, name_size = strlen(name) + 1, size;
    tp_list *behind = store->values.previous;

    if (old) {
        behind = old->link.previous;
        (void)tp_map_remove(&store->by_name, name);
        drop(store, old);
    }
    if (is_null(payload))
        return;
    packed = protobuf_c_message_get_packed_size(&payload->base);
    size = sizeof(*new) + packed + name_size;
    new = tp_alloc(size);
    new->size = size;
    new->packed = packed;
    (void)protobuf_c_message_pack(&payload->base, new->payload);
    new->name = memcpy(new->payload + packed, name, name_size);
    tp_list_prepend(behind, &new->link);
    store->size += size;
    (void)tp_map_put(&store->by_name, name, new);
}

void tp_store_put_memo(tp_store *store, const Tp__Common__Memo *memo)
{
    for (size_t i = 0; memo && i < memo->n_fields; i++)
        if (memo->fields[i] && memo->fields[i]->key)
            put(store, memo->fields[i]->key, memo->fields[i]->value);
}

void tp_store_put_attributes(tp_store *store, const Tp__Common__SearchAttributes *attributes)
{
    for (size_t i = 0; attributes && i < attributes->n_indexed_fields; i++)
        if (attributes->indexed_fields[i] && attributes->indexed_fields[i]->key)
            put(store, attributes->indexed_fields[i]->key, attributes->indexed_fields[i]->value);
}

/* --- reading ------------------------------------------------------------------------------ */

static Tp__Common__Payload *unpack(const value *from, tp_arena *arena)
{
    return tp_message_unpack(arena, &tp__common__payload__descriptor,
                             (tp_bytes){ from->payload, from->packed });
}

Tp__Common__Payload *tp_store_get(const tp_store *store, tp_arena *arena, const char *name)
{
    const value *found = tp_map_get(&store->by_name, name);

    return found ? unpack(found, arena) : NULL;
}

Tp__Common__Memo *tp_store_memo(const tp_store *store, tp_arena *arena)
{
    Tp__Common__Memo *memo;

    if (store->by_name.count == 0)
        return NULL;
    memo = tp_arena_alloc(arena, sizeof(*memo));
    tp__common__memo__init(memo);
    memo->fields = tp_arena_alloc(arena, store->by_name.count * sizeof(*memo->fields));
    for (tp_list *at = store->values.next; at != &store->values; at = at->next) {
        Tp__Common__Memo__FieldsEntry *field = tp_arena_alloc(arena, sizeof(*field));
        const value *from = tp_list_entry(at, value, link);

        tp__common__memo__fields_entry__init(field);
        field->key = tp_arena_strdup(arena, from->name);
        field->value = unpack(from, arena);
        memo->fields[memo->n_fields++] = field;
    }
    return memo;
}

Tp__Common__SearchAttributes *tp_store_attributes(const tp_store *store, tp_arena *arena)
{
    Tp__Common__SearchAttributes *attributes;

    if (store->by_name.count == 0)
        return NULL;
    attributes = tp_arena_alloc(arena, sizeof(*attributes));
    tp__common__search_attributes__init(attributes);
    attributes->indexed_fields =
        tp_arena_alloc(arena, store->by_name.count * sizeof(*attributes->indexed_fields));
    for (tp_list *at = store->values.next; at != &store->values; at = at->next) {
        Tp__Common__SearchAttributes__IndexedFieldsEntry *field =
            tp_arena_alloc(arena, sizeof(*field));
        const value *from = tp_list_entry(at, value, link);

        tp__common__search_attributes__indexed_fields_entry__init(field);
        field->key = tp_arena_strdup(arena, from->name);
        field->value = unpack(from, arena);
        attributes->indexed_fields[attributes->n_indexed_fields++] = field;
    }
    return attributes;
}
