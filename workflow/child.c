/* SPDX-License-Identifier: MIT */
/* workflow/child.c -- the calls about child workflows. */
#include "base/error.h"
#include "converter/entries.h"
#include "converter/text.h"
#include "workflow/arguments.h"
#include "workflow/await.h"
#include "workflow/context.h"
#include "workflow/external.h"
#include "workflow/machine_child.h"

/* --- starting ----------------------------------------------------------------------------- */

typedef struct make_call {
    tp_arena *arena;
    const char *what;
    const temporal_child_options *options;
    tp_child_attributes *attributes;
    temporal_error *error;
} make_call;

static temporal_error *make(const make_call *call)
{
    TEMPORAL_TRY(
        tp_entries_memo(call->arena, call->options->memo, call->what, &call->attributes->memo));
    return tp_entries_search_attributes(call->arena, call->options->search_attributes, call->what,
                                        &call->attributes->search_attributes);
}

static void make_entries(void *data)
{
    make_call *call = data;

    call->error = make(call);
}

/* What is made from values, on the thread's own stack. */
static temporal_error *make_attributes(temporal_workflow *run, const char *workflow,
                                       const temporal_argument *inputs, size_t input_count,
                                       const temporal_child_options *options,
                                       tp_child_attributes **attributes)
{
    make_call call = { .arena = run->scratch, .options = options };

    *attributes = call.attributes = tp_arena_alloc(run->scratch, sizeof(*call.attributes));
    tp__command__start_child_workflow_execution_command_attributes__init(call.attributes);
    TEMPORAL_TRY(
        tp_arguments_encode(run, "child", workflow, inputs, input_count, &call.attributes->input));
    if (!options->memo && !options->search_attributes)
        return NULL;
    call.what = tp_arena_format(run->scratch, "child %s", workflow);
    tp_scheduler_outside(run, make_entries, &call);
    return call.error;
}

static temporal_error *begin(temporal_workflow *run, const char *call, const char *workflow,
                             const temporal_argument *inputs, size_t input_count,
                             const temporal_child_options *given, temporal_child **child)
{
    temporal_child_options options = { 0 };
    Tp__Sdk__UserMetadata *metadata;
    tp_child_attributes *attributes;
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, call, &error);

    if (!coroutine)
        return error;
    TEMPORAL_TRY(tp_text_check(workflow, "child", "the name of its type"));
    TEMPORAL_TRY(TP_ARGUMENTS_COPY(options, given, "child"));
    TEMPORAL_TRY(tp_machine_child_check(workflow, &options));
    if (tp_scope_cancelled(coroutine->scope))
        return tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    TEMPORAL_TRY(make_attributes(run, workflow, inputs, input_count, &options, &attributes));
    TEMPORAL_TRY(
        tp_arguments_metadata(run, "child", workflow, options.summary, options.details, &metadata));
    *child = tp_machine_child_start(run, coroutine->scope, workflow, attributes, &options);
    (*child)->machine.metadata = metadata;
    return NULL;
}

static temporal_child *settled(temporal_workflow *run, temporal_error *error)
{
    temporal_child *child = tp_arena_alloc(run->memory, sizeof(*child) + 1);

    tp_future_init(&child->machine.future, run, NULL, NULL);
    tp_future_init(&child->started, run, NULL, NULL);
    tp_future_fail(&child->machine.future, error);
    tp_future_fail(&child->started, error);
    child->id = child->type;
    return child;
}

temporal_child *temporal_workflow_begin_child(temporal_workflow *run, const char *workflow,
                                              const temporal_argument *inputs, size_t input_count,
                                              const temporal_child_options *options)
{
    temporal_child *child;
    temporal_error *error =
        begin(run, "temporal_workflow_begin_child", workflow, inputs, input_count, options, &child);

    return error ? settled(run, error) : child;
}

temporal_error *temporal_workflow_start_child(temporal_workflow *run, const char *workflow,
                                              const temporal_argument *inputs, size_t input_count,
                                              temporal_child **child,
                                              const temporal_child_options *options)
{
    temporal_future *started;
    temporal_error *error;
    temporal_child *self;

    if (!child)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "temporal_workflow_start_child: child is required");
    TEMPORAL_TRY(
        begin(run, "temporal_workflow_start_child", workflow, inputs, input_count, options, &self));
    started = &self->started;
    tp_scheduler_wait_all(run->scheduler.current, &started, 1);
    error = started->error;
    if (error)
        tp_machine_release(&self->machine);
    else
        *child = self;
    return error;
}

temporal_error *temporal_workflow_execute_child(temporal_workflow *run, const char *workflow,
                                                const temporal_argument *inputs, size_t input_count,
                                                const temporal_type *output_type, void *output,
                                                const temporal_child_options *options)
{
    temporal_future *future;
    temporal_error *error;
    temporal_child *self;

    TEMPORAL_TRY(begin(run, "temporal_workflow_execute_child", workflow, inputs, input_count,
                       options, &self));
    future = &self->machine.future;
    tp_scheduler_wait_all(run->scheduler.current, &future, 1);
    error = tp_await_outcome(future, output_type, output);
    tp_machine_release(&self->machine);
    return error;
}

/* --- a child that was begun --------------------------------------------------------------- */

const char *temporal_child_id(const temporal_child *child)
{
    return child->id;
}

const char *temporal_child_run_id(const temporal_child *child)
{
    return child->run_id ? child->run_id : "";
}

temporal_future *temporal_child_started(temporal_child *child)
{
    return &child->started;
}

temporal_future *temporal_child_result(temporal_child *child)
{
    return &child->machine.future;
}

void temporal_child_cancel(temporal_child *child)
{
    temporal_future_cancel(&child->machine.future);
}

temporal_error *temporal_child_signal(temporal_child *child, const char *signal,
                                      const temporal_argument *inputs, size_t input_count)
{
    temporal_workflow *run = child->machine.future.run;
    const tp_external_target target = { .id = child->id, .run_id = "", .child_only = true };
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_child_signal", &error);
    temporal_future *future = &child->started;

    if (!coroutine)
        return error;
    tp_scheduler_wait_all(coroutine, &future, 1);
    return future->error ? future->error
                         : tp_external_signal(run, &target, signal, inputs, input_count);
}
