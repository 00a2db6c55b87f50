/* SPDX-License-Identifier: MIT */
/* worker.h -- a worker with an engine, and the local activities that it runs for the one run. */
#ifndef TESTS_SIMULATION_WORKER_H
#define TESTS_SIMULATION_WORKER_H

#include "random.h"
#include "workflow/engine.h"

#define LAP_OUTCOMES 3

typedef struct worker_local {
    uint32_t seq;
    int32_t attempt;
    uint64_t order;    /* a hash of what the order to start it said */
    int64_t scheduled; /* by the run's time */
    bool asked;        /* to end */
    bool forgotten;    /* it runs, but nobody waits for it */
} worker_local;

/* What a task that waits for local activities goes on with. */
typedef struct lap {
    tp_local_outcome outcomes[LAP_OUTCOMES];
    worker_local of[LAP_OUTCOMES]; /* as they were when they ended */
    size_t count;
    bool overdue;
} lap;

typedef struct worker {
    tp_engine *engine;
    worker_local *locals;
    size_t count, capacity;
    lap last; /* its outcomes may cross with orders that are about the same */
} worker;

void worker_init(worker *self);
void worker_done(worker *self);
/** That run is lost, and what was under way for it. */
void worker_evict(worker *self, const char *run_id);
/** Nobody waits for what is under way any more. */
void worker_forget(worker *self);
/** What the answer wants of local activities; NULL: fine, or what is wrong with it. */
const char *worker_follow(worker *self, const tp_answer *answer);
/** Some that are under way end, or the task's time does; their texts from the arena. False: there
 * is nothing that could end. */
bool worker_run(worker *self, sim_random *random, tp_arena *arena, lap *made);
/** What another worker ran in that lap ends here like that, at the same times: also what it had
 * from an earlier task, which was begun anew here. NULL: fine, or what is wrong. */
const char *worker_run_again(worker *self, const lap *first, lap *made);

#endif
