/* SPDX-License-Identifier: MIT */
/* tests/converter/typed.h -- C types of every kind, and how a test reads and writes their values.
 */
#ifndef TP_TESTS_CONVERTER_TYPED_H
#define TP_TESTS_CONVERTER_TYPED_H

#include "converter/typed.h"
#include "tests/support/support.h"

/* clang-format off */
#define COLOUR(NAME) NAME(COLOUR_RED, "red", 0) NAME(COLOUR_BLUE, "blue", 7)
TEMPORAL_ENUM(colour, COLOUR)
TEMPORAL_LIST(colour)

#define LINE(FIELD)               \
    FIELD(temporal_string, name)  \
    FIELD(temporal_double, price) \
    FIELD(temporal_int32, count)
TEMPORAL_RECORD(line, LINE)
TEMPORAL_OPTIONAL(line)
TEMPORAL_MAP(line)
TEMPORAL_SET(line)
TEMPORAL_LIST(line_list)

TEMPORAL_OPTIONAL(temporal_int)
TEMPORAL_OPTIONAL(temporal_string)
TEMPORAL_OPTIONAL(temporal_bytes)
TEMPORAL_SET(temporal_string)
TEMPORAL_SET(temporal_int)
TEMPORAL_MAP(temporal_int)
TEMPORAL_MAP(temporal_string_list)
TEMPORAL_LIST(temporal_json)
TEMPORAL_LIST(temporal_value)
TEMPORAL_LIST(temporal_bool)

#define ORDER(FIELD)                            \
    FIELD(temporal_bool, paid)                  \
    FIELD(temporal_int, number)                 \
    FIELD(temporal_uint, total)                 \
    FIELD(temporal_bytes, seal)                 \
    FIELD(colour, colour)                       \
    FIELD(line_list, lines)                     \
    FIELD(line, gift)                           \
    FIELD(line_optional, extra)                 \
    FIELD(temporal_int_optional, discount)      \
    FIELD(line_map, by_name)                    \
    FIELD(temporal_string_set, tags)            \
    FIELD(temporal_json, notes)                 \
    FIELD(temporal_string_list_map, synonyms)
TEMPORAL_RECORD(order, ORDER)
/* clang-format on */

extern tp_arena typed_arena; /* of the values that are read; for as long as the program */

int typed_set_up(void **state);
int typed_tear_down(void **state);
temporal_error *typed_read(const char *text, const temporal_type *type, void *out);
void typed_assert_read_fails(const char *text, const temporal_type *type, const char *reason);
void typed_assert_written(const temporal_type *type, const void *value, const char *text);
void typed_assert_write_fails(const temporal_type *type, const void *value, const char *reason);

#define assert_reads(text, T, out)      assert_ok(typed_read((text), T##_type(), (out)))
#define assert_refused(text, T, reason) typed_assert_read_fails((text), T##_type(), (reason))
#define assert_writes(T, value, text)   typed_assert_written(T##_type(), &(const T){ value }, (text))

#endif
