/* SPDX-License-Identifier: MIT */
/* worker/activity_tasks.c -- the way of an activity task: polled, made an attempt, run by the
 * executor of its type, its end told to the server. */
#include "worker/activity_tasks.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "worker/activity_answer.h"
#include "worker/activity_attempt.h"
#include "worker/places.h"
#include "worker/poller.h"
#include "worker/rate.h"

struct tp_activity_tasks {
    tp_activity_tasks_options options;
    Tp__Ws__PollActivityTaskQueueRequest request;
    Tp__Taskqueue__TaskQueue task_queue;
    Tp__Taskqueue__TaskQueueMetadata metadata;
    Tp__Pb__DoubleValue queue_rate;
    tp_poller *poller;
    tp_list attempts; /* of tp_activity_attempt: from poll to answer */
    tp_places places;
    tp_rate rate;
    tp_timer *rate_wait; /* until the rate allows one more poll */
    tp_activity_counts counts;
    bool polling, given_up;
    bool stopping, stopped;           /* stopped: idle was told, nothing may begin any more */
    temporal_cancel_reason cancelled; /* all that still come are, too */
    tp_timer *patience;               /* with answers that are left when all attempts have ended */
    tp_loop_fn idle;
    void *idle_data;
};

static void on_rate_wait(void *data)
{
    tp_activity_tasks_wake(data);
}

static bool reserve(void *data)
{
    tp_activity_tasks *tasks = data;
    size_t polls = tasks->places.polls + 1;
    int64_t now = tp_clock_monotonic();
    temporal_seconds wait;

    if (!tp_rate_allows(&tasks->rate, polls, now)) {
        wait = tp_rate_wait(&tasks->rate, polls, now);
        if (wait > 0)
            tp_timer_start(tasks->rate_wait, wait);
        return false;
    }
    return tp_places_take_poll(&tasks->places);
}

static void release(void *data)
{
    tp_activity_tasks *tasks = data;

    tp_places_end_poll(&tasks->places);
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
    if (!tasks->stopping || tasks->stopped || tasks->polling || is_any_running(tasks) ||
        tp_places_has_promised(&tasks->places))
        return;
    if (!tp_list_is_empty(&tasks->attempts)) {
        tp_timer_start(tasks->patience, TP_SHUTDOWN_PATIENCE);
        return;
    }
    tp_timer_stop(tasks->patience);
    tasks->stopped = true;
    tp_loop_post(tasks->options.service->loop, tasks->idle, tasks->idle_data);
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
        tp_activity_answer_give_up(attempt);
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
    tasks->options.place_free(tasks->options.data); /* to whom knows already what to run there */
    if (tasks->stopping)
        advance_stop(tasks);
    else
        tp_poller_wake(tasks->poller);
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

/* False: its activity is not ours. */
static bool begin_attempt(tp_activity_tasks *tasks,
                          const Tp__Ws__PollActivityTaskQueueResponse *response)
{
    const tp_activity_tasks_options *options = &tasks->options;
    tp_activity_attempt *attempt = tp_activity_attempt_new(options->service, response);
    const tp_registered *registered;

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
        return false;
    }

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

static bool received(void *data, tp_arena *memory, ProtobufCMessage *message)
{
    tp_activity_tasks *tasks = data;
    const Tp__Ws__PollActivityTaskQueueResponse *response =
        (const Tp__Ws__PollActivityTaskQueueResponse *)message;

    (void)memory; /* the attempt copies what it needs */
    if (response->task_token.len == 0)
        return false; /* the long poll ended empty */
    tp_service_note_delay(tasks->options.service, response->started_time);
    tasks->counts.polled++;
    tp_rate_take(&tasks->rate, tp_clock_monotonic());
    if (!begin_attempt(tasks, response))
        return false; /* its place was not needed */
    tp_places_end_poll(&tasks->places);
    return true;
}

static void on_poll_refused(void *data, temporal_error *error)
{
    tp_activity_tasks *tasks = data;

    tasks->options.fatal(tasks->options.data, error);
}

/* The server keeps to it, for all the workers of the queue. */
static void set_queue_rate(tp_activity_tasks *tasks)
{
    if (tasks->options.queue_rate == 0)
        return;
    tp__pb__double_value__init(&tasks->queue_rate);
    tasks->queue_rate.value = tasks->options.queue_rate;
    tp__taskqueue__task_queue_metadata__init(&tasks->metadata);
    tasks->metadata.max_tasks_per_second = &tasks->queue_rate;
    tasks->request.task_queue_metadata = &tasks->metadata;
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
    set_queue_rate(tasks);
    tp_rate_init(&tasks->rate, options->rate, tp_clock_monotonic());
    tasks->rate_wait = tp_timer_new(options->service->loop, on_rate_wait, tasks);
    tp_places_init(&tasks->places, &(const tp_places_options){
                                       .executors = options->executors,
                                       .task_queue = options->service->task_queue,
                                       .loop = options->service->loop,
                                       .max_held = options->max_held,
                                       .keep_for_promises = options->eager,
                                       .starving = TP_PLACES_STARVING,
                                   });
    tasks->request.worker_instance_key = options->service->instance_key;

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
    if (!tasks->stopping)
        tp_poller_wake(tasks->poller);
}

int tp_activity_tasks_promise(tp_activity_tasks *tasks, const char *activity_type,
                              const char *task_queue)
{
    const tp_registered *registered = tp_registry_find(tasks->options.registry, activity_type);

    if (!registered || !tasks->options.eager || tasks->stopping ||
        strcmp(task_queue, tasks->options.service->task_queue) != 0 ||
        !tp_places_promise(&tasks->places, registered->executor))
        return -1;
    return registered->executor;
}

void tp_activity_tasks_settle(tp_activity_tasks *tasks, const size_t *promised,
                              Tp__Ws__PollActivityTaskQueueResponse *const *came, size_t count)
{
    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        for (size_t j = 0; j < promised[i]; j++)
            tp_places_end_promise(&tasks->places, i);
    }
    for (size_t i = 0; i < count && !tasks->given_up && !tasks->stopped; i++) {
        tasks->counts.eager++;
        begin_attempt(tasks, came[i]);
    }
    advance_stop(tasks);
    tp_activity_tasks_wake(tasks);
}

tp_activity_counts tp_activity_tasks_count(const tp_activity_tasks *tasks)
{
    tp_activity_counts counts = tasks->counts;

    counts.polls = tasks->places.polls;
    return counts;
}

void tp_activity_tasks_stop(tp_activity_tasks *tasks, tp_loop_fn idle, void *data)
{
    tasks->stopping = true;
    tasks->idle = idle;
    tasks->idle_data = data;
    tasks->patience = tp_timer_new(tasks->options.service->loop, on_answers_late, tasks);
    tp_poller_stop(tasks->poller, on_poller_stopped, tasks);
}

void tp_activity_tasks_cancel_polls(tp_activity_tasks *tasks)
{
    tp_poller_cancel(tasks->poller);
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
    tp_timer_free(tasks->rate_wait);
    tp_places_done(&tasks->places);
    tp_poller_free(tasks->poller);
    tp_free(tasks);
}
