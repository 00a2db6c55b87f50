/* SPDX-License-Identifier: MIT */
/* tests/converter/typed.c -- see typed.h. */
#include "tests/converter/typed.h"

#include <string.h>

tp_arena typed_arena;

int typed_set_up(void **state)
{
    (void)state;
    tp_arena_init(&typed_arena);
    return 0;
}

int typed_tear_down(void **state)
{
    (void)state;
    tp_arena_done(&typed_arena);
    return 0;
}

temporal_error *typed_read(const char *text, const temporal_type *type, void *out)
{
    /* A copy of just that size, so that a sanitizer sees a byte too many. */
    tp_arena own;
    temporal_error *error;

    tp_arena_init(&own);
    error = tp_typed_read(&typed_arena,
                          (tp_bytes){ tp_arena_memdup(&own, text, strlen(text)), strlen(text) },
                          type, out);
    tp_arena_done(&own);
    return error;
}

void typed_assert_read_fails(const char *text, const temporal_type *type, const char *reason)
{
    void *out = tp_arena_alloc(&typed_arena, type->size);
    temporal_error *error = typed_read(text, type, out);

    assert_non_null(error);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_CONVERSION);
    assert_string_equal(temporal_error_message(error), reason);
    temporal_error_free(error);
}

void typed_assert_written(const temporal_type *type, const void *value, const char *text)
{
    tp_buffer out = { 0 };

    assert_ok(tp_typed_write(&out, type, value));
    tp_buffer_append(&out, "", 1);
    assert_string_equal((const char *)out.data, text);
    tp_buffer_done(&out);
}

void typed_assert_write_fails(const temporal_type *type, const void *value, const char *reason)
{
    tp_buffer out = { 0 };
    temporal_error *error = tp_typed_write(&out, type, value);

    assert_non_null(error);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_CONVERSION);
    assert_string_equal(temporal_error_message(error), reason);
    temporal_error_free(error);
    tp_buffer_done(&out);
}
