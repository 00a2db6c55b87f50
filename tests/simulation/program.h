/* SPDX-License-Identifier: MIT */
/* program.h -- random workflow programs: a tree of operations, and a dynamic workflow that does
 * what the tree says.
 *
 * Each program ends under every schedule: an operation waits only for what stands before it in the
 * tree and does not enclose it, for things that the server ends, or for signals, of which there is
 * always one more. What code sees (outcomes, texts, random numbers, times, the order of its
 * coroutines) goes into a trace; activities and the result carry it, so that two executions that
 * saw anything else send other bytes. */
#ifndef TESTS_SIMULATION_PROGRAM_H
#define TESTS_SIMULATION_PROGRAM_H

#include <stdio.h>

#include <temporal/workflow.h>

#include "base/arena.h"
#include "random.h"

#define PROGRAM_SLOTS    64
#define PROGRAM_SCOPES   16
#define PROGRAM_TARGETS  3
#define PROGRAM_HANDLERS 4 /* the first half for signals, the other for updates */

typedef enum op_kind {
    OP_SEQUENCE,
    OP_ACTIVITY, /* executes it; OP_BEGIN_...: into a slot, and goes on */
    OP_BEGIN_ACTIVITY,
    OP_LOCAL, /* ... and local ones */
    OP_BEGIN_LOCAL,
    OP_SLEEP,
    OP_BEGIN_TIMER,
    OP_CHILD,
    OP_BEGIN_CHILD,
    OP_START_CHILD, /* waits until it has started */
    OP_SIGNAL_CHILD,
    OP_CONDITION, /* one more signal, or the time is up */
    OP_UNTIL,     /* one more signal */
    OP_SCOPE,     /* the body in a scope of its own, which others may cancel */
    OP_SHIELD,
    OP_CANCEL_SCOPE,
    OP_CANCEL, /* what is in a slot */
    OP_SPAWN,
    OP_AWAIT,
    OP_ANY,
    OP_ALL,
    OP_PATCH,    /* asks for one, or deprecates it */
    OP_RECORD,   /* a search attribute, an entry of the memo */
    OP_EXTERNAL, /* signals or cancels another workflow, and waits */
    OP_BEGIN_EXTERNAL,
    OP_LOOK, /* at random numbers, UUIDs, the time, ... */
    OP_LOOP,
    OP_EITHER,   /* by a random number: the body, or nothing */
    OP_CONTINUE, /* as new; ends the main function */
    OP_COUNTER   /* the planted bug: a number that is no part of history */
} op_kind;

typedef struct op {
    op_kind kind;
    bool passes_on; /* ends its sequence with its error; others only trace it */
    unsigned choice;
    int slot; /* or scope; -1: none */
    int targets[PROGRAM_TARGETS];
    size_t target_count;
    struct op **body;
    size_t body_count;
} op;

typedef struct program {
    tp_arena arena;
    const op *main, *handlers[PROGRAM_HANDLERS];
    bool has_output[PROGRAM_SLOTS]; /* what is in that slot ends with a text */
    int slots, scopes;
    bool waits_for_handlers; /* before it ends */
} program;

/** Planted: it starts with a look at a number that is no part of its history. */
void program_init(program *made, uint64_t seed, bool planted);
void program_done(program *made);

/** Runs the program that was set last, or its own. */
extern const temporal_workflow_def program_workflow;
/** Trace: where each line of the trace is printed, too; NULL: nowhere. */
void program_set(const program *running, FILE *trace);
/** Each run has one of its own, found by the workflow's id; unit: what programs take for a second.
 */
void program_set_each(const program *(*find)(const char *workflow_id), temporal_seconds unit);

#endif
