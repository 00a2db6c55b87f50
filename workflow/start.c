/* SPDX-License-Identifier: MIT */
/* workflow/start.c -- what user code begins: activities, timers, coroutines, and the next run. */
#include "base/clock.h"
#include "base/error.h"
#include "workflow/arguments.h"
#include "workflow/await.h"
#include "workflow/context.h"
#include "workflow/machine_activity.h"
#include "workflow/machine_timer.h"

/* --- activities --------------------------------------------------------------------------- */

static temporal_error *begin_activity(temporal_workflow *run, const char *activity,
                                      const temporal_argument *inputs, size_t input_count,
                                      const temporal_activity_options *given, tp_machine **machine)
{
    temporal_activity_options options = { 0 };
    Tp__Sdk__UserMetadata *metadata;
    Tp__Common__Payloads *input;
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_workflow_start_activity", &error);

    if (!coroutine)
        return error;
    if (!activity || !*activity)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "activity: the name of its type is required");
    TEMPORAL_TRY(TP_ARGUMENTS_COPY(options, given, "activity"));
    TEMPORAL_TRY(tp_machine_activity_check("activity", activity, &options));
    if (tp_scope_cancelled(coroutine->scope))
        return tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    TEMPORAL_TRY(tp_arguments_encode(run, "activity", activity, inputs, input_count, &input));
    TEMPORAL_TRY(
        tp_arguments_metadata(run, "activity", activity, options.summary, NULL, &metadata));
    *machine = tp_machine_activity_start(run, coroutine->scope, activity, input, &options);
    (*machine)->metadata = metadata;
    return NULL;
}

temporal_future *temporal_workflow_start_activity(temporal_workflow *run, const char *activity,
                                                  const temporal_argument *inputs,
                                                  size_t input_count,
                                                  const temporal_activity_options *options)
{
    tp_machine *machine;
    temporal_error *error = begin_activity(run, activity, inputs, input_count, options, &machine);

    return error ? tp_future_settled(run, error) : &machine->future;
}

temporal_error *temporal_workflow_execute_activity(temporal_workflow *run, const char *activity,
                                                   const temporal_argument *inputs,
                                                   size_t input_count,
                                                   const temporal_type *output_type, void *output,
                                                   const temporal_activity_options *options)
{
    temporal_future *future;
    temporal_error *error;
    tp_machine *machine;

    TEMPORAL_TRY(begin_activity(run, activity, inputs, input_count, options, &machine));
    future = &machine->future;
    tp_scheduler_wait_all(run->scheduler.current, &future, 1);
    error = tp_await_outcome(future, output_type, output);
    tp_machine_release(machine);
    return error;
}

/* --- timers ------------------------------------------------------------------------------- */

temporal_future *temporal_workflow_start_timer_with(temporal_workflow *run, temporal_seconds time,
                                                    const temporal_timer_options *given)
{
    temporal_timer_options options = { 0 };
    Tp__Sdk__UserMetadata *metadata;
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_workflow_start_timer", &error);
    tp_machine *timer;

    if (coroutine)
        error = tp_clock_check(time, "temporal_workflow_start_timer");
    if (!error)
        error = TP_ARGUMENTS_COPY(options, given, "timer");
    if (!error && tp_scope_cancelled(coroutine->scope))
        error = tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    if (!error)
        error = tp_arguments_metadata(run, "timer", "start", options.summary, NULL, &metadata);
    if (error || time <= 0)
        return tp_future_settled(run, error);
    timer = tp_machine_timer_start(run, coroutine->scope, time);
    timer->metadata = metadata;
    return &timer->future;
}

temporal_future *temporal_workflow_start_timer(temporal_workflow *run, temporal_seconds time)
{
    return temporal_workflow_start_timer_with(run, time, NULL);
}

/* --- coroutines --------------------------------------------------------------------------- */

typedef struct spawned {
    temporal_future future;
    temporal_scope scope;
    temporal_coroutine body;
    void *data;
} spawned;

static void spawned_body(temporal_workflow *run, void *data)
{
    spawned *self = data;
    temporal_error *error = self->body(run, self->data);

    if (error)
        tp_future_fail(&self->future, error);
    else
        tp_future_resolve(&self->future, NULL);
}

static void cancel_spawned(temporal_future *future)
{
    tp_scope_cancel(&tp_list_entry(future, spawned, future)->scope);
}

temporal_future *temporal_workflow_spawn(temporal_workflow *run, temporal_coroutine body,
                                         void *data)
{
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_workflow_spawn", &error);
    spawned *self;

    if (coroutine && !body)
        error = temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                   "temporal_workflow_spawn: a body is required");
    if (!error && tp_scope_cancelled(coroutine->scope))
        error = tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    if (error)
        return tp_future_settled(run, error);
    self = tp_arena_alloc(&run->arena, sizeof(*self));
    tp_future_init(&self->future, run, NULL, cancel_spawned);
    tp_scope_init(&self->scope, run, coroutine->scope);
    self->body = body;
    self->data = data;
    if (!tp_scheduler_spawn(run, &self->scope, true, spawned_body, self))
        tp_scheduler_stop(); /* code that goes on now would not go on so when it is replayed */
    return &self->future;
}

/* --- the next run ------------------------------------------------------------------------- */

typedef struct continue_call {
    temporal_workflow *run;
    const temporal_argument *inputs;
    size_t input_count;
    const temporal_continue_options *options;
    temporal_error *error;
} continue_call;

static void make_continue(void *data)
{
    continue_call *call = data;

    call->error = tp_end_continue(call->run, call->inputs, call->input_count, call->options);
}

temporal_error *temporal_workflow_continue_as_new(temporal_workflow *run,
                                                  const temporal_argument *inputs,
                                                  size_t input_count,
                                                  const temporal_continue_options *given)
{
    temporal_continue_options options = { 0 };
    continue_call call = {
        .run = run, .inputs = inputs, .input_count = input_count, .options = &options
    };
    temporal_error *error = NULL;

    if (!tp_coroutine_enter(run, "temporal_workflow_continue_as_new", &error))
        return error;
    TEMPORAL_TRY(TP_ARGUMENTS_COPY(options, given, "continue as new"));
    tp_scheduler_outside(run, make_continue, &call);
    return call.error;
}
