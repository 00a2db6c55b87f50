/* SPDX-License-Identifier: MIT */
/* Any bytes as JSON, into every kind of type: the first byte chooses the type, the rest is the
 * text. What is read must be written, read again and written the same. A libFuzzer target: build
 * the library with clang and -fsanitize=fuzzer-no-link,address, this file with
 * -fsanitize=fuzzer,address. tests/converter/test_hostile_input.c runs it on inputs of its own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <temporal/value.h>

#include "converter/json.h"
#include "converter/typed.h"

/* clang-format off */
#define FUZZ_KIND(NAME) NAME(FUZZ_KIND_A, "a", 0) NAME(FUZZ_KIND_B, "b", 1)
TEMPORAL_ENUM(fuzz_kind, FUZZ_KIND)
TEMPORAL_SET(temporal_string)
TEMPORAL_MAP(temporal_int_list)
TEMPORAL_OPTIONAL(temporal_int)

#define FUZZ_PART(FIELD)                 \
    FIELD(temporal_bool, b)              \
    FIELD(temporal_int32, i)             \
    FIELD(temporal_uint, u)              \
    FIELD(temporal_double, d)            \
    FIELD(temporal_string, s)            \
    FIELD(temporal_bytes, y)             \
    FIELD(fuzz_kind, k)                  \
    FIELD(temporal_json, j)
TEMPORAL_RECORD(fuzz_part, FUZZ_PART)
TEMPORAL_OPTIONAL(fuzz_part)
TEMPORAL_MAP(fuzz_part)
TEMPORAL_SET(fuzz_part)

#define FUZZ_WHOLE(FIELD)                \
    FIELD(temporal_int_optional, n)      \
    FIELD(fuzz_part_list, l)             \
    FIELD(fuzz_part_optional, o)         \
    FIELD(fuzz_part_map, m)              \
    FIELD(fuzz_part_set, t)              \
    FIELD(temporal_string_set, s)        \
    FIELD(temporal_int_list_map, x)
TEMPORAL_RECORD(fuzz_whole, FUZZ_WHOLE)
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const temporal_type_fn fuzz_types[] = {
    fuzz_whole_type,          fuzz_part_type,      temporal_json_type,   temporal_string_type,
    temporal_bytes_type,      temporal_int_type,   temporal_uint_type,   temporal_double_type,
    temporal_string_set_type, temporal_bool_type,  fuzz_part_map_type,   fuzz_kind_type,
    fuzz_part_set_type,       temporal_int32_type, fuzz_whole_list_type, temporal_value_type,
};

static void fuzz_write(tp_buffer *out, const temporal_type *type, const void *value)
{
    size_t at;

    if (tp_typed_write(out, type, value) || tp_json_check(tp_buffer_bytes(out), TP_JSON_DEPTH, &at))
        abort();
}

static void fuzz_typed(tp_arena *arena, tp_bytes text, const temporal_type *type)
{
    void *value = tp_arena_alloc(arena, type->size), *again = tp_arena_alloc(arena, type->size);
    tp_buffer first = { 0 }, second = { 0 };
    temporal_error *error = tp_typed_read(arena, text, type, value);

    if (error) {
        if (strlen(temporal_error_message(error)) == 0)
            abort();
        temporal_error_free(error);
        return;
    }
    fuzz_write(&first, type, value);
    if (tp_typed_read(arena, tp_buffer_bytes(&first), type, again))
        abort();
    fuzz_write(&second, type, again);
    if (first.size != second.size || memcmp(first.data, second.data, first.size) != 0)
        abort();
    tp_buffer_done(&first);
    tp_buffer_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t count = sizeof(fuzz_types) / sizeof(fuzz_types[0]);
    tp_arena arena;

    if (size == 0)
        return 0;
    tp_arena_init(&arena);
    fuzz_typed(&arena, (tp_bytes){ data + 1, size - 1 }, fuzz_types[data[0] % count]());
    tp_arena_done(&arena);
    return 0;
}
