/* SPDX-License-Identifier: MIT */
/* simulation_state.h -- what the files of one simulation share. */
#ifndef TESTS_SIMULATION_SIMULATION_STATE_H
#define TESTS_SIMULATION_SIMULATION_STATE_H

#include "record.h"
#include "simulation.h"

#define WORKERS 2

typedef Tp__Ws__PollWorkflowTaskQueueResponse task_message;

typedef struct simulation {
    program made;
    model server;
    sim_random random;
    worker workers[WORKERS];
    int sticky; /* the worker that answered last; -1: none */
    record *records;
    size_t record_count, record_capacity;
    tp_arena arena;
    FILE *trace;
    simulation_look look;
    void *look_data;
    simulation_result *result;
} simulation;

/** Returns false. */
bool simulation_fail(simulation *self, const char *format, ...) TEMPORAL_PRINTF(2, 3);
/** Wrong: NULL: nothing is. */
bool simulation_judge(simulation *self, const char *who, const char *wrong);
void simulation_tell(const simulation *self, const char *format, ...) TEMPORAL_PRINTF(2, 3);

/** The task that was answered like that, once more, in an engine that has never seen the run. */
bool simulation_replay(simulation *self, const record *first);
/** A question about the run as its last answer left it, to a worker that has seen what comes before
 * that event. */
bool simulation_question(simulation *self, worker *by, int64_t first_event, const char *who);
/** ... to one that has seen nothing. */
bool simulation_fresh_question(simulation *self, const char *who);

#endif
