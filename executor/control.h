/* SPDX-License-Identifier: MIT */
/* executor/control.h -- what the program and its fork server say to each other.
 *
 * Over the program's socket (SOCK_SEQPACKET: a message comes whole or not at all):
 *     SERVING  the fork server's first word: its pid, with its pidfd, where the system has them
 *     OPEN     with two descriptors: the pool's channel and the pool's memory
 * Over the channel, which is a socket of the same kind that belongs to one pool:
 *     OPENED, or REFUSED with the reason, answer OPEN
 *     SPAWN    with the process's bell: fork process number process
 *     SPAWNED  with its pidfd, where the system has them
 *     UNBORN   it could not be forked: status is the reason (errno)
 *     SIGNAL   to its process group
 *     EXITED   status is its wait status, and what it used; its process group has been swept
 * A message about a generation that is over is dropped. End-of-file on a channel kills the pool's
 * processes; on the program's socket, all of them. */
#ifndef TP_EXECUTOR_CONTROL_H
#define TP_EXECUTOR_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TP_CONTROL_FDS  2
#define TP_CONTROL_TEXT 320

typedef enum tp_control_kind {
    TP_CONTROL_SERVING = 1,
    TP_CONTROL_OPEN,
    TP_CONTROL_OPENED,
    TP_CONTROL_REFUSED,
    TP_CONTROL_SPAWN,
    TP_CONTROL_SPAWNED,
    TP_CONTROL_UNBORN,
    TP_CONTROL_SIGNAL,
    TP_CONTROL_EXITED
} tp_control_kind;

typedef struct tp_control {
    uint32_t kind;
    uint32_t process;
    uint32_t generation;
    int32_t pid;
    int32_t status;
    int32_t signal;
    uint64_t size;        /* OPEN: of the memory */
    int64_t user_time;    /* EXITED: nanoseconds of processor time, its own, ... */
    int64_t system_time;  /* ... and the kernel's for it */
    int64_t peak_memory;  /* EXITED: bytes */
    int64_t major_faults; /* EXITED: pages that had to be read */
    char text[TP_CONTROL_TEXT];
} tp_control;

/** 0, or the reason: EAGAIN when there is no room (with wait: not for a while), EPIPE when nobody
 * is there. */
int tp_control_send(int socket, const tp_control *message, const int *fds, size_t count, bool wait);

typedef enum tp_control_result {
    TP_CONTROL_RECEIVED,
    TP_CONTROL_EMPTY, /* nothing there now */
    TP_CONTROL_ENDED  /* end-of-file, or no message of ours */
} tp_control_result;

/** Does not block. fds that did not come are -1; those that did are the caller's. */
tp_control_result tp_control_receive(int socket, tp_control *message, int fds[TP_CONTROL_FDS]);

#endif
