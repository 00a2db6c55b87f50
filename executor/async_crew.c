/* SPDX-License-Identifier: MIT */
/* executor/async_crew.c -- the thread on which async activities run.
 *
 * Everything below runs on the crew's loop except where it says otherwise. A coroutine is resumed
 * from the loop's own stack only, by what it waits for: a post or its timer. */
#include "executor/async_crew.h"

#include <assert.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/waiter.h"
#include "executor/invoke.h"
#include "executor/states.h"
#include "fiber/fiber.h"

struct tp_async_crew {
    tp_loop *loop;
    const uv_handle_t *bell; /* the loop's own handle; others belong to activities */
    size_t limit, stack_size;
    tp_stack_pool *stacks;
    tp_states states;
    tp_list queue; /* jobs that wait for a place */
    size_t active; /* coroutines */
    bool filling;
    bool ends;  /* when there is no coroutine any more */
    bool alone; /* left behind: frees itself then */

    tp_loop *owner; /* where the end is told, and how */
    tp_loop_fn ended;
    void *ended_data;
};

/* One attempt's coroutine: the runner of its job. */
struct routine {
    tp_async_crew *crew;
    tp_job *job;
    tp_fiber *fiber;
    tp_timer *timer; /* NULL: it never waited with a deadline */
    enum routine_state {
        RUNS,
        WAITS,
        SUSPENDED,
        PARKED
    } state;
    bool resumed;  /* before it was suspended */
    bool unparked; /* before it was parked */
    tp_waiter_hooks hooks;
    tp_outcome_kind kind;
};

static void fill(tp_async_crew *crew);
static void end(tp_async_crew *crew);

/* --- a coroutine ---------------------------------------------------------------------------- */

static void body(void *data)
{
    struct routine *routine = data;
    tp_job *job = routine->job;

    routine->kind = tp_invoke(&job->activity, job->task.input, &job->body);
}

static void retire(struct routine *routine)
{
    tp_async_crew *crew = routine->crew;
    tp_job *job = routine->job;

    tp_fiber_free(routine->fiber);
    tp_timer_free(routine->timer);
    tp_context_done(&job->activity);
    job->runner = NULL;
    crew->active--;
    tp_job_end(job, routine->kind);
    tp_free(routine);
    fill(crew);
}

static void advance(struct routine *routine)
{
    const tp_waiter_hooks *hooks;
    bool more;

    assert(!tp_fiber_current());
    routine->state = RUNS;
    hooks = tp_waiter_set_hooks(&routine->hooks);
    tp_context_enter(&routine->job->activity);
    more = tp_fiber_resume(routine->fiber);
    tp_context_enter(NULL);
    tp_waiter_set_hooks(hooks);
    if (!more)
        retire(routine);
}

static void on_timer(void *data)
{
    struct routine *routine = data;

    if (routine->state == WAITS)
        advance(routine);
}

/* --- what an activity does on its coroutine ------------------------------------------------- */

static void suspend_in(struct routine *routine, enum routine_state state)
{
    routine->state = state;
    tp_fiber_yield();
}

static struct routine *routine_of(const temporal_activity *activity)
{
    const tp_job *job = activity->executor;

    return job->runner;
}

/* What changed before this was seen by the caller, who looked; what changes from now on is followed
 * by a post, which comes when the coroutine waits. */
static void wait_for_change(temporal_activity *activity, int64_t deadline)
{
    struct routine *routine = routine_of(activity);

    if (deadline != INT64_MAX) {
        int64_t left = deadline - tp_clock_monotonic();

        if (!routine->timer)
            routine->timer = tp_timer_new(routine->crew->loop, on_timer, routine);
        tp_timer_start(routine->timer, left > 0 ? (double)left / (double)TP_NANOSECONDS : 0);
    }
    suspend_in(routine, WAITS);
    if (routine->timer)
        tp_timer_stop(routine->timer);
}

static bool suspend(temporal_activity *activity)
{
    struct routine *routine = routine_of(activity);

    if (!routine->resumed)
        suspend_in(routine, SUSPENDED);
    routine->resumed = false;
    return true;
}

static void on_resume(void *data)
{
    tp_job *job = data;
    struct routine *routine = job->runner;

    if (routine) {
        routine->resumed = true;
        if (routine->state == SUSPENDED)
            advance(routine);
    }
    tp_job_release(job);
}

/* From a callback of libuv, another coroutine, or another thread: never resumes in place. */
static void resume(temporal_activity *activity)
{
    tp_job *job = activity->executor;
    const tp_async_crew *crew = job->crew;

    tp_job_reference(job);
    tp_loop_post(crew->loop, on_resume, job);
}

static void *uv_loop_of(temporal_activity *activity)
{
    return tp_loop_uv(routine_of(activity)->crew->loop);
}

static const tp_context_ops context_ops = {
    .heartbeat = tp_job_heartbeat,
    .cancel_reason = tp_job_cancel_reason,
    .is_worker_shutdown = tp_job_is_worker_shutdown,
    .wait = wait_for_change,
    .suspend = suspend,
    .resume = resume,
    .loop = uv_loop_of,
};

/* --- blocking calls that yield (base/waiter.h) ----------------------------------------------- */

/* A token is unparked once, and its coroutine does not go on before: it needs no reference. */
static void *park_token(void *data)
{
    return data;
}

static void park(void *data)
{
    struct routine *routine = data;

    if (!routine->unparked)
        suspend_in(routine, PARKED);
    routine->unparked = false;
}

static void on_unpark(void *data)
{
    struct routine *routine = data;

    routine->unparked = true;
    if (routine->state == PARKED)
        advance(routine);
}

static void unpark(void *token) /* any thread */
{
    struct routine *routine = token;

    tp_loop_post(routine->crew->loop, on_unpark, routine);
}

/* --- jobs come, change and go --------------------------------------------------------------- */

static void refuse(tp_job *job, temporal_error *error)
{
    tp_job_fail(job, error);
    temporal_error_free(error);
}

static void begin(tp_async_crew *crew, tp_job *job)
{
    struct routine *routine;
    tp_fiber *fiber;
    void *state;
    temporal_error *error;

    if (tp_job_is_left(job)) { /* it was abandoned before its turn came */
        tp_job_release(job);
        return;
    }
    error = tp_states_get(&crew->states, job->task.def_index, &state);
    if (error) {
        refuse(job, error);
        return;
    }
    routine = tp_alloc(sizeof(*routine));
    error = tp_fiber_new(&fiber, crew->stacks, body, routine);
    if (error) {
        tp_free(routine);
        refuse(job, error);
        return;
    }
    routine->crew = crew;
    routine->job = job;
    routine->fiber = fiber;
    routine->hooks = (tp_waiter_hooks){
        .park_token = park_token, .park = park, .unpark = unpark, .data = routine
    };
    tp_context_init(&job->activity, &context_ops, &job->task, state, job);
    job->runner = routine;
    crew->active++;
    advance(routine);
}

static void fill(tp_async_crew *crew)
{
    if (crew->filling) /* a coroutine that began below has ended at once */
        return;
    crew->filling = true;
    while (crew->active < crew->limit && !tp_list_is_empty(&crew->queue))
        begin(crew, tp_list_entry(tp_list_pop(&crew->queue), tp_job, queued));
    crew->filling = false;
    if (crew->ends && !crew->active)
        end(crew);
}

static void on_submit(void *data)
{
    tp_job *job = data;
    tp_async_crew *crew = job->crew;

    tp_list_append(&crew->queue, &job->queued);
    fill(crew);
}

static void on_wake(void *data)
{
    tp_job *job = data;
    struct routine *routine = job->runner;

    if (routine && routine->state == WAITS)
        advance(routine);
    tp_job_release(job);
}

void tp_async_crew_submit(tp_async_crew *crew, tp_job *job)
{
    job->crew = crew;
    tp_loop_post(crew->loop, on_submit, job);
}

void tp_async_crew_wake(tp_async_crew *crew, tp_job *job)
{
    tp_job_reference(job);
    tp_loop_post(crew->loop, on_wake, job);
}

/* --- the crew begins and ends --------------------------------------------------------------- */

static void note_bell(uv_handle_t *handle, void *data)
{
    tp_async_crew *crew = data;

    crew->bell = handle;
}

static void on_begin(void *data)
{
    tp_async_crew *crew = data;

    uv_walk(tp_loop_uv(crew->loop), note_bell, crew);
}

temporal_error *tp_async_crew_new(tp_async_crew **out,
                                  const temporal_activity_def *const *definitions, size_t limit,
                                  size_t stack_size)
{
    tp_async_crew *crew = tp_alloc(sizeof(*crew));
    temporal_error *error = tp_loop_new(&crew->loop, "tp-async");

    if (error) {
        tp_free(crew);
        return error;
    }
    crew->limit = limit;
    crew->stacks = tp_stack_pool_new(stack_size, limit);
    tp_states_init(&crew->states, definitions);
    tp_list_init(&crew->queue);
    tp_loop_post(crew->loop, on_begin, crew);
    *out = crew;
    return NULL;
}

static void close_forgotten(uv_handle_t *handle, void *data)
{
    tp_async_crew *crew = data;

    if (handle == crew->bell || uv_is_closing(handle))
        return;
    tp_log(TEMPORAL_LOG_ERROR, "activity",
           "executor async: an activity left a libuv handle (%s) open when it returned",
           uv_handle_type_name(uv_handle_get_type(handle)));
    uv_close(handle, NULL);
}

static void *bury(void *data)
{
    tp_async_crew_free(data);
    return NULL;
}

static void end(tp_async_crew *crew)
{
    pthread_t undertaker;

    assert(!crew->active && tp_list_is_empty(&crew->queue));
    tp_states_done(&crew->states);
    tp_stack_pool_free(crew->stacks);
    uv_walk(tp_loop_uv(crew->loop), close_forgotten, crew);
    if (!crew->alone) {
        tp_loop_post(crew->owner, crew->ended, crew->ended_data);
    } else if (pthread_create(&undertaker, NULL, bury, crew) == 0) {
        /* A loop cannot be freed from itself. */
        pthread_detach(undertaker);
    }
}

static void on_end(void *data)
{
    tp_async_crew *crew = data;

    crew->ends = true;
    fill(crew);
}

void tp_async_crew_end(tp_async_crew *crew, tp_loop *loop, tp_loop_fn ended, void *data)
{
    crew->owner = loop;
    crew->ended = ended;
    crew->ended_data = data;
    tp_loop_post(crew->loop, on_end, crew);
}

static void on_leave(void *data)
{
    tp_async_crew *crew = data;

    crew->alone = crew->ends = true;
    fill(crew);
}

void tp_async_crew_leave(tp_async_crew *crew)
{
    tp_loop_post(crew->loop, on_leave, crew);
}

void tp_async_crew_free(tp_async_crew *crew)
{
    if (!crew)
        return;
    tp_loop_free(crew->loop);
    tp_free(crew);
}
