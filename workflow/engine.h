/* SPDX-License-Identifier: MIT */
/* workflow/engine.h -- runs workflow code: a workflow task in, an answer out, no I/O.
 *
 * An engine belongs to one thread. It keeps a cache of runs, each with its coroutines and its place
 * in history; a run is driven by one engine for as long as it is cached. Time, randomness and
 * everything else that a run sees comes from its history, so an engine can be replayed and tested
 * without a server. */
#ifndef TP_WORKFLOW_ENGINE_H
#define TP_WORKFLOW_ENGINE_H

#include <temporal/workflow.h>

#include "base/arena.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "workflow/local.h"
#include "workflow/pulse.h"

typedef struct tp_engine tp_engine;

typedef struct tp_engine_options {
    const temporal_workflow_def *const *definitions; /* NULL-terminated, checked by the caller */
    const char *namespace_name;
    const char *task_queue;
    size_t max_cached;       /* runs; at least 1 */
    size_t max_cached_bytes; /* 0: no limit; the newest run is kept, however large */
    size_t stack_size;       /* of a coroutine; 0: 256 KiB */
    tp_pulse *pulse;         /* beats as user code runs and waits; NULL: nobody looks */

    /* Code that does not match its history fails the run instead of the task: of every type, or of
     * those in the list. */
    bool nondeterminism_fails_runs;
    const temporal_workflow_def *const *nondeterminism_fails_runs_of; /* NULL-terminated */
} tp_engine_options;

temporal_error *tp_engine_new(tp_engine **engine, const tp_engine_options *options);
void tp_engine_free(tp_engine *engine); /* drops every run */

typedef enum tp_answer_kind {
    TP_ANSWER_COMPLETED,    /* completed: commands, messages, query results, metadata */
    TP_ANSWER_FAILED,       /* failed: cause and failure; the run has left the cache */
    TP_ANSWER_QUERY,        /* query: a legacy query task's answer */
    TP_ANSWER_LOCAL,        /* not yet: local activities are under way, and the task goes on with
                               tp_engine_resume */
    TP_ANSWER_GONE,         /* resumed: the run was dropped meanwhile, there is nothing to answer */
    TP_ANSWER_NEEDS_HISTORY /* the run is not cached, or has strayed, and the task holds a part of
                               its history only: ask again with the whole */
} tp_answer_kind;

/* Filled in but for task token, namespace, identity, sticky attributes and versions, which are the
 * worker's. Everything in it lives in the arena, or with the task that it answers. */
typedef struct tp_answer {
    tp_arena arena;
    tp_answer_kind kind;
    union {
        Tp__Ws__RespondWorkflowTaskCompletedRequest completed;
        Tp__Ws__RespondWorkflowTaskFailedRequest failed;
        Tp__Ws__RespondQueryTaskCompletedRequest query;
    };
    /* Local activities, of every kind of answer but NEEDS_HISTORY: what the worker must do. */
    tp_local_order *orders;
    size_t order_count;
    temporal_seconds task_timeout; /* LOCAL: the server waits so long for the task's answer */
    bool locals_left;              /* COMPLETED: the next task of the run goes on with some */
    const char **dropped; /* runs that have left the cache, whose local activities go with them */
    size_t dropped_count;
    bool run_ended; /* COMPLETED: the commands end the run, which has left the cache */
    /* NEEDS_HISTORY: the cached run did not agree with its history, and has left the cache: the
     * whole decides, and a report of it reaches back as far as it does. NULL: no such thing. */
    temporal_error *strayed;
} tp_answer;

/** Answers one workflow task; its history holds all pages that the server has for it (events from
 * 1, or from where the last task of a cached run ended). Whatever goes wrong is an answer, too. */
void tp_engine_activate(tp_engine *engine, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                        tp_answer *answer);
/** The same task goes on, with the answer that was LOCAL (and its memory). Overdue: it is to be
 * completed now, and what is still under way goes on in the next one. */
void tp_engine_resume(tp_engine *engine, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                      const tp_local_outcome *outcomes, size_t count, bool overdue,
                      tp_answer *answer);
void tp_answer_done(tp_answer *answer);

/** Replays a history from its first event, up to the last answer that it holds: NULL when the code
 * does the same. The task says of which run and type it is; the run is not kept. */
temporal_error *tp_engine_replay(tp_engine *engine,
                                 const Tp__Ws__PollWorkflowTaskQueueResponse *task);

/** The server did not take the last answer for that run: what is cached is no longer true. */
void tp_engine_evict(tp_engine *engine, const char *run_id);
size_t tp_engine_cached(const tp_engine *engine);
size_t tp_engine_cached_bytes(const tp_engine *engine); /* 0: without a limit nobody counts */

#endif
