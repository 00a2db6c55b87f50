/* SPDX-License-Identifier: MIT */
/* base/arena: what it hands out, how it grows, and what goes with it. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/sanitizer.h"
#include "tests/support/support.h"

/* Sanitizers would end the program where malloc answers NULL; see test_alloc.c. */
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

static void an_arena_that_was_not_used_holds_no_memory(void **state)
{
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    assert_null(arena.chunks);
    assert_int_equal(arena.allocated, 0);
    tp_arena_done(&arena);
}

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    enum {
        COUNT = 3000
    };
    unsigned char *pieces[COUNT];
    size_t sizes[COUNT];
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    srand(7);
    for (int i = 0; i < COUNT; i++) {
        sizes[i] = (size_t)rand() % (i % 100 ? 300 : 40000);
        pieces[i] = tp_arena_alloc(&arena, sizes[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(pieces[i][j], 0);
        memset(pieces[i], i % 251, sizes[i]);
    }
    for (int i = 0; i < COUNT; i++)
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(pieces[i][j], i % 251);
    tp_arena_done(&arena);
}

static void empty_pieces_differ(void **state)
{
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    assert_ptr_not_equal(tp_arena_alloc(&arena, 0), tp_arena_alloc(&arena, 0));
    tp_arena_done(&arena);
}

static void chunks_begin_with_one_kib_and_double_to_64(void **state)
{
    size_t before, step = 1024;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    for (size_t total = 0; total < 1000000;) {
        before = arena.allocated;
        total += (size_t)(tp_arena_alloc(&arena, 100) ? 100 : 0);
        if (arena.allocated == before)
            continue;
        assert_int_equal(arena.allocated - before, step);
        step = step < 65536 ? step * 2 : step;
    }
    assert_int_equal(step, 65536);
    tp_arena_done(&arena);
    assert_int_equal(arena.allocated, 0);
}

static void a_large_piece_has_a_chunk_of_its_own_and_small_ones_go_on_in_theirs(void **state)
{
    tp_arena arena;
    size_t before;
    char *large;

    (void)state;
    tp_arena_init(&arena);
    tp_arena_alloc(&arena, 16);
    before = arena.allocated;
    large = tp_arena_alloc(&arena, 1000000);
    memset(large, 'x', 1000000);
    assert_in_range(arena.allocated - before, 1000000, 1000100);
    before = arena.allocated;
    tp_arena_alloc(&arena, 16);
    assert_int_equal(arena.allocated, before);
    tp_arena_done(&arena);

    /* As the first piece of all, too. */
    tp_arena_alloc(&arena, 100000);
    before = arena.allocated;
    tp_arena_alloc(&arena, 16);
    assert_int_equal(arena.allocated - before, 1024);
    tp_arena_done(&arena);
}

static void sizes_from_outside_are_given_or_refused(void **state)
{
    const size_t too_much = SIZE_MAX / 2;
    unsigned char *large, *small;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    assert_null(tp_arena_alloc_large(&arena, too_much));
    assert_int_equal(arena.allocated, 0);
    large = tp_arena_alloc_large(&arena, 1 << 20);
    memset(large, 1, 1 << 20);
    assert_true(arena.allocated >= 1 << 20);
    small = tp_arena_alloc_large(&arena, 10);
    memset(small, 2, 10);
    assert_int_equal(large[0], 1);
    assert_int_equal(large[(1 << 20) - 1], 1);
    tp_arena_done(&arena);
    assert_int_equal(arena.allocated, 0);
}

static void copies_and_formatted_texts_are_its_own(void **state)
{
    char original[] = "hello", long_text[1001];
    tp_arena arena;
    char *copy;

    (void)state;
    tp_arena_init(&arena);
    copy = tp_arena_strdup(&arena, original);
    original[0] = 'j';
    assert_string_equal(copy, "hello");
    assert_string_equal(tp_arena_strndup(&arena, "hello", 3), "hel");
    assert_string_equal(tp_arena_strndup(&arena, "hello", 30), "hello");
    assert_null(tp_arena_strdup(&arena, NULL));
    assert_null(tp_arena_strndup(&arena, NULL, 3));
    assert_memory_equal(tp_arena_memdup(&arena, "a\0b", 3), "a\0b", 3);
    assert_non_null(tp_arena_memdup(&arena, NULL, 0));
    assert_string_equal(tp_arena_format(&arena, "%s-%d", "a", 7), "a-7");
    assert_string_equal(tp_arena_format(&arena, "%s", ""), "");
    memset(long_text, 'l', 1000);
    long_text[1000] = '\0';
    copy = tp_arena_format(&arena, "%s%s", long_text, "end");
    assert_int_equal(strlen(copy), 1003);
    assert_string_equal(copy + 1000, "end");
    tp_arena_done(&arena);
}

static void texts_at_the_edge_of_the_small_buffer_are_whole(void **state)
{
    char text[300];
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    for (int length = 250; length < 262; length++) {
        memset(text, 'x', sizeof(text));
        text[length] = '\0';
        assert_string_equal(tp_arena_format(&arena, "%s", text), text);
    }
    tp_arena_done(&arena);
}

struct order {
    tp_arena *arena;
    int released[4], count;
};

static struct order *order;

static void note(void *data)
{
    order->released[order->count++] = *(int *)data;
}

static void note_and_defer_more(void *data)
{
    note(data);
    tp_arena_defer(order->arena, note, tp_arena_memdup(order->arena, &(int){ 9 }, sizeof(int)));
}

static void what_is_deferred_runs_newest_first_and_before_the_memory_goes(void **state)
{
    const int expected[] = { 3, 2, 9, 1 };
    struct order record = { 0 };
    tp_arena arena;

    (void)state;
    order = &record;
    record.arena = &arena;
    tp_arena_init(&arena);
    tp_arena_defer(&arena, note, tp_arena_memdup(&arena, &(int){ 1 }, sizeof(int)));
    tp_arena_defer(&arena, note_and_defer_more, tp_arena_memdup(&arena, &(int){ 2 }, sizeof(int)));
    tp_arena_defer(&arena, note, tp_arena_memdup(&arena, &(int){ 3 }, sizeof(int)));
    assert_int_equal(record.count, 0);
    tp_arena_done(&arena);
    assert_int_equal(record.count, 4);
    assert_memory_equal(record.released, expected, sizeof(expected));
    tp_arena_done(&arena);
    assert_int_equal(record.count, 4);
}

static void what_one_holds_can_be_given_to_another(void **state)
{
    struct order record = { 0 };
    tp_arena giver, taker;
    const char *text;
    size_t allocated;

    (void)state;
    order = &record;
    tp_arena_init(&giver);
    tp_arena_init(&taker);
    text = tp_arena_strdup(&giver, "mine");
    tp_arena_defer(&giver, note, tp_arena_memdup(&giver, &(int){ 1 }, sizeof(int)));
    allocated = giver.allocated;
    tp_arena_take(&taker, &giver);
    assert_int_equal(taker.allocated, allocated);
    assert_int_equal(giver.allocated, 0);
    tp_arena_done(&giver);
    assert_int_equal(record.count, 0);
    assert_string_equal(text, "mine");
    tp_arena_done(&taker);
    assert_int_equal(record.count, 1);
}

static void it_may_be_used_again(void **state)
{
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    for (int round = 0; round < 3; round++) {
        assert_string_equal(tp_arena_format(&arena, "round %d", round) + 6, round == 0   ? "0"
                                                                            : round == 1 ? "1"
                                                                                         : "2");
        tp_arena_done(&arena);
    }
}

#ifdef TP_SANITIZE_ADDRESS
static void the_address_sanitizer_sees_the_end_of_a_piece(void **state)
{
    tp_arena arena;
    char *piece, *next;

    (void)state;
    tp_arena_init(&arena);
    piece = tp_arena_alloc(&arena, 30);
    next = tp_arena_alloc(&arena, 16);
    assert_false(__asan_address_is_poisoned(piece + 29));
    assert_true(__asan_address_is_poisoned(piece + 30));
    assert_true(__asan_address_is_poisoned(next - 1));
    assert_false(__asan_address_is_poisoned(next));
    assert_true(__asan_address_is_poisoned(next + 16));
    tp_arena_done(&arena);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_that_was_not_used_holds_no_memory),
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(empty_pieces_differ),
        cmocka_unit_test(chunks_begin_with_one_kib_and_double_to_64),
        cmocka_unit_test(a_large_piece_has_a_chunk_of_its_own_and_small_ones_go_on_in_theirs),
        cmocka_unit_test(sizes_from_outside_are_given_or_refused),
        cmocka_unit_test(copies_and_formatted_texts_are_its_own),
        cmocka_unit_test(texts_at_the_edge_of_the_small_buffer_are_whole),
        cmocka_unit_test(what_is_deferred_runs_newest_first_and_before_the_memory_goes),
        cmocka_unit_test(what_one_holds_can_be_given_to_another),
        cmocka_unit_test(it_may_be_used_again),
#ifdef TP_SANITIZE_ADDRESS
        cmocka_unit_test(the_address_sanitizer_sees_the_end_of_a_piece),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
