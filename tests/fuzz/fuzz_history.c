/* SPDX-License-Identifier: MIT */
/* Any bytes as an encoded History, replayed and answered as a workflow task with the workflows of
 * tests/histories: it ends in an answer or in an error with a message, and the engine is as good as
 * before. A libFuzzer target, as fuzz_json.c; link tests/histories/workflows_*.c to it, and begin
 * with the histories there. */
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "tests/histories/workflows.h"
#include "workflow/engine.h"
#include "workflow/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Tp__Common__WorkflowType *fuzz_type(const Tp__History__History *history,
                                           Tp__Common__WorkflowType *other)
{
    const tp_event *first = history->n_events ? history->events[0] : NULL;
    const Tp__History__WorkflowExecutionStartedEventAttributes *started =
        first ? tp_event_attributes(first, WORKFLOW_EXECUTION_STARTED, workflow_execution_started)
              : NULL;

    return started && started->workflow_type ? started->workflow_type : other;
}

static void fuzz_replay(tp_engine *engine, const Tp__Ws__PollWorkflowTaskQueueResponse *task)
{
    temporal_error *error = tp_engine_replay(engine, task);

    if (error && strlen(temporal_error_message(error)) == 0)
        abort();
    temporal_error_free(error);
}

/* Once as new, and once as it is cached now. */
static void fuzz_activate(tp_engine *engine, const Tp__Ws__PollWorkflowTaskQueueResponse *task)
{
    tp_answer answer;

    for (int i = 0; i < 2; i++) {
        tp_engine_activate(engine, task, &answer);
        if (answer.kind == TP_ANSWER_FAILED &&
            (!answer.failed.failure || !*answer.failed.failure->message))
            abort();
        tp_answer_done(&answer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char id[] = "w", run[] = "r", name[] = "with_activities";
    const tp_engine_options options = { .definitions = history_workflows,
                                        .namespace_name = "default",
                                        .task_queue = "q",
                                        .max_cached = 1 };
    Tp__Ws__PollWorkflowTaskQueueResponse task;
    Tp__Common__WorkflowExecution execution;
    Tp__Common__WorkflowType other;
    tp_engine *engine;
    tp_arena arena;

    tp_arena_init(&arena);
    tp__ws__poll_workflow_task_queue_response__init(&task);
    tp__common__workflow_execution__init(&execution);
    tp__common__workflow_type__init(&other);
    execution.workflow_id = id;
    execution.run_id = run;
    other.name = name;
    task.workflow_execution = &execution;
    task.history =
        tp_message_unpack(&arena, &tp__history__history__descriptor, (tp_bytes){ data, size });
    if (task.history) {
        task.workflow_type = fuzz_type(task.history, &other);
        if (tp_engine_new(&engine, &options))
            abort();
        fuzz_replay(engine, &task);
        fuzz_activate(engine, &task);
        tp_engine_free(engine);
    }
    tp_arena_done(&arena);
    return 0;
}
