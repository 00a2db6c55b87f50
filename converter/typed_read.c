/* SPDX-License-Identifier: MIT */
/* converter/typed_read.c -- C values from JSON text. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "converter/base64.h"
#include "converter/json.h"
#include "converter/place.h"
#include "converter/protobuf.h"
#include "converter/typed.h"

struct reader {
    tp_arena *arena;
    tp_json_reader json;
};

struct sequence {
    void *items;
    size_t count;
};

static temporal_error *read_value(struct reader *reader, const tp_place *place,
                                  const temporal_type *type, void *out);

/* A text that C can hold: it ends at its first NUL. */
static temporal_error *read_text(struct reader *reader, const tp_place *place, tp_bytes token,
                                 char **text)
{
    char *copy = tp_arena_alloc_large(reader->arena, token.size);
    size_t size;

    if (!copy)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    tp_json_unescape(token, (uint8_t *)copy, &size);
    copy[size] = '\0';
    if (memchr(copy, '\0', size))
        return tp_place_error(place, "the string holds a NUL, which a C string cannot; read it as "
                                     "temporal_json or ask for bytes");
    *text = copy;
    return NULL;
}

static temporal_error *expected(const tp_place *place, const char *what, tp_json_kind kind)
{
    return tp_place_error(place, "expected %s, not %s", what, tp_json_kind_name(kind));
}

static temporal_error *read_number(const tp_place *place, const temporal_type *type, tp_bytes token,
                                   void *out)
{
    const char *problem;
    int64_t number = 0;

    if (type->kind == TEMPORAL_KIND_DOUBLE) {
        problem = tp_json_read_double(token, out);
    } else if (type->kind == TEMPORAL_KIND_UINT) {
        problem = tp_json_read_uint(token, out);
    } else {
        problem = tp_json_read_int(token, &number);
        if (type->kind == TEMPORAL_KIND_INT)
            *(int64_t *)out = number;
        else if (!problem && (number < INT32_MIN || number > INT32_MAX))
            problem = "the number is too large for its type";
        else
            *(int32_t *)out = (int32_t)number;
    }
    if (!problem)
        return NULL;
    return tp_place_error(place, "%s: %.*s as %s", problem, token.size < 40 ? (int)token.size : 40,
                          (const char *)token.data, type->name);
}

static temporal_error *read_enum(const tp_place *place, const temporal_type *type, tp_bytes token,
                                 int32_t *out)
{
    tp_buffer names = { 0 };
    temporal_error *error;

    for (size_t i = 0; i < type->field_count; i++)
        if (tp_json_equals(token, type->enumerators[i].name)) {
            *out = type->enumerators[i].number;
            return NULL;
        }
    for (size_t i = 0; i < type->field_count; i++)
        tp_buffer_format(&names, "%s%s", i ? ", " : "", type->enumerators[i].name);
    tp_buffer_append(&names, "", 1);
    error = tp_place_error(place, "expected one of %s (%s)", type->name, (const char *)names.data);
    tp_buffer_done(&names);
    return error;
}

/* Bytes as Python's JSON has them: [104,105]. */
static temporal_error *read_byte_list(struct reader *reader, const tp_place *place,
                                      temporal_bytes *out)
{
    size_t count = tp_json_count(&reader->json), i = 0;
    uint8_t *bytes = tp_arena_alloc_large(reader->arena, count);

    if (!bytes)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    for (tp_json_open(&reader->json); tp_json_more(&reader->json); i++) {
        tp_json_kind kind = tp_json_peek(&reader->json);
        tp_bytes token = tp_json_token(&reader->json);
        uint64_t byte;

        if (kind != TP_JSON_NUMBER || tp_json_read_uint(token, &byte) || byte > 255)
            return tp_place_error(&(tp_place){ .up = place, .index = i },
                                  "expected a byte, a number from 0 to 255");
        bytes[i] = (uint8_t)byte;
    }
    *out = (temporal_bytes){ bytes, count };
    return NULL;
}

static temporal_error *read_bytes(struct reader *reader, const tp_place *place, tp_bytes token,
                                  temporal_bytes *out)
{
    uint8_t *bytes = tp_arena_alloc_large(reader->arena, token.size);
    size_t size;

    if (!bytes)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    tp_json_unescape(token, bytes, &size);
    if (!tp_base64_read((tp_bytes){ bytes, size }, bytes, &size))
        return tp_place_error(place, "expected bytes as base64");
    *out = (temporal_bytes){ bytes, size };
    return NULL;
}

static temporal_error *read_json(struct reader *reader, tp_bytes token, temporal_json *out)
{
    char *copy = tp_arena_alloc_large(reader->arena, token.size + 1);

    if (!copy)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    memcpy(copy, token.data, token.size);
    copy[token.size] = '\0';
    out->text = copy;
    return NULL;
}

static const temporal_field *find_field(const temporal_type *type, tp_bytes name)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (tp_json_equals(name, type->fields[i].name))
            return &type->fields[i];
    return NULL;
}

static temporal_error *read_record(struct reader *reader, const tp_place *place,
                                   const temporal_type *type, char *out)
{
    for (tp_json_open(&reader->json); tp_json_more(&reader->json);) {
        const temporal_field *field = find_field(type, tp_json_name(&reader->json));
        tp_place here = { .up = place, .field = field ? field->name : NULL };

        if (field)
            TEMPORAL_TRY(read_value(reader, &here, field->type(), out + field->offset));
        else
            tp_json_token(&reader->json);
    }
    return NULL;
}

/* Room for count pieces of that size, zeroed. */
static void *make_items(struct reader *reader, size_t count, size_t size)
{
    void *items;

    if (__builtin_mul_overflow(count, size, &size))
        return NULL;
    if ((items = tp_arena_alloc_large(reader->arena, size)))
        memset(items, 0, size);
    return items;
}

/* The elements whose JSON is the same are the same: the first of each stays. */
static temporal_error *make_unique(const temporal_type *element, struct sequence *set)
{
    temporal_error *error = NULL;
    tp_buffer text = { 0 };
    tp_map seen = { 0 };
    size_t kept = 0;

    for (size_t i = 0; i < set->count && !error; i++) {
        char *item = (char *)set->items + i * element->size;

        tp_buffer_clear(&text);
        error = tp_typed_write(&text, element, item);
        tp_buffer_append(&text, "", 1);
        if (!error && !tp_map_put(&seen, (const char *)text.data, set))
            memmove((char *)set->items + kept++ * element->size, item, element->size);
    }
    set->count = kept;
    tp_map_done(&seen);
    tp_buffer_done(&text);
    return error;
}

static temporal_error *read_sequence(struct reader *reader, const tp_place *place,
                                     const temporal_type *type, void *out)
{
    const temporal_type *element = type->element();
    struct sequence list = { .count = tp_json_count(&reader->json) };
    size_t i = 0;

    if (list.count && !(list.items = make_items(reader, list.count, element->size)))
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    for (tp_json_open(&reader->json); tp_json_more(&reader->json); i++) {
        tp_place here = { .up = place, .index = i };

        TEMPORAL_TRY(read_value(reader, &here, element, (char *)list.items + i * element->size));
    }
    if (type->kind == TEMPORAL_KIND_SET)
        TEMPORAL_TRY(make_unique(element, &list));
    memcpy(out, &list, sizeof(list));
    return NULL;
}

static temporal_error *read_entries(struct reader *reader, const tp_place *place,
                                    const temporal_type *type, struct sequence *map, tp_map *seen)
{
    for (tp_json_open(&reader->json); tp_json_more(&reader->json);) {
        char *fresh = (char *)map->items + map->count * type->entry_size, *entry, *key;
        tp_bytes name = tp_json_name(&reader->json);
        tp_place here = { .up = place, .key = { name.data + 1, name.size - 2 } };

        TEMPORAL_TRY(read_text(reader, &here, name, &key));
        here.key = (tp_bytes){ (const uint8_t *)key, strlen(key) };
        entry = tp_map_get(seen, key); /* of a name that stands twice the last value counts */
        if (!entry) {
            entry = fresh;
            memcpy(entry, &key, sizeof(key));
            tp_map_put(seen, key, entry);
            map->count++;
        }
        TEMPORAL_TRY(read_value(reader, &here, type->element(), entry + type->value_offset));
    }
    return NULL;
}

static temporal_error *read_map(struct reader *reader, const tp_place *place,
                                const temporal_type *type, void *out)
{
    size_t count = tp_json_count(&reader->json);
    struct sequence map = { 0 };
    temporal_error *error;
    tp_map seen = { 0 };

    if (count && !(map.items = make_items(reader, count, type->entry_size)))
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    error = read_entries(reader, place, type, &map, &seen);
    tp_map_done(&seen);
    if (!error)
        memcpy(out, &map, sizeof(map));
    return error;
}

/* What a type is read from, for messages; TEMPORAL_KIND_JSON and _NONE take anything. */
static const char *wanted(const temporal_type *type)
{
    static const char *const names[] = {
        [TEMPORAL_KIND_BOOL] = "a bool",
        [TEMPORAL_KIND_INT] = "a number",
        [TEMPORAL_KIND_INT32] = "a number",
        [TEMPORAL_KIND_UINT] = "a number",
        [TEMPORAL_KIND_DOUBLE] = "a number",
        [TEMPORAL_KIND_STRING] = "a string",
        [TEMPORAL_KIND_BYTES] = "a string of base64",
        [TEMPORAL_KIND_RECORD] = "an object",
        [TEMPORAL_KIND_LIST] = "a list",
        [TEMPORAL_KIND_SET] = "a list",
        [TEMPORAL_KIND_MAP] = "an object",
        [TEMPORAL_KIND_ENUM] = "a name or a number",
        [TEMPORAL_KIND_VALUE] = "no such value here",
        [TEMPORAL_KIND_PROTOBUF] = "a message",
    };

    return names[type->kind];
}

static temporal_error *read_scalar(struct reader *reader, const tp_place *place,
                                   const temporal_type *type, tp_json_kind kind, void *out)
{
    tp_bytes token = tp_json_token(&reader->json);
    bool is_text = kind == TP_JSON_TEXT;

    switch ((int)type->kind) {
    case TEMPORAL_KIND_BOOL:
        if (kind != TP_JSON_BOOL)
            break;
        *(bool *)out = tp_json_true(token);
        return NULL;
    case TEMPORAL_KIND_ENUM:
        if (is_text)
            return read_enum(place, type, token, out);
        if (kind != TP_JSON_NUMBER)
            break;
        return read_number(place, type, token, out);
    case TEMPORAL_KIND_INT:
    case TEMPORAL_KIND_INT32:
    case TEMPORAL_KIND_UINT:
    case TEMPORAL_KIND_DOUBLE:
        if (kind != TP_JSON_NUMBER)
            break;
        return read_number(place, type, token, out);
    case TEMPORAL_KIND_STRING:
        if (!is_text)
            break;
        return read_text(reader, place, token, out);
    case TEMPORAL_KIND_BYTES:
        if (!is_text)
            break;
        return read_bytes(reader, place, token, out);
    case TEMPORAL_KIND_JSON:
        return read_json(reader, token, out);
    case TEMPORAL_KIND_PROTOBUF:
        return tp_protobuf_read_part(reader->arena, place, token, type, out);
    case TEMPORAL_KIND_NONE:
        return NULL;
    case TEMPORAL_KIND_VALUE:
        return tp_place_error(place, "a %s cannot stand within another value", type->name);
    default:
        break;
    }
    return expected(place, wanted(type), kind);
}

const temporal_type *tp_typed_make_room(tp_arena *arena, const temporal_type *type, void **out)
{
    for (unsigned i = 0; type->kind == TEMPORAL_KIND_OPTIONAL && i < TP_JSON_DEPTH; i++) {
        void *inner;

        type = type->element();
        inner = tp_arena_alloc(arena, type->size);
        memcpy(*out, &inner, sizeof(inner));
        *out = inner;
    }
    return type;
}

static temporal_error *read_value(struct reader *reader, const tp_place *place,
                                  const temporal_type *type, void *out)
{
    tp_json_kind kind = tp_json_peek(&reader->json);

    memset(out, 0, type->size); /* what an earlier member of the same name may have left, too */
    if (kind == TP_JSON_NULL && type->kind != TEMPORAL_KIND_VALUE) {
        tp_json_token(&reader->json);
        return NULL;
    }
    type = tp_typed_make_room(reader->arena, type, &out);
    switch ((int)type->kind) {
    case TEMPORAL_KIND_RECORD:
        if (kind == TP_JSON_OBJECT)
            return read_record(reader, place, type, out);
        break;
    case TEMPORAL_KIND_MAP:
        if (kind == TP_JSON_OBJECT)
            return read_map(reader, place, type, out);
        break;
    case TEMPORAL_KIND_LIST:
    case TEMPORAL_KIND_SET:
        if (kind == TP_JSON_ARRAY)
            return read_sequence(reader, place, type, out);
        break;
    case TEMPORAL_KIND_BYTES:
        if (kind == TP_JSON_ARRAY)
            return read_byte_list(reader, place, out);
        break;
    default:
        break;
    }
    return read_scalar(reader, place, type, kind, out);
}

temporal_error *tp_typed_read(tp_arena *arena, tp_bytes text, const temporal_type *type, void *out)
{
    struct reader reader = { .arena = arena };
    tp_place whole = { 0 };
    size_t at;
    const char *problem = tp_json_check(text, TP_JSON_DEPTH, &at);

    if (problem)
        return temporal_error_new(TEMPORAL_ERROR_CONVERSION, "not JSON: %s at byte %zu", problem,
                                  at);
    reader.json = tp_json_reader_make(text);
    return read_value(&reader, &whole, type, out);
}
