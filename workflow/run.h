/* SPDX-License-Identifier: MIT */
/* workflow/run.h -- one run: its memory, its coroutines, its place in history. */
#ifndef TP_WORKFLOW_RUN_H
#define TP_WORKFLOW_RUN_H

#include <temporal/workflow.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/map.h"
#include "workflow/commands.h"
#include "workflow/local.h"
#include "workflow/machine_end.h"
#include "workflow/patch.h"
#include "workflow/prng.h"
#include "workflow/pulse.h"
#include "workflow/scheduler.h"
#include "workflow/scope.h"
#include "workflow/store.h"

/* What a run has from the start event; NULL where there was none. The next run of the chain gets
 * the first three: memo and search attributes as the code has changed them. */
typedef struct tp_run_inheritance {
    Tp__Common__RetryPolicy *retry_policy;
    tp_store memo, search_attributes;
    Tp__Common__Payloads *last_result;
    const temporal_error *last_failure;
} tp_run_inheritance;

/* A query that is being answered, or an update that is being validated. */
typedef struct tp_query_guard {
    const char *kind; /* "query", "validator" */
    const char *name;
    temporal_error *violation; /* it tried what queries may not do: its answer */
    const void *before;        /* the state, as it was (workflow/guard.h) */
} tp_query_guard;

/* Handlers, and the updates among them (workflow/handling.h, workflow/update.h). */
typedef struct tp_run_updates {
    tp_list handlings; /* handlers that have not come to their end */
    tp_list open;      /* updates of which history does not know the end */
} tp_run_updates;

struct temporal_workflow {
    tp_list cached; /* in the cache, most recently used first */
    const temporal_workflow_def *def;
    temporal_workflow_info info;
    tp_stack_pool *stacks;
    tp_arena arena;    /* what user code may hold */
    tp_arena *memory;  /* where user code allocates: the arena, but for a query */
    tp_arena *scratch; /* memory of the current task */
    void *self;
    const void *input; /* typed, or ... */
    temporal_value *inputs;
    size_t input_count;
    void *output; /* what a typed workflow returns; a dynamic one: a temporal_value */

    int64_t last_event; /* the last one taken in */
    bool answered;      /* ... is the started event of a task whose answer is not in history yet */
    int64_t undo_to;    /* ... whose answer was nothing, so that the server may forget the task: the
                           last event before it; 0 otherwise */
    int64_t history_length, history_size, now;
    bool continue_suggested; /* by the server, as its history is long */
    bool sdk_known;          /* history says which SDK completed the last task: this one */
    bool replaying, started;
    tp_prng prng;

    tp_scheduler scheduler;
    temporal_scope scope; /* the root */
    bool cancel_requested;
    tp_list commands; /* issued, not met */
    tp_list machines;
    tp_map by_event; /* open machines by the id of the event that began them */
    uint32_t timers, activities;
    tp_run_inheritance inherited;
    tp_end end;

    bool ended;              /* code returned what ends the run: */
    temporal_error *outcome; /* NULL: well */
    temporal_error *problem; /* the task cannot be answered */
    tp_mismatch mismatch;    /* ... because of this, when event_id is set */
    tp_query_guard *query;
    tp_run_updates updates;
    tp_run_locals locals;
    tp_run_patches patches;

    size_t cached_size;          /* what the cache counts it for */
    tp_pulse *pulse;             /* NULL: nobody looks */
    const char *current_details; /* of the run's arena; NULL: none */
};

/** Not started yet. Texts are copied. */
temporal_workflow *tp_run_new(const temporal_workflow_def *def, tp_stack_pool *stacks,
                              const char *namespace_name, const char *task_queue,
                              const Tp__Common__WorkflowExecution *execution);
void tp_run_free(temporal_workflow *run);

/** The first event: fills info and state, and makes the main coroutine. An error fails the task. */
temporal_error *tp_run_start(temporal_workflow *run, const tp_event *event);
/** User code of that coroutine ended with an error; what: "signal approve", NULL for the workflow
 * function. Ends the run or fails its task. */
void tp_run_return(temporal_workflow *run, temporal_error *error, const char *what);
/** The first error counts. */
void tp_run_fail_task(temporal_workflow *run, temporal_error *error);
/** Bytes that it takes: its arena, stacks, machines and results; what the heap needs to manage them
 * is not counted. */
size_t tp_run_size(const temporal_workflow *run);
/** Issues the command that ends it, once it has ended; on the thread's own stack. */
void tp_run_conclude(temporal_workflow *run);

#endif
