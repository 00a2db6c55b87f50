/* SPDX-License-Identifier: MIT */
/* workflow/activation.h -- drives a run through the history of a task.
 *
 * Each workflow task in it is one step: its events are taken in, the coroutines run until all wait,
 * and what they did becomes commands. Within a step
 *   1. the start of the run, its signals and its updates make coroutines, in the order of their
 * events (an update that came as a message stands behind the event that it names),
 *   2. outcomes (timers, activities) settle futures and wake who waits, in the order of their
 * events,
 *   3. a request to cancel enters the root scope,
 * and only then does user code run. So a signal is seen before the outcome of the same step, what
 * was done when cancellation came is done, and a run that returns in its first step leaves its
 * early signals unseen. */
#ifndef TP_WORKFLOW_ACTIVATION_H
#define TP_WORKFLOW_ACTIVATION_H

#include "workflow/history.h"
#include "workflow/run.h"

/** Replays what is answered already and, if it may, runs the open task at the end (true in *ran),
 * whose commands are then taken from memory. Scratch is used up and done for each step of replay.
 * An error fails the task, and the run is of no more use. */
temporal_error *tp_activation_run(temporal_workflow *run, tp_history *history, bool may_run,
                                  tp_arena *scratch, tp_arena *memory, bool *ran);
/** The run in the cache goes on with that history: nothing is missing between them, and the server
 * took what it answered last. A task that brought and did nothing is taken back for it: the server
 * may have forgotten it. */
bool tp_activation_fits(temporal_workflow *run, const tp_history *history, bool query);

/** An open task goes on: outcomes of local activities, one by one. */
temporal_error *tp_activation_resume(temporal_workflow *run, const tp_local_outcome *outcomes,
                                     size_t count, tp_arena *memory);

#endif
