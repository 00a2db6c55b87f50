/* SPDX-License-Identifier: MIT */
/* converter/entries.c -- a memo is a table of payloads; search attributes are JSON payloads whose
 * metadata names the type that the server indexes them by. */
#include "converter/entries.h"

#include <string.h>

#include "converter/encodings.h"
#include "converter/payload.h"
#include "converter/text.h"

const temporal_type *temporal_text_type(void)
{
    static const temporal_type type = { .kind = TEMPORAL_KIND_STRING,
                                        .name = "temporal_text",
                                        .size = sizeof(temporal_text) };
    return &type;
}

const temporal_type *temporal_datetime_type(void)
{
    static const temporal_type type = { .kind = TEMPORAL_KIND_STRING,
                                        .name = "temporal_datetime",
                                        .size = sizeof(temporal_datetime) };
    return &type;
}

static const char *indexed_type(const temporal_type *type)
{
    switch (type->kind) {
    case TEMPORAL_KIND_STRING:
        if (type == temporal_text_type())
            return "Text";
        return type == temporal_datetime_type() ? "Datetime" : "Keyword";
    case TEMPORAL_KIND_INT:
    case TEMPORAL_KIND_INT32:
        return "Int";
    case TEMPORAL_KIND_DOUBLE:
        return "Double";
    case TEMPORAL_KIND_BOOL:
        return "Bool";
    case TEMPORAL_KIND_LIST:
        return type->element()->kind == TEMPORAL_KIND_STRING ? "KeywordList" : NULL;
    default:
        return NULL;
    }
}

static void add_metadata(tp_arena *arena, Tp__Common__Payload *payload, const char *key,
                         const char *value)
{
    Tp__Common__Payload__MetadataEntry **entries =
        tp_arena_alloc(arena, (payload->n_metadata + 1) * sizeof *entries);
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(arena, sizeof *entry);

    if (payload->n_metadata)
        memcpy(entries, payload->metadata, payload->n_metadata * sizeof *entries);
    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(arena, key);
    entry->value.len = strlen(value);
    entry->value.data = tp_arena_memdup(arena, value, entry->value.len);
    entries[payload->n_metadata++] = entry;
    payload->metadata = entries;
}

static size_t count_entries(const temporal_entry *entries)
{
    size_t count = 0;

    while (entries && entries[count].name)
        count++;
    return count;
}

/* A null payload, as other SDKs write it. */
static Tp__Common__Payload *make_null(tp_arena *arena)
{
    Tp__Common__Payload *payload = tp_arena_alloc(arena, sizeof *payload);

    tp__common__payload__init(payload);
    add_metadata(arena, payload, TP_METADATA_ENCODING, TP_ENCODING_NULL);
    return payload;
}

/* Change: an entry without a value takes out what is there. */
static temporal_error *make_value(tp_arena *arena, const temporal_entry *entry, bool change,
                                  Tp__Common__Payload **payload)
{
    if (!entry->value && change) {
        *payload = make_null(arena);
        return NULL;
    }
    if (!entry->type || !entry->value)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "a %s is required",
                                  entry->type ? "value" : "type");
    return tp_payload_make(arena, entry->type, entry->value, payload);
}

/* "start workflow: memo size: a value is required" */
static temporal_error *wrap(temporal_error *error, const char *what, const char *kind,
                            const temporal_entry *entry)
{
    temporal_error_code code = temporal_error_get_code(error);

    if (!error)
        return NULL;
    return temporal_error_wrap(
        error, code == TEMPORAL_ERROR_INVALID_ARGUMENT ? code : TEMPORAL_ERROR_CONVERSION,
        "%s: %s %s: %s", what, kind, entry->name, temporal_error_message(error));
}

/* --- memos -------------------------------------------------------------------------------- */

static temporal_error *make_memo_field(tp_arena *arena, const temporal_entry *entry, bool change,
                                       const char *what, Tp__Common__Memo__FieldsEntry **result)
{
    Tp__Common__Memo__FieldsEntry *field = tp_arena_alloc(arena, sizeof *field);

    TEMPORAL_TRY(tp_text_check(entry->name, what, "the name of a memo entry"));
    tp__common__memo__fields_entry__init(field);
    field->key = tp_arena_strdup(arena, entry->name);
    TEMPORAL_TRY(wrap(make_value(arena, entry, change, &field->value), what, "memo", entry));
    *result = field;
    return TEMPORAL_OK;
}

static temporal_error *make_memo(tp_arena *arena, const temporal_entry *entries, bool change,
                                 const char *what, Tp__Common__Memo **memo)
{
    size_t count = count_entries(entries);
    Tp__Common__Memo *made;

    *memo = NULL;
    if (count == 0)
        return TEMPORAL_OK;
    made = tp_arena_alloc(arena, sizeof *made);
    tp__common__memo__init(made);
    made->fields = tp_arena_alloc(arena, count * sizeof *made->fields);
    for (size_t i = 0; i < count; i++) {
        TEMPORAL_TRY(make_memo_field(arena, &entries[i], change, what, &made->fields[i]));
        made->n_fields++;
    }
    *memo = made;
    return TEMPORAL_OK;
}

temporal_error *tp_entries_memo(tp_arena *arena, const temporal_entry *entries, const char *what,
                                Tp__Common__Memo **memo)
{
    return make_memo(arena, entries, false, what, memo);
}

temporal_error *tp_entries_memo_change(tp_arena *arena, const temporal_entry *entries,
                                       const char *what, Tp__Common__Memo **memo)
{
    return make_memo(arena, entries, true, what, memo);
}

/* --- search attributes -------------------------------------------------------------------- */

static temporal_error *make_field(tp_arena *arena, const temporal_entry *entry, bool change,
                                  const char *what,
                                  Tp__Common__SearchAttributes__IndexedFieldsEntry **result)
{
    Tp__Common__SearchAttributes__IndexedFieldsEntry *field = tp_arena_alloc(arena, sizeof *field);
    const char *type = entry->type ? indexed_type(entry->type) : NULL;

    TEMPORAL_TRY(tp_text_check(entry->name, what, "the name of a search attribute"));
    if (!type && entry->type)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "search attribute %s: a %s cannot be one: use temporal_string, "
                                  "_text, _datetime, _int, _double, _bool or _string_list",
                                  entry->name, entry->type->name);
    tp__common__search_attributes__indexed_fields_entry__init(field);
    field->key = tp_arena_strdup(arena, entry->name);
    TEMPORAL_TRY(
        wrap(make_value(arena, entry, change, &field->value), what, "search attribute", entry));
    if (type)
        add_metadata(arena, field->value, "type", type);
    *result = field;
    return TEMPORAL_OK;
}

static temporal_error *make_attributes(tp_arena *arena, const temporal_entry *entries, bool change,
                                       const char *what, Tp__Common__SearchAttributes **attributes)
{
    size_t count = count_entries(entries);
    Tp__Common__SearchAttributes *made;

    *attributes = NULL;
    if (count == 0)
        return TEMPORAL_OK;
    made = tp_arena_alloc(arena, sizeof *made);
    tp__common__search_attributes__init(made);
    made->indexed_fields = tp_arena_alloc(arena, count * sizeof *made->indexed_fields);
    for (size_t i = 0; i < count; i++) {
        TEMPORAL_TRY(make_field(arena, &entries[i], change, what, &made->indexed_fields[i]));
        made->n_indexed_fields++;
    }
    *attributes = made;
    return TEMPORAL_OK;
}

temporal_error *tp_entries_search_attributes(tp_arena *arena, const temporal_entry *entries,
                                             const char *what,
                                             Tp__Common__SearchAttributes **attributes)
{
    return make_attributes(arena, entries, false, what, attributes);
}

temporal_error *tp_entries_search_attributes_change(tp_arena *arena, const temporal_entry *entries,
                                                    const char *what,
                                                    Tp__Common__SearchAttributes **attributes)
{
    return make_attributes(arena, entries, true, what, attributes);
}
