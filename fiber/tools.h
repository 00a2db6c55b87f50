/* SPDX-License-Identifier: MIT */
/* fiber/tools.h -- what AddressSanitizer, ThreadSanitizer and Valgrind must be told about
 * coroutines.
 *
 * Each of them believes that a thread has one stack. The calls stand in fiber.c and stack.c where
 * something changes hands; in an ordinary build all of this is nothing (Valgrind: a few no-ops for
 * each new stack). */
#ifndef TP_FIBER_TOOLS_H
#define TP_FIBER_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sanitizer.h"
#include "fiber/stack.h"

#ifdef TP_SANITIZE_ADDRESS
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#ifdef TP_SANITIZE_THREAD
#include <sanitizer/tsan_interface.h>
#endif
#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define TP_VALGRIND 1
#endif
#endif

/* ThreadSanitizer keeps a call stack for each fiber: between its switch and the real one no
 * function may begin or end, not even these. */
#define TP_TOOLS_INLINE static inline __attribute__((always_inline))

/* Of one fiber. */
typedef struct tp_tools {
    char unused; /* C knows no empty struct */
#ifdef TP_SANITIZE_ADDRESS
    void *own_fake, *caller_fake; /* where ASan keeps locals when it looks for use after return */
    const void *caller_low;
    size_t caller_size;
#endif
#ifdef TP_SANITIZE_THREAD
    void *own, *caller;
#endif
} tp_tools;

static inline void tp_tools_stack_made(tp_stack *stack)
{
#ifdef TP_VALGRIND
    stack->valgrind_id = VALGRIND_STACK_REGISTER(stack->low, stack->low + stack->size - 1);
#else
    (void)stack;
#endif
}

static inline void tp_tools_stack_gone(tp_stack *stack)
{
#ifdef TP_VALGRIND
    VALGRIND_STACK_DEREGISTER(stack->valgrind_id);
#else
    (void)stack;
#endif
}

static inline void tp_tools_stack_taken(tp_stack *stack)
{
#ifdef TP_SANITIZE_ADDRESS /* what only a suspended fiber points to is no leak */
    __lsan_register_root_region(stack->low, stack->size);
#else
    (void)stack;
#endif
}

static inline void tp_tools_stack_given_back(tp_stack *stack)
{
#ifdef TP_SANITIZE_ADDRESS /* frames that never returned have left their poison behind */
    __lsan_unregister_root_region(stack->low, stack->size);
    TP_UNPOISON(stack->low, stack->size);
#else
    (void)stack;
#endif
}

static inline void tp_tools_new(tp_tools *tools)
{
#ifdef TP_SANITIZE_THREAD
    tools->own = __tsan_create_fiber(0);
#else
    (void)tools;
#endif
}

/* The caller's side, before the switch into the fiber. */
TP_TOOLS_INLINE void tp_tools_enter(tp_tools *tools, const tp_stack *stack)
{
#ifdef TP_SANITIZE_ADDRESS
    __sanitizer_start_switch_fiber(&tools->caller_fake, stack->low, stack->size);
#endif
#ifdef TP_SANITIZE_THREAD
    tools->caller = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tools->own, 0);
#endif
    (void)tools;
    (void)stack;
}

/* The fiber's side, after the switch into it. */
TP_TOOLS_INLINE void tp_tools_entered(tp_tools *tools)
{
#ifdef TP_SANITIZE_ADDRESS
    __sanitizer_finish_switch_fiber(tools->own_fake, &tools->caller_low, &tools->caller_size);
#else
    (void)tools;
#endif
}

/* The fiber's side, before the switch out of it; for_good: it never comes back. */
TP_TOOLS_INLINE void tp_tools_leave(tp_tools *tools, bool for_good)
{
#ifdef TP_SANITIZE_ADDRESS
    __sanitizer_start_switch_fiber(for_good ? NULL : &tools->own_fake, tools->caller_low,
                                   tools->caller_size);
    if (for_good)
        tools->own_fake = NULL;
#endif
#ifdef TP_SANITIZE_THREAD
    __tsan_switch_to_fiber(tools->caller, 0);
#endif
    (void)tools;
    (void)for_good;
}

/* The caller's side, after the switch out of the fiber. */
TP_TOOLS_INLINE void tp_tools_left(tp_tools *tools)
{
#ifdef TP_SANITIZE_ADDRESS
    __sanitizer_finish_switch_fiber(tools->caller_fake, NULL, NULL);
#else
    (void)tools;
#endif
}

/* The fiber is freed, perhaps while it is suspended. */
#ifdef TP_SANITIZE_ADDRESS
__attribute__((no_sanitize("address")))
#endif
static inline void
tp_tools_free(tp_tools *tools, const tp_stack *stack)
{
#ifdef TP_SANITIZE_ADDRESS
    /* Only a fiber that leaves for good frees its fake stack, so this acts as if it came and left;
     * itself not instrumented, it keeps nothing there. */
    if (tools->own_fake) {
        void *mine;
        const void *low;
        size_t size;

        __sanitizer_start_switch_fiber(&mine, stack->low, stack->size);
        __sanitizer_finish_switch_fiber(tools->own_fake, &low, &size);
        __sanitizer_start_switch_fiber(NULL, low, size);
        __sanitizer_finish_switch_fiber(mine, NULL, NULL);
    }
#endif
#ifdef TP_SANITIZE_THREAD
    __tsan_destroy_fiber(tools->own);
#endif
    (void)tools;
    (void)stack;
}

#endif
