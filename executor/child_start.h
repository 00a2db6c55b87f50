/* SPDX-License-Identifier: MIT */
/* executor/child_start.h -- from a fresh fork to a process that can run activities. */
#ifndef TP_EXECUTOR_CHILD_START_H
#define TP_EXECUTOR_CHILD_START_H

#include "executor/child.h"
#include "shm/slot_process.h"

/** Everything that has to be done once; ends the process when it cannot be. */
void tp_child_start_up(const tp_child_start *start, tp_slot_process *slot);

#endif
