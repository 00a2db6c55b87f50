/* SPDX-License-Identifier: MIT */
/* workflow/scheduler.c -- the run queue. */
#include "workflow/scheduler.h"

#include "base/alloc.h"
#include "base/waiter.h"
#include "workflow/future.h"
#include "workflow/run.h"
#include "workflow/scope.h"

static const tp_waiter_hooks no_blocking = {
    .forbidden = "workflow code may not block, as it is replayed: make the call in an activity"
};

void tp_scheduler_init(tp_scheduler *scheduler)
{
    *scheduler = (tp_scheduler){ 0 };
    tp_list_init(&scheduler->all);
    tp_list_init(&scheduler->ready);
    tp_list_init(&scheduler->waiting);
}

static void free_coroutine(tp_coroutine *coroutine)
{
    tp_list_remove(&coroutine->all);
    tp_list_remove(&coroutine->queue);
    tp_fiber_free(coroutine->fiber);
    tp_free(coroutine->links);
    tp_free(coroutine);
}

void tp_scheduler_done(tp_scheduler *scheduler)
{
    while (!tp_list_is_empty(&scheduler->all))
        free_coroutine(tp_list_entry(scheduler->all.next, tp_coroutine, all));
}

static void enter(void *data)
{
    tp_coroutine *coroutine = data;

    coroutine->body(coroutine->run, coroutine->data);
}

static temporal_error *make(temporal_workflow *run, temporal_scope *scope, tp_coroutine_fn body,
                            void *data, tp_coroutine **coroutine)
{
    tp_coroutine *new = tp_alloc(sizeof(*new));
    temporal_error *error;

    new->run = run;
    new->body = body;
    new->data = data;
    new->scope = scope;
    if (run->scheduler.current)
        new->update = run->scheduler.current->update;
    new->single.coroutine = new;
    tp_list_init(&new->all);
    tp_list_init(&new->queue);
    tp_list_init(&new->single.link);
    error = tp_fiber_new(&new->fiber, run->stacks, enter, new);
    if (error) {
        free_coroutine(new);
        return error;
    }
    tp_list_append(&run->scheduler.all, &new->all);
    *coroutine = new;
    return NULL;
}

tp_coroutine *tp_scheduler_spawn(temporal_workflow *run, temporal_scope *scope, bool own,
                                 tp_coroutine_fn body, void *data)
{
    tp_coroutine *coroutine;
    temporal_error *error = make(run, scope, body, data, &coroutine);

    if (error) {
        tp_run_fail_task(run, error);
        return NULL;
    }
    if (own)
        coroutine->own = scope;
    tp_list_append(&run->scheduler.ready, &coroutine->queue);
    return coroutine;
}

/* One turn; true when it waits now, false when it has ended. */
static bool resume(temporal_workflow *run, tp_coroutine *coroutine)
{
    tp_coroutine *before = run->scheduler.current;
    bool waits;

    run->scheduler.current = coroutine;
    while ((waits = tp_fiber_resume(coroutine->fiber)) && coroutine->outside) {
        void (*fn)(void *data) = coroutine->outside;

        coroutine->outside = NULL;
        fn(coroutine->outside_data);
    }
    run->scheduler.current = before;
    return waits;
}

static void get_on(temporal_workflow *run)
{
    run->scheduler.progress++;
    run->scheduler.stirred = true;
}

static void turn(temporal_workflow *run, tp_coroutine *coroutine)
{
    bool was_parked = coroutine->parked;

    coroutine->parked = coroutine->looked = false;
    if (!resume(run, coroutine)) {
        if (!coroutine->left_no_trace)
            get_on(run);
        if (coroutine->own)
            tp_scope_retire(coroutine->own);
        free_coroutine(coroutine);
        return;
    }
    if (!was_parked || !coroutine->parked || !coroutine->looked)
        get_on(run);
    coroutine->seen = run->scheduler.progress;
}

static bool may_go_on(const temporal_workflow *run, const tp_coroutine *coroutine)
{
    if (coroutine->parked)
        return coroutine->seen != run->scheduler.progress || tp_scope_cancelled(coroutine->scope);
    return coroutine->is_ready(coroutine->ready_data);
}

static bool may_have_a_turn(const temporal_workflow *run, const tp_coroutine *coroutine)
{
    return !run->ended || coroutine->update;
}

/* Moves those whose condition holds to the queue. */
static void ask(temporal_workflow *run)
{
    tp_list *next;

    run->scheduler.stirred = false;
    for (tp_list *at = run->scheduler.waiting.next; at != &run->scheduler.waiting; at = next) {
        tp_coroutine *coroutine = tp_list_entry(at, tp_coroutine, queue);

        next = at->next;
        if (!may_have_a_turn(run, coroutine) || !may_go_on(run, coroutine))
            continue;
        tp_list_remove(at);
        tp_list_append(&run->scheduler.ready, at);
    }
}

static tp_coroutine *next_of_queue(temporal_workflow *run)
{
    for (tp_list *at = run->scheduler.ready.next; at != &run->scheduler.ready; at = at->next) {
        tp_coroutine *coroutine = tp_list_entry(at, tp_coroutine, queue);

        if (!may_have_a_turn(run, coroutine))
            continue;
        tp_list_remove(at);
        return coroutine;
    }
    return NULL;
}

void tp_scheduler_run(temporal_workflow *run)
{
    const tp_waiter_hooks *hooks = tp_waiter_set_hooks(&no_blocking);

    tp_pulse_beat(run->pulse);
    while (!run->problem) {
        tp_coroutine *coroutine = next_of_queue(run);

        if (!coroutine && run->scheduler.stirred) {
            ask(run);
            coroutine = next_of_queue(run);
        }
        if (!coroutine)
            break;
        turn(run, coroutine);
    }
    tp_pulse_beat(run->pulse);
    tp_waiter_set_hooks(hooks);
}

temporal_error *tp_scheduler_call(temporal_workflow *run, tp_coroutine_fn body, void *data)
{
    const tp_waiter_hooks *hooks;
    tp_coroutine *coroutine;
    temporal_error *error = make(run, &run->scope, body, data, &coroutine);

    if (error)
        return error;
    hooks = tp_waiter_set_hooks(&no_blocking);
    tp_pulse_beat(run->pulse);
    (void)resume(run, coroutine);
    tp_pulse_beat(run->pulse);
    tp_waiter_set_hooks(hooks);
    free_coroutine(coroutine);
    return NULL;
}

void tp_scheduler_wake(tp_wait_link *link)
{
    tp_coroutine *coroutine = link->coroutine;

    if (coroutine->missing == 0 || --coroutine->missing > 0)
        return;
    tp_list_append(&coroutine->run->scheduler.ready, &coroutine->queue);
}

/* Waits for that many of the futures that are not done. */
static void wait_for(tp_coroutine *coroutine, temporal_future *const *futures, size_t count,
                     size_t missing)
{
    tp_wait_link *links = &coroutine->single;

    if (count > 1) {
        if (coroutine->link_count < count) {
            coroutine->links = tp_realloc(coroutine->links, count * sizeof(*links));
            coroutine->link_count = count;
        }
        links = coroutine->links;
    }
    coroutine->missing = missing;
    for (size_t i = 0; i < count; i++) {
        links[i].coroutine = coroutine;
        tp_list_init(&links[i].link);
        if (!futures[i]->done)
            tp_list_append(&futures[i]->waiters, &links[i].link);
    }
    tp_fiber_yield();
    for (size_t i = 0; i < count; i++)
        tp_list_remove(&links[i].link);
}

void tp_scheduler_wait_all(tp_coroutine *coroutine, temporal_future *const *futures, size_t count)
{
    size_t missing = 0;

    for (size_t i = 0; i < count; i++)
        missing += !futures[i]->done;
    if (missing > 0)
        wait_for(coroutine, futures, count, missing);
}

void tp_scheduler_wait_any(tp_coroutine *coroutine, temporal_future *const *futures, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (futures[i]->done)
            return;
    wait_for(coroutine, futures, count, 1);
}

void tp_scheduler_wait_until(tp_coroutine *coroutine, bool (*is_ready)(const void *data),
                             const void *data)
{
    coroutine->is_ready = is_ready;
    coroutine->ready_data = data;
    while (!is_ready(data)) {
        tp_list_append(&coroutine->run->scheduler.waiting, &coroutine->queue);
        tp_fiber_yield();
    }
}

void tp_scheduler_park(tp_coroutine *coroutine, bool looked)
{
    coroutine->parked = true;
    coroutine->looked = looked;
    tp_list_append(&coroutine->run->scheduler.waiting, &coroutine->queue);
    tp_fiber_yield();
}

void tp_scheduler_pass(tp_coroutine *coroutine)
{
    tp_list_append(&coroutine->run->scheduler.ready, &coroutine->queue);
    tp_fiber_yield();
}

void tp_scheduler_stop(void)
{
    for (;;)
        tp_fiber_yield();
}

void tp_scheduler_outside(temporal_workflow *run, void (*fn)(void *data), void *data)
{
    tp_coroutine *coroutine = run->scheduler.current;

    if (!tp_fiber_current()) {
        fn(data);
        return;
    }
    coroutine->outside = fn;
    coroutine->outside_data = data;
    tp_fiber_yield();
}
