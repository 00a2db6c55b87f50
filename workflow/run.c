/* SPDX-License-Identifier: MIT */
/* workflow/run.c -- a run from its first event to its end. */
#include "workflow/run.h"

#include "base/alloc.h"
#include "base/error.h"
#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"
#include "workflow/machine.h"
#include "workflow/update.h"

/* About what a machine of any kind takes, with its names. */
#define MACHINE_SIZE (sizeof(tp_machine) + 256)

temporal_workflow *tp_run_new(const temporal_workflow_def *def, tp_stack_pool *stacks,
                              const char *namespace_name, const char *task_queue,
                              const Tp__Common__WorkflowExecution *execution)
{
    temporal_workflow *run = tp_alloc(sizeof(*run));

    run->def = def;
    run->stacks = stacks;
    tp_arena_init(&run->arena);
    run->memory = &run->arena;
    tp_list_init(&run->cached);
    tp_list_init(&run->commands);
    tp_list_init(&run->machines);
    tp_locals_init(&run->locals);
    tp_list_init(&run->updates.handlings);
    tp_list_init(&run->updates.open);
    tp_patches_init(run);
    tp_store_init(&run->inherited.memo);
    tp_store_init(&run->inherited.search_attributes);
    tp_scheduler_init(&run->scheduler);
    tp_scope_init(&run->scope, run, NULL);
    run->info.workflow_id = tp_arena_strdup(&run->arena, execution->workflow_id);
    run->info.run_id = tp_arena_strdup(&run->arena, execution->run_id);
    run->info.namespace_name = tp_arena_strdup(&run->arena, namespace_name);
    run->info.task_queue = tp_arena_strdup(&run->arena, task_queue);
    return run;
}

void tp_run_free(temporal_workflow *run)
{
    if (!run)
        return;
    tp_list_remove(&run->cached);
    /* Those that history has not met live in machines and updates, which go one after the other:
     * none may be left a neighbour that is gone. */
    while (!tp_list_is_empty(&run->commands))
        tp_list_remove(run->commands.next);
    tp_scheduler_done(&run->scheduler);
    tp_machines_done(run);
    tp_locals_done(&run->locals);
    tp_updates_done(run);
    tp_patches_done(run);
    tp_store_done(&run->inherited.memo);
    tp_store_done(&run->inherited.search_attributes);
    tp_arena_done(&run->arena);
    tp_free(run);
}

size_t tp_run_size(const temporal_workflow *run)
{
    size_t size = sizeof(*run) + run->arena.allocated + run->inherited.memo.size +
                  run->inherited.search_attributes.size;

    for (tp_list *at = run->scheduler.all.next; at != &run->scheduler.all; at = at->next) {
        const tp_coroutine *coroutine = tp_list_entry(at, tp_coroutine, all);

        size += sizeof(*coroutine) + coroutine->link_count * sizeof(*coroutine->links) +
                tp_fiber_resident(coroutine->fiber);
    }
    for (tp_list *at = run->machines.next; at != &run->machines; at = at->next) {
        const tp_machine *machine = tp_list_entry(at, tp_machine, link);

        size += MACHINE_SIZE + machine->future.result.capacity;
    }
    return size;
}

void tp_run_fail_task(temporal_workflow *run, temporal_error *error)
{
    if (!run->problem)
        run->problem = error;
}

void tp_run_return(temporal_workflow *run, temporal_error *error, const char *what)
{
    tp_end_kind kind;

    if (run->ended || run->problem)
        return;
    if (!tp_end_classify(error, run->cancel_requested, &kind)) {
        tp_run_fail_task(run,
                         what ? temporal_error_wrap(error, temporal_error_get_code(error), "%s: %s",
                                                    what, temporal_error_message(error))
                              : error);
        return;
    }
    run->ended = true;
    run->outcome = error;
}

static void main_body(temporal_workflow *run, void *data)
{
    const temporal_workflow_def *def = run->def;
    temporal_error *error;

    (void)data;
    if (def->invoke_values)
        error = def->invoke_values(run, run->self, run->inputs, run->input_count, run->output);
    else
        error = def->invoke(run, run->self, run->input, run->output);
    tp_run_return(run, error, NULL);
}

static temporal_error *read_input(temporal_workflow *run, const Tp__Common__Payloads *payloads)
{
    const temporal_workflow_def *def = run->def;
    const temporal_type *type;
    temporal_error *error;
    void *input;

    if (def->invoke_values) {
        run->output = tp_arena_alloc(&run->arena, sizeof(temporal_value));
        if (payloads)
            tp_payloads_values(&run->arena, tp_message_copy(&run->arena, &payloads->base),
                               &run->inputs, &run->input_count);
        return NULL;
    }
    type = def->input();
    input = tp_arena_alloc(&run->arena, type->size);
    run->input = input;
    run->output = tp_arena_alloc(&run->arena, def->output()->size);
    error = tp_payloads_read(&run->arena, payloads, 0, type, input);
    return error ? temporal_error_wrap(error, TEMPORAL_ERROR_CONVERSION, "input of workflow %s: %s",
                                       run->info.workflow_type, temporal_error_message(error))
                 : NULL;
}

static const char *text(tp_arena *arena, const char *from)
{
    return from ? tp_arena_strdup(arena, from) : "";
}

static void fill_info(temporal_workflow *run,
                      const Tp__History__WorkflowExecutionStartedEventAttributes *attributes,
                      int64_t start_time)
{
    temporal_workflow_info *info = &run->info;
    const Tp__Common__WorkflowExecution *parent = attributes->parent_workflow_execution;
    tp_arena *arena = &run->arena;

    info->workflow_type =
        text(arena, attributes->workflow_type ? attributes->workflow_type->name : NULL);
    if (attributes->task_queue && attributes->task_queue->name && *attributes->task_queue->name)
        info->task_queue = tp_arena_strdup(arena, attributes->task_queue->name);
    info->first_run_id = text(arena, attributes->first_execution_run_id);
    info->continued_run_id = text(arena, attributes->continued_execution_run_id);
    if (parent && parent->workflow_id && *parent->workflow_id) {
        info->parent_id = tp_arena_strdup(arena, parent->workflow_id);
        info->parent_run_id = text(arena, parent->run_id);
    }
    info->cron = text(arena, attributes->cron_schedule);
    info->attempt = attributes->attempt > 0 ? attributes->attempt : 1;
    info->start_time = start_time;
    info->execution_timeout = tp_message_seconds(attributes->workflow_execution_timeout);
    info->run_timeout = tp_message_seconds(attributes->workflow_run_timeout);
    info->task_timeout = tp_message_seconds(attributes->workflow_task_timeout);
}

static void *inherit(temporal_workflow *run, const void *message)
{
    return message ? tp_message_copy(&run->arena, message) : NULL;
}

temporal_error *tp_run_start(temporal_workflow *run, const tp_event *event)
{
    const Tp__History__WorkflowExecutionStartedEventAttributes *attributes =
        tp_event_attributes(event, WORKFLOW_EXECUTION_STARTED, workflow_execution_started);
    const char *seed;

    if (!attributes || run->started)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "history: event %lld is no proper start of a run",
                                  (long long)event->event_id);
    run->started = true;
    run->now = tp_message_nanoseconds(event->event_time);
    fill_info(run, attributes, run->now);
    run->inherited.retry_policy = inherit(run, attributes->retry_policy);
    tp_store_put_memo(&run->inherited.memo, attributes->memo);
    tp_store_put_attributes(&run->inherited.search_attributes, attributes->search_attributes);
    run->inherited.last_result = inherit(run, attributes->last_completion_result);
    run->inherited.last_failure = tp_failure_to_error(attributes->continued_failure);
    seed = attributes->original_execution_run_id;
    tp_prng_seed(&run->prng, seed && *seed ? seed : run->info.run_id);
    run->self = tp_arena_alloc(&run->arena, run->def->self_size + 1);
    TEMPORAL_TRY(read_input(run, attributes->input));
    (void)tp_scheduler_spawn(run, &run->scope, false, main_body, NULL);
    return NULL;
}

/* What the workflow function returned, in the task's memory. */
static temporal_error *encode_output(temporal_workflow *run, Tp__Common__Payloads **result)
{
    temporal_argument output = { .type = temporal_value_type(), .value = run->output };
    temporal_error *error;

    if (!run->def->invoke_values)
        output.type = run->def->output();
    error = tp_payloads_make(run->scratch, &output, 1, result);
    return error
               ? temporal_error_wrap(error, TEMPORAL_ERROR_CONVERSION, "output of workflow %s: %s",
                                     run->info.workflow_type, temporal_error_message(error))
               : NULL;
}

void tp_run_conclude(temporal_workflow *run)
{
    Tp__Common__Payloads *result = NULL;
    temporal_error *error;
    tp_end_kind kind;

    (void)tp_end_classify(run->outcome, run->cancel_requested, &kind);
    if (kind == TP_END_COMPLETE) {
        error = encode_output(run, &result);
        if (error) {
            tp_run_fail_task(run, error);
            return;
        }
    }
    tp_end_issue(run, kind, result, run->outcome);
}
