/* SPDX-License-Identifier: MIT */
/* worker/local_activities.c -- runs the local activities of workflow runs. */
#include "worker/local_activities.h"

#include "base/alloc.h"
#include "worker/local_activity.h"

/* --- runs --------------------------------------------------------------------------------- */

static tp_local_run *get_run(tp_local_activities *locals, const tp_local_owner *owner)
{
    tp_local_run *run = tp_map_get(&locals->runs, owner->run_id);

    if (run)
        return run;
    run = tp_alloc(sizeof *run);
    run->locals = locals;
    tp_arena_init(&run->arena);
    run->owner =
        (tp_local_owner){ .run_id = tp_arena_strdup(&run->arena, owner->run_id),
                          .workflow_id = tp_arena_strdup(&run->arena, owner->workflow_id),
                          .workflow_type = tp_arena_strdup(&run->arena, owner->workflow_type) };
    tp_list_init(&run->activities);
    tp_list_init(&run->ended);
    (void)tp_map_put(&locals->runs, run->owner.run_id, run);
    return run;
}

static void drop_idle_run(tp_local_run *run)
{
    if (run->wait || run->posted || !tp_list_is_empty(&run->activities) ||
        !tp_list_is_empty(&run->ended))
        return;
    (void)tp_map_remove(&run->locals->runs, run->owner.run_id);
    tp_arena_done(&run->arena);
    tp_free(run);
}

static void look(void *data)
{
    tp_local_run *run = data;
    const tp_local_wait *wait = run->wait;

    run->posted = false;
    if (wait && !tp_list_is_empty(&run->ended)) {
        run->wait = NULL;
        wait->outcomes(wait->data);
        return; /* which took them, and may have dropped the run */
    }
    drop_idle_run(run);
}

void tp_local_run_wake(tp_local_run *run)
{
    if (run->posted || !run->wait || tp_list_is_empty(&run->ended))
        return;
    run->posted = true;
    tp_loop_post(run->locals->options.service->loop, look, run);
}

/* --- the queue ---------------------------------------------------------------------- */

/* The first in line of those whose executor has a place, or NULL. */
static tp_local_activity *next_in_line(const tp_local_activities *locals)
{
    tp_local_activity *found = NULL;

    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        const tp_executor *executor = locals->options.executors[i];
        const tp_list *queue = &locals->queues[i];
        tp_local_activity *first;

        if (tp_list_is_empty(queue) || executor->running >= executor->capacity)
            continue;
        first = tp_list_entry(queue->next, tp_local_activity, queue);
        if (!found || first->ticket < found->ticket)
            found = first;
    }
    return found;
}

static void begin_queued(tp_local_activities *locals)
{
    tp_local_activity *activity;

    while (locals->running < locals->options.concurrency && !locals->cancelled &&
           (activity = next_in_line(locals))) {
        tp_list_remove(&activity->queue);
        tp_local_activity_begin(activity);
    }
}

void tp_local_activities_queue(tp_local_activity *activity)
{
    tp_local_activities *locals = activity->locals;

    activity->ticket = ++locals->tickets;
    tp_list_append(&locals->queues[activity->registered->executor], &activity->queue);
}

void tp_local_activities_wake(tp_local_activities *locals)
{
    begin_queued(locals);
}

static void advance_stop(tp_local_activities *locals)
{
    if (!locals->idle || locals->running > 0)
        return;
    tp_loop_post(locals->options.service->loop, locals->idle, locals->idle_data);
    locals->idle = NULL;
}

void tp_local_activities_go_on(tp_local_activities *locals)
{
    begin_queued(locals);
    locals->options.place_free(locals->options.data);
    advance_stop(locals);
}

/* --- orders ------------------------------------------------------------------------------- */

temporal_error *tp_local_activities_check(const tp_local_activities *locals,
                                          const tp_local_order *orders, size_t count)
{
    const tp_registry *registry = locals->options.registry;

    for (size_t i = 0; i < count; i++) {
        if (orders[i].verb == TP_LOCAL_START &&
            !tp_registry_find(registry, orders[i].activity_type))
            return temporal_error_application(
                "NotFoundError",
                "local activity type %s is not registered on the worker of task queue %s, which "
                "has: %s",
                orders[i].activity_type, locals->options.service->task_queue,
                registry->activity_count ? registry->names : "none");
    }
    return NULL;
}

static tp_local_activity *find(const tp_local_run *run, uint32_t seq)
{
    for (tp_list *at = run->activities.next; at != &run->activities; at = at->next) {
        tp_local_activity *activity = tp_list_entry(at, tp_local_activity, link);

        if (activity->order.seq == seq)
            return activity;
    }
    return NULL;
}

static void follow(tp_local_run *run, const tp_local_order *order)
{
    tp_local_activity *activity = find(run, order->seq);

    if (order->verb == TP_LOCAL_START) {
        tp_local_activity_start(run, order);
        return;
    }
    if (!activity) /* it has ended meanwhile */
        return;
    if (order->verb == TP_LOCAL_CANCEL)
        tp_local_activity_cancel(activity);
    else
        tp_local_activity_free(activity, order->verb == TP_LOCAL_STOP ? TEMPORAL_CANCEL_REQUESTED
                                                                      : TEMPORAL_CANCEL_NONE);
}

void tp_local_activities_order(tp_local_activities *locals, const tp_local_owner *owner,
                               const tp_local_order *orders, size_t count)
{
    tp_local_run *run;

    if (count == 0 || locals->cancelled)
        return;
    run = get_run(locals, owner);
    for (size_t i = 0; i < count; i++)
        follow(run, &orders[i]);
    drop_idle_run(run);
    begin_queued(locals);
}

static void empty_run(tp_local_run *run, temporal_cancel_reason reason)
{
    while (!tp_list_is_empty(&run->activities))
        tp_local_activity_free(tp_list_entry(run->activities.next, tp_local_activity, link),
                               reason);
    while (!tp_list_is_empty(&run->ended))
        tp_local_activity_free(tp_list_entry(run->ended.next, tp_local_activity, link), reason);
}

void tp_local_activities_drop(tp_local_activities *locals, const char *run_id)
{
    tp_local_run *run = tp_map_get(&locals->runs, run_id);

    if (!run)
        return;
    empty_run(run, TEMPORAL_CANCEL_NOT_FOUND);
    drop_idle_run(run);
}

/* --- who waits ---------------------------------------------------------------------------- */

void tp_local_activities_wait(tp_local_activities *locals, const char *run_id,
                              const tp_local_wait *wait)
{
    const tp_local_owner owner = { run_id, "", "" };
    tp_local_run *run;
    const tp_local_wait *before;

    if (locals->cancelled) {
        wait->leave(wait->data);
        return;
    }
    run = get_run(locals, &owner);
    before = run->wait;
    run->wait = wait;
    tp_local_run_wake(run);
    if (before)
        before->replaced(before->data);
}

void tp_local_activities_wait_no_more(tp_local_activities *locals, const char *run_id,
                                      const tp_local_wait *wait)
{
    tp_local_run *run = tp_map_get(&locals->runs, run_id);

    if (!run || run->wait != wait)
        return;
    run->wait = NULL;
    drop_idle_run(run);
}

size_t tp_local_activities_take(tp_local_activities *locals, const char *run_id, tp_arena *arena,
                                const tp_local_outcome **outcomes)
{
    tp_local_run *run = tp_map_get(&locals->runs, run_id);
    tp_local_outcome *all;
    size_t count = 0, n = 0;

    *outcomes = NULL;
    if (!run)
        return 0;
    for (tp_list *at = run->ended.next; at != &run->ended; at = at->next)
        count++;
    *outcomes = all = tp_arena_alloc(arena, (count + 1) * sizeof *all);
    while (!tp_list_is_empty(&run->ended)) {
        tp_local_activity *activity = tp_list_entry(run->ended.next, tp_local_activity, link);

        all[n++] = (tp_local_outcome){
            .seq = activity->order.seq,
            .attempt = activity->attempt,
            .end = activity->end,
            .body = { tp_arena_memdup(arena, activity->body.data, activity->body.size),
                      activity->body.size },
            .runtime = activity->runtime,
            .backoff = activity->backoff,
        };
        tp_local_activity_free(activity, TEMPORAL_CANCEL_NONE);
    }
    drop_idle_run(run);
    return count;
}

/* --- life --------------------------------------------------------------------------------- */

tp_local_activities *tp_local_activities_new(const tp_local_activities_options *options)
{
    tp_local_activities *locals = tp_alloc(sizeof *locals);

    locals->options = *options;
    for (int i = 0; i < TP_EXECUTOR_COUNT; i++)
        tp_list_init(&locals->queues[i]);
    tp_list_init(&locals->attempts);
    return locals;
}

void tp_local_activities_cancel(tp_local_activities *locals)
{
    size_t at = 0;
    void *value;
    tp_list *next;

    if (locals->cancelled)
        return;
    locals->cancelled = true;
    while (tp_map_next(&locals->runs, &at, &value)) {
        tp_local_run *run = value;
        const tp_local_wait *wait = run->wait;

        run->wait = NULL;
        if (wait)
            wait->leave(wait->data); /* with the outcomes that have come */
    }
    at = 0;
    while (tp_map_next(&locals->runs, &at, &value)) {
        tp_local_run *run = value;

        empty_run(run, TEMPORAL_CANCEL_WORKER_SHUTDOWN);
        drop_idle_run(run);
    }
    for (tp_list *link = locals->attempts.next; link != &locals->attempts; link = next) {
        tp_local_execution *attempt = tp_list_entry(link, tp_local_execution, link);

        next = link->next;
        tp_attempt_cancel(&attempt->executed, TEMPORAL_CANCEL_WORKER_SHUTDOWN);
    }
}

bool tp_local_activities_are_cancelled(const tp_local_activities *locals)
{
    return locals->cancelled;
}

void tp_local_activities_stop(tp_local_activities *locals, tp_loop_fn idle, void *data)
{
    locals->idle = idle;
    locals->idle_data = data;
    advance_stop(locals);
}

void tp_local_activities_free(tp_local_activities *locals)
{
    size_t at = 0;
    void *value;

    if (!locals)
        return;
    while (tp_map_next(&locals->runs, &at, &value)) {
        tp_local_run *run = value;

        run->wait = NULL;
        run->posted = false;
        empty_run(run, TEMPORAL_CANCEL_NONE);
        drop_idle_run(run);
    }
    tp_map_done(&locals->runs);
    tp_free(locals);
}
