/* SPDX-License-Identifier: MIT */
/* executor/orphans.h -- ends what an activity process has left behind.
 *
 * What an activity starts belongs to its process group, which is swept when it ends; but a program
 * may leave the group (setsid). Activity processes and the fork server are subreapers: who outlives
 * his parents becomes a child of the activity process, and when that has ended, of the fork server,
 * where he is found and killed; and when that has ended, of its guard (fork_server_guard.h). */
#ifndef TP_EXECUTOR_ORPHANS_H
#define TP_EXECUTOR_ORPHANS_H

#include <stdbool.h>
#include <sys/types.h>

/** Of the calling process: orphans below it become its children. */
void tp_orphans_adopt(void);
/** Kills each child of the calling process, which has one thread, that is not known. Those that
 * they leave behind come later, so call it after every death. Does nothing where /proc does not
 * list children. */
void tp_orphans_kill(bool (*known)(const void *data, pid_t pid), const void *data);

#endif
