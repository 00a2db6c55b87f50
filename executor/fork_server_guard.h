/* SPDX-License-Identifier: MIT */
/* executor/fork_server_guard.h -- the process between the program and its fork server, which is
 * there for the fork server's own end.
 *
 * Activity processes die with the fork server that forked them, however it dies. What their
 * activities have started, and what has left their process groups since (setsid), would go to init
 * and live on, since it was the fork server that swept. The guard is the next subreaper above it:
 * all that is left becomes its children, it kills them, and then ends in the same way as the fork
 * server did, so that the program sees one child and one end. The program itself need not become a
 * subreaper, which would change what its own wait() finds.
 *
 * When the guard is killed, the fork server sees it and leaves, and sweeps as ever. Only who kills
 * both at once, or either where /proc does not list children, leaves behind what had left its
 * group; a cgroup (processes.cgroup) finds that, too. */
#ifndef TP_EXECUTOR_FORK_SERVER_GUARD_H
#define TP_EXECUTOR_FORK_SERVER_GUARD_H

/** Turns the calling process, just forked by the program, into the guard of a fork server, which it
 * forks, at that socket. */
_Noreturn void tp_fork_server_guard(int program);

#endif
