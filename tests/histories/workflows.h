/* SPDX-License-Identifier: MIT */
/* workflows.h -- the workflows whose histories are kept in this folder, one for each feature of the
 * engine. What is recorded with test_record.c is replayed with the same code by test_replay.c and
 * the fuzz target: who changes a workflow here records its history again (see test_record.c). */
#ifndef TESTS_HISTORIES_WORKFLOWS_H
#define TESTS_HISTORIES_WORKFLOWS_H

#include <temporal/temporal.h>

TEMPORAL_ACTIVITY(shout, temporal_string, temporal_string)  /* in capitals; "" fails for good */
TEMPORAL_ACTIVITY(linger, temporal_string, temporal_string) /* beats until it is cancelled */
TEMPORAL_ACTIVITY(strive, temporal_string, temporal_string) /* "third": succeeds then; else fails */
extern const temporal_activity_def *const history_activities[];

TEMPORAL_WORKFLOW(with_activities, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_timers, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_signals, temporal_string, temporal_string)
TEMPORAL_SIGNAL(with_signals, add, temporal_string)
TEMPORAL_QUERY(with_signals, count, temporal_none, temporal_int)
TEMPORAL_WORKFLOW(with_updates, temporal_string, temporal_string)
TEMPORAL_UPDATE(with_updates, change, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_scopes, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_cancellation, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_failure, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_coroutines, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_children, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(child_of_many, temporal_string, temporal_string)
TEMPORAL_SIGNAL(child_of_many, leave, temporal_string)
TEMPORAL_WORKFLOW(with_cancelled_child, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_new_run, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_local_activities, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_patches, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_upserts, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_others, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_reset, temporal_string, temporal_string)
TEMPORAL_SIGNAL(with_reset, unlock, temporal_none)
TEMPORAL_UPDATE(with_reset, enter, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_retries, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_final_failures, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_activity_timeouts, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_refused_children, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_failed_children, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_ended_children, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(child_at_times, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(with_lasting_children, temporal_string, temporal_string)
TEMPORAL_SIGNAL(with_lasting_children, seen, temporal_string)
TEMPORAL_WORKFLOW(with_left_children, temporal_string, temporal_string)
extern const temporal_workflow_def *const history_workflows[];

#endif
