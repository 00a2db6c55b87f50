/* SPDX-License-Identifier: MIT */
/* fiber/symbols: places in code get their names. */
#include "fiber/symbols.h"

#include <string.h>
#include <sys/mman.h>
#include <unwind.h>

#include "fiber/fiber.h"
#include "tests/support/support.h"

static __attribute__((noinline)) void wait_here(volatile int *steps)
{
    tp_fiber_yield();
    ++*steps;
}

static void body(void *data)
{
    wait_here(data);
    ++*(volatile int *)data;
}

/* Not necessarily the first: what a sanitizer has in hand does not end in a jump. */
static bool has_function(tp_symbols *symbols, void *const *frames, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        const char *function = tp_symbols_function(symbols, frames[i]);

        if (function && strcmp(function, name) == 0)
            return true;
    }
    return false;
}

static void frames_have_functions_files_and_lines(void **state)
{
    tp_stack_pool *pool = tp_stack_pool_new((size_t)256 * 1024, 1);
    tp_symbols *symbols = tp_symbols_open();
    volatile int steps = 0;
    tp_fiber *fiber = NULL;
    tp_buffer text = { 0 };
    void *frames[16];
    size_t count;

    (void)state;
    assert_ok(tp_fiber_new(&fiber, pool, body, (void *)(uintptr_t)&steps));
    assert_true(tp_fiber_resume(fiber));
    count = tp_fiber_backtrace(fiber, frames, 16);
    for (size_t i = 0; i < count; i++) {
        tp_symbols_describe(symbols, frames[i], &text);
        tp_buffer_append_text(&text, "\n");
    }
    tp_buffer_append(&text, "", 1);
    assert_contains((const char *)text.data, "wait_here at tests/fiber/test_symbols.c:14\n"
                                             "body at tests/fiber/test_symbols.c:20\n"
                                             "run_body at fiber/fiber.c:");
    assert_true(has_function(symbols, frames, count, "wait_here"));
    tp_buffer_done(&text);
    tp_symbols_close(symbols);
    assert_false(tp_fiber_resume(fiber));
    tp_fiber_free(fiber);
    tp_stack_pool_free(pool);
}

static void a_place_in_no_file_is_told_as_a_number(void **state)
{
    /* Its middle is far from the files: what lies close to one counts as a part of it. */
    const size_t size = (size_t)64 << 20;
    char *map = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    const char *place = map + size / 2;
    tp_symbols *symbols = tp_symbols_open();
    tp_buffer text = { 0 };

    (void)state;
    assert_true(map != MAP_FAILED);
    tp_symbols_describe(symbols, place, &text);
    tp_buffer_append(&text, "", 1);
    assert_contains((const char *)text.data, "0x");
    assert_contains((const char *)text.data, " (?)");
    assert_null(tp_symbols_function(symbols, place));
    tp_buffer_done(&text);
    tp_symbols_close(symbols);
    munmap(map, size);
}

static void a_function_of_a_library_without_lines_has_its_name(void **state)
{
    tp_symbols *symbols = tp_symbols_open();
    tp_buffer text = { 0 };

    (void)state;
    tp_symbols_describe(symbols, (const char *)(uintptr_t)_Unwind_Backtrace + 8, &text);
    tp_buffer_append(&text, "", 1);
    assert_contains((const char *)text.data, "_Unwind_Backtrace+0x8 (libgcc_s");
    tp_buffer_done(&text);
    tp_symbols_close(symbols);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_have_functions_files_and_lines),
        cmocka_unit_test(a_place_in_no_file_is_told_as_a_number),
        cmocka_unit_test(a_function_of_a_library_without_lines_has_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
