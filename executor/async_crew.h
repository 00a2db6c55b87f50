/* SPDX-License-Identifier: MIT */
/* executor/async_crew.h -- the thread on which async activities run: a libuv loop of its own, and a
 * coroutine for each attempt. User code that blocks delays its neighbours here, and nobody else. */
#ifndef TP_EXECUTOR_ASYNC_CREW_H
#define TP_EXECUTOR_ASYNC_CREW_H

#include "executor/job.h"

typedef struct tp_async_crew tp_async_crew;

/* Calls of the executor's owner, from its loop; they post and return. */
temporal_error *tp_async_crew_new(tp_async_crew **crew,
                                  const temporal_activity_def *const *definitions, size_t limit,
                                  size_t stack_size);
/** Takes the runner's reference. */
void tp_async_crew_submit(tp_async_crew *crew, tp_job *job);
/** The job's cancel or shutdown has changed. */
void tp_async_crew_wake(tp_async_crew *crew, tp_job *job);
/** After the last job: unmakes the states, then posts ended(data) to loop; then free it. */
void tp_async_crew_end(tp_async_crew *crew, tp_loop *loop, tp_loop_fn ended, void *data);
void tp_async_crew_free(tp_async_crew *crew); /* NULL is accepted */
/** Every job is left: frees itself when the last of them has ended, if ever. */
void tp_async_crew_leave(tp_async_crew *crew);

#endif
