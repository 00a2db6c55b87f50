/* SPDX-License-Identifier: MIT */
/* executor/child_crash.h -- where an activity process was when it crashed. */
#ifndef TP_EXECUTOR_CHILD_CRASH_H
#define TP_EXECUTOR_CHILD_CRASH_H

#include "shm/slot_process.h"

/** From now on a crash (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT) leaves the calls that led to it
 * in the slot, before it ends the process as it would anyway. Handlers that the program sets later
 * take its place. */
void tp_child_crash_watch(tp_slot_process *slot);

#endif
