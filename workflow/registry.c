/* SPDX-License-Identifier: MIT */
/* workflow/registry.c -- names are few: lists are searched from the front. */
#include "workflow/registry.h"

#include <string.h>

const tp_builtin_name tp_registry_builtin_queries[] = {
    { TP_QUERY_STACK_TRACE, "Where each coroutine stands, and what it waits for." },
    { TP_QUERY_METADATA, "What the workflow is, what it can be asked and told." },
    { NULL, NULL }
};

const temporal_workflow_def *tp_registry_workflow(const temporal_workflow_def *const *definitions,
                                                  const char *name)
{
    const temporal_workflow_def *any = NULL;

    for (; definitions && *definitions; definitions++) {
        if (!(*definitions)->name)
            any = any ? any : *definitions;
        else if (strcmp((*definitions)->name, name) == 0)
            return *definitions;
    }
    return any;
}

const temporal_handler_def *tp_registry_handler(const temporal_workflow_def *def,
                                                temporal_handler_kind kind, const char *name)
{
    const temporal_handler_def *any = NULL;

    for (const temporal_handler_def *const *at = def->handlers; at && *at; at++) {
        if ((*at)->kind != kind)
            continue;
        if (!(*at)->name)
            any = any ? any : *at;
        else if (strcmp((*at)->name, name) == 0)
            return *at;
    }
    return any;
}

static char *add(tp_arena *arena, char *names, const char *name)
{
    return names ? tp_arena_format(arena, "%s, %s", names, name) : tp_arena_strdup(arena, name);
}

char *tp_registry_workflow_names(tp_arena *arena, const temporal_workflow_def *const *definitions)
{
    char *names = NULL;

    for (; definitions && *definitions; definitions++)
        if ((*definitions)->name)
            names = add(arena, names, (*definitions)->name);
    return names ? names : tp_arena_strdup(arena, "none");
}

char *tp_registry_handler_names(tp_arena *arena, const temporal_workflow_def *def,
                                temporal_handler_kind kind)
{
    char *names = NULL;

    for (const temporal_handler_def *const *at = def->handlers; at && *at; at++)
        if ((*at)->kind == kind && (*at)->name)
            names = add(arena, names, (*at)->name);
    for (size_t i = 0; kind == TEMPORAL_HANDLER_QUERY && tp_registry_builtin_queries[i].name; i++)
        names = add(arena, names, tp_registry_builtin_queries[i].name);
    return names ? names : tp_arena_strdup(arena, "none");
}
