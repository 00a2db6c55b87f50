/* SPDX-License-Identifier: MIT */
/* converter/typed_write.c -- C values to JSON text. */
#include "converter/typed.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "converter/base64.h"
#include "converter/json.h"
#include "converter/place.h"
#include "converter/protobuf.h"
#include "converter/utf8.h"

struct writer {
    tp_buffer *out;
    unsigned depth; /* open arrays and objects */
};

/* How lists, sets and maps of any element lie in memory: the macros of value.h make no other. */
struct sequence {
    const char *items;
    size_t count;
};

static temporal_error *write_value(struct writer *writer, const tp_place *place,
                                   const temporal_type *type, const void *value);

const temporal_type *tp_typed_unwrap(const temporal_type *type, const void **value)
{
    for (unsigned i = 0; type->kind == TEMPORAL_KIND_OPTIONAL && i < TP_JSON_DEPTH; i++) {
        if (value && *value)
            *value = *(const void *const *)*value;
        type = type->element();
    }
    return type;
}

static struct sequence sequence_at(const void *value)
{
    struct sequence sequence;

    memcpy(&sequence, value, sizeof(sequence));
    return sequence;
}

static temporal_error *write_text(struct writer *writer, const tp_place *place, const char *text)
{
    tp_bytes bytes = { (const uint8_t *)text, strlen(text) };
    size_t good = tp_utf8_prefix(bytes);

    if (good < bytes.size)
        return tp_place_error(place, "invalid UTF-8 at byte %zu of a string", good);
    tp_json_write_text(writer->out, bytes);
    return NULL;
}

static temporal_error *write_double(struct writer *writer, const tp_place *place, double number)
{
    if (!isfinite(number))
        return tp_place_error(place, "%s cannot be written as JSON",
                              isnan(number) ? "NaN" : "infinity");
    tp_json_write_double(writer->out, number);
    return NULL;
}

static temporal_error *write_json(struct writer *writer, const tp_place *place, const char *text)
{
    tp_bytes bytes = { (const uint8_t *)text, strlen(text) };
    size_t at;
    const char *problem = tp_json_check(bytes, TP_JSON_DEPTH - writer->depth, &at);

    if (problem)
        return tp_place_error(place, "not JSON: %s at byte %zu", problem, at);
    tp_buffer_append(writer->out, bytes.data, bytes.size);
    return NULL;
}

static temporal_error *write_enum(struct writer *writer, const tp_place *place,
                                  const temporal_type *type, int32_t number)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (type->enumerators[i].number == number)
            return write_text(writer, place, type->enumerators[i].name);
    tp_buffer_format(writer->out, "%" PRId32, number); /* read back as it is */
    return NULL;
}

static temporal_error *write_record(struct writer *writer, const tp_place *place,
                                    const temporal_type *type, const char *value)
{
    tp_buffer_append(writer->out, "{", 1);
    for (size_t i = 0; i < type->field_count; i++) {
        const temporal_field *field = &type->fields[i];
        tp_place here = { .up = place, .field = field->name };

        tp_buffer_append(writer->out, ",", i > 0);
        TEMPORAL_TRY(write_text(writer, &here, field->name));
        tp_buffer_append(writer->out, ":", 1);
        TEMPORAL_TRY(write_value(writer, &here, field->type(), value + field->offset));
    }
    tp_buffer_append(writer->out, "}", 1);
    return NULL;
}

/* Keeps what a set has written since start unless it stands there already. */
static bool is_new(tp_map *seen, tp_buffer *out, size_t start)
{
    tp_buffer_append(out, "", 1);
    out->size--;
    return !tp_map_put(seen, (const char *)out->data + start, seen);
}

static temporal_error *write_sequence(struct writer *writer, const tp_place *place,
                                      const temporal_type *type, const void *value)
{
    const temporal_type *element = type->element();
    struct sequence list = sequence_at(value);
    temporal_error *error = NULL;
    tp_map seen = { 0 };
    bool first = true;

    tp_buffer_append(writer->out, "[", 1);
    for (size_t i = 0; i < list.count && !error; i++) {
        tp_place here = { .up = place, .index = i };
        size_t before = writer->out->size, start;

        tp_buffer_append(writer->out, ",", !first);
        start = writer->out->size;
        error = write_value(writer, &here, element, list.items + i * element->size);
        if (!error && type->kind == TEMPORAL_KIND_SET && !is_new(&seen, writer->out, start))
            writer->out->size = before;
        else
            first = false;
    }
    tp_map_done(&seen);
    tp_buffer_append(writer->out, "]", 1);
    return error;
}

static const char *key_of(const void *entry)
{
    return *(const char *const *)entry;
}

/* By key; of equal keys the later entry last. */
static int compare_entries(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    int order = strcmp(key_of(*a), key_of(*b));

    return order ? order : (*a > *b) - (*a < *b);
}

static temporal_error *write_entries(struct writer *writer, const tp_place *place,
                                     const temporal_type *type, const char *const *entries,
                                     size_t count)
{
    bool first = true;

    for (size_t i = 0; i < count; i++) {
        const char *key = key_of(entries[i]);
        tp_place here = { .up = place, .key = { (const uint8_t *)key, strlen(key) } };

        if (i + 1 < count && strcmp(key, key_of(entries[i + 1])) == 0)
            continue; /* the last of a key that stands twice counts, as when reading */
        tp_buffer_append(writer->out, ",", !first);
        first = false;
        TEMPORAL_TRY(write_text(writer, &here, key));
        tp_buffer_append(writer->out, ":", 1);
        TEMPORAL_TRY(write_value(writer, &here, type->element(), entries[i] + type->value_offset));
    }
    return NULL;
}

static temporal_error *write_map(struct writer *writer, const tp_place *place,
                                 const temporal_type *type, const void *value)
{
    struct sequence map = sequence_at(value);
    const char **entries = tp_alloc_array(map.count, sizeof(*entries));
    temporal_error *error = NULL;

    for (size_t i = 0; i < map.count && !error; i++) {
        entries[i] = map.items + i * type->entry_size;
        if (!key_of(entries[i]))
            error = tp_place_error(&(tp_place){ .up = place, .index = i }, "the key is NULL");
    }
    if (!error) {
        qsort(entries, map.count, sizeof(*entries), compare_entries);
        tp_buffer_append(writer->out, "{", 1);
        error = write_entries(writer, place, type, entries, map.count);
        tp_buffer_append(writer->out, "}", 1);
    }
    tp_free(entries);
    return error;
}

static temporal_error *write_container(struct writer *writer, const tp_place *place,
                                       const temporal_type *type, const void *value)
{
    temporal_error *error;

    if (writer->depth == TP_JSON_DEPTH)
        return tp_place_error(place, "nests deeper than %d levels", TP_JSON_DEPTH);
    writer->depth++;
    if (type->kind == TEMPORAL_KIND_RECORD)
        error = write_record(writer, place, type, value);
    else if (type->kind == TEMPORAL_KIND_MAP)
        error = write_map(writer, place, type, value);
    else
        error = write_sequence(writer, place, type, value);
    writer->depth--;
    return error;
}

/* By hand: heartbeats are numbers more often than not, and printf costs more than all the rest. */
static void write_digits(tp_buffer *out, uint64_t number, bool negative)
{
    char text[24], *at = text + sizeof(text);

    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    if (negative)
        *--at = '-';
    tp_buffer_append(out, at, (size_t)(text + sizeof(text) - at));
}

static void write_int(tp_buffer *out, int64_t number)
{
    write_digits(out, number < 0 ? -(uint64_t)number : (uint64_t)number, number < 0);
}

/* What is not a container, and is not null. */
static temporal_error *write_scalar(struct writer *writer, const tp_place *place,
                                    const temporal_type *type, const void *value)
{
    const temporal_bytes *bytes = value;
    tp_buffer *out = writer->out;

    switch ((int)type->kind) {
    case TEMPORAL_KIND_BOOL:
        tp_buffer_append_text(out, *(const bool *)value ? "true" : "false");
        return NULL;
    case TEMPORAL_KIND_INT:
        write_int(out, *(const int64_t *)value);
        return NULL;
    case TEMPORAL_KIND_INT32:
        write_int(out, *(const int32_t *)value);
        return NULL;
    case TEMPORAL_KIND_UINT:
        write_digits(out, *(const uint64_t *)value, false);
        return NULL;
    case TEMPORAL_KIND_DOUBLE:
        return write_double(writer, place, *(const double *)value);
    case TEMPORAL_KIND_STRING:
        return write_text(writer, place, *(const char *const *)value);
    case TEMPORAL_KIND_BYTES:
        tp_buffer_append(out, "\"", 1);
        tp_base64_write(out, (tp_bytes){ bytes->data, bytes->size });
        tp_buffer_append(out, "\"", 1);
        return NULL;
    case TEMPORAL_KIND_ENUM:
        return write_enum(writer, place, type, *(const int32_t *)value);
    case TEMPORAL_KIND_JSON:
        return write_json(writer, place, ((const temporal_json *)value)->text);
    case TEMPORAL_KIND_PROTOBUF:
        return tp_protobuf_write_part(out, place, type, value);
    default:
        return tp_place_error(place, "a %s cannot stand within another value", type->name);
    }
}

static bool is_null(const temporal_type *type, const void *value)
{
    if (!value || type->kind == TEMPORAL_KIND_NONE)
        return true;
    if (type->kind == TEMPORAL_KIND_STRING)
        return !*(const char *const *)value;
    if (type->kind == TEMPORAL_KIND_PROTOBUF)
        return !*(const void *const *)value;
    return type->kind == TEMPORAL_KIND_JSON && !((const temporal_json *)value)->text;
}

static temporal_error *write_value(struct writer *writer, const tp_place *place,
                                   const temporal_type *type, const void *value)
{
    type = tp_typed_unwrap(type, &value);
    if (is_null(type, value)) {
        tp_buffer_append_text(writer->out, "null");
        return NULL;
    }
    switch ((int)type->kind) {
    case TEMPORAL_KIND_RECORD:
    case TEMPORAL_KIND_LIST:
    case TEMPORAL_KIND_SET:
    case TEMPORAL_KIND_MAP:
        return write_container(writer, place, type, value);
    default:
        return write_scalar(writer, place, type, value);
    }
}

temporal_error *tp_typed_write(tp_buffer *out, const temporal_type *type, const void *value)
{
    struct writer writer = { .out = out };
    tp_place whole = { 0 };

    return write_value(&writer, &whole, type, value);
}
