/* SPDX-License-Identifier: MIT */
/* fiber/fiber.h -- coroutines: a stack of their own, resumed and suspended by hand.
 *
 * A fiber belongs to the thread that resumes it. A suspended one may be freed: its frames are
 * dropped, not unwound, so nothing on its stack may own memory. What belongs to a thread (errno,
 * the error owner, the waiter's hooks) is not switched with it: whoever resumes sets it and puts it
 * back. */
#ifndef TP_FIBER_FIBER_H
#define TP_FIBER_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#include <temporal/error.h>

typedef struct tp_fiber tp_fiber;
typedef void (*tp_fiber_fn)(void *data);

/* Stacks over a guard area, reused through a free list: one pool for each thread that makes fibers.
 */
typedef struct tp_stack_pool tp_stack_pool;
tp_stack_pool *tp_stack_pool_new(size_t stack_size, size_t keep); /* keeps that many for reuse */
void tp_stack_pool_free(tp_stack_pool *pool); /* its fibers must be freed before */

/** Does not run it yet. NO_MEMORY when the system has no more maps (vm.max_map_count). */
temporal_error *tp_fiber_new(tp_fiber **fiber, tp_stack_pool *pool, tp_fiber_fn body, void *data);
/** Runs it until it yields (true) or returns (false). Not from within itself. */
bool tp_fiber_resume(tp_fiber *fiber);
/** Suspends the running fiber. */
void tp_fiber_yield(void);
tp_fiber *tp_fiber_current(void); /* NULL on a thread's own stack */
void tp_fiber_free(tp_fiber *fiber);
/** Bytes of memory that its stack takes: of the pages that were touched. */
size_t tp_fiber_resident(const tp_fiber *fiber);
/** Return addresses of a suspended fiber, or of the running one, innermost first; how many were
 * found: none when it has not begun, is done, waits for a fiber that it resumed, or has hardly any
 * stack left. For reports. */
size_t tp_fiber_backtrace(tp_fiber *fiber, void **addresses, size_t capacity);

#endif
