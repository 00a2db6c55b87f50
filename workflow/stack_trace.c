/* SPDX-License-Identifier: MIT */
/* workflow/stack_trace.c -- looks into coroutines that wait. */
#include "workflow/stack_trace.h"

#include <string.h>

#include "base/buffer.h"
#include "fiber/symbols.h"
#include "workflow/machine.h"
#include "workflow/machine_child.h"

#define FRAMES 64

static bool holds(const tp_list *list, const tp_list *link)
{
    for (const tp_list *at = list->next; at != list; at = at->next)
        if (at == link)
            return true;
    return false;
}

static bool waits_for(const tp_coroutine *coroutine, const temporal_future *future)
{
    for (const tp_list *at = future->waiters.next; at != &future->waiters; at = at->next)
        if (((const tp_wait_link *)(const void *)at)->coroutine == coroutine) /* its first member */
            return true;
    return false;
}

/* Each future that it waits for: those of machines by name. */
static void tell_futures(temporal_workflow *run, const tp_coroutine *coroutine, tp_arena *arena,
                         tp_buffer *out)
{
    size_t told = 0;

    for (tp_list *at = run->machines.next; at != &run->machines; at = at->next) {
        tp_machine *machine = tp_list_entry(at, tp_machine, link);
        const temporal_future *started = tp_machine_child_started(machine);
        bool start = started && waits_for(coroutine, started);

        if (!machine->type->describe || (!start && !waits_for(coroutine, &machine->future)))
            continue;
        tp_buffer_format(out, "%s%s%s", told++ > 0 ? ", " : "", start ? "the start of " : "",
                         machine->type->describe(machine, arena));
    }
    if (told == 0)
        tp_buffer_append_text(out, "another coroutine");
}

static void tell_wait(temporal_workflow *run, const tp_coroutine *coroutine, tp_arena *arena,
                      tp_buffer *out)
{
    if (coroutine->missing > 0)
        tell_futures(run, coroutine, arena, out);
    else if (holds(&run->scheduler.waiting, &coroutine->queue))
        tp_buffer_append_text(out, "a condition");
    else if (holds(&run->scheduler.ready, &coroutine->queue))
        tp_buffer_append_text(out, "its turn");
    else
        tp_buffer_append_text(out, "nothing");
}

/* The library's own way down from the call that waits says nothing to users: a trace begins with
 * the public call, where one is found. */
static size_t first_frame(tp_symbols *symbols, void *const *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *function = tp_symbols_function(symbols, frames[i]);

        if (function && strncmp(function, "temporal_", sizeof("temporal_") - 1) == 0)
            return i;
    }
    return 0;
}

static void tell_frames(tp_symbols *symbols, tp_coroutine *coroutine, tp_buffer *out)
{
    void *frames[FRAMES];
    size_t count = tp_fiber_backtrace(coroutine->fiber, frames, FRAMES);

    for (size_t i = first_frame(symbols, frames, count); i < count; i++) {
        tp_buffer_append_text(out, "    ");
        tp_symbols_describe(symbols, frames[i], out);
        tp_buffer_append_text(out, "\n");
    }
}

char *tp_stack_trace(temporal_workflow *run, tp_arena *arena)
{
    tp_symbols *symbols = tp_symbols_open();
    tp_buffer out = { 0 };
    size_t number = 0;
    char *text;

    for (tp_list *at = run->scheduler.all.next; at != &run->scheduler.all; at = at->next) {
        tp_coroutine *coroutine = tp_list_entry(at, tp_coroutine, all);

        tp_buffer_format(&out, "%scoroutine %zu waits for ", number > 0 ? "\n" : "", number + 1);
        number++;
        tell_wait(run, coroutine, arena, &out);
        tp_buffer_append_text(&out, "\n");
        tell_frames(symbols, coroutine, &out);
    }
    text = tp_arena_strndup(arena, (const char *)out.data, out.size);
    tp_buffer_done(&out);
    tp_symbols_close(symbols);
    return text ? text : tp_arena_strdup(arena, "");
}
