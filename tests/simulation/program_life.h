/* SPDX-License-Identifier: MIT */
/* program_life.h -- what the files of the running program share: one execution's state. */
#ifndef TESTS_SIMULATION_PROGRAM_LIFE_H
#define TESTS_SIMULATION_PROGRAM_LIFE_H

#include "program.h"

/* One execution's state. */
typedef struct program_life {
    const program *running;
    temporal_future *futures[PROGRAM_SLOTS];
    temporal_child *children[PROGRAM_SLOTS];
    temporal_scope *scopes[PROGRAM_SCOPES];
    uint64_t trace;
    unsigned signals, updates;
    bool ended; /* its result tells the trace, which stands still from there on */
} program_life;

/** The state that the engine has made, with its program. */
program_life *program_live(temporal_workflow *run, void *data);
/** So many units. */
temporal_seconds program_time(unsigned units);
void program_trace(temporal_workflow *run, program_life *self, const char *format, ...)
    TEMPORAL_PRINTF(3, 4);
temporal_error *program_perform(temporal_workflow *run, program_life *self, const op *what);
/* program_facts.c: one operation each. */
void program_patch(temporal_workflow *run, program_life *self, const op *what);
temporal_error *program_record(temporal_workflow *run, program_life *self, const op *what);
temporal_error *program_external(temporal_workflow *run, program_life *self, const op *what);
temporal_future *program_begin_external(temporal_workflow *run, program_life *self, const op *what);
/* program_options.c */
temporal_activity_options program_activity_options(const op *what);
temporal_child_options program_child_options(temporal_workflow *run, const op *what);
temporal_local_options program_local_options(const op *what);
temporal_argument program_argument(temporal_workflow *run, const program_life *self);

#endif
