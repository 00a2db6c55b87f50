/* SPDX-License-Identifier: MIT */
/* bench/load.c -- loads a server, whoever serves the task queue, and prints one line of JSON:
 *
 *     load ADDRESS TASK_QUEUE execute WORKFLOW INPUT COUNT AT_ONCE   until all have ended
 *     load ADDRESS TASK_QUEUE start WORKFLOW INPUT COUNT AT_ONCE     until each has had its task
 *     load ADDRESS TASK_QUEUE cancel COUNT                           from signal to notice
 *
 * INPUT is JSON. Fails when one of them does. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <temporal/temporal.h>

#include "base/alloc.h"
#include "base/clock.h"

#define AT_ONCE_MAX 64
#define PAUSE_US    5000
#define FIRST_TASK  4 /* events of a run that has had it */

struct load {
    temporal_client *client;
    const char *task_queue, *workflow;
    temporal_json input;
    long count;
    temporal_error *(*one)(const struct load *load, long number, temporal_handle *handle);
    char **results;
    int64_t *done; /* Unix nanoseconds */
    atomic_long next;
};

static temporal_error *execute(const struct load *load, long number, temporal_handle *handle)
{
    temporal_json result;

    TEMPORAL_TRY(temporal_handle_result(handle, temporal_json_type(), &result));
    load->done[number] = tp_clock_wall();
    load->results[number] = tp_strdup(result.text ? result.text : "null");
    return NULL;
}

static temporal_error *start(const struct load *load, long number, temporal_handle *handle)
{
    const temporal_workflow_description *description;

    for (;;) {
        bool begun;

        TEMPORAL_TRY(temporal_handle_describe(handle, &description));
        begun = description->history_length >= FIRST_TASK;
        temporal_handle_release_results(handle);
        if (begun)
            break;
        usleep(PAUSE_US);
    }
    load->done[number] = tp_clock_wall();
    load->results[number] = tp_strdup("null");
    return NULL;
}

/* The result of such a workflow is when its activity knew. */
static temporal_error *cancel(const struct load *load, long number, temporal_handle *handle)
{
    const temporal_workflow_description *description;
    int64_t signalled;
    temporal_int noticed;
    char text[32];

    for (;;) {
        bool begun;

        TEMPORAL_TRY(temporal_handle_describe(handle, &description));
        begun =
            description->pending_activity_count > 0 && description->pending_activities[0].started;
        temporal_handle_release_results(handle);
        if (begun)
            break;
        usleep(PAUSE_US);
    }
    usleep(100 * PAUSE_US); /* into the beats */
    signalled = tp_clock_wall();
    TEMPORAL_TRY(temporal_handle_signal(
        handle, "go", &(temporal_argument){ temporal_int_type(), &(temporal_int){ 1 } }, 1));
    TEMPORAL_TRY(temporal_handle_result(handle, temporal_int_type(), &noticed));
    load->done[number] = tp_clock_wall();
    snprintf(text, sizeof text, "%.3f", (double)(noticed - signalled) / 1e6);
    load->results[number] = tp_strdup(text);
    return NULL;
}

static temporal_error *run_one(const struct load *load, long number)
{
    temporal_handle *handle = NULL;
    char id[96];
    temporal_start_options options = { .struct_size = sizeof options,
                                       .id = id,
                                       .task_queue = load->task_queue };
    temporal_error *error;

    snprintf(id, sizeof id, "bench-%ld-%ld", (long)getpid(), number);
    error = temporal_client_start_workflow(
        load->client, load->workflow, &(temporal_argument){ temporal_json_type(), &load->input }, 1,
        &handle, &options);
    if (!error)
        error = load->one(load, number, handle);
    temporal_handle_free(handle);
    return error;
}

static void *work(void *data)
{
    struct load *load = data;
    long number;

    while ((number = atomic_fetch_add(&load->next, 1)) < load->count) {
        temporal_error *error = run_one(load, number);

        if (error)
            exit(temporal_error_report(error));
    }
    return NULL;
}

static void run(struct load *load, long at_once)
{
    pthread_t threads[AT_ONCE_MAX];
    int64_t begun = tp_clock_wall(), last = 0;

    if (at_once > AT_ONCE_MAX)
        at_once = AT_ONCE_MAX;
    load->results = tp_alloc_array((size_t)load->count, sizeof(char *));
    load->done = tp_alloc_array((size_t)load->count, sizeof(int64_t));
    for (long i = 0; i < at_once; i++)
        if (pthread_create(&threads[i], NULL, work, load) != 0)
            exit(EXIT_FAILURE);
    for (long i = 0; i < at_once; i++)
        pthread_join(threads[i], NULL);
    for (long i = 0; i < load->count; i++)
        if (load->done[i] > last)
            last = load->done[i];
    printf("{\"seconds\":%.6f,\"done_unix_ns\":%lld,\"results\":[", (double)(last - begun) / 1e9,
           (long long)last);
    for (long i = 0; i < load->count; i++) {
        printf("%s%s", i > 0 ? "," : "", load->results[i]);
        tp_free(load->results[i]);
    }
    printf("]}\n");
    tp_free(load->results);
    tp_free(load->done);
}

int main(int argc, char **argv)
{
    const char *what = argc > 3 ? argv[3] : "";
    struct load load = { .task_queue = argc > 2 ? argv[2] : NULL };
    long at_once = 1;

    if (argc == 8 && (strcmp(what, "execute") == 0 || strcmp(what, "start") == 0)) {
        load.one = strcmp(what, "start") == 0 ? start : execute;
        load.workflow = argv[4];
        load.input.text = argv[5];
        load.count = strtol(argv[6], NULL, 10);
        at_once = strtol(argv[7], NULL, 10);
    } else if (argc == 5 && strcmp(what, "cancel") == 0) {
        load.one = cancel;
        load.workflow = "cancelling";
        load.input.text = "1";
        load.count = strtol(argv[4], NULL, 10);
    } else {
        fprintf(stderr, "usage: load ADDRESS TASK_QUEUE execute|start WORKFLOW INPUT COUNT "
                        "AT_ONCE, or cancel COUNT\n");
        return EXIT_FAILURE;
    }
    temporal_error *error = temporal_client_connect(&load.client, argv[1]);

    if (error)
        return temporal_error_report(error);
    run(&load, at_once);
    temporal_client_free(load.client);
    return EXIT_SUCCESS;
}
