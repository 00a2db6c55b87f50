/* SPDX-License-Identifier: MIT */
/* executors.c -- one activity on all three executors: a coroutine, a thread, a forked process.
 *
 *     executors [ADDRESS]
 *
 * The activity is written once. Which executor runs it is said where a worker is made, by the list
 * that it stands in; here three workers, each with a task queue of its own, run in this one
 * program. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <temporal/temporal.h>

/* clang-format off */
#define WHEREABOUTS(FIELD)             \
    FIELD(temporal_string, task_queue) \
    FIELD(temporal_bool, own_process)  \
    FIELD(temporal_int, steps)
/* clang-format on */
TEMPORAL_RECORD(whereabouts, WHEREABOUTS)

TEMPORAL_ACTIVITY(count_slowly, temporal_int, whereabouts)
TEMPORAL_WORKFLOW(tour, temporal_int, whereabouts_list)

static pid_t program; /* a forked process has another id, but the same memory to start with */

TEMPORAL_ACTIVITY_DEFINE(count_slowly)
temporal_error *count_slowly(temporal_activity *attempt, temporal_int steps, whereabouts *here)
{
    for (here->steps = 0; here->steps < steps; here->steps++) {
        temporal_heartbeat(attempt, temporal_int, here->steps);
        TEMPORAL_TRY(temporal_activity_sleep(attempt, 20 * TEMPORAL_MILLISECOND));
    }
    here->task_queue = temporal_activity_get_info(attempt)->task_queue;
    here->own_process = getpid() != program;
    return TEMPORAL_OK;
}

static const char *const queues[] = { "executors-async", "executors-threads",
                                      "executors-processes" };
enum {
    QUEUES = sizeof queues / sizeof queues[0]
};

TEMPORAL_WORKFLOW_DEFINE(tour)
temporal_error *tour(temporal_workflow *run, temporal_int steps, whereabouts_list *places)
{
    whereabouts *items = temporal_workflow_alloc(run, QUEUES * sizeof *items);
    temporal_future *futures[QUEUES];

    for (size_t i = 0; i < QUEUES; i++)
        futures[i] = temporal_start_activity(run, count_slowly, steps, .task_queue = queues[i],
                                             .start_to_close_timeout = 30, .heartbeat_timeout = 10);
    for (size_t i = 0; i < QUEUES; i++)
        TEMPORAL_TRY(temporal_await_activity(run, count_slowly, futures[i], &items[i]));

    *places = (whereabouts_list){ items, QUEUES };
    return TEMPORAL_OK;
}

static temporal_error *make_workers(temporal_worker *workers[QUEUES])
{
    TEMPORAL_TRY(temporal_worker_new(
        &workers[0], .task_queue = queues[0], .workflows = TEMPORAL_WORKFLOWS(&tour_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&count_slowly_activity)));
    TEMPORAL_TRY(
        temporal_worker_new(&workers[1], .task_queue = queues[1],
                            .threads.activities = TEMPORAL_ACTIVITIES(&count_slowly_activity)));
    return temporal_worker_new(&workers[2], .task_queue = queues[2],
                               .processes.activities = TEMPORAL_ACTIVITIES(&count_slowly_activity));
}

static temporal_error *take_the_tour(temporal_client *client, temporal_handle **handle)
{
    whereabouts_list places;

    TEMPORAL_TRY(temporal_execute_workflow(client, tour, 5, handle, &places, .id = "executors-tour",
                                           .task_queue = queues[0],
                                           .id_conflict = TEMPORAL_ID_CONFLICT_TERMINATE_EXISTING));
    for (size_t i = 0; i < places.count; i++)
        printf("%s: %d steps in %s\n", places.items[i].task_queue, (int)places.items[i].steps,
               places.items[i].own_process ? "a process of its own" : "the worker's process");
    return TEMPORAL_OK;
}

int main(int argc, char **argv)
{
    const char *address = argc > 1 ? argv[1] : getenv("TEMPORAL_ADDRESS");
    temporal_worker *workers[QUEUES] = { NULL };
    temporal_client *client = NULL;
    temporal_handle *handle = NULL;
    temporal_error *error;

    program = getpid();
    /* Workers first, then the connection: the fork server starts while there is one thread. */
    error = temporal_fork_server_start();
    if (!error)
        error = make_workers(workers);
    if (!error)
        error = temporal_client_connect(&client, address ? address : "localhost:7233");
    for (size_t i = 0; !error && i < QUEUES; i++)
        error = temporal_worker_start(workers[i], client);
    if (!error)
        error = take_the_tour(client, &handle);

    temporal_handle_free(handle);
    for (size_t i = 0; i < QUEUES; i++)
        temporal_worker_free(workers[i]); /* shuts down and waits */
    temporal_client_free(client);
    return temporal_error_report(error);
}
