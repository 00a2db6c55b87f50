/* SPDX-License-Identifier: MIT */
/* workflow/engine.c -- from a task to its answer: finds the run or makes it, drives it, answers. */
#include "workflow/engine.h"

#include "base/alloc.h"
#include "base/error.h"
#include "fiber/fiber.h"
#include "workflow/activation.h"
#include "workflow/answer.h"
#include "workflow/cache.h"
#include "workflow/registry.h"
#include "workflow/update_requests.h"

#define STACK_SIZE   ((size_t)256 * 1024)
#define SPARE_STACKS 64

typedef Tp__Ws__PollWorkflowTaskQueueResponse task_message;

struct tp_engine {
    const temporal_workflow_def *const *definitions;
    char *namespace_name, *task_queue;
    tp_stack_pool *stacks;
    tp_pulse *pulse;
    tp_cache cache;
    tp_arena scratch;  /* of a task that is replayed */
    tp_answer *answer; /* that is being made, or NULL */
    bool nondeterminism_fails_runs;
    const temporal_workflow_def *const *nondeterminism_fails_runs_of;
};

/* Of a run with local activities under way, whoever runs them must know. */
static void note_dropped(void *data, temporal_workflow *run)
{
    tp_answer *answer = ((tp_engine *)data)->answer;
    const char **longer;

    if (!answer || !tp_locals_any(&run->locals))
        return;
    longer = tp_arena_alloc(&answer->arena, (answer->dropped_count + 1) * sizeof(*longer));
    for (size_t i = 0; i < answer->dropped_count; i++)
        longer[i] = answer->dropped[i];
    longer[answer->dropped_count++] = tp_arena_strdup(&answer->arena, run->info.run_id);
    answer->dropped = longer;
}

temporal_error *tp_engine_new(tp_engine **engine, const tp_engine_options *options)
{
    tp_engine *new = tp_alloc(sizeof(*new));

    new->definitions = options->definitions;
    new->namespace_name = tp_strdup(options->namespace_name);
    new->task_queue = tp_strdup(options->task_queue);
    new->stacks =
        tp_stack_pool_new(options->stack_size > 0 ? options->stack_size : STACK_SIZE, SPARE_STACKS);
    tp_cache_init(&new->cache, options->max_cached, options->max_cached_bytes);
    new->cache.dropping = note_dropped;
    new->cache.data = new;
    tp_arena_init(&new->scratch);
    new->pulse = options->pulse;
    new->nondeterminism_fails_runs = options->nondeterminism_fails_runs;
    new->nondeterminism_fails_runs_of = options->nondeterminism_fails_runs_of;
    *engine = new;
    return NULL;
}

void tp_engine_free(tp_engine *engine)
{
    if (!engine)
        return;
    tp_cache_done(&engine->cache);
    tp_stack_pool_free(engine->stacks);
    tp_arena_done(&engine->scratch);
    tp_free(engine->namespace_name);
    tp_free(engine->task_queue);
    tp_free(engine);
}

void tp_answer_done(tp_answer *answer)
{
    tp_arena_done(&answer->arena);
}

void tp_engine_evict(tp_engine *engine, const char *run_id)
{
    tp_cache_drop(&engine->cache, tp_cache_get(&engine->cache, run_id));
}

size_t tp_engine_cached(const tp_engine *engine)
{
    return engine->cache.by_run_id.count;
}

size_t tp_engine_cached_bytes(const tp_engine *engine)
{
    return engine->cache.bytes;
}

static temporal_error *check(const task_message *task, tp_history *history, tp_arena *arena)
{
    const Tp__Common__WorkflowExecution *execution = task->workflow_execution;

    if (!execution || !execution->run_id || !*execution->run_id || !execution->workflow_id)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "workflow task: it does not say of which run it is");
    if (!task->workflow_type || !task->workflow_type->name)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "workflow task: it does not say of which type its workflow is");
    TEMPORAL_TRY(tp_history_open(history, task->history));
    return tp_update_requests_open(&history->messages, arena, task->messages, task->n_messages);
}

static temporal_error *make_run(const tp_engine *engine, const task_message *task,
                                temporal_workflow **run)
{
    const char *type = task->workflow_type->name;
    const temporal_workflow_def *def = tp_registry_workflow(engine->definitions, type);
    tp_arena names;
    temporal_error *error;

    if (def) {
        *run = tp_run_new(def, engine->stacks, engine->namespace_name, engine->task_queue,
                          task->workflow_execution);
        (*run)->pulse = engine->pulse;
        return NULL;
    }
    tp_arena_init(&names);
    error = temporal_error_new(TEMPORAL_ERROR_NOT_FOUND,
                               "workflow type %s is not registered on this worker, which has: %s",
                               type, tp_registry_workflow_names(&names, engine->definitions));
    tp_arena_done(&names);
    return error;
}

/* The cached run, when it is as far as the task supposes; true: *run, false: the task cannot be
 * done with the history that it brings. */
static bool find_run(tp_engine *engine, const task_message *task, const tp_history *history,
                     temporal_workflow **run)
{
    temporal_workflow *cached = tp_cache_get(&engine->cache, task->workflow_execution->run_id);

    if (cached && !tp_activation_fits(cached, history, task->query || task->n_queries > 0)) {
        tp_cache_drop(&engine->cache, cached);
        cached = NULL;
    }
    *run = cached;
    return cached || (history->count > 0 && history->events[0]->event_id == 1);
}

/* An open task must be there, unless only a question is asked. */
static temporal_error *check_ran(const task_message *task, const tp_history *history, bool ran)
{
    if (ran || task->query || (task->n_queries > 0 && history->count == 0))
        return NULL;
    return temporal_error_new(
        TEMPORAL_ERROR_INVALID_ARGUMENT,
        "workflow task: its history ends at event %lld without the start of "
        "the task (event %lld)",
        (long long)(history->count > 0 ? history->events[history->count - 1]->event_id : 0),
        (long long)task->started_event_id);
}

/* By the worker's choice, that the code changed is the end of the run. */
static bool ends_run(const tp_engine *engine, const temporal_workflow_def *def,
                     const temporal_error *error)
{
    if (temporal_error_get_code(error) != TEMPORAL_ERROR_NONDETERMINISM)
        return false;
    for (const temporal_workflow_def *const *at = engine->nondeterminism_fails_runs_of; at && *at;
         at++)
        if (*at == def)
            return true;
    return engine->nondeterminism_fails_runs;
}

/* The error ends the run by the worker's choice, or fails its task: then it comes back. */
static temporal_error *drop_failed(tp_engine *engine, temporal_workflow *run, bool may_end,
                                   temporal_error *error, tp_answer *answer)
{
    bool ends = may_end && ends_run(engine, run->def, error);

    error = tp_error_copy(error); /* it may be the run's */
    tp_cache_drop(&engine->cache, run);
    if (!ends)
        return error;
    tp_answer_end(answer, error);
    return NULL;
}

/* All coroutines wait. For local activities alone the task stays open, unless somebody waits for
 * its answer. */
static void answer_task(tp_engine *engine, temporal_workflow *run, const task_message *task,
                        bool may_wait, tp_answer *answer)
{
    bool left = !run->ended && tp_locals_outstanding(run) > 0;

    if (!run->ended)
        tp_locals_take_orders(run, &answer->arena, &answer->orders, &answer->order_count);
    run->locals.task = NULL;
    if (left && may_wait && task->n_queries == 0 && task->n_messages == 0) {
        answer->kind = TP_ANSWER_LOCAL;
        answer->task_timeout = run->info.task_timeout;
        run->locals.task = task;
    } else {
        tp_answer_complete(answer, run, task);
        answer->locals_left = left;
        answer->completed.force_create_new_workflow_task = left;
        answer->completed.return_new_workflow_task = left;
    }
    if (run->ended)
        tp_cache_drop(&engine->cache, run);
    else
        tp_cache_use(&engine->cache, run);
}

/* Its code has come to its end, or the server has ended it: no task will come for it. */
static bool is_over(const temporal_workflow *run, const Tp__History__History *history)
{
    return run->ended ||
           (history && history->n_events > 0 &&
            tp_event_classify(history->events[history->n_events - 1]) == TP_EVENT_CLOSED);
}

static temporal_error *activate(tp_engine *engine, const task_message *task, tp_answer *answer)
{
    temporal_workflow *run;
    tp_history history;
    temporal_error *error;
    bool ran;

    TEMPORAL_TRY(check(task, &history, &answer->arena));
    if (!find_run(engine, task, &history, &run)) {
        answer->kind = TP_ANSWER_NEEDS_HISTORY;
        return NULL;
    }
    if (!run)
        TEMPORAL_TRY(make_run(engine, task, &run));
    error = tp_activation_run(run, &history, !task->query, &engine->scratch, &answer->arena, &ran);
    if (!error)
        error = check_ran(task, &history, ran);
    if (temporal_error_get_code(error) == TEMPORAL_ERROR_NONDETERMINISM && history.count > 0 &&
        history.events[0]->event_id > 1) {
        answer->strayed = drop_failed(engine, run, false, error, answer);
        answer->kind = TP_ANSWER_NEEDS_HISTORY;
        return NULL;
    }
    if (error)
        return drop_failed(engine, run, !task->query, error, answer);
    if (!task->query) {
        answer_task(engine, run, task, ran, answer);
        return NULL;
    }
    tp_answer_query(answer, run, task->query);
    if (is_over(run, task->history))
        tp_cache_drop(&engine->cache, run);
    else
        tp_cache_use(&engine->cache, run);
    return NULL;
}

static temporal_error *replay(tp_engine *engine, const task_message *task, tp_arena *memory)
{
    temporal_workflow *run;
    tp_history history;
    temporal_error *error;
    bool ran;

    TEMPORAL_TRY(check(task, &history, memory));
    if (history.count == 0 || history.events[0]->event_id != 1)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "the history does not begin with event 1");
    TEMPORAL_TRY(make_run(engine, task, &run));
    error = tp_error_copy(tp_activation_run(run, &history, false, &engine->scratch, memory, &ran));
    tp_cache_drop(&engine->cache, run);
    return error;
}

temporal_error *tp_engine_replay(tp_engine *engine, const task_message *task)
{
    tp_arena memory;
    temporal_error *error;

    tp_arena_init(&memory);
    error = replay(engine, task, &memory);
    tp_arena_done(&memory);
    return error;
}

static temporal_error *resume(tp_engine *engine, const task_message *task,
                              const tp_local_outcome *outcomes, size_t count, bool overdue,
                              tp_answer *answer)
{
    temporal_workflow *run = tp_cache_get(&engine->cache, task->workflow_execution->run_id);
    temporal_error *error;

    if (!run || run->locals.task != task) {
        answer->kind = TP_ANSWER_GONE;
        return NULL;
    }
    run->locals.task = NULL;
    error = tp_activation_resume(run, outcomes, count, &answer->arena);
    if (error)
        return drop_failed(engine, run, true, error, answer);
    answer_task(engine, run, task, !overdue, answer);
    return NULL;
}

void tp_engine_resume(tp_engine *engine, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                      const tp_local_outcome *outcomes, size_t count, bool overdue,
                      tp_answer *answer)
{
    tp_arena *owner = tp_error_set_owner(&answer->arena);
    temporal_error *error;

    answer->orders = NULL;
    answer->order_count = 0;
    answer->dropped = NULL;
    answer->dropped_count = 0;
    engine->answer = answer;
    error = resume(engine, task, outcomes, count, overdue, answer);
    if (error)
        tp_answer_fail(answer, task, error);
    engine->answer = NULL;
    tp_error_set_owner(owner);
}

void tp_engine_activate(tp_engine *engine, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                        tp_answer *answer)
{
    tp_arena *owner;
    temporal_error *error;

    *answer = (tp_answer){ 0 };
    tp_arena_init(&answer->arena);
    owner = tp_error_set_owner(&answer->arena);
    engine->answer = answer;
    error = activate(engine, task, answer);
    if (error)
        tp_answer_fail(answer, task, error);
    engine->answer = NULL;
    tp_error_set_owner(owner);
}
