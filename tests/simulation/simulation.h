/* SPDX-License-Identifier: MIT */
/* simulation.h -- one random program, under one random schedule, replayed at random points.
 *
 * Two workers share the run: each has an engine of its own, which keeps it or loses it. Of every
 * task that the server took, the commands and the program's own trace are remembered; a replay of
 * the history that the task saw, from its first event in a fresh engine, must give the same bytes.
 * Local activities that were left over from the task before begin anew in such a replay, by orders
 * that say the same, and end as they did, at the same times. A reset gives the run another id and
 * drops the rest of its history; what was remembered of the tasks before is compared with the new
 * run's replays.
 */
#ifndef TESTS_SIMULATION_SIMULATION_H
#define TESTS_SIMULATION_SIMULATION_H

#include <stdio.h>

#include "model.h"
#include "program.h"

typedef struct simulation_result {
    char problem[1024]; /* "": none */
    size_t events, tasks, commands, replays, refused;
    size_t lost;              /* tasks that were not answered */
    size_t forgotten;         /* that changed nothing */
    size_t resets, overtaken; /* ... of these while a worker had a task of the run */
    size_t updates;           /* that were sent */
    size_t outcomes;          /* of local activities */
    const char *end;          /* the name of the last event's type */
} simulation_result;

typedef void (*simulation_look)(const model *server, void *data);
/** True: no problem. Trace: where the life of the run is told; NULL: nowhere. Look: is called with
 * each history before it goes: at the end, and when the run is reset; NULL: nobody wants it. */
bool simulate(uint64_t seed, bool planted, FILE *trace, simulation_look look, void *data,
              simulation_result *result);

#endif
