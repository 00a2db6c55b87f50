/* SPDX-License-Identifier: MIT */
/* worker/watch.c -- lets other programs of the same user watch a worker, and ask it a few things.
 */
#include "worker/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/list.h"
#include "base/log.h"
#include "worker/worker.h"

#define WATCHERS_MAX 16
/* When there are no descriptors left, a connection that waits would wake the loop for ever. */
#define PAUSE TEMPORAL_SECOND

struct tp_watch {
    temporal_worker *worker;
    char folder[TP_MEETING_PATH], name[TP_MEETING_NAME];
    int fd;
    uv_poll_t poll;
    tp_timer *pause;
    tp_list watchers;
    size_t count;
    tp_board board; /* .fd: -1 while nobody looks */
    int64_t started_at;
    size_t closing;
    tp_loop_fn stopped;
    void *stopped_data;
};

typedef struct watcher {
    tp_list link;
    tp_watch *watch;
    int fd;
    uv_poll_t poll;
    bool has_board; /* it was given the board's descriptor */
} watcher;

/* --- what is shown ---------------------------------------------------------------------------- */

static void show_worker(tp_watch *watch)
{
    temporal_worker *worker = watch->worker;
    tp_board_worker row = { .pid = (int32_t)getpid(),
                            .is_draining = worker->stopping,
                            .started_at = watch->started_at };

    tp_board_set_text(row.task_queue, worker->service.task_queue);
    tp_board_set_text(row.namespace_name, worker->service.client->namespace_name);
    tp_board_set_text(row.identity, worker->service.identity);
    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        tp_executor *executor = worker->executors[i];

        if (!executor)
            continue;
        row.executors[i] =
            (tp_board_executor){ .capacity = executor->capacity,
                                 .running = executor->running,
                                 .done = executor->ended[TP_OUTCOME_COMPLETED] +
                                         executor->ended[TP_OUTCOME_ASYNC],
                                 .failed = executor->ended[TP_OUTCOME_FAILED],
                                 .cancelled = executor->ended[TP_OUTCOME_CANCELLED] };
        if (executor->ops->watch)
            executor->ops->watch->show_worker(executor, &row);
    }
    tp_board_show_worker(&watch->board, &row);
}

static tp_executor *processes_of(const tp_watch *watch)
{
    tp_executor *executor = watch->worker->executors[TP_PROCESSES];

    return executor && executor->ops->watch ? executor : NULL;
}

static temporal_error *look(tp_watch *watch)
{
    tp_executor *executor = processes_of(watch);
    size_t count = executor ? executor->ops->watch->count(executor) : 0;

    if (watch->board.fd < 0)
        TEMPORAL_TRY(tp_board_new(&watch->board, count));
    show_worker(watch);
    for (size_t i = 0; i < count; i++) {
        tp_board_process row;

        executor->ops->watch->show(executor, i, &row);
        tp_board_show_process(&watch->board, i, &row);
    }
    return TEMPORAL_OK;
}

/* --- what is asked ---------------------------------------------------------------------------- */

static temporal_error *ask_processes(tp_watch *watch, const tp_meeting_request *request)
{
    tp_executor *executor = processes_of(watch);
    const tp_executor_watch_ops *ops = executor ? executor->ops->watch : NULL;

    if (!ops)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "the worker runs no activities in processes");
    if (request->kind == TP_MEETING_RECYCLE)
        return ops->recycle(executor, request->argument);
    if (request->kind == TP_MEETING_KILL)
        return ops->kill(executor, request->argument);
    TEMPORAL_TRY(ops->resize(executor, request->argument));
    if (watch->worker->activity_tasks)
        tp_activity_tasks_wake(watch->worker->activity_tasks);
    return TEMPORAL_OK;
}

static temporal_error *obey(tp_watch *watch, const tp_meeting_request *request)
{
    switch (request->kind) {
    case TP_MEETING_LOOK:
        return look(watch);
    case TP_MEETING_RECYCLE:
    case TP_MEETING_KILL:
    case TP_MEETING_RESIZE:
        return ask_processes(watch, request);
    case TP_MEETING_DRAIN:
        tp_log(TEMPORAL_LOG_INFO, "worker", "worker of task queue %s is drained by a command",
               watch->worker->service.task_queue);
        temporal_worker_shutdown(watch->worker);
        return TEMPORAL_OK;
    default:
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "this worker does not know that command: its library is older");
    }
}

/* --- who watches ------------------------------------------------------------------------------ */

static void let_go(tp_watch *watch)
{
    if (--watch->closing > 0 || !watch->stopped)
        return;
    tp_board_done(&watch->board);
    tp_timer_free(watch->pause);
    watch->stopped(watch->stopped_data);
    tp_free(watch);
}

static void on_watcher_closed(uv_handle_t *handle)
{
    watcher *gone = handle->data;
    tp_watch *watch = gone->watch;

    close(gone->fd);
    tp_free(gone);
    let_go(watch);
}

static void drop(watcher *one)
{
    tp_watch *watch = one->watch;

    tp_list_remove(&one->link);
    watch->closing++;
    uv_close((uv_handle_t *)&one->poll, on_watcher_closed);
    if (--watch->count == 0)
        tp_board_done(&watch->board);
}

static void on_request(uv_poll_t *poll, int status, int events)
{
    watcher *one = poll->data;
    tp_meeting_request request;
    temporal_error *error;
    tp_meeting_result result;
    int fd = -1;

    (void)status;
    (void)events;
    result = tp_meeting_hear(one->fd, &request);
    if (result == TP_MEETING_LATER)
        return;
    if (result == TP_MEETING_OVER) {
        drop(one);
        return;
    }
    error = obey(one->watch, &request);
    if (!error && request.kind == TP_MEETING_LOOK && !one->has_board)
        fd = one->watch->board.fd;
    /* One that does not read its answers has left. */
    result = tp_meeting_answer(one->fd, error ? temporal_error_message(error) : NULL, fd);
    one->has_board = one->has_board || fd >= 0;
    temporal_error_free(error);
    if (result != TP_MEETING_DONE)
        drop(one);
}

static const char *why_not(const tp_watch *watch, int fd)
{
    if (!tp_meeting_may_talk(fd, geteuid()))
        return "the worker belongs to another user";
    if (watch->count == WATCHERS_MAX)
        return "the worker is watched by too many";
    return NULL;
}

static void admit(tp_watch *watch, int fd)
{
    watcher *one = tp_alloc(sizeof *one);

    *one = (watcher){ .watch = watch, .fd = fd };
    if (uv_poll_init(tp_loop_uv(watch->worker->service.loop), &one->poll, fd) != 0) {
        close(fd);
        tp_free(one);
        return;
    }
    one->poll.data = one;
    uv_poll_start(&one->poll, UV_READABLE, on_request);
    tp_list_append(&watch->watchers, &one->link);
    watch->count++;
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    tp_watch *watch = poll->data;
    int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    const char *why;

    (void)status;
    (void)events;
    if (fd >= 0) {
        why = why_not(watch, fd);
        if (!why) {
            admit(watch, fd);
            return;
        }
        (void)tp_meeting_answer(fd, why, -1);
        close(fd);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        uv_poll_stop(poll);
        tp_timer_start(watch->pause, PAUSE);
    }
}

static void on_pause_over(void *data)
{
    tp_watch *watch = data;

    if (!watch->stopped)
        uv_poll_start(&watch->poll, UV_READABLE, on_connection);
}

/* --- beginning and end ------------------------------------------------------------------------ */

static temporal_error *begin_to_listen(tp_watch *watch)
{
    TEMPORAL_TRY(tp_meeting_make_folder(watch->folder));
    tp_meeting_tidy(watch->folder);
    watch->fd = tp_meeting_listen(watch->folder, watch->name);
    if (watch->fd < 0)
        return tp_error_system(errno, "cannot listen in %s", watch->folder);
    return TEMPORAL_OK;
}

tp_watch *tp_watch_new(temporal_worker *worker)
{
    tp_watch *watch = tp_alloc(sizeof *watch);
    temporal_error *error;

    watch->worker = worker;
    watch->board.fd = -1;
    watch->started_at = tp_clock_monotonic();
    tp_list_init(&watch->watchers);
    error = begin_to_listen(watch);
    if (!error) {
        int failed = uv_poll_init(tp_loop_uv(worker->service.loop), &watch->poll, watch->fd);

        if (failed) {
            error = tp_error_system(-failed, "cannot wait for connections");
            tp_meeting_leave(watch->folder, watch->name);
            close(watch->fd);
        }
    }
    if (error) {
        tp_log(TEMPORAL_LOG_WARN, "worker", "worker of task queue %s cannot be watched: %s",
               worker->service.task_queue, temporal_error_message(error));
        temporal_error_free(error);
        tp_free(watch);
        return NULL;
    }
    watch->pause = tp_timer_new(worker->service.loop, on_pause_over, watch);
    watch->poll.data = watch;
    uv_poll_start(&watch->poll, UV_READABLE, on_connection);
    return watch;
}

static void on_listener_closed(uv_handle_t *handle)
{
    tp_watch *watch = handle->data;

    close(watch->fd);
    let_go(watch);
}

void tp_watch_stop(tp_watch *watch, tp_loop_fn stopped, void *data)
{
    if (!watch) {
        stopped(data);
        return;
    }
    tp_meeting_leave(watch->folder, watch->name);
    watch->stopped = stopped;
    watch->stopped_data = data;
    watch->closing++;
    while (!tp_list_is_empty(&watch->watchers))
        drop(tp_list_entry(watch->watchers.next, watcher, link));
    uv_close((uv_handle_t *)&watch->poll, on_listener_closed);
}
