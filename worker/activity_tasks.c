/* SPDX-License-Identifier: MIT */
/* worker/activity_tasks.c -- the way of an activity task: polled, made an attempt, run by the
 * executor of its type, its end told to the server. */
#include "worker/activity_tasks.h"

#include "base/alloc.h"
#include "base/log.h"
#include "worker/activity_answer.h"
#include "worker/activity_attempt.h"
#include "worker/poller.h"

struct tp_activity_tasks {
    tp_activity_tasks_options options;
    Tp__Ws__PollActivityTaskQueueRequest request;
    Tp__Taskqueue__TaskQueue task_queue;
    tp_poller *poller;
    tp_list attempts; /* of tp_activity_attempt: from poll to answer */
    size_t reserved;  /* polls under way */
    bool polling, given_up;
    temporal_cancel_reason cancelled; /* all that still come are, too */
    tp_timer *patience;               /* with answers that are left when all attempts have ended */
    tp_loop_fn idle;
    void *idle_data;
};

/* A poll may bring a task for any executor, so each poll under way needs a place on every one: a
 * task is never taken from the server to wait here while its timeouts run. */
static bool reserve(void *data)
{
    tp_activity_tasks *tasks = data;

    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        const tp_executor *executor = tasks->options.executors[i];

        if (executor && executor->running + tasks->reserved >= executor->capacity)
            return false;
    }
    tasks->reserved++;
    return true;
}

static void release(void *data)
{
    tp_activity_tasks *tasks = data;

    tasks->reserved--;
}

static bool is_any_running(const tp_activity_tasks *tasks)
{
    for (tp_list *at = tasks->attempts.next; at != &tasks->attempts; at = at->next) {
        if (!tp_list_entry(at, tp_activity_attempt, link)->ended)
            return true;
    }
    return false;
}

/* Of a shutdown: it waits for attempts, for as long as they take, but not for a server that is
 * away. */
static void advance_stop(tp_activity_tasks *tasks)
{
    if (!tasks->idle || tasks->polling || is_any_running(tasks))
        return;
    if (!tp_list_is_empty(&tasks->attempts)) {
        tp_timer_start(tasks->patience, TP_SHUTDOWN_PATIENCE);
        return;
    }
    tp_timer_stop(tasks->patience);
    tp_loop_post(tasks->options.service->loop, tasks->idle, tasks->idle_data);
    tasks->idle = NULL;
}

static void on_answers_late(void *data)
{
    tp_activity_tasks_give_up(data);
}

static void on_answered(void *data)
{
    tp_activity_attempt *attempt = data;
    tp_activity_tasks *tasks = attempt->tasks;

    tp_list_remove(&attempt->link);
    tp_activity_attempt_free(attempt);
    advance_stop(tasks);
}

static void answer_attempt(tp_activity_attempt *attempt)
{
    if (attempt->tasks->given_up)
        tp_loop_post(attempt->tasks->options.service->loop, on_answered, attempt);
    else
        tp_activity_answer_send(attempt, on_answered, attempt);
}

static void on_beat(tp_attempt *attempt)
{
    tp_heartbeats_beat(&tp_activity_attempt_of(attempt)->heartbeats);
}

static void on_done(tp_attempt *executed, const tp_outcome *outcome)
{
    tp_activity_attempt *attempt = tp_activity_attempt_of(executed);
    tp_activity_tasks *tasks = attempt->tasks;

    tp_timer_stop(attempt->timeout);
    tp_heartbeats_end(&attempt->heartbeats);
    attempt->ended = true;
    tp_activity_attempt_set_outcome(attempt, outcome->kind, outcome->body);
    answer_attempt(attempt);
    if (tasks->idle)
        advance_stop(tasks);
    else
        tp_poller_wake(tasks->poller); /* its place is free */
}

static void on_cancel(tp_attempt *executed, temporal_cancel_reason reason)
{
    tp_activity_attempt_cancel(tp_activity_attempt_of(executed), reason);
}

static const tp_attempt_events attempt_events = { .beat = on_beat, .done = on_done };

/* The server gave the attempt away when its time was over; whoever runs it should stop. Our clock
 * started later than the server's, so this is never too early. */
static void on_timeout(void *data)
{
    tp_activity_attempt *attempt = data;

    tp_activity_attempt_cancel(attempt, TEMPORAL_CANCEL_TIMED_OUT);
}

static void start_timeout(tp_activity_attempt *attempt)
{
    const tp_task *task = &attempt->executed.task;
    temporal_seconds limit = task->start_to_close_timeout;

    if (limit <= 0 ||
        (task->schedule_to_close_timeout > 0 && task->schedule_to_close_timeout < limit))
        limit = task->schedule_to_close_timeout;
    if (limit > 0)
        tp_timer_start(attempt->timeout, limit);
}

static void refuse_unknown_type(tp_activity_attempt *attempt)
{
    tp_activity_tasks *tasks = attempt->tasks;
    const tp_task *task = &attempt->executed.task;
    temporal_error *error = temporal_error_application(
        "NotFoundError",
        "activity type %s is not registered on the worker of task queue %s, which has: %s",
        task->activity_type, tasks->options.service->task_queue,
        tasks->options.registry->activity_count ? tasks->options.registry->names : "none");

    tp_log(TEMPORAL_LOG_WARN, "activity", "%s", temporal_error_message(error));
    attempt->ended = true;
    tp_activity_attempt_set_failure(attempt, error);
    temporal_error_free(error);
    answer_attempt(attempt);
}

static bool received(void *data, const ProtobufCMessage *message)
{
    tp_activity_tasks *tasks = data;
    const tp_activity_tasks_options *options = &tasks->options;
    const Tp__Ws__PollActivityTaskQueueResponse *response =
        (const Tp__Ws__PollActivityTaskQueueResponse *)message;
    tp_activity_attempt *attempt;
    const tp_registered *registered;

    if (response->task_token.len == 0)
        return false; /* the long poll ended empty */

    attempt = tp_activity_attempt_new(options->service, response);
    attempt->tasks = tasks;
    tp_heartbeats_init(&attempt->heartbeats, options->service, &attempt->executed,
                       tp_heartbeats_interval(attempt->executed.task.heartbeat_timeout,
                                              options->max_heartbeat_throttle,
                                              options->default_heartbeat_throttle),
                       on_cancel);
    tp_list_append(&tasks->attempts, &attempt->link);
    registered = tp_registry_find(options->registry, attempt->executed.task.activity_type);
    if (!registered) {
        refuse_unknown_type(attempt);
        return false; /* its place was not needed */
    }

    tasks->reserved--;
    attempt->executed.task.def = registered->def;
    attempt->executed.task.def_index = registered->index;
    attempt->executed.events = &attempt_events;
    attempt->timeout = tp_timer_new(options->service->loop, on_timeout, attempt);
    start_timeout(attempt);
    tp_heartbeats_watch(&attempt->heartbeats);
    tp_executor_submit(options->executors[registered->executor], &attempt->executed);
    tp_heartbeats_keep_alive(&attempt->heartbeats);
    if (tasks->cancelled != TEMPORAL_CANCEL_NONE)
        tp_activity_attempt_cancel(attempt, tasks->cancelled);
    return true;
}

static void on_poll_refused(void *data, temporal_error *error)
{
    tp_activity_tasks *tasks = data;

    tasks->options.fatal(tasks->options.data, error);
}

tp_activity_tasks *tp_activity_tasks_new(const tp_activity_tasks_options *options)
{
    tp_activity_tasks *tasks = tp_alloc(sizeof *tasks);

    tasks->options = *options;
    tp_list_init(&tasks->attempts);
    tp__taskqueue__task_queue__init(&tasks->task_queue);
    tasks->task_queue.name = options->service->task_queue;
    tasks->task_queue.kind = TP__ENUMS__TASK_QUEUE_KIND__TASK_QUEUE_KIND_NORMAL;
    tp__ws__poll_activity_task_queue_request__init(&tasks->request);
    tasks->request.namespace_ = options->service->client->namespace_name;
    tasks->request.task_queue = &tasks->task_queue;
    tasks->request.identity = options->service->identity;

    tasks->polling = true;
    tasks->poller = tp_poller_new(&(const tp_poller_options){
        .service = options->service,
        .method = "PollActivityTaskQueue",
        .request = &tasks->request.base,
        .response = &tp__ws__poll_activity_task_queue_response__descriptor,
        .polls = options->polls,
        .reserve = reserve,
        .release = release,
        .received = received,
        .fatal = on_poll_refused,
        .data = tasks,
    });
    tp_poller_wake(tasks->poller);
    return tasks;
}

static void on_poller_stopped(void *data)
{
    tp_activity_tasks *tasks = data;

    tasks->polling = false;
    advance_stop(tasks);
}

void tp_activity_tasks_wake(tp_activity_tasks *tasks)
{
    if (!tasks->idle && tasks->polling)
        tp_poller_wake(tasks->poller);
}

void tp_activity_tasks_stop(tp_activity_tasks *tasks, tp_loop_fn idle, void *data)
{
    tasks->idle = idle;
    tasks->idle_data = data;
    tasks->patience = tp_timer_new(tasks->options.service->loop, on_answers_late, tasks);
    tp_poller_stop(tasks->poller, on_poller_stopped, tasks);
}

void tp_activity_tasks_cancel(tp_activity_tasks *tasks, temporal_cancel_reason reason)
{
    tp_list *next;

    tasks->cancelled = reason;
    /* Cancelling may end an attempt at once. */
    for (tp_list *at = tasks->attempts.next; at != &tasks->attempts; at = next) {
        tp_activity_attempt *attempt = tp_list_entry(at, tp_activity_attempt, link);

        next = at->next;
        if (!attempt->ended)
            tp_activity_attempt_cancel(attempt, reason);
    }
}

void tp_activity_tasks_give_up(tp_activity_tasks *tasks)
{
    tasks->given_up = true;
    for (tp_list *at = tasks->attempts.next; at != &tasks->attempts; at = at->next)
        tp_activity_answer_give_up(tp_list_entry(at, tp_activity_attempt, link));
}

void tp_activity_tasks_free(tp_activity_tasks *tasks)
{
    if (!tasks)
        return;
    tp_timer_free(tasks->patience);
    tp_poller_free(tasks->poller);
    tp_free(tasks);
}
