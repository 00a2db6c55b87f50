/* SPDX-License-Identifier: MIT */
/* workflow/handling.h -- handlers of signals and updates from the moment that they came to their
 * end, so that a run can wait for them, or be told that it left some behind. */
#ifndef TP_WORKFLOW_HANDLING_H
#define TP_WORKFLOW_HANDLING_H

#include "workflow/run.h"

/* A member of what is handled. */
struct tp_handling {
    tp_list link;                 /* in run->updates.handlings */
    const char *name, *update_id; /* update_id NULL: a signal */
    temporal_unfinished_policy policy;
};

/** Returns handling, for the coroutine. The texts live as long as it does. */
tp_handling *tp_handling_begin(temporal_workflow *run, tp_handling *handling, const char *name,
                               const char *update_id);
void tp_handling_end(tp_handling *handling);
/** The run ends now: names those that it leaves behind. */
void tp_handlings_warn(temporal_workflow *run);

#endif
