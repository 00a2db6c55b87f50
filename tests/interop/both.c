/* SPDX-License-Identifier: MIT */
/* both.c -- the two sides of a test: a worker in this library and one in the official Python SDK,
 * each with a task queue of its own. */
#include "tests/interop/both.h"

void both_open_with(both *sides, const char *script, const temporal_worker_options *options)
{
    temporal_worker_options all = *options;

    sides->client = test_connect();
    sides->c_queue = test_unique("c");
    sides->python_queue = test_unique("python");
    all.task_queue = sides->c_queue;
    sides->worker = test_worker_start_with(sides->client, &all);
    sides->python = test_python_run(script, "worker", test_server_address(), sides->python_queue);
    test_process_expect(sides->python, "ready");
}

void both_close(both *sides)
{
    test_process_free(sides->python);
    test_worker_stop(sides->worker);
    temporal_client_free(sides->client);
}
