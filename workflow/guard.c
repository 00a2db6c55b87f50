/* SPDX-License-Identifier: MIT */
/* workflow/guard.c -- see guard.h. What the state points to is not watched: who changes that
 * through a const pointer is on their own. */
#include "workflow/guard.h"

#include <string.h>

void tp_guard_enter(temporal_workflow *run, tp_query_guard *guard, tp_arena *memory)
{
    guard->before = tp_arena_memdup(memory, run->self, run->def->self_size);
    run->query = guard;
    run->memory = memory;
}

void tp_guard_leave(temporal_workflow *run)
{
    tp_query_guard *guard = run->query;

    run->query = NULL;
    run->memory = &run->arena;
    if (run->def->self_size == 0 || memcmp(guard->before, run->self, run->def->self_size) == 0)
        return;
    memcpy(run->self, guard->before, run->def->self_size);
    if (!guard->violation)
        guard->violation = temporal_error_new(
            TEMPORAL_ERROR_INVALID_ARGUMENT,
            "%s %s: a %s only looks, it may not change the state of the workflow (what it changed "
            "is undone)",
            guard->kind, guard->name, guard->kind);
}
