/* SPDX-License-Identifier: MIT */
/* testing/server_process.h -- a server that runs as a child of this program and dies with it. */
#ifndef TP_TESTING_SERVER_PROCESS_H
#define TP_TESTING_SERVER_PROCESS_H

#include <temporal/error.h>

typedef struct tp_server_process tp_server_process;

/** argv[0] is a path; argv and its texts live until free. What it prints is appended to log_file,
 * or with NULL kept in a temporary file without a name. SYSTEM when it cannot be started at all. */
temporal_error *tp_server_process_start(tp_server_process **process, const char *const *argv,
                                        const char *log_file);
/** Waits until it listens on that port (0: any) and answers which one it is in *port. SYSTEM when
 * it ends instead, or has not come so far in the time given: with the end of what it printed. */
temporal_error *tp_server_process_await_port(tp_server_process *process, temporal_seconds time,
                                             int *port);
/** Kills it, and returns when it is gone. NULL is accepted. */
void tp_server_process_free(tp_server_process *process);

#endif
