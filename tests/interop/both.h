/* SPDX-License-Identifier: MIT */
/* both.h -- the two sides of a test: a worker in this library and one in the official Python SDK,
 * each with a task queue of its own. */
#ifndef TESTS_INTEROP_BOTH_H
#define TESTS_INTEROP_BOTH_H

#include "tests/support/live.h"

typedef struct both {
    temporal_client *client;
    temporal_worker *worker;
    test_process *python;
    const char *c_queue, *python_queue;
} both;

/** script: called with "worker", an address and a task queue, it serves that queue and says
 * "ready". What follows are the options of the worker in C, but for its task queue. */
#define both_open(sides, script, ...) \
    both_open_with((sides), (script), TEMPORAL_OPTIONS(temporal_worker_options, __VA_ARGS__))
void both_open_with(both *sides, const char *script, const temporal_worker_options *options);
void both_close(both *sides);

#endif
