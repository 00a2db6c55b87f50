/* SPDX-License-Identifier: MIT */
/* fiber/stack.h -- stacks of coroutines: mapped memory over a guard area, reused through a free
 * list.
 *
 * A stack costs address space and two of the process's maps, and memory only for the pages that
 * were touched. One that waits for reuse keeps its two topmost pages, which the next fiber touches
 * at once, and gives the others back, so that one deep call does not hold memory for ever. */
#ifndef TP_FIBER_STACK_H
#define TP_FIBER_STACK_H

#include "fiber/fiber.h"

typedef struct tp_stack {
    char *low;   /* of what may be used; the guard area lies below */
    size_t size; /* the first byte above it is low + size; both are page-aligned */
    unsigned valgrind_id;
} tp_stack;

/** NO_MEMORY when the system refuses. */
temporal_error *tp_stack_take(tp_stack_pool *pool, tp_stack *stack);
/** Puts it away for reuse, or unmaps it when enough are kept. */
void tp_stack_give_back(tp_stack_pool *pool, tp_stack *stack);
/** Bytes of the pages that were touched and not given back. */
size_t tp_stack_resident(const tp_stack_pool *pool, const tp_stack *stack);

#endif
