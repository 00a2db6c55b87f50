/* SPDX-License-Identifier: MIT */
/* worker/workflow_answer.c -- how the answer to a workflow task gets to the server, and what
 * follows when it is not taken. */
#include "worker/workflow_answer.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "converter/failure.h"
#include "converter/message.h"

#define RPC_RESOURCE_EXHAUSTED 8 /* what is left of it after retries: the message is too large */

static void call(tp_workflow_task *task, const char *method, const ProtobufCMessage *request,
                 const ProtobufCMessageDescriptor *response, tp_patience patience, tp_call_fn taken)
{
    task->answer =
        tp_service_call(task->ways->service, method, request, response, patience, taken, task);
    tp_workflow_task_called(task);
}

/* --- evicting a run whose answer was not taken ---------------------------------------------- */

static void on_evicted(void *data)
{
    tp_workflow_task *task = data;

    task->on_thread = false;
    if (task->refusal && !task->given_up)
        tp_workflow_answer_refuse(task);
    else
        tp_workflow_task_end(task);
}

void tp_workflow_answer_evict(tp_workflow_task *task)
{
    const tp_workflow_task_ways *ways = task->ways;

    if (ways->replaced(ways->data, task)) {
        on_evicted(task);
        return;
    }
    tp_local_activities_drop(ways->locals, tp_workflow_task_run_id(task));
    if (task->given_up) { /* its thread takes no jobs any more */
        tp_workflow_task_end(task);
        return;
    }
    task->job.evict = tp_workflow_task_run_id(task);
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
        tp_workflow_task_log(task, TEMPORAL_LOG_WARN,
                             "the failure of a workflow task was not taken", error);
    temporal_error_free(error);
    tp_workflow_task_end(task);
}

/* Later failures of the same task are not told: the server then waits out the task's timeout, which
 * it lengthens from attempt to attempt, instead of trying again at once. */
static bool is_worth_telling(const tp_workflow_task *task)
{
    return task->polled->attempt <= 1;
}

void tp_workflow_answer_failed(tp_workflow_task *task,
                               Tp__Ws__RespondWorkflowTaskFailedRequest *request)
{
    const tp_service *service = task->ways->service;
    temporal_error *error = tp_failure_to_error(request->failure);

    tp_workflow_task_log(task, TEMPORAL_LOG_WARN, "a workflow task failed", error);
    temporal_error_free(error);
    if (!is_worth_telling(task)) {
        tp_workflow_task_end(task);
        return;
    }
    request->task_token = task->polled->task_token;
    request->identity = service->identity;
    request->namespace_ = service->client->namespace_name;
    call(task, "RespondWorkflowTaskFailed", &request->base,
         &tp__ws__respond_workflow_task_failed_response__descriptor, TP_PATIENCE_ANSWER,
         on_failure_taken);
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
        tp_workflow_task_end(task);
        return;
    }
    /* Whatever the reason, the run that is cached is ahead of what the server has. NOT_FOUND is the
     * everyday one: the task timed out, or something new came in while the code was running. */
    if (!task->given_up && code != TEMPORAL_ERROR_NOT_FOUND && !is_unhandled_command(error))
        tp_workflow_task_log(task, TEMPORAL_LOG_WARN,
                             "the completion of a workflow task was not taken", error);
    if (temporal_error_rpc_status(error) == RPC_RESOURCE_EXHAUSTED)
        task->refusal = error;
    else
        temporal_error_free(error);
    tp_workflow_answer_evict(task);
}

void tp_workflow_answer_completed(tp_workflow_task *task,
                                  Tp__Ws__RespondWorkflowTaskCompletedRequest *request)
{
    const tp_workflow_task_ways *ways = task->ways;
    tp_arena *arena = &task->job.answer.arena;

    request->task_token = task->polled->task_token;
    request->identity = ways->service->identity;
    request->namespace_ = ways->service->client->namespace_name;
    /* Of a worker that shuts down the next task is for any other, unless local activities that may
     * still end keep this one going. */
    if (tp_local_activities_are_cancelled(ways->locals))
        request->return_new_workflow_task = false;
    if (!task->job.answer.run_ended && (!ways->stopping || request->return_new_workflow_task)) {
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
    call(task, "RespondWorkflowTaskCompleted", &request->base,
         &tp__ws__respond_workflow_task_completed_response__descriptor, TP_PATIENCE_ANSWER,
         on_completion_taken);
}

void tp_workflow_answer_query(tp_workflow_task *task,
                              Tp__Ws__RespondQueryTaskCompletedRequest *request)
{
    request->task_token = task->polled->task_token;
    request->namespace_ = task->ways->service->client->namespace_name;
    call(task, "RespondQueryTaskCompleted", &request->base,
         &tp__ws__respond_query_task_completed_response__descriptor, TP_PATIENCE_BRIEF,
         on_failure_taken);
}

/* --- refusals ------------------------------------------------------------------------------ */

/* Without a word the server would have the task tried again for ever, with the same end. */
static void refuse_task(tp_workflow_task *task, tp_arena *arena)
{
    Tp__Ws__RespondWorkflowTaskFailedRequest request;

    tp__ws__respond_workflow_task_failed_request__init(&request);
    request.cause =
        TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE;
    request.failure = tp_failure_from_error(arena, task->refusal);
    tp_workflow_answer_failed(task, &request);
}

static void refuse_query(tp_workflow_task *task, tp_arena *arena)
{
    Tp__Ws__RespondQueryTaskCompletedRequest request;

    tp__ws__respond_query_task_completed_request__init(&request);
    request.completed_type = TP__ENUMS__QUERY_RESULT_TYPE__QUERY_RESULT_TYPE_FAILED;
    request.error_message = tp_arena_strdup(arena, temporal_error_message(task->refusal));
    request.failure = tp_failure_from_error(arena, task->refusal);
    tp_workflow_answer_query(task, &request);
}

void tp_workflow_answer_refuse(tp_workflow_task *task)
{
    tp_arena arena;

    tp_arena_init(&arena);
    if (task->polled->query)
        refuse_query(task, &arena);
    else
        refuse_task(task, &arena);
    tp_arena_done(&arena);
}
