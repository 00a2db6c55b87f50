/* SPDX-License-Identifier: MIT */
/* executor/processes_failure.h -- failures of attempts that did not end by themselves.
 *
 * All are APPLICATION failures, and retryable unless the activity's rules call their cause final.
 * Their type is what retry policies name:
 *
 *     ActivityProcessCrashed  a signal, an exit or nonsense in the slot ended the process
 *     ActivityOutOfMemory     it could not allocate what it needed (memory_limit)
 *     ActivityProcessKilled   the worker ended it: a cancellation was ignored, or it was abandoned
 *     ActivityStalled         it had not got on for its stall_timeout
 *     ActivityTimeLimit       it took longer than its wall_time
 *     ActivityCpuLimit        it used up its cpu_time
 *     ActivityProcessNotStarted  no process could be started, and there was none
 *     ActivityProcessLost     the fork server died, and took it along
 *
 * Their details are, first, a record that says how the process ended,
 *
 *     { "signal": 11, "signal_name": "SIGSEGV", "exit_code": 0, "pid": 4711, "core_dumped": false,
 *       "user_seconds": 0.25, "system_seconds": 0.01, "peak_memory": 9437184, "major_faults": 0 }
 *
 * (signal and signal_name are 0 and "" for an exit), then those of the attempt's last heartbeat.
 * The stack trace of a crash is where it happened. */
#ifndef TP_EXECUTOR_PROCESSES_FAILURE_H
#define TP_EXECUTOR_PROCESSES_FAILURE_H

#include "executor/processes.h"

/* How a process ended. */
typedef struct tp_process_end {
    pid_t pid;
    int status;                          /* of wait */
    double user_seconds, system_seconds; /* what it used in all its life */
    int64_t peak_memory;                 /* bytes */
    int64_t major_faults;
    bool oom_killed; /* as its cgroup says */
} tp_process_end;

/* Each makes the error of one attempt. last_beat: encoded Payloads, or empty. The caller frees. */
temporal_error *tp_processes_error_ended(const tp_place *place, const tp_process_end *end,
                                         tp_bytes last_beat);
temporal_error *tp_processes_error_abandoned(const tp_attempt *attempt,
                                             const temporal_error *reason); /* reason: NULL */
temporal_error *tp_processes_error_lost(const tp_attempt *attempt, const temporal_error *reason);
temporal_error *tp_processes_error_unborn(const tp_attempt *attempt, const temporal_error *reason);
/** CANCELLED: before it began. */
temporal_error *tp_processes_error_cancelled(const tp_attempt *attempt,
                                             temporal_cancel_reason reason);
/** "was killed by SIGSEGV": for failures and the log. */
void tp_processes_describe_end(char *text, size_t size, const tp_process_end *end);

#endif
