/* SPDX-License-Identifier: MIT */
/* worker/workflow_task.c -- one workflow task, from the poll that brought it to its answer. */
#include "worker/workflow_task.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"

#define RPC_RESOURCE_EXHAUSTED 8 /* what is left of it after retries: the message is too large */

static const char *run_id_of(const Tp__Ws__PollWorkflowTaskQueueResponse *polled)
{
    return polled->workflow_execution ? polled->workflow_execution->run_id : "";
}

uint64_t tp_workflow_task_hash(const Tp__Ws__PollWorkflowTaskQueueResponse *polled)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

    for (const char *at = run_id_of(polled); *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    return hash >> 32;
}

bool tp_workflow_task_is_of(const tp_workflow_task *task, const char *run_id)
{
    return strcmp(run_id_of(task->polled), run_id) == 0;
}

static void end_task(tp_workflow_task *task)
{
    task->over = task->on_thread;
    task->ways->ended(task->ways->data, task);
}

static void log_at(temporal_log_level level, const tp_workflow_task *task, const char *what,
                   const temporal_error *error)
{
    const char *stack = level >= TEMPORAL_LOG_ERROR ? temporal_error_stack_trace(error) : "";
    const Tp__Ws__PollWorkflowTaskQueueResponse *polled = task->polled;
    const temporal_log_field fields[] = {
        { "workflow_type", polled->workflow_type ? polled->workflow_type->name : "" },
        { "workflow_id",
          polled->workflow_execution ? polled->workflow_execution->workflow_id : "" },
        { "run_id", run_id_of(polled) },
        { NULL, NULL },
    };

    tp_log_with(level, "workflow", fields, "%s: %s%s%s", what, temporal_error_message(error),
                *stack ? "\n" : "", stack);
}

static void log_task(const tp_workflow_task *task, const char *what, const temporal_error *error)
{
    log_at(TEMPORAL_LOG_WARN, task, what, error);
}

/* --- evicting a run whose answer was not taken ---------------------------------------------- */

static void fail_refused_answer(tp_workflow_task *task);

static void on_evicted(void *data)
{
    tp_workflow_task *task = data;

    task->on_thread = false;
    if (task->refusal && !task->given_up)
        fail_refused_answer(task);
    else
        end_task(task);
}

static void evict(tp_workflow_task *task)
{
    tp_local_activities_drop(task->ways->locals, run_id_of(task->polled));
    if (task->given_up) { /* its thread takes no jobs any more */
        end_task(task);
        return;
    }
    task->job.evict = run_id_of(task->polled);
    task->job.answered = on_evicted;
    task->on_thread = true;
    tp_workflow_seat_post(task->seat, &task->job);
}

/* --- the answer ----------------------------------------------------------------------------- */

static void on_failure_taken(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    tp_workflow_task *task = data;

    (void)response;
    task->answer = NULL;
    if (error && !task->given_up)
        log_task(task, "the failure of a workflow task was not taken", error);
    temporal_error_free(error);
    end_task(task);
}

/* Later failures of the same task are not told: the server then waits out the task's timeout, which
 * it lengthens from attempt to attempt, instead of trying again at once. */
static bool is_worth_telling(const tp_workflow_task *task)
{
    return task->polled->attempt <= 1;
}

static void send_failed(tp_workflow_task *task, Tp__Ws__RespondWorkflowTaskFailedRequest *request)
{
    const tp_service *service = task->ways->service;
    temporal_error *error = tp_failure_to_error(request->failure);

    log_task(task, "a workflow task failed", error);
    temporal_error_free(error);
    if (!is_worth_telling(task)) {
        end_task(task);
        return;
    }
    request->task_token = task->polled->task_token;
    request->identity = service->identity;
    request->namespace_ = service->client->namespace_name;
    task->answer = tp_service_call(task->ways->service, "RespondWorkflowTaskFailed", request,
                                   &tp__ws__respond_workflow_task_failed_response__descriptor,
                                   TP_PATIENCE_ANSWER, on_failure_taken, task);
}

/* Not because of what the run did but of how large it is: without a word the server would have the
 * task tried again for ever, with the same end. */
static void fail_refused_answer(tp_workflow_task *task)
{
    Tp__Ws__RespondWorkflowTaskFailedRequest request;
    tp_arena arena;

    tp_arena_init(&arena);
    tp__ws__respond_workflow_task_failed_request__init(&request);
    request.cause =
        TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE;
    request.failure = tp_failure_from_error(&arena, task->refusal);
    send_failed(task, &request);
    tp_arena_done(&arena);
}

/* Something came in while the code was about to end the run: the server gives the task anew. */
static bool is_unhandled_command(const temporal_error *error)
{
    return strstr(temporal_error_message(error), "UnhandledCommand") != NULL;
}

static void on_completion_taken(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    tp_workflow_task *task = data;
    temporal_error_code code = temporal_error_get_code(error);
    const Tp__Ws__RespondWorkflowTaskCompletedResponse *taken =
        (const Tp__Ws__RespondWorkflowTaskCompletedResponse *)response;

    task->answer = NULL;
    tp_eager_settle(&task->eager, error ? NULL : taken);
    if (!error) {
        if (taken->workflow_task && taken->workflow_task->task_token.len > 0 && !task->given_up)
            task->ways->next(task->ways->data, taken->workflow_task);
        end_task(task);
        return;
    }
    /* Whatever the reason, the run that is cached is ahead of what the server has. NOT_FOUND is the
     * everyday one: the task timed out, or something new came in while the code was running. */
    if (!task->given_up && code != TEMPORAL_ERROR_NOT_FOUND && !is_unhandled_command(error))
        log_task(task, "the completion of a workflow task was not taken", error);
    if (temporal_error_rpc_status(error) == RPC_RESOURCE_EXHAUSTED)
        task->refusal = error;
    else
        temporal_error_free(error);
    evict(task);
}

static void send_completed(tp_workflow_task *task,
                           Tp__Ws__RespondWorkflowTaskCompletedRequest *request)
{
    const tp_workflow_task_ways *ways = task->ways;
    tp_arena *arena = &task->job.answer.arena;

    request->task_token = task->polled->task_token;
    request->identity = ways->service->identity;
    request->namespace_ = ways->service->client->namespace_name;
    /* Of a worker that shuts down the next task is for any other. */
    if (tp_local_activities_are_cancelled(ways->locals)) {
        request->return_new_workflow_task = false;
    } else if (!task->job.answer.run_ended) {
        Tp__Taskqueue__StickyExecutionAttributes *sticky = tp_arena_alloc(arena, sizeof *sticky);
        Tp__Taskqueue__TaskQueue *queue = tp_arena_alloc(arena, sizeof *queue);

        tp__taskqueue__task_queue__init(queue);
        queue->name = tp_arena_strdup(arena, ways->sticky_queue);
        queue->kind = TP__ENUMS__TASK_QUEUE_KIND__TASK_QUEUE_KIND_STICKY;
        queue->normal_name = ways->service->task_queue;
        tp__taskqueue__sticky_execution_attributes__init(sticky);
        sticky->worker_task_queue = queue;
        sticky->schedule_to_start_timeout = tp_message_duration(arena, ways->sticky_timeout);
        request->sticky_attributes = sticky;
    }
    task->eager.activities = ways->activities;
    tp_eager_offer(&task->eager, request);
    task->answer = tp_service_call(ways->service, "RespondWorkflowTaskCompleted", request,
                                   &tp__ws__respond_workflow_task_completed_response__descriptor,
                                   TP_PATIENCE_ANSWER, on_completion_taken, task);
}

static void send_query(tp_workflow_task *task, Tp__Ws__RespondQueryTaskCompletedRequest *request)
{
    request->task_token = task->polled->task_token;
    request->namespace_ = task->ways->service->client->namespace_name;
    task->answer = tp_service_call(task->ways->service, "RespondQueryTaskCompleted", request,
                                   &tp__ws__respond_query_task_completed_response__descriptor,
                                   TP_PATIENCE_BRIEF, on_failure_taken, task);
}

/* --- history and thread --------------------------------------------------------------------- */

static void run_on_thread(tp_workflow_task *task);

static void on_history(void *data, temporal_error *error)
{
    tp_workflow_task *task = data;

    if (!error && !task->given_up) {
        run_on_thread(task);
        return;
    }
    /* The server has the task tried again when it times out. */
    if (error && !task->given_up)
        log_task(task, "the history of a workflow task could not be fetched", error);
    temporal_error_free(error);
    end_task(task);
}

static void fetch_history(tp_workflow_task *task, bool from_start)
{
    task->whole = from_start;
    task->pages = (tp_history_pages){
        .service = task->ways->service,
        .arena = &task->arena,
        .task = task->polled,
        .fetched = on_history,
        .data = task,
    };
    tp_history_pages_fetch(&task->pages, from_start);
}

/* --- local activities --------------------------------------------------------------------- */

/* The part of its timeout that a task may be kept open. */
#define PATIENCE 0.8

static void resume(tp_workflow_task *task, bool overdue)
{
    tp_workflow_job *job = &task->job;

    task->waiting = false;
    tp_timer_stop(task->overdue);
    job->outcome_count = tp_local_activities_take(task->ways->locals, run_id_of(task->polled),
                                                  &task->arena, &job->outcomes);
    job->resume = true;
    job->overdue = overdue;
    task->on_thread = true;
    tp_workflow_seat_post(task->seat, job);
}

static void on_outcomes(void *data)
{
    resume(data, false);
}

static void on_overdue(void *data)
{
    tp_workflow_task *task = data;

    tp_local_activities_wait_no_more(task->ways->locals, run_id_of(task->polled), &task->wait);
    resume(task, true);
}

static void on_leave(void *data)
{
    resume(data, true);
}

/* The server gave the run's task to us anew: it has given up this one. */
static void on_replaced(void *data)
{
    tp_workflow_task *task = data;

    task->waiting = false;
    end_task(task);
}

static void wait_for_locals(tp_workflow_task *task)
{
    const tp_answer *answer = &task->job.answer;
    temporal_seconds spent =
        (temporal_seconds)(tp_clock_monotonic() - task->began) / TP_NANOSECONDS;
    temporal_seconds left = PATIENCE * answer->task_timeout - spent;

    if (!task->overdue)
        task->overdue = tp_timer_new(task->ways->service->loop, on_overdue, task);
    task->waiting = true;
    task->wait = (tp_local_wait){
        .outcomes = on_outcomes, .replaced = on_replaced, .leave = on_leave, .data = task
    };
    tp_timer_start(task->overdue, left > TEMPORAL_MILLISECOND ? left : TEMPORAL_MILLISECOND);
    tp_local_activities_wait(task->ways->locals, run_id_of(task->polled), &task->wait);
}

/* Runs that are gone first: a run that was dropped may have been begun anew. */
static void follow_orders(tp_workflow_task *task)
{
    const tp_answer *answer = &task->job.answer;
    const Tp__Ws__PollWorkflowTaskQueueResponse *polled = task->polled;
    const tp_local_owner owner = {
        .run_id = run_id_of(polled),
        .workflow_id = polled->workflow_execution ? polled->workflow_execution->workflow_id : "",
        .workflow_type = polled->workflow_type ? polled->workflow_type->name : "",
    };

    for (size_t i = 0; i < answer->dropped_count; i++)
        tp_local_activities_drop(task->ways->locals, answer->dropped[i]);
    tp_local_activities_order(task->ways->locals, &owner, answer->orders, answer->order_count);
}

/* --- a thread that is held ------------------------------------------------------------------ */

static void refuse(void *data)
{
    tp_workflow_task *task = data;
    Tp__Ws__RespondQueryTaskCompletedRequest query;
    tp_arena arena;

    if (!task->polled->query) {
        fail_refused_answer(task);
        return;
    }
    tp_arena_init(&arena);
    tp__ws__respond_query_task_completed_request__init(&query);
    query.completed_type = TP__ENUMS__QUERY_RESULT_TYPE__QUERY_RESULT_TYPE_FAILED;
    query.error_message = tp_arena_strdup(&arena, temporal_error_message(task->refusal));
    query.failure = tp_failure_from_error(&arena, task->refusal);
    send_query(task, &query);
    tp_arena_done(&arena);
}

/* Its code holds the thread, which has its job for good. */
static void on_held(void *data, temporal_error *error)
{
    tp_workflow_task *task = data;

    log_at(TEMPORAL_LOG_ERROR, task, "a workflow holds its thread", error);
    temporal_error_free(task->refusal);
    task->refusal = error;
    if (task->given_up)
        end_task(task);
    else
        refuse(task);
}

static void free_orphan(void *data)
{
    tp_workflow_task *task = data;

    if (task->over) /* else the loop may know it still */
        tp_workflow_task_free(task);
}

static void on_job_answered(void *data)
{
    tp_workflow_task *task = data;
    tp_answer *answer = &task->job.answer;

    task->on_thread = false;
    if (task->over) {
        tp_list_remove(&task->link);
        tp_workflow_task_free(task);
        return;
    }
    if (task->refusal) /* its call is under way */
        return;
    if (task->given_up) {
        end_task(task);
        return;
    }
    follow_orders(task);
    switch (answer->kind) {
    case TP_ANSWER_LOCAL:
        wait_for_locals(task);
        break;
    case TP_ANSWER_GONE:
        end_task(task);
        break;
    case TP_ANSWER_COMPLETED:
        send_completed(task, &answer->completed);
        break;
    case TP_ANSWER_FAILED:
        send_failed(task, &answer->failed);
        break;
    case TP_ANSWER_QUERY:
        send_query(task, &answer->query);
        break;
    case TP_ANSWER_NEEDS_HISTORY:
        if (task->whole) {
            task->refusal = temporal_error_new(TEMPORAL_ERROR_RPC,
                                               "the history that the server gave is not whole");
            fail_refused_answer(task);
            break;
        }
        tp_answer_done(answer);
        fetch_history(task, true);
        break;
    }
}

static void run_on_thread(tp_workflow_task *task)
{
    task->job = (tp_workflow_job){ .task = task->polled,
                                   .answered = on_job_answered,
                                   .held = on_held,
                                   .orphaned = free_orphan,
                                   .data = task };
    tp_list_init(&task->job.link);
    task->on_thread = true;
    tp_workflow_seat_post(task->seat, &task->job);
}

tp_workflow_task *tp_workflow_task_start(const tp_workflow_task_ways *ways, tp_workflow_seat *seat,
                                         tp_arena *memory,
                                         Tp__Ws__PollWorkflowTaskQueueResponse *polled)
{
    tp_workflow_task *task = tp_alloc(sizeof *task);

    task->began = tp_clock_monotonic();
    tp_list_init(&task->link);
    task->ways = ways;
    task->seat = seat;
    tp_arena_take(&task->arena, memory);
    tp_arena_init(&task->job.answer.arena);
    task->polled = polled;
    if (!seat) {
        task->refusal = temporal_error_new(
            TEMPORAL_ERROR_DEADLOCK, "an earlier task of this run still holds a workflow thread");
        tp_loop_post(ways->service->loop, refuse, task);
    } else if (task->polled->next_page_token.len)
        fetch_history(task, false);
    else
        run_on_thread(task);
    return task;
}

static void end_given_up(void *data)
{
    end_task(data);
}

void tp_workflow_task_give_up(tp_workflow_task *task)
{
    task->given_up = true;
    if (task->waiting) {
        task->waiting = false;
        tp_timer_stop(task->overdue);
        tp_local_activities_wait_no_more(task->ways->locals, run_id_of(task->polled), &task->wait);
        tp_loop_post(task->ways->service->loop, end_given_up, task);
    }
    tp_history_pages_cancel(&task->pages);
    if (task->answer)
        tp_call_cancel(task->answer);
}

void tp_workflow_task_free(tp_workflow_task *task)
{
    temporal_error_free(task->refusal);
    tp_timer_free(task->overdue);
    tp_answer_done(&task->job.answer);
    tp_arena_done(&task->arena);
    tp_free(task);
}
