/* SPDX-License-Identifier: MIT */
/* workflow/local_start.c -- what user code begins: local activities. */
#include "base/error.h"
#include "workflow/arguments.h"
#include "workflow/await.h"
#include "workflow/context.h"
#include "workflow/machine_local.h"

static temporal_error *begin(temporal_workflow *run, const char *activity,
                             const temporal_argument *inputs, size_t input_count,
                             const temporal_local_options *given, tp_machine **machine)
{
    temporal_local_options options = { 0 };
    Tp__Common__Payloads *input;
    temporal_error *error = NULL;
    tp_coroutine *coroutine =
        tp_coroutine_enter(run, "temporal_workflow_start_local_activity", &error);

    if (!coroutine)
        return error;
    if (!activity || !*activity)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "local activity: the name of its type is required");
    TEMPORAL_TRY(TP_ARGUMENTS_COPY(options, given, "local activity"));
    TEMPORAL_TRY(tp_machine_local_check(activity, &options));
    if (tp_scope_cancelled(coroutine->scope))
        return tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    TEMPORAL_TRY(tp_arguments_encode(run, "local activity", activity, inputs, input_count, &input));
    *machine = tp_machine_local_start(run, coroutine->scope, activity, input, &options);
    return NULL;
}

temporal_future *temporal_workflow_start_local_activity(temporal_workflow *run,
                                                        const char *activity,
                                                        const temporal_argument *inputs,
                                                        size_t input_count,
                                                        const temporal_local_options *options)
{
    tp_machine *machine;
    temporal_error *error = begin(run, activity, inputs, input_count, options, &machine);

    return error ? tp_future_settled(run, error) : &machine->future;
}

temporal_error *
temporal_workflow_execute_local_activity(temporal_workflow *run, const char *activity,
                                         const temporal_argument *inputs, size_t input_count,
                                         const temporal_type *output_type, void *output,
                                         const temporal_local_options *options)
{
    temporal_future *future;
    temporal_error *error;
    tp_machine *machine;

    TEMPORAL_TRY(begin(run, activity, inputs, input_count, options, &machine));
    future = &machine->future;
    tp_scheduler_wait_all(run->scheduler.current, &future, 1);
    error = tp_await_outcome(future, output_type, output);
    tp_machine_release(machine);
    return error;
}
