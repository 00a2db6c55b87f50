/* SPDX-License-Identifier: MIT */
/* worker/worker.c -- the public calls of a worker: made, run, shut down, from the user's threads.
 */
#include "worker/worker.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "executor/executors.h"
#include "worker/signals.h"

static temporal_error *make_executors(temporal_worker *worker)
{
    const temporal_worker_options *options = &worker->options;
    tp_executor **executors = worker->executors;

    /* The processes first: their fork server must be older than every thread. */
    if (options->processes.activities && options->processes.activities[0])
        TEMPORAL_TRY(tp_process_executor_new(&executors[TP_PROCESSES], &options->processes));
    if (options->threads.activities && options->threads.activities[0])
        TEMPORAL_TRY(tp_thread_executor_new(&executors[TP_THREADS], &options->threads));
    if (options->async.activities && options->async.activities[0])
        TEMPORAL_TRY(tp_async_executor_new(&executors[TP_ASYNC], &options->async));
    return TEMPORAL_OK;
}

temporal_error *temporal_worker_new_with(temporal_worker **result,
                                         const temporal_worker_options *options)
{
    temporal_worker *worker = tp_alloc(sizeof *worker);
    temporal_error *error;

    tp_arena_init(&worker->arena);
    pthread_mutex_init(&worker->mutex, NULL);
    pthread_cond_init(&worker->changed, NULL);
    worker->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    error = worker->event_fd < 0 ? tp_error_system(errno, "worker: cannot make an eventfd")
                                 : TEMPORAL_OK;
    if (!error)
        error = tp_worker_set_options(worker, options);
    if (!error)
        error = tp_registry_init(&worker->registry, &worker->options);
    if (!error)
        error = make_executors(worker);
    if (error) {
        temporal_worker_free(worker);
        return error;
    }
    *result = worker;
    return TEMPORAL_OK;
}

temporal_error *temporal_worker_start(temporal_worker *worker, temporal_client *client)
{
    const temporal_client_changes changes = { .struct_size = sizeof changes,
                                              .identity = worker->options.identity };
    tp_service *service = &worker->service;

    if (worker->stage != TP_WORKER_MADE)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "worker of task queue %s: it was started before, and a worker "
                                  "runs once: make another one",
                                  worker->options.task_queue);
    TEMPORAL_TRY(temporal_client_copy_with(&service->client, client, &changes));
    service->loop = tp_connection_loop(service->client->connection);
    service->channel = tp_connection_channel(service->client->connection);
    service->identity = service->client->identity;
    tp_uuid_make(service->instance_key);
    service->task_queue = (char *)(uintptr_t)worker->options.task_queue;

    worker->stage = TP_WORKER_RUNNING;
    tp_loop_call(service->loop, tp_worker_begin, worker);
    return TEMPORAL_OK;
}

static void do_nothing(void *data)
{
    (void)data;
}

temporal_error *temporal_worker_wait(temporal_worker *worker)
{
    temporal_error *fatal;

    pthread_mutex_lock(&worker->mutex);
    while (worker->stage == TP_WORKER_RUNNING)
        pthread_cond_wait(&worker->changed, &worker->mutex);
    fatal = worker->fatal;
    worker->fatal = NULL;
    pthread_mutex_unlock(&worker->mutex);
    /* When this has run, the loop is out of the callback that told us. */
    if (worker->service.loop)
        tp_loop_call(worker->service.loop, do_nothing, NULL);
    return fatal;
}

temporal_error *temporal_worker_run(temporal_worker *worker, temporal_client *client)
{
    bool listen = !worker->options.no_signal_handlers;
    temporal_error *error;

    if (listen)
        TEMPORAL_TRY(tp_signals_listen(worker->event_fd));
    error = temporal_worker_start(worker, client);
    if (!error)
        error = temporal_worker_wait(worker);
    if (listen)
        tp_signals_leave(worker->event_fd);
    return error;
}

void temporal_worker_shutdown(temporal_worker *worker)
{
    const uint64_t once = 1;
    int error = errno; /* a signal handler must not change it */

    /* It can fail only when the counter is full: then the worker has been told. */
    while (write(worker->event_fd, &once, sizeof once) < 0 && errno == EINTR)
        continue;
    errno = error;
}

void temporal_worker_free(temporal_worker *worker)
{
    if (!worker)
        return;
    if (worker->stage == TP_WORKER_RUNNING) {
        temporal_worker_shutdown(worker);
        temporal_error_free(temporal_worker_wait(worker));
    }
    temporal_error_free(worker->fatal);
    for (int i = 0; i < TP_EXECUTOR_COUNT; i++)
        tp_executor_free(worker->executors[i]);
    temporal_client_free(worker->service.client);
    tp_registry_done(&worker->registry);
    if (worker->event_fd >= 0)
        close(worker->event_fd);
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->mutex);
    tp_arena_done(&worker->arena);
    tp_free(worker);
}

/* --- status ---------------------------------------------------------------------------------- */

typedef struct status_request {
    temporal_worker *worker;
    temporal_process_status *status;
    size_t capacity, count;
} status_request;

static void read_status(void *data)
{
    status_request *request = data;
    tp_executor *executor = request->worker->executors[TP_PROCESSES];

    request->count = executor->ops->status(executor, request->status, request->capacity);
}

size_t temporal_worker_process_status(temporal_worker *worker, temporal_process_status *status,
                                      size_t capacity)
{
    status_request request = { .worker = worker, .status = status, .capacity = capacity };

    if (!worker->executors[TP_PROCESSES] || !worker->service.loop)
        return 0;
    tp_loop_call(worker->service.loop, read_status, &request);
    return request.count;
}
