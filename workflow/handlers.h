/* SPDX-License-Identifier: MIT */
/* workflow/handlers.h -- signals and queries on their way to user code; what they share with
 * updates. */
#ifndef TP_WORKFLOW_HANDLERS_H
#define TP_WORKFLOW_HANDLERS_H

#include "temporal/api/query/v1/message.pb-c.h"
#include "workflow/event.h"
#include "workflow/run.h"

/* A handler with what it is called with. */
typedef struct tp_handler_call {
    const temporal_handler_def *handler;
    const char *name;
    const void *input; /* typed, or ... */
    temporal_value *inputs;
    size_t input_count;
    void *output; /* typed, or a temporal_value */
    temporal_error *error;
} tp_handler_call;

/** Everything in it is taken from memory. Not on a coroutine's stack. */
temporal_error *tp_handler_prepare(tp_handler_call *call, const temporal_handler_def *handler,
                                   const char *name, const Tp__Common__Payloads *payloads,
                                   tp_arena *memory);
temporal_error *tp_handler_invoke(temporal_workflow *run, const tp_handler_call *call);
/** What it gave, which may be nothing: NULL. Not on a coroutine's stack. */
temporal_error *tp_handler_encode(const tp_handler_call *call, tp_arena *memory,
                                  Tp__Common__Payloads **result);

/** Puts a coroutine with its handler at the end of the queue: signals run in the order in which
 * they came, behind a workflow function that has not begun yet. Nobody's signal is logged and left.
 * An error (its input does not decode) fails the task. */
temporal_error *tp_handlers_signal(temporal_workflow *run, const tp_event *event);

/** Answers a query on the run as it is. Result and error live in that memory; the result may be
 * NULL. */
temporal_error *tp_handlers_query(temporal_workflow *run, const Tp__Query__WorkflowQuery *query,
                                  tp_arena *memory, Tp__Common__Payloads **result);

#endif
