/* SPDX-License-Identifier: MIT */
/* worker/workflow_tasks.c -- polls the normal and the sticky queue, and gives each task to the
 * thread of its run. */
#include "worker/workflow_tasks.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/message.h"
#include "base/timer.h"
#include "base/uuid.h"
#include "worker/poller.h"
#include "worker/workflow_task.h"

/* By force: how long a thread may still take to come back from workflow code. */
#define FORCED_GRACE (300 * TEMPORAL_MILLISECOND)

typedef struct queue_poller {
    tp_workflow_tasks *tasks;
    struct queue_poller *other;
    size_t polling; /* polls under way */
    Tp__Ws__PollWorkflowTaskQueueRequest request;
    Tp__Taskqueue__TaskQueue queue;
    tp_poller *poller;
} queue_poller;

struct tp_workflow_tasks {
    tp_workflow_tasks_options options;
    tp_workflow_task_ways ways;
    tp_arena arena;
    queue_poller normal, sticky;
    tp_workflow_seat **seats; /* a thread each */
    size_t seat_count, seats_ended;

    tp_list tasks;
    tp_list held; /* ended, but for their threads, which were left behind */
    size_t busy;  /* polls under way and tasks: at most max_concurrent_workflow_tasks */
    size_t pollers_running;
    tp_timer *patience; /* with threads, when it ends by force */
    bool ending_threads, patience_over;
    tp_loop_fn stopped;
    void *stopped_data;
};

static void advance_stop(tp_workflow_tasks *tasks);

/* --- polling -------------------------------------------------------------------------------- */

/* Runs that are cached come by the sticky queue and new ones by the normal one: the last place is
 * not taken from a queue that has no poll under way. */
static bool reserve(void *data)
{
    queue_poller *self = data;
    tp_workflow_tasks *tasks = self->tasks;
    size_t kept = self->other->polling == 0 ? 1 : 0;

    if (tasks->busy + kept >= tasks->options.worker->max_concurrent_workflow_tasks)
        return false;
    tasks->busy++;
    self->polling++;
    return true;
}

static void release(void *data)
{
    queue_poller *self = data;

    self->tasks->busy--;
    self->polling--;
}

static bool any_holds(const tp_list *tasks, const char *run_id)
{
    for (tp_list *at = tasks->next; at != tasks; at = at->next) {
        const tp_workflow_task *task = tp_list_entry(at, tp_workflow_task, link);

        if (task->held && strcmp(tp_workflow_task_run_id(task), run_id) == 0)
            return true;
    }
    return false;
}

/* A run that holds one thread would hold the next one, too. That its task failed may not be taken
 * yet when the next one comes. */
static bool holds_thread(const tp_workflow_tasks *tasks,
                         const Tp__Ws__PollWorkflowTaskQueueResponse *polled)
{
    const char *run_id = polled->workflow_execution ? polled->workflow_execution->run_id : "";

    return any_holds(&tasks->held, run_id) || any_holds(&tasks->tasks, run_id);
}

static void begin_task(tp_workflow_tasks *tasks, tp_arena *memory,
                       Tp__Ws__PollWorkflowTaskQueueResponse *polled)
{
    tp_workflow_seat *seat = NULL;
    tp_workflow_task *task;

    if (!holds_thread(tasks, polled))
        seat = tasks->seats[tp_workflow_task_hash(polled) % tasks->seat_count];
    task = tp_workflow_task_start(&tasks->ways, seat, memory, polled);
    tp_list_append(&tasks->tasks, &task->link);
}

static bool received(void *data, tp_arena *memory, ProtobufCMessage *message)
{
    queue_poller *self = data;
    tp_workflow_tasks *tasks = self->tasks;
    Tp__Ws__PollWorkflowTaskQueueResponse *polled =
        (Tp__Ws__PollWorkflowTaskQueueResponse *)message;

    if (polled->task_token.len == 0)
        return false; /* the long poll ended empty */
    tp_service_note_delay(tasks->options.service, polled->started_time);
    if (tasks->ending_threads)
        return false; /* it came too late: the server gives it to another worker */
    self->polling--;
    begin_task(tasks, memory, polled);
    return true;
}

/* They stand in the order in which they came. A question alone begins nothing. */
static bool is_replaced(void *data, const tp_workflow_task *task)
{
    const tp_workflow_tasks *tasks = data;

    for (tp_list *at = task->link.next; at != &tasks->tasks; at = at->next) {
        const tp_workflow_task *later = tp_list_entry(at, tp_workflow_task, link);

        if (!later->polled->query &&
            strcmp(tp_workflow_task_run_id(later), tp_workflow_task_run_id(task)) == 0)
            return true;
    }
    return false;
}

static void on_task_ended(void *data, tp_workflow_task *task)
{
    tp_workflow_tasks *tasks = data;

    tp_list_remove(&task->link);
    if (task->over)
        tp_list_append(&tasks->held, &task->link);
    else
        tp_workflow_task_free(task);
    tasks->busy--;
    if (tasks->ways.stopping) {
        advance_stop(tasks);
        return;
    }
    tp_poller_wake(tasks->normal.poller);
    tp_poller_wake(tasks->sticky.poller);
}

/* It came with an answer, and takes that task's place, which ends next. */
static void on_next_task(void *data, const Tp__Ws__PollWorkflowTaskQueueResponse *polled)
{
    tp_workflow_tasks *tasks = data;
    tp_arena memory;

    if (tasks->ending_threads)
        return;
    tasks->busy++;
    tp_arena_init(&memory);
    begin_task(tasks, &memory, tp_message_copy(&memory, &polled->base));
}

static void on_poll_refused(void *data, temporal_error *error)
{
    queue_poller *self = data;

    self->tasks->options.fatal(self->tasks->options.data, error);
}

static void init_queue(tp_workflow_tasks *tasks, queue_poller *self, char *queue, bool sticky,
                       uint32_t polls)
{
    tp_service *service = tasks->options.service;

    tp__taskqueue__task_queue__init(&self->queue);
    self->queue.name = queue;
    self->queue.kind = TP__ENUMS__TASK_QUEUE_KIND__TASK_QUEUE_KIND_NORMAL;
    if (sticky) {
        self->queue.kind = TP__ENUMS__TASK_QUEUE_KIND__TASK_QUEUE_KIND_STICKY;
        self->queue.normal_name = service->task_queue;
    }
    tp__ws__poll_workflow_task_queue_request__init(&self->request);
    self->request.namespace_ = service->client->namespace_name;
    self->request.identity = service->identity;
    self->request.worker_instance_key = service->instance_key;
    self->request.task_queue = &self->queue;
    self->poller = tp_poller_new(&(const tp_poller_options){
        .service = service,
        .method = "PollWorkflowTaskQueue",
        .request = &self->request.base,
        .response = &tp__ws__poll_workflow_task_queue_response__descriptor,
        .polls = polls,
        .sticky = sticky,
        .reserve = reserve,
        .release = release,
        .received = received,
        .fatal = on_poll_refused,
        .data = self,
    });
    self->tasks = tasks;
    self->other = sticky ? &tasks->normal : &tasks->sticky;
    tasks->pollers_running++;
}

/* --- starting ------------------------------------------------------------------------------- */

static temporal_error *start_threads(tp_workflow_tasks *tasks)
{
    const temporal_worker_options *worker = tasks->options.worker;
    const tp_service *service = tasks->options.service;
    size_t count = worker->workflow_threads;
    const tp_engine_options engine = {
        .definitions = worker->workflows,
        .namespace_name = service->client->namespace_name,
        .task_queue = service->task_queue,
        .max_cached = (worker->max_cached_workflows + count - 1) / count,
        .max_cached_bytes = (size_t)((worker->max_cached_bytes + count - 1) / count),
        .stack_size = worker->workflow_stack_size,
        .nondeterminism_fails_runs = worker->nondeterminism_fails_runs,
        .nondeterminism_fails_runs_of = worker->nondeterminism_fails_runs_of,
    };

    tasks->seats = tp_alloc_array(count, sizeof(tp_workflow_seat *));
    for (size_t i = 0; i < count; i++) {
        TEMPORAL_TRY(tp_workflow_seat_new(&tasks->seats[i], service->loop, &engine,
                                          worker->deadlock_timeout));
        tasks->seat_count++;
    }
    return TEMPORAL_OK;
}

static char *make_sticky_queue(tp_workflow_tasks *tasks)
{
    char unique[TP_UUID_SIZE];

    tp_uuid_make(unique);
    return tp_arena_format(&tasks->arena, "%s:%s", tasks->options.service->identity, unique);
}

/* Most tasks of a worker that caches come by its sticky queue. */
static void start_polling(tp_workflow_tasks *tasks)
{
    uint32_t polls = tasks->options.worker->workflow_pollers;
    uint32_t sticky_polls = polls > 1 ? (polls + 1) / 2 : 1;
    char *sticky_queue = make_sticky_queue(tasks);

    tasks->ways.sticky_queue = sticky_queue;
    init_queue(tasks, &tasks->normal, tasks->options.service->task_queue, false,
               polls > sticky_polls ? polls - sticky_polls : 1);
    init_queue(tasks, &tasks->sticky, sticky_queue, true, sticky_polls);
    tp_poller_wake(tasks->normal.poller);
    tp_poller_wake(tasks->sticky.poller);
}

temporal_error *tp_workflow_tasks_new(tp_workflow_tasks **result,
                                      const tp_workflow_tasks_options *options)
{
    tp_workflow_tasks *tasks = tp_alloc(sizeof *tasks);
    temporal_error *error;

    tasks->options = *options;
    tp_list_init(&tasks->tasks);
    tp_list_init(&tasks->held);
    tp_arena_init(&tasks->arena);
    tasks->ways = (tp_workflow_task_ways){
        .service = options->service,
        .sticky_timeout = options->worker->sticky_timeout,
        .locals = options->locals,
        .activities = options->activities,
        .next = on_next_task,
        .replaced = is_replaced,
        .ended = on_task_ended,
        .data = tasks,
    };
    error = start_threads(tasks);
    if (error) {
        for (size_t i = 0; i < tasks->seat_count; i++)
            tp_workflow_seat_abandon(tasks->seats[i]);
        tp_workflow_tasks_free(tasks);
        return error;
    }
    start_polling(tasks);
    *result = tasks;
    return TEMPORAL_OK;
}

/* --- stopping: pollers, then tasks, then threads --------------------------------------------- */

static void report_stopped(tp_workflow_tasks *tasks)
{
    tp_loop_fn stopped = tasks->stopped;

    tp_timer_free(tasks->patience);
    tasks->patience = NULL;
    tasks->stopped = NULL;
    tp_loop_post(tasks->options.service->loop, stopped, tasks->stopped_data);
}

typedef struct thread_end {
    tp_workflow_tasks *tasks;
    size_t index;
} thread_end;

static void on_thread_ended(void *data)
{
    thread_end *end = data;
    tp_workflow_tasks *tasks = end->tasks;

    tp_workflow_seat_free(tasks->seats[end->index]);
    tasks->seats[end->index] = NULL;
    tasks->seats_ended++;
    advance_stop(tasks);
}

static void end_threads(tp_workflow_tasks *tasks)
{
    tasks->ending_threads = true;
    for (size_t i = 0; i < tasks->seat_count; i++) {
        thread_end *end = tp_arena_alloc(&tasks->arena, sizeof *end);

        *end = (thread_end){ tasks, i };
        tp_workflow_seat_end(tasks->seats[i], on_thread_ended, end);
    }
}

static void advance_stop(tp_workflow_tasks *tasks)
{
    if (tasks->pollers_running || !tasks->stopped)
        return;
    if (!tp_list_is_empty(&tasks->tasks) && !tasks->patience_over)
        return;
    if (!tasks->ending_threads) {
        end_threads(tasks);
        return;
    }
    if (tasks->seats_ended == tasks->seat_count || tasks->patience_over)
        report_stopped(tasks);
}

static void on_poller_stopped(void *data)
{
    tp_workflow_tasks *tasks = data;

    tasks->pollers_running--;
    advance_stop(tasks);
}

static void give_up_calls(tp_workflow_tasks *tasks)
{
    tp_list *next;

    for (tp_list *at = tasks->tasks.next; at != &tasks->tasks; at = next) {
        next = at->next;
        tp_workflow_task_give_up(tp_list_entry(at, tp_workflow_task, link));
    }
}

void tp_workflow_tasks_stop(tp_workflow_tasks *tasks, tp_loop_fn stopped, void *data)
{
    tasks->ways.stopping = true;
    tasks->stopped = stopped;
    tasks->stopped_data = data;
    for (tp_list *at = tasks->tasks.next; at != &tasks->tasks; at = at->next)
        tp_workflow_task_hurry(tp_list_entry(at, tp_workflow_task, link));
    tp_poller_stop(tasks->normal.poller, on_poller_stopped, tasks);
    tp_poller_stop(tasks->sticky.poller, on_poller_stopped, tasks);
}

const char *tp_workflow_tasks_sticky_queue(const tp_workflow_tasks *tasks)
{
    return tasks->sticky.queue.name;
}

void tp_workflow_tasks_cancel_polls(tp_workflow_tasks *tasks, bool sticky)
{
    tp_poller_cancel(sticky ? tasks->sticky.poller : tasks->normal.poller);
}

/* Whoever has not come back by now hangs in workflow code: its thread, and the task it runs, are
 * left behind. */
static void on_patience_over(void *data)
{
    tp_workflow_tasks *tasks = data;

    tp_log(TEMPORAL_LOG_ERROR, "worker",
           "a workflow thread hangs in workflow code: it is left behind");
    for (size_t i = 0; i < tasks->seat_count; i++) {
        if (tasks->seats[i])
            tp_workflow_seat_abandon(tasks->seats[i]);
        tasks->seats[i] = NULL;
    }
    tasks->patience_over = true;
    advance_stop(tasks);
}

void tp_workflow_tasks_give_up(tp_workflow_tasks *tasks)
{
    give_up_calls(tasks);
    if (!tasks->ending_threads)
        end_threads(tasks);
    tasks->patience = tp_timer_new(tasks->options.service->loop, on_patience_over, tasks);
    tp_timer_start(tasks->patience, FORCED_GRACE);
}

void tp_workflow_tasks_free(tp_workflow_tasks *tasks)
{
    if (!tasks)
        return;
    tp_poller_free(tasks->normal.poller);
    tp_poller_free(tasks->sticky.poller);
    tp_free(tasks->seats);
    tp_arena_done(&tasks->arena);
    tp_free(tasks);
}
