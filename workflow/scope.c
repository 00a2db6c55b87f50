/* SPDX-License-Identifier: MIT */
/* workflow/scope.c -- cancellation on its way down the tree. */
#include "workflow/scope.h"

#include "workflow/future.h"
#include "workflow/run.h"

void tp_scope_init(temporal_scope *scope, temporal_workflow *run, temporal_scope *parent)
{
    *scope = (temporal_scope){ .run = run, .parent = parent };
    tp_list_init(&scope->link);
    tp_list_init(&scope->children);
    tp_list_init(&scope->futures);
    if (parent)
        tp_list_append(&parent->children, &scope->link);
}

void tp_scope_retire(temporal_scope *scope)
{
    /* What was begun in it must still hear of the parent's cancellation. */
    if (tp_list_is_empty(&scope->children) && tp_list_is_empty(&scope->futures))
        tp_list_remove(&scope->link);
}

bool tp_scope_cancelled(const temporal_scope *scope)
{
    for (; scope; scope = scope->parent)
        if (scope->cancelled)
            return true;
    return false;
}

/* The next scope of the tree below root, parents first. */
static temporal_scope *below(temporal_scope *scope, const temporal_scope *root)
{
    if (!tp_list_is_empty(&scope->children))
        return tp_list_entry(scope->children.next, temporal_scope, link);
    for (; scope != root; scope = scope->parent)
        if (scope->link.next != &scope->parent->children)
            return tp_list_entry(scope->link.next, temporal_scope, link);
    return NULL;
}

void tp_scope_cancel(temporal_scope *root)
{
    if (tp_scope_cancelled(root))
        return;
    root->cancelled = true;
    root->run->scheduler.stirred = true;
    for (temporal_scope *scope = root; scope; scope = below(scope, root)) {
        tp_list *link;

        while ((link = tp_list_pop(&scope->futures)))
            tp_future_cancel(tp_list_entry(link, temporal_future, in_scope));
    }
}
