/* SPDX-License-Identifier: MIT */
/* model_poll.c -- what a worker gets: tasks and questions. See model.h. */
#include "model.h"

Tp__Ws__PollWorkflowTaskQueueResponse *model_poll(const model *server, tp_arena *arena,
                                                  int64_t first_event, size_t count)
{
    Tp__Ws__PollWorkflowTaskQueueResponse *task = tp_arena_alloc(arena, sizeof(*task));
    const size_t first = (size_t)first_event - 1;

    tp__ws__poll_workflow_task_queue_response__init(task);
    task->workflow_execution = tp_arena_alloc(arena, sizeof(*task->workflow_execution));
    tp__common__workflow_execution__init(task->workflow_execution);
    task->workflow_execution->workflow_id = tp_arena_strdup(arena, "simulated");
    task->workflow_execution->run_id = tp_arena_strdup(arena, server->run_id);
    task->workflow_type = tp_arena_alloc(arena, sizeof(*task->workflow_type));
    tp__common__workflow_type__init(task->workflow_type);
    task->workflow_type->name = tp_arena_strdup(arena, "program");
    task->started_event_id = server->started_event;
    task->attempt = (int32_t)server->attempt;
    task->history = tp_arena_alloc(arena, sizeof(*task->history));
    tp__history__history__init(task->history);
    if (first < count) {
        task->history->n_events = count - first;
        task->history->events = tp_arena_memdup(arena, server->events + first,
                                                (count - first) * sizeof(*server->events));
    }
    return task;
}

void model_ask(tp_arena *arena, Tp__Ws__PollWorkflowTaskQueueResponse *task, bool alone)
{
    Tp__Query__WorkflowQuery *query = tp_arena_alloc(arena, sizeof(*query));
    Tp__Ws__PollWorkflowTaskQueueResponse__QueriesEntry *entry =
        tp_arena_alloc(arena, sizeof(*entry));

    tp__query__workflow_query__init(query);
    query->query_type = tp_arena_strdup(arena, "state");
    if (alone) {
        task->query = query;
        return;
    }
    tp__ws__poll_workflow_task_queue_response__queries_entry__init(entry);
    entry->key = tp_arena_strdup(arena, "state");
    entry->value = query;
    task->queries = tp_arena_memdup(arena, &entry, sizeof(entry));
    task->n_queries = 1;
}
