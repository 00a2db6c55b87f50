/* SPDX-License-Identifier: MIT */
/* worker/workflow_task.c -- one workflow task, from the poll that brought it to what is to be
 * answered: its history, its thread, its local activities. */
#include "worker/workflow_answer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

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

const char *tp_workflow_task_run_id(const tp_workflow_task *task)
{
    return run_id_of(task->polled);
}

/* --- its end ------------------------------------------------------------------------------- */

void tp_workflow_task_end(tp_workflow_task *task)
{
    if (task->late)
        tp_timer_stop(task->late);
    task->over = task->on_thread;
    task->ways->ended(task->ways->data, task);
}

void tp_workflow_task_log(const tp_workflow_task *task, temporal_log_level level, const char *what,
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

/* --- history and thread --------------------------------------------------------------------- */

static void run_on_thread(tp_workflow_task *task);

static temporal_error *not_whole(const Tp__History__History *history)
{
    if (history->n_events == 0)
        return temporal_error_new(TEMPORAL_ERROR_RPC,
                                  "the server was asked for the whole history, and gave no event");
    return temporal_error_new(TEMPORAL_ERROR_RPC,
                              "the server was asked for the whole history, and gave %zu events "
                              "from event %lld on",
                              history->n_events, (long long)history->events[0]->event_id);
}

static void on_history(void *data, temporal_error *error)
{
    tp_workflow_task *task = data;

    if (!error && !task->given_up) {
        run_on_thread(task);
        return;
    }
    /* The server has the task tried again when it times out. */
    if (error && !task->given_up)
        tp_workflow_task_log(task, TEMPORAL_LOG_WARN,
                             "the history of a workflow task could not be fetched", error);
    temporal_error_free(error);
    tp_workflow_task_end(task);
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
    tp_workflow_task_called(task);
}

/* --- local activities --------------------------------------------------------------------- */

/* The part of its timeout that a task may be kept open. */
#define PATIENCE 0.8

static void resume(tp_workflow_task *task, bool overdue)
{
    tp_workflow_job *job = &task->job;

    task->waiting = false;
    tp_timer_stop(task->overdue);
    job->outcome_count = tp_local_activities_take(task->ways->locals, tp_workflow_task_run_id(task),
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

    tp_local_activities_wait_no_more(task->ways->locals, tp_workflow_task_run_id(task),
                                     &task->wait);
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
    tp_workflow_task_end(task);
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
    tp_local_activities_wait(task->ways->locals, tp_workflow_task_run_id(task), &task->wait);
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

/* Its code holds the thread, which has its job for good. */
static void on_held(void *data, temporal_error *error)
{
    tp_workflow_task *task = data;

    tp_workflow_task_log(task, TEMPORAL_LOG_ERROR, "a workflow holds its thread", error);
    task->held = true;
    temporal_error_free(task->refusal);
    task->refusal = error;
    if (task->given_up)
        tp_workflow_task_end(task);
    else
        tp_workflow_answer_refuse(task);
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

    task->on_thread = task->held = false;
    if (task->over) {
        tp_list_remove(&task->link);
        tp_workflow_task_free(task);
        return;
    }
    if (task->refusal) /* its call is under way */
        return;
    if (task->given_up) {
        tp_workflow_task_end(task);
        return;
    }
    task->refusal =
        tp_local_activities_check(task->ways->locals, answer->orders, answer->order_count);
    if (task->refusal) { /* a worker that has it goes on with the run */
        tp_workflow_answer_evict(task);
        return;
    }
    follow_orders(task);
    switch (answer->kind) {
    case TP_ANSWER_LOCAL:
        wait_for_locals(task);
        break;
    case TP_ANSWER_GONE:
        tp_workflow_task_end(task);
        break;
    case TP_ANSWER_COMPLETED:
        tp_workflow_answer_completed(task, &answer->completed);
        break;
    case TP_ANSWER_FAILED:
        tp_workflow_answer_failed(task, &answer->failed);
        break;
    case TP_ANSWER_QUERY:
        tp_workflow_answer_query(task, &answer->query);
        break;
    case TP_ANSWER_NEEDS_HISTORY:
        if (task->whole) {
            task->refusal = not_whole(task->polled->history);
            tp_workflow_answer_refuse(task);
            break;
        }
        if (answer->strayed)
            tp_workflow_task_log(task, TEMPORAL_LOG_WARN,
                                 "a cached run does not agree with its history, the whole decides",
                                 answer->strayed);
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

static void on_refused(void *data)
{
    tp_workflow_answer_refuse(data);
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
        tp_loop_post(ways->service->loop, on_refused, task);
    } else if (task->polled->next_page_token.len)
        fetch_history(task, false);
    else
        run_on_thread(task);
    return task;
}

static void end_given_up(void *data)
{
    tp_workflow_task_end(data);
}

/* --- a shutdown --------------------------------------------------------------------------- */

static bool is_calling(const tp_workflow_task *task)
{
    return task->answer || task->pages.call;
}

static void on_late(void *data)
{
    tp_workflow_task *task = data;

    if (is_calling(task))
        tp_workflow_task_give_up(task);
}

void tp_workflow_task_hurry(tp_workflow_task *task)
{
    if (!is_calling(task))
        return;
    if (!task->late)
        task->late = tp_timer_new(task->ways->service->loop, on_late, task);
    tp_timer_start(task->late, TP_SHUTDOWN_PATIENCE);
}

void tp_workflow_task_called(tp_workflow_task *task)
{
    if (task->ways->stopping)
        tp_workflow_task_hurry(task);
}

void tp_workflow_task_give_up(tp_workflow_task *task)
{
    task->given_up = true;
    if (task->waiting) {
        task->waiting = false;
        tp_timer_stop(task->overdue);
        tp_local_activities_wait_no_more(task->ways->locals, tp_workflow_task_run_id(task),
                                         &task->wait);
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
    tp_timer_free(task->late);
    tp_answer_done(&task->job.answer);
    tp_arena_done(&task->arena);
    tp_free(task);
}
