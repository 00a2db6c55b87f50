/* SPDX-License-Identifier: MIT */
/* worker/lifecycle.c -- a worker on its loop: begun, shut down gracefully, ended by force.
 *
 *     begin     executors, then the two task rooms, which poll
 *     stop      polls end; activities are told; those that are left when the grace is over are
 *               cancelled; every answer is sent; then executors, threads and processes end
 *     force     (a second signal) nothing is waited for: processes are killed, what hangs in user
 *               code is left behind
 *     end       nothing of it is left on the loop */
#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "worker/signals.h"
#include "worker/worker.h"

/* How long a busy worker lets the polls that are under way take their tasks. */
#define LINGER_TIME (3 * TEMPORAL_SECOND)

static void stop(temporal_worker *worker);

/* --- the end --------------------------------------------------------------------------------- */

static void on_wake_closed(uv_handle_t *handle)
{
    temporal_worker *worker = handle->data;

    tp_activity_tasks_free(worker->activity_tasks);
    tp_workflow_tasks_free(worker->workflow_tasks);
    tp_local_activities_free(worker->locals);
    tp_farewell_free(worker->farewell);
    tp_timer_free(worker->grace);

    pthread_mutex_lock(&worker->mutex);
    worker->stage = TP_WORKER_ENDED;
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->mutex);
}

static void on_watch_stopped(void *data)
{
    temporal_worker *worker = data;

    uv_close((uv_handle_t *)&worker->wake, on_wake_closed);
}

static void on_part_stopped(void *data)
{
    temporal_worker *worker = data;

    if (--worker->parts == 0)
        tp_watch_stop(worker->watch, on_watch_stopped, worker);
}

/* --- stopping --------------------------------------------------------------------------------- */

static void on_activities_idle(void *data)
{
    temporal_worker *worker = data;

    if (--worker->busy > 0)
        return;
    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        if (!worker->executors[i])
            continue;
        worker->parts++;
        tp_executor_stop(worker->executors[i], on_part_stopped, worker);
    }
    on_part_stopped(worker);
}

/* No task begins local activities any more. */
static void on_workflows_stopped(void *data)
{
    temporal_worker *worker = data;

    tp_local_activities_cancel(worker->locals);
    tp_local_activities_stop(worker->locals, on_activities_idle, worker);
    on_part_stopped(worker);
}

static void cancel_polls(void *data, bool sticky)
{
    temporal_worker *worker = data;

    if (worker->activity_tasks && !sticky)
        tp_activity_tasks_cancel_polls(worker->activity_tasks);
    if (worker->workflow_tasks)
        tp_workflow_tasks_cancel_polls(worker->workflow_tasks, sticky);
}

/* An activity that still comes has what is left of the grace. When there is none, it would only
 * lose an attempt. */
static temporal_seconds get_linger_time(const temporal_worker *worker)
{
    temporal_seconds grace = worker->options.graceful_shutdown_timeout;

    if (worker->fatal)
        return 0;
    return worker->activity_tasks && grace < LINGER_TIME ? grace : LINGER_TIME;
}

static void on_grace_over(void *data)
{
    temporal_worker *worker = data;

    if (worker->activity_tasks)
        tp_activity_tasks_cancel(worker->activity_tasks, TEMPORAL_CANCEL_WORKER_SHUTDOWN);
    if (worker->locals)
        tp_local_activities_cancel(worker->locals);
}

static void stop(temporal_worker *worker)
{
    if (worker->stopping)
        return;
    worker->stopping = true;
    tp_log(TEMPORAL_LOG_INFO, "worker", "worker of task queue %s is shutting down",
           worker->service.task_queue);

    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        if (worker->executors[i])
            tp_executor_notify_shutdown(worker->executors[i]);
    }
    worker->parts++; /* the activities, running or not */
    worker->busy = worker->workflow_tasks ? 2 : 1;
    if (worker->activity_tasks)
        tp_activity_tasks_stop(worker->activity_tasks, on_activities_idle, worker);
    else
        tp_loop_post(worker->service.loop, on_activities_idle, worker);
    if (worker->workflow_tasks) {
        worker->parts++;
        tp_workflow_tasks_stop(worker->workflow_tasks, on_workflows_stopped, worker);
    }
    worker->parts++;
    tp_farewell_say(worker->farewell, get_linger_time(worker));

    if (worker->options.graceful_shutdown_timeout > 0)
        tp_timer_start(worker->grace, worker->options.graceful_shutdown_timeout);
    else
        on_grace_over(worker);
}

/* error is taken; the first one is the one that counts. */
static void set_fatal(temporal_worker *worker, temporal_error *error)
{
    pthread_mutex_lock(&worker->mutex);
    if (!worker->fatal) {
        worker->fatal = error;
        error = NULL;
    }
    pthread_mutex_unlock(&worker->mutex);
    temporal_error_free(error);
}

static void force(temporal_worker *worker)
{
    if (worker->forced)
        return;
    worker->forced = true;
    tp_log(TEMPORAL_LOG_WARN, "worker", "worker of task queue %s is ended by force",
           worker->service.task_queue);
    set_fatal(worker, temporal_error_new(TEMPORAL_ERROR_SHUTDOWN,
                                         "the worker was ended by force: a second signal came "
                                         "while activities were still running"));
    stop(worker);
    tp_farewell_give_up(worker->farewell);
    if (worker->activity_tasks)
        tp_activity_tasks_give_up(worker->activity_tasks);
    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        if (worker->executors[i])
            tp_executor_abandon(worker->executors[i]);
    }
    if (worker->workflow_tasks)
        tp_workflow_tasks_give_up(worker->workflow_tasks);
}

static void on_fatal(void *data, temporal_error *error)
{
    temporal_worker *worker = data;

    tp_log(TEMPORAL_LOG_ERROR, "worker", "worker of task queue %s cannot go on: %s",
           worker->service.task_queue, temporal_error_message(error));
    set_fatal(worker, error);
    stop(worker);
}

static void on_wake(uv_poll_t *handle, int status, int events)
{
    temporal_worker *worker = handle->data;
    uint64_t count = 0;

    (void)status;
    (void)events;
    if (read(worker->event_fd, &count, sizeof count) != (ssize_t)sizeof count)
        return; /* nothing there after all */
    worker->signals += count / TP_SIGNAL_UNIT;
    if (worker->signals >= 2)
        force(worker);
    else
        stop(worker);
}

/* --- beginning -------------------------------------------------------------------------------- */

static temporal_error *begin_executors(temporal_worker *worker)
{
    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        if (!worker->executors[i])
            continue;
        worker->executors[i]->failed = on_fatal;
        worker->executors[i]->data = worker;
        TEMPORAL_TRY(tp_executor_start(worker->executors[i], worker->service.loop));
    }
    return TEMPORAL_OK;
}

/* Local activities and tasks share the executors. */
static void on_local_place_free(void *data)
{
    temporal_worker *worker = data;

    if (worker->activity_tasks)
        tp_activity_tasks_wake(worker->activity_tasks);
}

static void on_place_free(void *data)
{
    temporal_worker *worker = data;

    if (worker->locals)
        tp_local_activities_wake(worker->locals);
}

static temporal_error *begin_tasks(temporal_worker *worker)
{
    const temporal_worker_options *options = &worker->options;

    if (worker->registry.activity_count > 0)
        worker->activity_tasks = tp_activity_tasks_new(&(const tp_activity_tasks_options){
            .service = &worker->service,
            .registry = &worker->registry,
            .executors = worker->executors,
            .polls = options->activity_pollers,
            .max_held = options->max_held_activities,
            .rate = options->max_activities_per_second,
            .queue_rate = options->max_task_queue_activities_per_second,
            .eager = options->workflows && options->workflows[0] &&
                     !options->disable_eager_activities &&
                     options->max_activities_per_second == 0 &&
                     options->max_task_queue_activities_per_second == 0,
            .max_heartbeat_throttle = options->max_heartbeat_throttle,
            .default_heartbeat_throttle = options->default_heartbeat_throttle,
            .fatal = on_fatal,
            .place_free = on_place_free,
            .data = worker,
        });
    if (!options->workflows || !options->workflows[0])
        return TEMPORAL_OK;
    worker->locals = tp_local_activities_new(&(const tp_local_activities_options){
        .service = &worker->service,
        .registry = &worker->registry,
        .executors = worker->executors,
        .concurrency = options->max_concurrent_local_activities,
        .place_free = on_local_place_free,
        .data = worker,
    });
    return tp_workflow_tasks_new(&worker->workflow_tasks, &(const tp_workflow_tasks_options){
                                                              .locals = worker->locals,
                                                              .activities = worker->activity_tasks,
                                                              .service = &worker->service,
                                                              .worker = options,
                                                              .fatal = on_fatal,
                                                              .data = worker,
                                                          });
}

void tp_worker_begin(void *data)
{
    temporal_worker *worker = data;
    temporal_error *error;

    worker->grace = tp_timer_new(worker->service.loop, on_grace_over, worker);
    uv_poll_init(tp_loop_uv(worker->service.loop), &worker->wake, worker->event_fd);
    worker->wake.data = worker;
    uv_poll_start(&worker->wake, UV_READABLE, on_wake);

    if (!worker->options.no_watching)
        worker->watch = tp_watch_new(worker);
    error = begin_executors(worker);
    if (!error)
        error = begin_tasks(worker);
    worker->farewell = tp_farewell_new(&(const tp_farewell_options){
        .service = &worker->service,
        .activities = worker->activity_tasks,
        .sticky_queue =
            worker->workflow_tasks ? tp_workflow_tasks_sticky_queue(worker->workflow_tasks) : NULL,
        .cancel_polls = cancel_polls,
        .ended = on_part_stopped,
        .data = worker,
    });
    if (error) {
        set_fatal(worker, error);
        stop(worker);
    }
}
