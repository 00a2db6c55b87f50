/* SPDX-License-Identifier: MIT */
/* main.c -- the worker of the greeting workflow, and a client that changes the greeting.
 *
 *     greeting worker [ADDRESS]  serves until Ctrl-C
 *     greeting client [ADDRESS]  starts, signals, asks and waits */
#include <stdlib.h>
#include <string.h>

#include "greeting.h"

#define TASK_QUEUE "greeting"

static int serve(const char *address)
{
    temporal_worker *worker = NULL;
    temporal_client *client = NULL;
    temporal_error *error;

    error = temporal_worker_new(&worker, .task_queue = TASK_QUEUE,
                                .workflows = TEMPORAL_WORKFLOWS(&greeting_workflow),
                                .async.activities = TEMPORAL_ACTIVITIES(&create_greeting_activity));
    if (!error)
        error = temporal_client_connect(&client, address);
    if (!error)
        error = temporal_worker_run(worker, client);

    temporal_worker_free(worker);
    temporal_client_free(client);
    return temporal_error_report(error);
}

/* What is read through the handle, text too, lives as long as the handle. */
static temporal_error *greet_politely(temporal_client *client, temporal_handle **handle)
{
    temporal_string text = NULL;

    TEMPORAL_TRY(temporal_start_workflow(client, greeting, "my name", handle,
                                         .id = "greeting-workflow", .task_queue = TASK_QUEUE));
    TEMPORAL_TRY(temporal_query(*handle, greeting, current_greeting, TEMPORAL_NONE, &text));
    printf("Greeting: %s\n", text);
    TEMPORAL_TRY(temporal_signal(*handle, greeting, update_salutation, "Aloha"));
    TEMPORAL_TRY(temporal_signal(*handle, greeting, complete_with_greeting, TEMPORAL_NONE));
    TEMPORAL_TRY(temporal_get_result(*handle, greeting, &text));
    printf("Result: %s\n", text);
    return TEMPORAL_OK;
}

static int ask(const char *address)
{
    temporal_client *client = NULL;
    temporal_handle *handle = NULL;
    temporal_error *error;

    error = temporal_client_connect(&client, address);
    if (!error)
        error = greet_politely(client, &handle);

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
        return ask(address);

    printf("usage: greeting worker|client [ADDRESS]\n");
    return strcmp(role, "--help") == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
