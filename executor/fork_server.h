/* SPDX-License-Identifier: MIT */
/* executor/fork_server.h -- the program's side of its fork server: one for all pools of the
 * program.
 *
 * It is started by temporal_fork_server_start, or by the first pool, while the program has one
 * thread: a process that is forked from a program with threads inherits their locks as they stand,
 * and gRPC does not survive it at all. It ends with the program, however that ends. */
#ifndef TP_EXECUTOR_FORK_SERVER_H
#define TP_EXECUTOR_FORK_SERVER_H

#include <temporal/worker.h>

#include "shm/segment.h"

/** Hands it a pool's memory, whose header, settings and registry are written, and waits for its
 * answer. *channel is the pool's socket, see control.h: to close it ends the pool's processes. Any
 * thread.
 */
temporal_error *tp_fork_server_open(const tp_segment *memory, int *channel);
/** How it ended, for a message: "was killed by SIGKILL". After a channel met its end-of-file. */
void tp_fork_server_describe_end(char *text, size_t size);

#endif
