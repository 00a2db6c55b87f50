/* SPDX-License-Identifier: MIT */
/* executor/fork_server_pool.h -- a pool of activity processes as the fork server sees it: what it
 * has read in the pool's memory, which processes there are, and what their worker has still to be
 * told of them. */
#ifndef TP_EXECUTOR_FORK_SERVER_POOL_H
#define TP_EXECUTOR_FORK_SERVER_POOL_H

#include "executor/control.h"
#include "executor/settings.h"
#include "shm/pool.h"

typedef struct tp_fork_server_child {
    pid_t pid; /* 0: none */
    uint32_t generation;
    /* to be told, in this order */
    bool spawned, unborn, exited;
    int pidfd;
    tp_control end; /* UNBORN or EXITED */
} tp_fork_server_child;

typedef struct tp_fork_server_pool tp_fork_server_pool;
struct tp_fork_server_pool {
    tp_fork_server_pool *next;
    int channel; /* -1: its worker is gone; kept until its processes are */
    bool stuck;  /* its socket is full: the rest when there is room */
    int memory;
    uint8_t *map; /* header and registry */
    tp_pool_layout layout;
    const temporal_activity_def **definitions;
    tp_settings settings;
    tp_attempt_limits *limits;
    tp_fork_server_child *children;
    unsigned looks; /* that were taken whether its cgroup is empty */
};

/** Answers the worker's request, whose descriptors it takes over; NULL: it was refused. */
tp_fork_server_pool *tp_fork_server_pool_open(const tp_control *request,
                                              const int fds[TP_CONTROL_FDS]);
void tp_fork_server_pool_free(tp_fork_server_pool *pool);
void tp_fork_server_pool_kill(const tp_fork_server_pool *pool);
/** Its worker is gone: nobody wants its processes any more. */
void tp_fork_server_pool_close(tp_fork_server_pool *pool);
/** Nobody is left of it. */
bool tp_fork_server_pool_is_over(const tp_fork_server_pool *pool);
/** Removes its cgroup. False while what was killed in it has not died yet, which may take a moment:
 * to be called again then; in the end it is given up. */
bool tp_fork_server_pool_has_left_cgroup(tp_fork_server_pool *pool);
/** Tells its worker as much as there is room for; stuck says that there is more. */
void tp_fork_server_pool_tell(tp_fork_server_pool *pool);

#endif
