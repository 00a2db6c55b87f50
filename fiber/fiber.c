/* SPDX-License-Identifier: MIT */
/* fiber/fiber.c -- coroutines: made, resumed, suspended, freed, looked into. */
#include "fiber/fiber.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <unwind.h>

#include "base/alloc.h"
#include "base/error.h"
#include "fiber/stack.h"
#include "fiber/switch.h"
#include "fiber/tools.h"

/* Free stack that the unwinder must find before it is let loose on a fiber; it takes a quarter. */
#define BACKTRACE_ROOM ((size_t)16 * 1024)

enum fiber_state {
    FIBER_NEW,
    FIBER_RUNNING, /* or waiting for one that it resumed */
    FIBER_SUSPENDED,
    FIBER_DONE /* its stack is back in the pool */
};

struct backtrace {
    void **addresses;
    size_t capacity, count;
    bool skipped; /* the frame that asks */
};

struct tp_fiber {
    void *stack_pointer, *caller_stack_pointer; /* of whichever side does not run */
    enum fiber_state state;
    tp_fiber *caller;            /* the fiber that resumed this one, or NULL */
    struct backtrace *backtrace; /* asked for: tp_fiber_yield collects it and suspends again */
    tp_fiber_fn body;
    void *data;
    tp_stack_pool *pool;
    tp_stack stack;
    tp_tools tools;
};

static _Thread_local tp_fiber *current;

/* Where a fiber begins, on its own stack. */
static void run_body(tp_fiber *fiber)
{
    tp_tools_entered(&fiber->tools);
    fiber->body(fiber->data);
    fiber->state = FIBER_DONE;
    tp_tools_leave(&fiber->tools, true);
    tp_fiber_switch(&fiber->stack_pointer, fiber->caller_stack_pointer);
    __builtin_unreachable();
}

/* The float control words are not those of the thread but the defaults: round to nearest, all
 * masked. */
static void prepare_stack(tp_fiber *fiber)
{
    uint64_t *words = (uint64_t *)(void *)(fiber->stack.low + fiber->stack.size) - TP_SWITCH_WORDS;

    memset(words, 0, TP_SWITCH_WORDS * sizeof(*words));
    words[TP_SWITCH_FUNCTION] = (uintptr_t)run_body;
    words[TP_SWITCH_ARGUMENT] = (uintptr_t)fiber;
    words[TP_SWITCH_RETURN] = (uintptr_t)tp_fiber_entry;
#if defined(__x86_64__)
    words[TP_SWITCH_FLOATS] = UINT64_C(0x37f) << 32 | 0x1f80;
#endif
    fiber->stack_pointer = words;
}

temporal_error *tp_fiber_new(tp_fiber **out, tp_stack_pool *pool, tp_fiber_fn body, void *data)
{
    tp_stack stack;
    tp_fiber *fiber;

    TEMPORAL_TRY(tp_stack_take(pool, &stack));
    fiber = tp_alloc(sizeof(*fiber));
    fiber->state = FIBER_NEW;
    fiber->body = body;
    fiber->data = data;
    fiber->pool = pool;
    fiber->stack = stack;
    prepare_stack(fiber);
    tp_tools_new(&fiber->tools);
    *out = fiber;
    return NULL;
}

/* Runs it until it comes back. */
static void enter(tp_fiber *fiber)
{
    fiber->caller = current;
    fiber->state = FIBER_RUNNING;
    current = fiber;
    tp_tools_enter(&fiber->tools, &fiber->stack);
    tp_fiber_switch(&fiber->caller_stack_pointer, fiber->stack_pointer);
    tp_tools_left(&fiber->tools);
    current = fiber->caller;
}

bool tp_fiber_resume(tp_fiber *fiber)
{
    assert(fiber->state != FIBER_RUNNING);
    if (fiber->state == FIBER_DONE)
        return false;
    enter(fiber);
    if (fiber->state != FIBER_DONE)
        return true;
    tp_stack_give_back(fiber->pool, &fiber->stack);
    return false;
}

static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *data)
{
    struct backtrace *backtrace = data;
    uintptr_t address = _Unwind_GetIP(context);

    if (!backtrace->skipped) {
        backtrace->skipped = true;
        return _URC_NO_REASON;
    }
    if (!address || backtrace->count == backtrace->capacity)
        return _URC_END_OF_STACK;
    backtrace->addresses[backtrace->count++] = (void *)address;
    return _URC_NO_REASON;
}

/* Of the stack that it is called on; not inlined, so that just one frame is the question's own. */
static __attribute__((noinline)) void collect(struct backtrace *backtrace)
{
    _Unwind_Backtrace(on_frame, backtrace);
}

void tp_fiber_yield(void)
{
    tp_fiber *fiber = current;

    assert(fiber);
    for (;;) {
        fiber->state = FIBER_SUSPENDED;
        tp_tools_leave(&fiber->tools, false);
        tp_fiber_switch(&fiber->stack_pointer, fiber->caller_stack_pointer);
        tp_tools_entered(&fiber->tools);
        if (!fiber->backtrace)
            return;
        collect(fiber->backtrace);
    }
}

tp_fiber *tp_fiber_current(void)
{
    return current;
}

void tp_fiber_free(tp_fiber *fiber)
{
    if (!fiber)
        return;
    assert(fiber->state != FIBER_RUNNING);
    tp_tools_free(&fiber->tools, &fiber->stack);
    if (fiber->state != FIBER_DONE)
        tp_stack_give_back(fiber->pool, &fiber->stack);
    tp_free(fiber);
}

size_t tp_fiber_resident(const tp_fiber *fiber)
{
    return fiber->state == FIBER_DONE ? 0 : tp_stack_resident(fiber->pool, &fiber->stack);
}

/* The fiber unwinds its own stack, by the tables that each function brings along: that sees through
 * code that was compiled without frame pointers, as a user's mostly is. */
size_t tp_fiber_backtrace(tp_fiber *fiber, void **addresses, size_t capacity)
{
    struct backtrace backtrace = { .addresses = addresses, .capacity = capacity };

    if (!fiber)
        return 0;
    if (fiber == current) {
        collect(&backtrace);
        return backtrace.count;
    }
    if (fiber->state != FIBER_SUSPENDED ||
        (size_t)((char *)fiber->stack_pointer - fiber->stack.low) < BACKTRACE_ROOM)
        return 0;
    fiber->backtrace = &backtrace;
    enter(fiber);
    fiber->backtrace = NULL;
    return backtrace.count;
}
