/* SPDX-License-Identifier: MIT */
/* workflow/external.c -- the calls about other workflows. */
#include "workflow/external.h"

#include "base/error.h"
#include "converter/text.h"
#include "workflow/arguments.h"

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

temporal_error *tp_external_signal(temporal_workflow *run, const tp_external_target *target,
                                   const char *signal, const temporal_argument *inputs,
                                   size_t input_count)
{
    temporal_scope *scope = run->scheduler.current->scope;
    Tp__Common__Payloads *input;

    TEMPORAL_TRY(tp_text_check(signal, "signal to another workflow", "the signal's name"));
    if (tp_scope_cancelled(scope))
        return tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    TEMPORAL_TRY(tp_arguments_encode(run, "signal", signal, inputs, input_count, &input));
    return finish(run, tp_machine_signal_external_start(run, scope, target, signal, input));
}
