/* SPDX-License-Identifier: MIT */
/* workflow/external.c -- the calls about other workflows. */
#include "workflow/external.h"

#include "base/error.h"
#include "converter/text.h"
#include "workflow/arguments.h"
#include "workflow/context.h"

/* Waits for it, and lets it go. */
static temporal_error *finish(temporal_workflow *run, tp_machine *machine)
{
    temporal_future *future = &machine->future;
    temporal_error *error;

    tp_scheduler_wait_all(run->scheduler.current, &future, 1);
    error = future->error;
    tp_machine_release(machine);
    return error;
}

/* Sends it and waits for nothing: its future tells. */
static temporal_error *start_signal(temporal_workflow *run, temporal_scope *scope,
                                    const tp_external_target *target, const char *signal,
                                    const temporal_argument *inputs, size_t input_count,
                                    tp_machine **machine)
{
    Tp__Common__Payloads *input;

    TEMPORAL_TRY(tp_text_check(signal, "signal to another workflow", "the signal's name"));
    if (tp_scope_cancelled(scope))
        return tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    TEMPORAL_TRY(tp_arguments_encode(run, "signal", signal, inputs, input_count, &input));
    *machine = tp_machine_signal_external_start(run, scope, target, signal, input);
    return NULL;
}

temporal_error *tp_external_signal(temporal_workflow *run, const tp_external_target *target,
                                   const char *signal, const temporal_argument *inputs,
                                   size_t input_count)
{
    tp_machine *machine = NULL;

    TEMPORAL_TRY(start_signal(run, run->scheduler.current->scope, target, signal, inputs,
                              input_count, &machine));
    return finish(run, machine);
}

/* --- a handle on any workflow ------------------------------------------------------------- */

struct temporal_external {
    temporal_workflow *run;
    tp_external_target target;
    temporal_error *wrong; /* what each call gives: it names no workflow */
};

temporal_external *temporal_workflow_external(temporal_workflow *run, const char *workflow_id,
                                              const char *run_id)
{
    temporal_external *external = tp_arena_alloc(run->memory, sizeof(*external));

    external->run = run;
    external->wrong = tp_text_check(workflow_id, "temporal_workflow_external", "workflow_id");
    if (!external->wrong)
        external->wrong = tp_text_check_optional(run_id, "temporal_workflow_external", "run_id");
    if (!external->wrong)
        external->target = (tp_external_target){
            .id = tp_arena_strdup(run->memory, workflow_id),
            .run_id = tp_arena_strdup(run->memory, run_id ? run_id : ""),
        };
    return external;
}

static temporal_error *begin_signal(temporal_external *external, const char *call,
                                    const char *signal, const temporal_argument *inputs,
                                    size_t input_count, tp_machine **machine)
{
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(external->run, call, &error);

    if (!coroutine)
        return error;
    if (external->wrong)
        return external->wrong;
    return start_signal(external->run, coroutine->scope, &external->target, signal, inputs,
                        input_count, machine);
}

static temporal_error *begin_cancel(temporal_external *external, const char *call,
                                    tp_machine **machine)
{
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(external->run, call, &error);

    if (!coroutine)
        return error;
    if (external->wrong)
        return external->wrong;
    if (tp_scope_cancelled(coroutine->scope))
        return tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    *machine = tp_machine_cancel_external_start(external->run, coroutine->scope, &external->target,
                                                NULL, 0);
    return NULL;
}

temporal_error *temporal_external_signal(temporal_external *external, const char *signal,
                                         const temporal_argument *inputs, size_t input_count)
{
    tp_machine *machine = NULL;

    TEMPORAL_TRY(
        begin_signal(external, "temporal_external_signal", signal, inputs, input_count, &machine));
    return finish(external->run, machine);
}

temporal_future *temporal_external_begin_signal(temporal_external *external, const char *signal,
                                                const temporal_argument *inputs, size_t input_count)
{
    tp_machine *machine = NULL;
    temporal_error *error = begin_signal(external, "temporal_external_begin_signal", signal, inputs,
                                         input_count, &machine);

    return error ? tp_future_settled(external->run, error) : &machine->future;
}

temporal_error *temporal_external_cancel(temporal_external *external)
{
    tp_machine *machine = NULL;

    TEMPORAL_TRY(begin_cancel(external, "temporal_external_cancel", &machine));
    return finish(external->run, machine);
}

temporal_future *temporal_external_begin_cancel(temporal_external *external)
{
    tp_machine *machine = NULL;
    temporal_error *error = begin_cancel(external, "temporal_external_begin_cancel", &machine);

    return error ? tp_future_settled(external->run, error) : &machine->future;
}
