/* SPDX-License-Identifier: MIT */
/* workflow/local.h -- local activities between an engine and the worker that runs them.
 *
 * An open task whose code waits for local activities is answered with LOCAL: its orders say which
 * to start or to stop. The worker runs them, and the engine goes on with the same task as their
 * outcomes come. Every outcome that code saw is a marker in history: whoever replays it reads the
 * markers, in their order, and runs nothing. */
#ifndef TP_WORKFLOW_LOCAL_H
#define TP_WORKFLOW_LOCAL_H

#include <temporal/workflow.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/list.h"

typedef enum tp_local_verb {
    TP_LOCAL_START,
    TP_LOCAL_CANCEL, /* ask it to end; its outcome is wanted */
    TP_LOCAL_STOP,   /* the same, but nobody waits for it any more */
    TP_LOCAL_FORGET  /* let it run, but nobody waits for it any more */
} tp_local_verb;

/* Lives with the answer that it comes with. */
typedef struct tp_local_order {
    tp_local_verb verb;
    uint32_t seq; /* names it within its run */
    /* of START */
    int32_t attempt; /* the first one of these; more than 1 after a back-off by timer */
    const char *activity_id, *activity_type;
    tp_bytes input;    /* encoded Payloads */
    int64_t scheduled; /* Unix nanoseconds, in the run's time */
    int64_t passed;    /* nanoseconds since it was scheduled first, before the back-offs */
    const temporal_local_options *options;
} tp_local_order;

typedef enum tp_local_end {
    TP_LOCAL_COMPLETED, /* body: encoded Payloads */
    TP_LOCAL_FAILED,    /* body: encoded Failure */
    TP_LOCAL_CANCELLED  /* the same */
} tp_local_end;

typedef struct tp_local_outcome {
    uint32_t seq;
    int32_t attempt; /* the last one */
    tp_local_end end;
    tp_bytes body;
    int64_t runtime;          /* nanoseconds since it was started */
    temporal_seconds backoff; /* FAILED: to be tried again after so long, by a timer; 0: no */
} tp_local_outcome;

/* What a run knows of its own. */
typedef struct tp_run_locals {
    tp_list open;     /* begun and not ended */
    tp_list left;     /* ended without the worker, which runs them and is still to be told */
    const void *task; /* the task that waits for them, NULL: none */
} tp_run_locals;

void tp_locals_init(tp_run_locals *locals);
void tp_locals_done(tp_run_locals *locals);
/** Whether a worker runs any, or is to run some. */
bool tp_locals_any(const tp_run_locals *locals);
/** How many the code waits for. */
size_t tp_locals_outstanding(const temporal_workflow *run);
/** What the worker must be told now, from the arena. */
void tp_locals_take_orders(temporal_workflow *run, tp_arena *arena, tp_local_order **orders,
                           size_t *count);
/** One has ended: its marker is issued, its future is done. False: nobody waits for it. */
bool tp_locals_take_outcome(temporal_workflow *run, const tp_local_outcome *outcome);

#endif
