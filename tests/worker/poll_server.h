/* SPDX-License-Identifier: MIT */
/* poll_server.h -- a gRPC server whose polls wait until the worker says farewell, and which never
 * answers a heartbeat. */
#ifndef TESTS_WORKER_POLL_SERVER_H
#define TESTS_WORKER_POLL_SERVER_H

#include <stdbool.h>

typedef struct poll_server poll_server;

typedef struct poll_server_rules {
    bool ends_polls;     /* of a worker that says farewell, and its namespace says so */
    int farewell_status; /* the gRPC status that a farewell gets */
    unsigned overlooked; /* so many polls are overlooked by the first farewell */
    bool opening_task;   /* the first poll for activities ends at once, with a task for "note" */
    bool parting_task;   /* the last poll for activities ends with a task for "note" */
} poll_server_rules;

typedef struct poll_server_counts {
    unsigned waiting;   /* polls, now */
    unsigned ended;     /* ... that this side has ended */
    unsigned cancelled; /* ... that the worker has cancelled */
    unsigned farewells; /* that name a worker */
    unsigned sticky_farewells;
    unsigned heartbeats;
    unsigned completed; /* activities */
} poll_server_counts;

poll_server *poll_server_start(const poll_server_rules *rules);
const char *poll_server_target(const poll_server *server);
poll_server_counts poll_server_count(poll_server *server);
void poll_server_stop(poll_server *server);

#endif
