/* SPDX-License-Identifier: MIT */
/* base/alloc: what it hands out, and what happens when there is nothing left. */
#include "base/alloc.h"

#include "tests/base/child.h"
#include "tests/support/support.h"

/* The sanitizers' allocators would otherwise end the program themselves. Their libraries look these
 * up, so they must be visible. */
#define OPTIONS __attribute__((visibility("default"))) const char *

OPTIONS __asan_default_options(void);
OPTIONS __asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

OPTIONS __tsan_default_options(void);
OPTIONS __tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static const size_t too_much = SIZE_MAX / 4;

static void memory_comes_zeroed(void **state)
{
    unsigned char *one = tp_alloc(1000), *many = tp_alloc_array(10, 100);

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(one[i], 0);
        assert_int_equal(many[i], 0);
    }
    tp_free(one);
    tp_free(many);
}

static void nothing_may_be_asked_for(void **state)
{
    void *pieces[] = { tp_alloc(0),         tp_alloc_array(0, 8), tp_alloc_array(8, 0),
                       tp_realloc(NULL, 0), tp_alloc_large(0),    tp_memdup(NULL, 0) };

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        assert_non_null(pieces[i]);
        tp_free(pieces[i]);
    }
    tp_free(NULL);
}

static void realloc_keeps_what_was_there(void **state)
{
    char *text = tp_strdup("kept");

    (void)state;
    text = tp_realloc(text, 100000);
    assert_string_equal(text, "kept");
    tp_free(text);
}

static void copies_of_text_end_with_a_nul(void **state)
{
    char *whole = tp_strdup("hello"), *bytes = tp_memdup("a\0b", 4);

    (void)state;
    assert_string_equal(whole, "hello");
    assert_memory_equal(bytes, "a\0b", 4);
    assert_null(tp_strdup(NULL));
    tp_free(whole);
    tp_free(bytes);
}

static void a_large_allocation_that_fails_answers_null(void **state)
{
    (void)state;
    assert_null(tp_alloc_large(too_much));
}

static void alloc_too_much(void *data)
{
    (void)data;
    tp_alloc(too_much);
}

static void array_too_much(void *data)
{
    (void)data;
    tp_alloc_array(SIZE_MAX / 8, 16);
}

static void realloc_too_much(void *data)
{
    (void)data;
    tp_realloc(tp_alloc(16), too_much);
}

static void a_small_allocation_that_fails_ends_the_process_with_a_sentence(void **state)
{
    void (*const bodies[])(void *) = { alloc_too_much, array_too_much, realloc_too_much };
    char text[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_int_equal(child_run(bodies[i], NULL, text, sizeof(text)), TP_EXIT_NO_MEMORY);
        assert_contains(text, "temporal: out of memory: ");
        assert_contains(text, "bytes were refused");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_comes_zeroed),
        cmocka_unit_test(nothing_may_be_asked_for),
        cmocka_unit_test(realloc_keeps_what_was_there),
        cmocka_unit_test(copies_of_text_end_with_a_nul),
        cmocka_unit_test(a_large_allocation_that_fails_answers_null),
        cmocka_unit_test(a_small_allocation_that_fails_ends_the_process_with_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
