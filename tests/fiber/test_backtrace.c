/* SPDX-License-Identifier: MIT */
/* fiber/fiber: what a look into a coroutine shows. */
#include "fiber/fiber.h"

#include <unwind.h>

#include "tests/support/support.h"

#define STACK_SIZE ((size_t)256 * 1024)

static tp_stack_pool *pool; /* of the main thread; each test begins with a new one */

static int make_pool(void **state)
{
    (void)state;
    pool = tp_stack_pool_new(STACK_SIZE, 4);
    return 0;
}

static int free_pool(void **state)
{
    (void)state;
    tp_stack_pool_free(pool);
    return 0;
}

static tp_fiber *start(tp_fiber_fn body, void *data)
{
    tp_fiber *fiber = NULL;

    assert_ok(tp_fiber_new(&fiber, pool, body, data));
    return fiber;
}

static __attribute__((noinline)) void innermost(volatile int *steps)
{
    tp_fiber_yield();
    ++*steps;
}

static __attribute__((noinline)) void middle(volatile int *steps)
{
    innermost(steps);
    ++*steps;
}

static void outermost(void *data)
{
    middle(data);
    ++*(volatile int *)data;
}

/* Where that function stands among the frames, or -1. */
static int find_frame(void **frames, size_t count, void (*function)(void))
{
    for (size_t i = 0; i < count; i++)
        if (_Unwind_FindEnclosingFunction((char *)frames[i] - 1) == (void *)(uintptr_t)function)
            return (int)i;
    return -1;
}

static void a_suspended_fiber_shows_who_called_whom_and_then_goes_on(void **state)
{
    volatile int steps = 0;
    tp_fiber *fiber = start(outermost, (void *)(uintptr_t)&steps);
    void *frames[32];
    size_t count;
    int at;

    (void)state;
    assert_int_equal(tp_fiber_backtrace(NULL, frames, 32), 0);
    assert_int_equal(tp_fiber_backtrace(fiber, frames, 32), 0);
    assert_true(tp_fiber_resume(fiber));
    for (int round = 0; round < 3; round++) {
        count = tp_fiber_backtrace(fiber, frames, 32);
        assert_null(tp_fiber_current());
        assert_in_range(count, 3, 8);
        at = find_frame(frames, count, (void (*)(void))innermost);
        assert_true(at >= 0);
        assert_int_equal(find_frame(frames, count, (void (*)(void))middle), at + 1);
        assert_int_equal(find_frame(frames, count, (void (*)(void))outermost), at + 2);
    }
    assert_int_equal(tp_fiber_backtrace(fiber, frames, 2), 2);
    assert_int_equal(tp_fiber_backtrace(fiber, frames, 0), 0);
    assert_int_equal(steps, 0);
    assert_false(tp_fiber_resume(fiber));
    assert_int_equal(steps, 3);
    assert_int_equal(tp_fiber_backtrace(fiber, frames, 32), 0);
    tp_fiber_free(fiber);
}

struct look {
    tp_fiber *outer, *inner;
    size_t self, parent;
    bool found;
};

static void look_around(void *data)
{
    struct look *look = data;
    void *frames[32];

    look->self = tp_fiber_backtrace(tp_fiber_current(), frames, 32);
    look->found = find_frame(frames, look->self, (void (*)(void))look_around) >= 0;
    look->parent = tp_fiber_backtrace(look->outer, frames, 32);
}

static void resume_inner(void *data)
{
    struct look *look = data;

    tp_fiber_resume(look->inner);
}

static void the_running_fiber_shows_itself_but_not_one_that_waits_for_it(void **state)
{
    struct look look = { 0 };

    (void)state;
    look.inner = start(look_around, &look);
    look.outer = start(resume_inner, &look);
    assert_false(tp_fiber_resume(look.outer));
    assert_in_range(look.self, 1, 8);
    assert_true(look.found);
    assert_int_equal(look.parent, 0);
    tp_fiber_free(look.inner);
    tp_fiber_free(look.outer);
}

/* Goes down until hardly any stack is left. */
static __attribute__((noinline)) int descend_to(uintptr_t low)
{
    volatile char frame[256];

    frame[0] = 1;
    if ((uintptr_t)__builtin_frame_address(0) > low)
        return descend_to(low) + frame[0];
    tp_fiber_yield();
    return frame[0];
}

static void use_up_stack(void *data)
{
    descend_to((uintptr_t)__builtin_frame_address(0) - STACK_SIZE + 8192);
    *(bool *)data = true;
}

static void with_hardly_any_stack_left_nothing_is_shown_and_nothing_breaks(void **state)
{
    bool done = false;
    tp_fiber *fiber = start(use_up_stack, &done);
    void *frames[32];

    (void)state;
    assert_true(tp_fiber_resume(fiber));
    assert_int_equal(tp_fiber_backtrace(fiber, frames, 32), 0);
    assert_false(tp_fiber_resume(fiber));
    assert_true(done);
    tp_fiber_free(fiber);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_pool, free_pool)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_suspended_fiber_shows_who_called_whom_and_then_goes_on),
        TEST(the_running_fiber_shows_itself_but_not_one_that_waits_for_it),
        TEST(with_hardly_any_stack_left_nothing_is_shown_and_nothing_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
