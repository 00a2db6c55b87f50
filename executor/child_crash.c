/* SPDX-License-Identifier: MIT */
/* executor/child_crash.c -- where an activity process was when it crashed.
 *
 * The handler stands on a stack of its own, since it may be the stack that has run out. It reads
 * frame pointers, which code that was built without them has overwritten: so it goes up the stack
 * only, for a while, over pages that are there, and writes each frame down before the next. Should
 * it crash all the same, the process ends with what was found so far. */
#include "executor/child_crash.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_SIZE  ((size_t)64 << 10)
#define STACK_REACH ((uintptr_t)8 << 20) /* as far up as frames are looked for */
#define SEARCH      ((uintptr_t)4096)
#define PAGE        ((uintptr_t)4096)

static tp_slot_process *watched;

static void read_registers(const ucontext_t *context, uintptr_t *code, uintptr_t *frame)
{
#if defined(__x86_64__)
    *code = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    *frame = (uintptr_t)context->uc_mcontext.gregs[REG_RBP];
#elif defined(__aarch64__)
    *code = (uintptr_t)context->uc_mcontext.pc;
    *frame = (uintptr_t)context->uc_mcontext.regs[29];
#else
#error "how does one find the frame pointer here?"
#endif
}

static uintptr_t stack_pointer(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#else
    return (uintptr_t)context->uc_mcontext.sp;
#endif
}

static bool is_there(uintptr_t address)
{
    unsigned char page;

    return mincore((void *)(address & ~(PAGE - 1)), PAGE, &page) == 0;
}

/* Two words on the stack: where the caller's own two are, and where it goes on. */
static bool is_link(uintptr_t frame, uintptr_t lowest, uintptr_t highest)
{
    return frame >= lowest && frame < highest && frame % sizeof frame == 0 && is_there(frame) &&
           is_there(frame + 2 * sizeof frame - 1) && ((const uintptr_t *)frame)[1] >= PAGE;
}

/* The C library keeps no frame pointers: from within abort, for instance, the first ones are found
 * by looking for three links in a row. 0: there are none. */
static uintptr_t find_links(uintptr_t from, uintptr_t highest)
{
    for (uintptr_t at = from; at < from + SEARCH && is_there(at); at += sizeof at) {
        uintptr_t link = at, links = 0;

        while (links < 3 && is_link(link, at, highest) && *(const uintptr_t *)link > link) {
            link = *(const uintptr_t *)link;
            links++;
        }
        if (links == 3)
            return at;
    }
    return 0;
}

static void write_down(const ucontext_t *context)
{
    uintptr_t code, frame, lowest = stack_pointer(context) & ~(sizeof lowest - 1);
    const uintptr_t highest = lowest + STACK_REACH;

    read_registers(context, &code, &frame);
    /* What follows are return addresses: they stand behind the call. */
    if (!tp_slot_process_crashed(watched, code + 1))
        return;
    if (!is_link(frame, lowest, highest))
        frame = find_links(lowest, highest);
    while (is_link(frame, lowest, highest)) {
        const uintptr_t *link = (const uintptr_t *)frame;

        if (!tp_slot_process_crashed(watched, link[1]))
            return;
        lowest = frame + 1;
        frame = link[0];
    }
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    (void)info;
    write_down(context);
    (void)signal(number, SIG_DFL);
    (void)raise(number); /* comes when this returns */
}

void tp_child_crash_watch(tp_slot_process *slot)
{
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
    static _Alignas(16) uint8_t stack[STACK_SIZE];
    const stack_t own = { .ss_sp = stack, .ss_size = sizeof stack };
    struct sigaction action = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK };

    watched = slot;
    if (sigaltstack(&own, NULL) != 0)
        return;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        (void)sigaction(crashes[i], &action, NULL);
}
