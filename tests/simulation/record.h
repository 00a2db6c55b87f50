/* SPDX-License-Identifier: MIT */
/* record.h -- what a task that the server took was answered with, and whether another answer is the
 * same. */
#ifndef TESTS_SIMULATION_RECORD_H
#define TESTS_SIMULATION_RECORD_H

#include "model.h"
#include "worker.h"

typedef struct record {
    size_t seen; /* events of history */
    Tp__Protocol__Message **messages;
    size_t message_count;
    bool asked; /* a query came with it */
    lap *laps;  /* of local activities */
    size_t lap_count;
    bool locals_left; /* for the next task */
    uint8_t *bytes;   /* commands and messages */
    size_t size;
    char *state; /* of the program; NULL: it ended, and nobody asked */
    bool ended;
} record;

char *record_text(tp_arena *arena, const Tp__Common__Payloads *payloads);
/** From the arena: an answer that is COMPLETED, by that engine. NULL: fine, or what is wrong. */
const char *record_read(record *made, tp_arena *arena, const model *server, tp_engine *engine,
                        const tp_answer *answer);
const char *record_compare(const record *first, const record *second, tp_arena *arena);
/** A task that asks for the state of the run that the engine keeps, as it is. */
const char *record_ask(char **state, tp_arena *arena, tp_engine *engine,
                       Tp__Ws__PollWorkflowTaskQueueResponse *task);

#endif
