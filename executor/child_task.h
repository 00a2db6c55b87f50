/* SPDX-License-Identifier: MIT */
/* executor/child_task.h -- how a task lies in the input of a slot.
 *
 * A msgpack array, so that an activity process could be written in another language, and behind it
 * the payloads as they came:
 *
 *     [ version (1), index of the activity in the registry, its name or nil,
 *       activity id, activity type, task queue, workflow id, run id, workflow type, namespace,
 *       attempt, scheduled at, started at, attempt scheduled at      (Unix nanoseconds)
 *       heartbeat timeout, schedule to close, start to close         (seconds)
 *       is local, task token,
 *       size of input, size of heartbeat details, size of header ]
 *     input | heartbeat details | header
 *
 * Texts may be nil. The reader checks the number, kind and range of everything. */
#ifndef TP_EXECUTOR_CHILD_TASK_H
#define TP_EXECUTOR_CHILD_TASK_H

#include "base/arena.h"
#include "executor/executor.h"

/** A failure that is not retried when the task is larger than a slot with that payload limit takes.
 */
temporal_error *tp_child_task_check(const tp_task *task, size_t payload_max);
/** A checked task; returns the size. */
size_t tp_child_task_write(uint8_t *out, size_t capacity, const tp_task *task);
/** Texts go to the arena, payloads stay where they are. SYSTEM when it is not a task, or of an
 * activity that definitions[index] is not. */
temporal_error *tp_child_task_read(tp_task *task, tp_arena *arena, tp_bytes in,
                                   const temporal_activity_def *const *definitions);

#endif
