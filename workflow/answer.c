/* SPDX-License-Identifier: MIT */
/* workflow/answer.c -- from a run to the requests that answer its task. */
#include "workflow/answer.h"

#include "base/error.h"
#include "base/version.h"
#include "converter/failure.h"
#include "workflow/handlers.h"
#include "workflow/update.h"

#define CAUSE(name)  TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_##name
#define RESULT(name) TP__ENUMS__QUERY_RESULT_TYPE__QUERY_RESULT_TYPE_##name

typedef Tp__Ws__RespondWorkflowTaskCompletedRequest__QueryResultsEntry result_entry;

static Tp__Query__WorkflowQueryResult *ask(tp_answer *answer, temporal_workflow *run,
                                           const Tp__Query__WorkflowQuery *query)
{
    Tp__Query__WorkflowQueryResult *result = tp_arena_alloc(&answer->arena, sizeof(*result));
    temporal_error *error;

    tp__query__workflow_query_result__init(result);
    error = tp_handlers_query(run, query, &answer->arena, &result->answer);
    result->result_type = error ? RESULT(FAILED) : RESULT(ANSWERED);
    if (error) {
        result->error_message = tp_arena_strdup(&answer->arena, temporal_error_message(error));
        result->failure = tp_failure_from_error(&answer->arena, error);
    }
    return result;
}

static void answer_queries(tp_answer *answer, temporal_workflow *run,
                           const Tp__Ws__PollWorkflowTaskQueueResponse *task)
{
    tp_arena *arena = &answer->arena;
    size_t count = 0;

    answer->completed.query_results =
        tp_arena_alloc(arena, (task->n_queries + 1) * sizeof(*answer->completed.query_results));
    for (size_t i = 0; i < task->n_queries; i++) {
        const Tp__Ws__PollWorkflowTaskQueueResponse__QueriesEntry *query = task->queries[i];
        result_entry *entry;

        if (!query || !query->key || !query->value)
            continue;
        entry = tp_arena_alloc(arena, sizeof(*entry));
        tp__ws__respond_workflow_task_completed_request__query_results_entry__init(entry);
        entry->key = tp_arena_strdup(arena, query->key);
        entry->value = ask(answer, run, query->value);
        answer->completed.query_results[count++] = entry;
    }
    answer->completed.n_query_results = count;
}

static Tp__Sdk__WorkflowTaskCompletedMetadata *make_metadata(tp_arena *arena)
{
    Tp__Sdk__WorkflowTaskCompletedMetadata *metadata = tp_arena_alloc(arena, sizeof(*metadata));

    tp__sdk__workflow_task_completed_metadata__init(metadata);
    metadata->sdk_name = tp_arena_strdup(arena, TP_SDK_NAME);
    metadata->sdk_version = tp_arena_strdup(arena, TP_SDK_VERSION);
    return metadata;
}

void tp_answer_complete(tp_answer *answer, temporal_workflow *run,
                        const Tp__Ws__PollWorkflowTaskQueueResponse *task)
{
    Tp__Ws__RespondWorkflowTaskCompletedRequest *completed = &answer->completed;
    Tp__Ws__RespondWorkflowTaskCompletedRequest__Capabilities *capabilities =
        tp_arena_alloc(&answer->arena, sizeof(*capabilities));

    answer->kind = TP_ANSWER_COMPLETED;
    tp__ws__respond_workflow_task_completed_request__init(completed);
    tp_commands_build(run, &answer->arena, &completed->commands, &completed->n_commands);
    tp_updates_build(run, &answer->arena, &completed->messages, &completed->n_messages);
    answer->run_ended = run->ended;
    /* A task that did nothing may be forgotten: tp_activation_fits takes it back. */
    tp__ws__respond_workflow_task_completed_request__capabilities__init(capabilities);
    capabilities->discard_speculative_workflow_task_with_events = true;
    completed->capabilities = capabilities;
    if (!run->sdk_known)
        completed->sdk_metadata = make_metadata(&answer->arena);
    answer_queries(answer, run, task);
}

void tp_answer_query(tp_answer *answer, temporal_workflow *run,
                     const Tp__Query__WorkflowQuery *query)
{
    const Tp__Query__WorkflowQueryResult *result = ask(answer, run, query);

    answer->kind = TP_ANSWER_QUERY;
    tp__ws__respond_query_task_completed_request__init(&answer->query);
    answer->query.completed_type = result->result_type;
    answer->query.query_result = result->answer;
    answer->query.error_message = result->error_message;
    answer->query.failure = result->failure;
}

void tp_answer_fail(tp_answer *answer, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                    const temporal_error *error)
{
    tp_arena *owner = tp_error_set_owner(&answer->arena);
    const temporal_error *own = tp_error_copy(error); /* the run's memory may go */
    Tp__Failure__Failure *failure = tp_failure_from_error(&answer->arena, own);
    Tp__Enums__WorkflowTaskFailedCause cause =
        temporal_error_get_code(error) == TEMPORAL_ERROR_NONDETERMINISM
            ? CAUSE(NON_DETERMINISTIC_ERROR)
            : CAUSE(WORKFLOW_WORKER_UNHANDLED_FAILURE);

    tp_error_set_owner(owner);
    if (task->query) {
        answer->kind = TP_ANSWER_QUERY;
        tp__ws__respond_query_task_completed_request__init(&answer->query);
        answer->query.completed_type = RESULT(FAILED);
        answer->query.error_message = tp_arena_strdup(&answer->arena, temporal_error_message(own));
        answer->query.failure = failure;
        answer->query.cause = cause;
        return;
    }
    answer->kind = TP_ANSWER_FAILED;
    tp__ws__respond_workflow_task_failed_request__init(&answer->failed);
    answer->failed.cause = cause;
    answer->failed.failure = failure;
}

void tp_answer_end(tp_answer *answer, const temporal_error *error)
{
    Tp__Ws__RespondWorkflowTaskCompletedRequest *completed = &answer->completed;
    tp_arena *arena = &answer->arena;
    Tp__Command__FailWorkflowExecutionCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));
    Tp__Command__Command *command = tp_arena_alloc(arena, sizeof(*command));

    tp__command__fail_workflow_execution_command_attributes__init(attributes);
    attributes->failure = tp_failure_from_error(arena, error);
    tp__command__command__init(command);
    command->command_type = TP_COMMAND(FAIL_WORKFLOW_EXECUTION);
    command->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_FAIL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    command->fail_workflow_execution_command_attributes = attributes;

    answer->kind = TP_ANSWER_COMPLETED;
    tp__ws__respond_workflow_task_completed_request__init(completed);
    completed->commands = tp_arena_memdup(arena, &command, sizeof(Tp__Command__Command *));
    completed->n_commands = 1;
    answer->run_ended = true;
}
