/* SPDX-License-Identifier: MIT */
/* tests/executor/torture.h -- a pool under load while its processes, and its fork server, are
 * killed and stopped at random.
 *
 * What each attempt should have done stands in a ledger that every process writes to, beside the
 * pool's own memory and without its code: how often it began, which heartbeats it published,
 * whether it was done. What the pool tells of the attempt is held against that. The program
 * includes shm/slot_process.c with TP_SLOT_MOMENT(moment) as torture_at(TORTURE_##moment). */
#ifndef TP_TESTS_EXECUTOR_TORTURE_H
#define TP_TESTS_EXECUTOR_TORTURE_H

#include <stdatomic.h>

#include "tests/executor/rogue.h"

#define TORTURE_TASKS_MAX 4096
#define TORTURE_PROCESSES 4
#define TORTURE_WIDTH     12 /* attempts at once: more than there are processes */

typedef enum torture_moment {
    TORTURE_BEFORE_READY,
    TORTURE_BEFORE_CLAIM,
    TORTURE_AFTER_CLAIM,
    TORTURE_BEFORE_BEAT,
    TORTURE_WHILE_BEATING,
    TORTURE_BEFORE_PUBLISH,
    TORTURE_AFTER_PUBLISH,
    TORTURE_BEFORE_OUTCOME,
    TORTURE_BEFORE_DONE,
    TORTURE_AFTER_DONE
} torture_moment;

/* What is done to the pool, between two ends of attempts; each is one of so many steps, 0: never.
 */
typedef struct torture_plan {
    unsigned seed; /* 0: the one in $TORTURE_SEED, or a fixed one */
    int tasks;
    int kill;         /* SIGKILL for a process, from outside */
    int die;          /* the same from within, at one of so many moments */
    int stop;         /* SIGSTOP for a process, and some time later SIGCONT */
    int stop_server;  /* the same for the fork server */
    int cancel;       /* of an attempt */
    int take;         /* of a heartbeat */
    int dawdle;       /* a process yields at one of so many moments */
    int kill_server;  /* the fork server is killed after so many ends: 0 never */
    int idle;         /* the pool is left to shrink after so many ends */
    uint32_t recycle; /* attempts a process runs */
    bool hurry;       /* none waits to be cancelled: one that nobody knows of would wait for ever */
} torture_plan;

typedef struct torture_result {
    int problems;    /* what should not be */
    char first[400]; /* the first of them */
    int completed, cancelled, failed;
    int kills, stops;
} torture_result;

/** The memory for the ledger: before the fork server is started. */
void torture_init(void);
/** What the program's own part of the slot tells; in an activity process. */
void torture_at(torture_moment moment);
/** Runs the tasks; says in the end whether each process serves. */
torture_result torture_run(const torture_plan *plan);
/** The same, and no problem is accepted: the seed is printed with the first one. */
torture_result torture_expect_none(const torture_plan *plan);

#endif
