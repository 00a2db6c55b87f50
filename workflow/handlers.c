/* SPDX-License-Identifier: MIT */
/* workflow/handlers.c -- decodes what comes, calls the handler, encodes what goes. */
#include "workflow/handlers.h"

#include "base/error.h"
#include "base/log.h"
#include "converter/payload.h"
#include "workflow/builtin.h"
#include "workflow/guard.h"
#include "workflow/handling.h"
#include "workflow/registry.h"

typedef tp_handler_call call;

temporal_error *tp_handler_prepare(call *self, const temporal_handler_def *handler,
                                   const char *name, const Tp__Common__Payloads *payloads,
                                   tp_arena *memory)
{
    const temporal_type *type;
    void *input;

    self->handler = handler;
    self->name = tp_arena_strdup(memory, name);
    if (handler->invoke_values) {
        self->output = tp_arena_alloc(memory, sizeof(temporal_value));
        if (payloads)
            tp_payloads_values(memory, tp_message_copy(memory, &payloads->base), &self->inputs,
                               &self->input_count);
        return NULL;
    }
    type = handler->input();
    input = tp_arena_alloc(memory, type->size);
    self->input = input;
    if (handler->output)
        self->output = tp_arena_alloc(memory, handler->output()->size);
    return tp_payloads_read(memory, payloads, 0, type, input);
}

temporal_error *tp_handler_invoke(temporal_workflow *run, const call *self)
{
    if (self->handler->invoke_values)
        return self->handler->invoke_values(run, run->self, self->name, self->inputs,
                                            self->input_count, self->output);
    return self->handler->invoke(run, run->self, self->input, self->output);
}

temporal_error *tp_handler_encode(const call *self, tp_arena *memory, Tp__Common__Payloads **result)
{
    temporal_argument output = { .type = temporal_value_type(), .value = self->output };

    if (!self->handler->invoke_values) {
        if (!self->handler->output)
            return NULL;
        output.type = self->handler->output();
    }
    return tp_payloads_make(memory, &output, 1, result);
}

/* --- signals ------------------------------------------------------------------------------ */

typedef struct signal {
    call call;
    tp_handling handling;
} signal;

static void signal_body(temporal_workflow *run, void *data)
{
    signal *self = data;
    temporal_error *error = tp_handler_invoke(run, &self->call);

    tp_handling_end(&self->handling);
    /* A handler that was waiting when the run was asked to cancel has done what it was told. */
    if (error && temporal_error_get_code(error) != TEMPORAL_ERROR_CANCELLED)
        tp_run_return(run, error, tp_arena_format(&run->arena, "signal %s", self->call.name));
}

temporal_error *tp_handlers_signal(temporal_workflow *run, const tp_event *event)
{
    const Tp__History__WorkflowExecutionSignaledEventAttributes *attributes =
        tp_event_attributes(event, WORKFLOW_EXECUTION_SIGNALED, workflow_execution_signaled);
    const temporal_handler_def *handler;
    tp_coroutine *coroutine;
    temporal_error *error;
    signal *self;

    if (!attributes || !attributes->signal_name)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "history: event %lld is no proper signal",
                                  (long long)event->event_id);
    handler = tp_registry_handler(run->def, TEMPORAL_HANDLER_SIGNAL, attributes->signal_name);
    if (!handler && run->replaying)
        return NULL;
    if (!handler) {
        tp_log(TEMPORAL_LOG_WARN, "workflow",
               "workflow %s (run %s): nobody handles signal %s; workflow %s has: %s",
               run->info.workflow_id, run->info.run_id, attributes->signal_name,
               run->info.workflow_type,
               tp_registry_handler_names(run->scratch, run->def, TEMPORAL_HANDLER_SIGNAL));
        return NULL;
    }
    self = tp_arena_alloc(&run->arena, sizeof(*self));
    error = tp_handler_prepare(&self->call, handler, attributes->signal_name, attributes->input,
                               &run->arena);
    if (error)
        return temporal_error_wrap(error, TEMPORAL_ERROR_CONVERSION,
                                   "input of signal %s (event %lld): %s", attributes->signal_name,
                                   (long long)event->event_id, temporal_error_message(error));
    coroutine = tp_scheduler_spawn(run, &run->scope, false, signal_body, self);
    if (coroutine)
        coroutine->handling = tp_handling_begin(run, &self->handling, self->call.name, NULL);
    return NULL;
}

/* --- queries ------------------------------------------------------------------------------ */

static void query_body(temporal_workflow *run, void *data)
{
    call *self = data;

    self->error = tp_handler_invoke(run, self);
}

static temporal_error *ask(temporal_workflow *run, call *self, tp_arena *memory,
                           Tp__Common__Payloads **result)
{
    tp_query_guard guard = { .kind = "query", .name = self->name };
    bool replaying = run->replaying;
    temporal_error *error;

    tp_guard_enter(run, &guard, memory);
    run->replaying = true; /* a query that looks again must not be heard again */
    error = tp_scheduler_call(run, query_body, self);
    run->replaying = replaying;
    tp_guard_leave(run);
    if (!error)
        error = guard.violation ? guard.violation : self->error;
    return error ? error : tp_handler_encode(self, memory, result);
}

temporal_error *tp_handlers_query(temporal_workflow *run, const Tp__Query__WorkflowQuery *query,
                                  tp_arena *memory, Tp__Common__Payloads **result)
{
    const char *name = query->query_type ? query->query_type : "";
    tp_arena *owner = tp_error_set_owner(memory);
    const temporal_handler_def *handler;
    call self = { 0 };
    temporal_error *error;

    *result = NULL;
    if (tp_builtin_query(run, name, memory, result, &error)) {
        tp_error_set_owner(owner);
        return error;
    }
    handler = tp_registry_handler(run->def, TEMPORAL_HANDLER_QUERY, name);
    if (!handler) {
        error = temporal_error_new(
            TEMPORAL_ERROR_INVALID_ARGUMENT, "workflow %s has no query %s; it has: %s",
            run->info.workflow_type, name,
            tp_registry_handler_names(memory, run->def, TEMPORAL_HANDLER_QUERY));
    } else if (!run->started) {
        error = temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                   "query %s: the workflow has not run yet", name);
    } else {
        error = tp_handler_prepare(&self, handler, name, query->query_args, memory);
        if (!error)
            error = ask(run, &self, memory, result);
    }
    tp_error_set_owner(owner);
    return error;
}
