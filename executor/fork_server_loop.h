/* SPDX-License-Identifier: MIT */
/* executor/fork_server_loop.h -- the fork server itself: a process with one thread that forks
 * activity processes, reaps them, sweeps what they left behind, and tells their pool. */
#ifndef TP_EXECUTOR_FORK_SERVER_LOOP_H
#define TP_EXECUTOR_FORK_SERVER_LOOP_H

#include <sys/types.h>

/** Turns the calling process, just forked by its guard, into the fork server of the program at that
 * socket, whose pid is owner. */
_Noreturn void tp_fork_server_run(int program, pid_t owner);

#endif
