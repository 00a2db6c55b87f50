/* SPDX-License-Identifier: MIT */
/* workflow/scope.h -- the tree of what is cancelled together.
 *
 * A request enters a scope and all below it but the shielded ones, and stays: it is a state, not an
 * event. It ends the futures begun there, each in its own way; coroutines that wait for something
 * else look at their scope whenever the scheduler asks whether they may go on. */
#ifndef TP_WORKFLOW_SCOPE_H
#define TP_WORKFLOW_SCOPE_H

#include <temporal/workflow.h>

#include "base/list.h"

struct temporal_scope {
    temporal_workflow *run;
    temporal_scope *parent; /* whose cancellation enters; NULL: the root, or shielded */
    temporal_scope *outer;  /* current before this one was entered */
    tp_list link;           /* in the parent's children */
    tp_list children;
    tp_list futures; /* begun here, and neither done nor asked to cancel */
    bool cancelled;
};

void tp_scope_init(temporal_scope *scope, temporal_workflow *run, temporal_scope *parent);
/** Nobody will begin anything in it any more. */
void tp_scope_retire(temporal_scope *scope);
/** The scope itself or one that it stands in was asked to cancel. */
bool tp_scope_cancelled(const temporal_scope *scope);
void tp_scope_cancel(temporal_scope *scope);

#endif
