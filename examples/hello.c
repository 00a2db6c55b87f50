/* SPDX-License-Identifier: MIT */
/* hello.c -- the smallest whole program: an activity, a workflow, a worker and a client.
 *
 *     hello worker [ADDRESS]         serves until Ctrl-C
 *     hello client [ADDRESS [NAME]]  says hello, waits for the answer */
#include <stdlib.h>
#include <string.h>

#include <temporal/temporal.h>

#define TASK_QUEUE "hello"

TEMPORAL_ACTIVITY(say_hello, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(greet, temporal_string, temporal_string)

TEMPORAL_ACTIVITY_DEFINE(say_hello)
temporal_error *say_hello(temporal_activity *attempt, temporal_string name,
                          temporal_string *greeting)
{
    *greeting = temporal_activity_format(attempt, "Hello, %s!", name);
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(greet)
temporal_error *greet(temporal_workflow *run, temporal_string name, temporal_string *greeting)
{
    return temporal_execute_activity(run, say_hello, name, greeting,
                                     .schedule_to_close_timeout = 5 * TEMPORAL_SECOND);
}

static int serve(const char *address)
{
    temporal_worker *worker = NULL;
    temporal_client *client = NULL;
    temporal_error *error;

    error = temporal_worker_new(&worker, .task_queue = TASK_QUEUE,
                                .workflows = TEMPORAL_WORKFLOWS(&greet_workflow),
                                .async.activities = TEMPORAL_ACTIVITIES(&say_hello_activity));
    if (!error)
        error = temporal_client_connect(&client, address);
    if (!error)
        error = temporal_worker_run(worker, client);

    temporal_worker_free(worker);
    temporal_client_free(client);
    return temporal_error_report(error);
}

static int ask(const char *address, const char *name)
{
    temporal_client *client = NULL;
    temporal_handle *handle = NULL;
    temporal_string greeting = NULL;
    temporal_error *error;

    error = temporal_client_connect(&client, address);
    if (!error)
        error = temporal_execute_workflow(client, greet, name, &handle, &greeting,
                                          .id = "hello-workflow", .task_queue = TASK_QUEUE);
    if (!error)
        printf("Result: %s\n", greeting);

    temporal_handle_free(handle);
    temporal_client_free(client);
    return temporal_error_report(error);
}

int main(int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "--help";
    const char *address = argc > 2 ? argv[2] : getenv("TEMPORAL_ADDRESS");

    if (!address)
        address = "localhost:7233";
    if (strcmp(role, "worker") == 0)
        return serve(address);
    if (strcmp(role, "client") == 0)
        return ask(address, argc > 3 ? argv[3] : "World");

    printf("usage: hello worker [ADDRESS]\n"
           "       hello client [ADDRESS [NAME]]\n");
    return strcmp(role, "--help") == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
