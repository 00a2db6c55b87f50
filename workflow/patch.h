/* SPDX-License-Identifier: MIT */
/* workflow/patch.h -- which version of its code a run began with, change by change.
 *
 * While a task is replayed, a change was made when the task left its marker; and so the markers of
 * a task are read before its code runs. A marker that is deprecated may stand there without a call.
 */
#ifndef TP_WORKFLOW_PATCH_H
#define TP_WORKFLOW_PATCH_H

#include <temporal/workflow.h>

#include "base/list.h"
#include "base/map.h"
#include "workflow/history.h"

#define TP_CHANGE_VERSION "TemporalChangeVersion"

typedef struct tp_run_patches {
    tp_map by_id;
    tp_list made;        /* those that the code asked for and got, sorted by id */
    int64_t skip_upsert; /* the event behind a marker that was skipped; 0: none */
} tp_run_patches;

void tp_patches_init(temporal_workflow *run);
void tp_patches_done(temporal_workflow *run);
/** Reads the markers that the task left whose started event stands at that index. */
temporal_error *tp_patches_look_ahead(temporal_workflow *run, const tp_history *history,
                                      size_t started);
/** Whether the code has nothing to say to that event: a deprecated marker, or what was upserted
 * with it. */
temporal_error *tp_patches_skip(temporal_workflow *run, const tp_event *event, bool *skip);

#endif
