/* SPDX-License-Identifier: MIT */
/* fiber/stack: what a stack is made of, and what one that waits for reuse holds. */
#include "fiber/stack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/support.h"

#define STACK_SIZE ((size_t)256 * 1024)

static size_t count_resident_pages(const tp_stack *stack)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char pages[STACK_SIZE / 4096];
    size_t count = 0;

    assert_true(stack->size / page <= sizeof(pages));
    assert_int_equal(mincore(stack->low, stack->size, pages), 0);
    for (size_t i = 0; i < stack->size / page; i++)
        count += pages[i] & 1;
    return count;
}

static tp_stack take(tp_stack_pool *pool)
{
    tp_stack stack = { 0 };

    assert_ok(tp_stack_take(pool, &stack));
    return stack;
}

static void a_new_stack_costs_no_memory_before_it_is_touched(void **state)
{
    tp_stack_pool *pool = tp_stack_pool_new(STACK_SIZE, 0);
    tp_stack stack = take(pool);

    (void)state;
    assert_int_equal(stack.size, STACK_SIZE);
    assert_int_equal((uintptr_t)stack.low % 4096, 0);
    assert_int_equal(count_resident_pages(&stack), 0);
    stack.low[stack.size - 1] = 1;
    assert_int_equal(count_resident_pages(&stack), 1);
    tp_stack_give_back(pool, &stack);
    assert_null(stack.low);
    tp_stack_pool_free(pool);
}

/* The kernel looks for us: it answers EFAULT where we would be killed. */
static bool is_readable(const char *address)
{
    int ends[2];
    ssize_t written;

    assert_int_equal(pipe(ends), 0);
    written = write(ends[1], address, 1);
    close(ends[0]);
    close(ends[1]);
    return written == 1;
}

static void below_a_stack_lie_64_kib_that_nobody_may_touch(void **state)
{
    tp_stack_pool *pool = tp_stack_pool_new(STACK_SIZE, 1);
    tp_stack stack = take(pool);

    (void)state;
    assert_true(is_readable(stack.low));
    assert_true(is_readable(stack.low + stack.size - 1));
    for (size_t distance = 1; distance <= 65536; distance += distance < 4096 ? 4095 : 4096)
        assert_false(is_readable(stack.low - distance));
    tp_stack_give_back(pool, &stack);
    tp_stack_pool_free(pool);
}

static void sizes_are_whole_pages_and_never_tiny(void **state)
{
    const size_t asked[] = { 0, 1, 16 * 1024, 65537 }, got[] = { 16384, 16384, 16384, 69632 };

    (void)state;
    if (sysconf(_SC_PAGESIZE) != 4096)
        skip();
    for (int i = 0; i < 4; i++) {
        tp_stack_pool *pool = tp_stack_pool_new(asked[i], 1);
        tp_stack stack = take(pool);

        assert_int_equal(stack.size, got[i]);
        tp_stack_give_back(pool, &stack);
        tp_stack_pool_free(pool);
    }
    tp_stack_pool_free(NULL);
}

static void a_stack_that_waits_for_reuse_keeps_its_two_topmost_pages(void **state)
{
    const size_t kept = 2 * (size_t)sysconf(_SC_PAGESIZE);
    tp_stack_pool *pool = tp_stack_pool_new(STACK_SIZE, 1);
    tp_stack stack = take(pool), again;
    const char *low = stack.low;

    (void)state;
    memset(stack.low, 'x', stack.size);
    assert_int_equal(count_resident_pages(&stack), STACK_SIZE / (kept / 2));
    tp_stack_give_back(pool, &stack);
    again = take(pool);
    assert_ptr_equal(again.low, low);
    assert_int_equal(count_resident_pages(&again), 2);
    assert_int_equal(again.low[again.size - kept - 1], 0);
    assert_int_equal(again.low[again.size - kept], 'x');
    tp_stack_give_back(pool, &again);
    tp_stack_pool_free(pool);
}

static void no_more_are_kept_than_asked_for(void **state)
{
    tp_stack_pool *pool = tp_stack_pool_new(STACK_SIZE, 2);
    unsigned char pages[STACK_SIZE / 4096];
    tp_stack stacks[3];
    char *low[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        stacks[i] = take(pool);
        low[i] = stacks[i].low;
    }
    for (int i = 0; i < 3; i++)
        tp_stack_give_back(pool, &stacks[i]);
    assert_int_equal(mincore(low[0], STACK_SIZE, pages), 0);
    assert_int_equal(mincore(low[1], STACK_SIZE, pages), 0);
    assert_int_equal(mincore(low[2], STACK_SIZE, pages), -1);
    assert_int_equal(errno, ENOMEM);
    tp_stack_pool_free(pool);
    assert_int_equal(mincore(low[0], STACK_SIZE, pages), -1);
    assert_int_equal(mincore(low[1], STACK_SIZE, pages), -1);
}

static void a_stack_of_megabytes_takes_small_pages(void **state)
{
    tp_stack_pool *pool = tp_stack_pool_new((size_t)8 * 1024 * 1024, 0);
    tp_stack stack = take(pool), top;

    (void)state;
    stack.low[stack.size - 1] = 1;
    top = (tp_stack){ .low = stack.low + stack.size - STACK_SIZE, .size = STACK_SIZE };
    assert_int_equal(count_resident_pages(&top), 1);
    tp_stack_give_back(pool, &stack);
    tp_stack_pool_free(pool);
}

static void without_memory_the_error_says_what_would_help(void **state)
{
    tp_stack_pool *pool =
        tp_stack_pool_new((size_t)1 << 52, 0); /* no processor has the addresses */
    tp_stack stack = { 0 };

    (void)state;
    assert_fails(tp_stack_take(pool, &stack), NO_MEMORY, "ulimit -v");
    assert_fails(tp_stack_take(pool, &stack), NO_MEMORY, "vm.max_map_count");
    assert_null(stack.low);
    tp_stack_pool_free(pool); /* nothing counts as in use */
}

/* By the system call, since the sanitizers would map more for each of them. Neighbours differ, or
 * the kernel would make one map of them. */
static void use_up_maps(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    bool readable = false;

    while (syscall(SYS_mmap, NULL, page, readable ? PROT_READ : PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != -1)
        readable = !readable;
}

static int take_without_maps(void)
{
    tp_stack_pool *pool = tp_stack_pool_new(STACK_SIZE, 4);
    tp_stack kept = take(pool), stack;
    temporal_error *error;

    tp_stack_give_back(pool, &kept);
    use_up_maps();
    error = tp_stack_take(pool, &kept); /* one that waits needs no map */
    if (error)
        return 1;
    error = tp_stack_take(pool, &stack);
    return temporal_error_get_code(error) == TEMPORAL_ERROR_NO_MEMORY ? 0 : 2;
}

static void without_maps_it_is_an_error_and_not_a_crash(void **state)
{
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    char text[32] = "";
    int status;
    pid_t pid;

    (void)state;
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    if (strtoul(text, NULL, 10) > 300000)
        skip(); /* it would take long, and gigabytes of the kernel's memory */
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(take_without_maps());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static __attribute__((noinline)) int dig(int pages)
{
    volatile char page[4096];

    page[0] = page[4095] = (char)pages;
    return pages > 0 ? dig(pages - 1) + page[0] - page[4095] : 0;
}

/* Goes that deep, comes back up, and waits. */
static void body(void *data)
{
    *(int *)data = dig(*(const int *)data);
    tp_fiber_yield();
}

static size_t resident_after(int pages)
{
    tp_stack_pool *pool = tp_stack_pool_new((size_t)2048 * 1024, 1);
    tp_fiber *fiber = NULL;
    size_t resident;

    assert_ok(tp_fiber_new(&fiber, pool, body, &pages));
    assert_true(tp_fiber_resume(fiber));
    resident = tp_fiber_resident(fiber);
    assert_false(tp_fiber_resume(fiber));
    assert_int_equal(tp_fiber_resident(fiber), 0);
    tp_fiber_free(fiber);
    tp_stack_pool_free(pool);
    return resident;
}

static void what_a_stack_takes_is_what_was_touched(void **state)
{
    (void)state;
    assert_in_range(resident_after(0), 4096, 64 * 1024);
    assert_in_range(resident_after(128), 128 * 4096, 2048 * 1024 - 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_stack_costs_no_memory_before_it_is_touched),
        cmocka_unit_test(below_a_stack_lie_64_kib_that_nobody_may_touch),
        cmocka_unit_test(sizes_are_whole_pages_and_never_tiny),
        cmocka_unit_test(a_stack_that_waits_for_reuse_keeps_its_two_topmost_pages),
        cmocka_unit_test(no_more_are_kept_than_asked_for),
        cmocka_unit_test(a_stack_of_megabytes_takes_small_pages),
        cmocka_unit_test(without_memory_the_error_says_what_would_help),
        cmocka_unit_test(what_a_stack_takes_is_what_was_touched),
        cmocka_unit_test(without_maps_it_is_an_error_and_not_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
