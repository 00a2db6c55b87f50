/* SPDX-License-Identifier: MIT */
/* fiber/stack.c -- stacks of coroutines. */
#include "fiber/stack.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "fiber/tools.h"

#define SIZE_SMALLEST  ((size_t)16 * 1024)
#define SIZE_HUGE_PAGE ((size_t)2 * 1024 * 1024)
#define PAGES_KEPT     2 /* of a stack that waits for reuse */

/* Not a single page: a function whose locals are larger than that would step over it unless it was
 * compiled with -fstack-clash-protection. It costs addresses only. */
#define GUARD_SIZE ((size_t)64 * 1024)

struct tp_stack_pool {
    size_t page, size, guard;
    size_t in_use;
    size_t kept, keep;
    tp_stack stacks[]; /* kept of keep */
};

tp_stack_pool *tp_stack_pool_new(size_t stack_size, size_t keep)
{
    tp_stack_pool *pool = tp_alloc(sizeof(*pool) + keep * sizeof(pool->stacks[0]));

    pool->page = (size_t)sysconf(_SC_PAGESIZE);
    pool->guard = (GUARD_SIZE + pool->page - 1) / pool->page * pool->page;
    pool->keep = keep;
    if (stack_size < SIZE_SMALLEST)
        stack_size = SIZE_SMALLEST;
    assert(stack_size < SIZE_MAX / 2);
    pool->size = (stack_size + pool->page - 1) / pool->page * pool->page;
    return pool;
}

static void unmap(const tp_stack_pool *pool, tp_stack *stack)
{
    tp_tools_stack_gone(stack);
    munmap(stack->low - pool->guard, stack->size + pool->guard);
}

void tp_stack_pool_free(tp_stack_pool *pool)
{
    if (!pool)
        return;
    assert(pool->in_use == 0);
    while (pool->kept)
        unmap(pool, &pool->stacks[--pool->kept]);
    tp_free(pool);
}

static temporal_error *refused(const tp_stack_pool *pool, int number)
{
    return temporal_error_new(
        TEMPORAL_ERROR_NO_MEMORY,
        "coroutine: no stack of %zu bytes, the %zuth at this time: %s; fewer at once, or a higher "
        "limit of memory (ulimit -v) or of maps (sysctl vm.max_map_count), would help",
        pool->size, pool->in_use + 1, strerror(number));
}

temporal_error *tp_stack_take(tp_stack_pool *pool, tp_stack *stack)
{
    const size_t total = pool->size + pool->guard;
    char *map;

    if (pool->kept) {
        *stack = pool->stacks[--pool->kept];
    } else {
        map = mmap(NULL, total, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
        if (map == MAP_FAILED)
            return refused(pool, errno);
        if (mprotect(map, pool->guard, PROT_NONE) != 0) {
            int number = errno;

            munmap(map, total);
            return refused(pool, number);
        }
        if (pool->size >= SIZE_HUGE_PAGE) /* or the first byte written could take 2 MiB */
            madvise(map, total, MADV_NOHUGEPAGE);
        *stack = (tp_stack){ .low = map + pool->guard, .size = pool->size };
        tp_tools_stack_made(stack);
    }
    pool->in_use++;
    tp_tools_stack_taken(stack);
    return NULL;
}

void tp_stack_give_back(tp_stack_pool *pool, tp_stack *stack)
{
    pool->in_use--;
    tp_tools_stack_given_back(stack);
    if (pool->kept < pool->keep) {
        madvise(stack->low, stack->size - PAGES_KEPT * pool->page, MADV_DONTNEED);
        pool->stacks[pool->kept++] = *stack;
    } else {
        unmap(pool, stack);
    }
    *stack = (tp_stack){ 0 };
}

size_t tp_stack_resident(const tp_stack_pool *pool, const tp_stack *stack)
{
    unsigned char there[64]; /* one for each page, so many at a time */
    const size_t step = sizeof(there) * pool->page;
    size_t pages = 0;

    for (size_t at = 0; at < stack->size; at += step) {
        size_t size = stack->size - at < step ? stack->size - at : step;

        if (mincore(stack->low + at, size, there) != 0)
            return stack->size; /* the system does not tell: the most that it may be */
        for (size_t i = 0; i < size / pool->page; i++)
            pages += there[i] & 1;
    }
    return pages * pool->page;
}
