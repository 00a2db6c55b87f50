/* SPDX-License-Identifier: MIT */
/* worker/local_activities.c -- runs the local activities of workflow runs.
 *
 *     queued --a place is free--> running --failed, to be tried again--> pausing --> queued
 *        |                           | ended, for good
 *        +---- timed out, cancelled -+--> its outcome waits for the run's task
 *
 * An attempt that is still running when its activity's outcome is known (it timed out, or nobody
 * wants to know) is cancelled and goes on alone until its executor is done with it. */
#include "worker/local_activities.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/map.h"
#include "base/timer.h"
#include "converter/failure.h"
#include "worker/local_attempt.h"

typedef struct local_run {
    tp_local_activities *locals;
    tp_arena arena; /* of the ids */
    tp_local_owner owner;
    tp_list activities; /* whose outcome is not known yet */
    tp_list ended;      /* whose outcome was not taken yet */
    const tp_local_wait *wait;
    bool posted; /* look is on its way */
} local_run;

typedef struct local_activity local_activity;

/* With memory of its own: its executor may need it for longer than its activity. */
typedef struct local_attempt {
    tp_list link; /* in attempts */
    tp_attempt executed;
    tp_local_activities *locals;
    local_activity *activity; /* NULL: nobody waits for it */
    tp_arena arena;
} local_attempt;

struct local_activity {
    tp_list link;  /* in its run's activities or ended */
    tp_list queue; /* in the queue, or in none */
    tp_local_activities *locals;
    local_run *run;
    tp_arena arena;
    tp_local_order order;
    temporal_local_options options;
    local_attempt *current; /* NULL: none runs */
    bool cancelled;
    int32_t attempt;
    int64_t began;                                     /* monotonic */
    tp_timer *pause, *unstarted, *deadline, *too_long; /* too_long: of the attempt */
    temporal_error *last;                              /* how the attempt before failed */
    tp_local_end end;
    temporal_seconds backoff;
    tp_buffer body;
    int64_t runtime;
};

struct tp_local_activities {
    tp_local_activities_options options;
    tp_map runs; /* by run id */
    tp_list queue;
    tp_list attempts; /* that run */
    size_t running;
    bool cancelled;
    tp_loop_fn idle;
    void *idle_data;
};

static void begin_queued(tp_local_activities *locals);

/* --- runs --------------------------------------------------------------------------------- */

static local_run *get_run(tp_local_activities *locals, const tp_local_owner *owner)
{
    local_run *run = tp_map_get(&locals->runs, owner->run_id);

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

static void drop_idle_run(local_run *run)
{
    if (run->wait || run->posted || !tp_list_is_empty(&run->activities) ||
        !tp_list_is_empty(&run->ended))
        return;
    (void)tp_map_remove(&run->locals->runs, run->owner.run_id);
    tp_arena_done(&run->arena);
    tp_free(run);
}

/* --- activities --------------------------------------------------------------------------- */

static void free_timers(local_activity *activity)
{
    tp_timer_free(activity->pause);
    tp_timer_free(activity->unstarted);
    tp_timer_free(activity->deadline);
    tp_timer_free(activity->too_long);
    activity->pause = activity->unstarted = activity->deadline = activity->too_long = NULL;
}

/* Lets its attempt go on alone; reason NONE: not even cancelled. */
static void leave_attempt(local_activity *activity, temporal_cancel_reason reason)
{
    local_attempt *attempt = activity->current;

    activity->current = NULL;
    if (!attempt)
        return;
    attempt->activity = NULL;
    if (reason != TEMPORAL_CANCEL_NONE)
        tp_attempt_cancel(&attempt->executed, reason);
}

static void free_activity(local_activity *activity, temporal_cancel_reason reason)
{
    leave_attempt(activity, reason);
    free_timers(activity);
    tp_list_remove(&activity->link);
    tp_list_remove(&activity->queue);
    temporal_error_free(activity->last);
    tp_buffer_done(&activity->body);
    tp_arena_done(&activity->arena);
    tp_free(activity);
}

static void look(void *data)
{
    local_run *run = data;
    const tp_local_wait *wait = run->wait;

    run->posted = false;
    if (wait && !tp_list_is_empty(&run->ended)) {
        run->wait = NULL;
        wait->outcomes(wait->data);
        return; /* which took them, and may have dropped the run */
    }
    drop_idle_run(run);
}

static void wake(local_run *run)
{
    if (run->posted || !run->wait || tp_list_is_empty(&run->ended))
        return;
    run->posted = true;
    tp_loop_post(run->locals->options.service->loop, look, run);
}

/* Its outcome is known: body is in place. */
static void end_activity(local_activity *activity, tp_local_end end)
{
    local_run *run = activity->run;

    leave_attempt(activity, TEMPORAL_CANCEL_TIMED_OUT);
    free_timers(activity);
    tp_list_remove(&activity->queue);
    activity->end = end;
    activity->runtime = tp_clock_monotonic() - activity->began;
    tp_list_remove(&activity->link);
    tp_list_append(&run->ended, &activity->link);
    wake(run);
}

static void end_with(local_activity *activity, tp_local_end end, const temporal_error *error)
{
    tp_buffer_clear(&activity->body);
    tp_failure_encode(&activity->body, error);
    end_activity(activity, end);
}

static int64_t passed(const local_activity *activity)
{
    return activity->order.passed + (tp_clock_monotonic() - activity->began);
}

/* What went wrong before is its cause. */
static temporal_error *timed_out(local_activity *activity, temporal_timeout_type type)
{
    const char *name = type == TEMPORAL_TIMEOUT_START_TO_CLOSE      ? "start-to-close"
                       : type == TEMPORAL_TIMEOUT_SCHEDULE_TO_START ? "schedule-to-start"
                                                                    : "schedule-to-close";
    temporal_error *error =
        temporal_error_new(TEMPORAL_ERROR_TIMEOUT, "the %s timeout of local activity %s is over",
                           name, activity->order.activity_type);

    error->timeout_type = type;
    if (activity->last)
        tp_error_set_cause(error, activity->last);
    activity->last = NULL;
    return error;
}

static void end_timed_out(local_activity *activity, temporal_timeout_type type)
{
    temporal_error *error = timed_out(activity, type);

    end_with(activity, TP_LOCAL_FAILED, error);
    temporal_error_free(error);
}

/* error is taken. */
static void fail_attempt(local_activity *activity, temporal_error *error)
{
    temporal_seconds pause = 0;

    temporal_error_free(activity->last);
    activity->last = NULL;
    switch (tp_local_attempt_next(&activity->options, activity->attempt, passed(activity), error,
                                  &pause)) {
    case TP_LOCAL_PAUSE:
        activity->last = error;
        tp_timer_start(activity->pause, pause);
        return;
    case TP_LOCAL_BACKOFF:
        activity->backoff = pause;
        break;
    case TP_LOCAL_NO_MORE:
        break;
    }
    end_with(activity, TP_LOCAL_FAILED, error);
    temporal_error_free(error);
}

/* --- attempts ----------------------------------------------------------------------------- */

static void on_beat(tp_attempt *executed)
{
    (void)executed; /* nobody wants to know: it is under the worker's eyes */
}

static void take_outcome(local_activity *activity, const tp_outcome *outcome)
{
    temporal_error *error;

    switch (outcome->kind) {
    case TP_OUTCOME_COMPLETED:
        tp_buffer_append(&activity->body, outcome->body.data, outcome->body.size);
        end_activity(activity, TP_LOCAL_COMPLETED);
        return;
    case TP_OUTCOME_CANCELLED:
        if (activity->cancelled) {
            tp_buffer_append(&activity->body, outcome->body.data, outcome->body.size);
            end_activity(activity, TP_LOCAL_CANCELLED);
            return;
        }
        error = tp_failure_decode(outcome->body);
        break;
    case TP_OUTCOME_FAILED:
        error = tp_failure_decode(outcome->body);
        if (activity->cancelled) { /* no further attempt */
            end_with(activity, TP_LOCAL_FAILED, error);
            temporal_error_free(error);
            return;
        }
        break;
    case TP_OUTCOME_ASYNC:
    default:
        error = temporal_error_application_with(
            &(const temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                                 .type = "LocalActivity",
                                                 .non_retryable = true },
            "local activity %s wants to be completed from outside, which local activities cannot "
            "be",
            activity->order.activity_type);
        break;
    }
    fail_attempt(activity, error);
}

static void advance_stop(tp_local_activities *locals)
{
    if (!locals->idle || locals->running > 0)
        return;
    tp_loop_post(locals->options.service->loop, locals->idle, locals->idle_data);
    locals->idle = NULL;
}

static void on_done(tp_attempt *executed, const tp_outcome *outcome)
{
    local_attempt *attempt = tp_list_entry(executed, local_attempt, executed);
    local_activity *activity = attempt->activity;
    tp_local_activities *locals = attempt->locals;

    locals->running--;
    if (activity) {
        activity->current = NULL;
        tp_timer_stop(activity->too_long);
        take_outcome(activity, outcome);
    }
    tp_list_remove(&attempt->link);
    tp_arena_done(&attempt->arena);
    tp_free(attempt);
    begin_queued(locals);
    locals->options.place_free(locals->options.data);
    advance_stop(locals);
}

static const tp_attempt_events attempt_events = { .beat = on_beat, .done = on_done };

static local_attempt *make_attempt(local_activity *activity, const tp_registered *registered)
{
    const tp_local_owner *owner = &activity->run->owner;
    const tp_service *service = activity->locals->options.service;
    const tp_local_order *order = &activity->order;
    local_attempt *attempt = tp_alloc(sizeof *attempt);
    tp_arena *arena = &attempt->arena;

    tp_arena_init(arena);
    attempt->locals = activity->locals;
    attempt->activity = activity;
    attempt->executed = (tp_attempt){
        .task = { .def = registered->def,
                  .def_index = registered->index,
                  .activity_id = tp_arena_strdup(arena, order->activity_id),
                  .activity_type = tp_arena_strdup(arena, order->activity_type),
                  .task_queue = service->task_queue,
                  .workflow_id = tp_arena_strdup(arena, owner->workflow_id),
                  .workflow_run_id = tp_arena_strdup(arena, owner->run_id),
                  .workflow_type = tp_arena_strdup(arena, owner->workflow_type),
                  .workflow_namespace = service->client->namespace_name,
                  .attempt = activity->attempt,
                  .scheduled_at = order->scheduled,
                  .started_at = tp_clock_wall(),
                  .current_attempt_scheduled_at = order->scheduled,
                  .schedule_to_close_timeout = activity->options.schedule_to_close_timeout,
                  .start_to_close_timeout = activity->options.start_to_close_timeout,
                  .is_local = true,
                  .input = { tp_arena_memdup(arena, order->input.data, order->input.size),
                             order->input.size } },
        .events = &attempt_events,
    };
    tp_list_init(&attempt->executed.link);
    tp_list_append(&activity->locals->attempts, &attempt->link);
    return attempt;
}

static void begin_attempt(local_activity *activity)
{
    const tp_local_activities_options *options = &activity->locals->options;
    const tp_registered *registered =
        tp_registry_find(options->registry, activity->order.activity_type);

    tp_timer_stop(activity->unstarted);
    if (!registered) {
        fail_attempt(activity,
                     temporal_error_application(
                         "NotFoundError",
                         "local activity type %s is not registered on the worker of task queue "
                         "%s, which has: %s",
                         activity->order.activity_type, options->service->task_queue,
                         options->registry->activity_count ? options->registry->names : "none"));
        return;
    }
    activity->current = make_attempt(activity, registered);
    activity->locals->running++;
    if (activity->options.start_to_close_timeout > 0)
        tp_timer_start(activity->too_long, activity->options.start_to_close_timeout);
    tp_executor_submit(options->executors[registered->executor], &activity->current->executed);
}

static void begin_queued(tp_local_activities *locals)
{
    tp_list *first;

    while (locals->running < locals->options.concurrency && !locals->cancelled &&
           (first = tp_list_pop(&locals->queue)))
        begin_attempt(tp_list_entry(first, local_activity, queue));
}

/* --- timers ------------------------------------------------------------------------------- */

static void on_pause_over(void *data)
{
    local_activity *activity = data;

    activity->attempt++;
    tp_list_append(&activity->locals->queue, &activity->queue);
    begin_queued(activity->locals);
}

static void on_unstarted(void *data)
{
    end_timed_out(data, TEMPORAL_TIMEOUT_SCHEDULE_TO_START);
}

static void on_deadline(void *data)
{
    end_timed_out(data, TEMPORAL_TIMEOUT_SCHEDULE_TO_CLOSE);
}

/* The attempt is not waited for: it may never look whether it is cancelled. */
static void on_too_long(void *data)
{
    local_activity *activity = data;
    temporal_error *error = timed_out(activity, TEMPORAL_TIMEOUT_START_TO_CLOSE);

    leave_attempt(activity, TEMPORAL_CANCEL_TIMED_OUT);
    if (activity->cancelled) {
        end_with(activity, TP_LOCAL_FAILED, error);
        temporal_error_free(error);
        return;
    }
    fail_attempt(activity, error);
}

/* --- orders ------------------------------------------------------------------------------- */

static const temporal_retry_policy *copy_retry(tp_arena *arena, const temporal_retry_policy *from)
{
    const char *const *types = from ? from->non_retryable_types : NULL;
    temporal_retry_policy *policy;
    const char **copies;
    size_t count = 0;

    if (!from)
        return NULL;
    policy = tp_arena_memdup(arena, from, sizeof *from);
    while (types && types[count])
        count++;
    copies = tp_arena_alloc(arena, (count + 1) * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[i] = tp_arena_strdup(arena, types[i]);
    policy->non_retryable_types = copies;
    return policy;
}

static void start_timers(local_activity *activity)
{
    const temporal_local_options *options = &activity->options;
    tp_loop *loop = activity->locals->options.service->loop;
    temporal_seconds left = options->schedule_to_close_timeout -
                            (temporal_seconds)activity->order.passed / TP_NANOSECONDS;

    activity->pause = tp_timer_new(loop, on_pause_over, activity);
    activity->unstarted = tp_timer_new(loop, on_unstarted, activity);
    activity->deadline = tp_timer_new(loop, on_deadline, activity);
    activity->too_long = tp_timer_new(loop, on_too_long, activity);
    if (options->schedule_to_close_timeout > 0)
        tp_timer_start(activity->deadline,
                       left > TEMPORAL_MILLISECOND ? left : TEMPORAL_MILLISECOND);
    if (options->schedule_to_start_timeout > 0)
        tp_timer_start(activity->unstarted, options->schedule_to_start_timeout);
}

static void start(local_run *run, const tp_local_order *order)
{
    local_activity *activity = tp_alloc(sizeof *activity);
    tp_arena *arena = &activity->arena;

    tp_arena_init(arena);
    activity->locals = run->locals;
    activity->run = run;
    activity->order = *order;
    activity->order.activity_id = tp_arena_strdup(arena, order->activity_id);
    activity->order.activity_type = tp_arena_strdup(arena, order->activity_type);
    activity->order.input.data = tp_arena_memdup(arena, order->input.data, order->input.size);
    activity->options = *order->options;
    activity->options.retry = copy_retry(arena, order->options->retry);
    activity->order.options = &activity->options;
    activity->attempt = order->attempt;
    activity->began = tp_clock_monotonic();
    tp_list_init(&activity->queue);
    tp_list_append(&run->activities, &activity->link);
    start_timers(activity);
    tp_list_append(&run->locals->queue, &activity->queue);
}

static local_activity *find(const local_run *run, uint32_t seq)
{
    for (tp_list *at = run->activities.next; at != &run->activities; at = at->next) {
        local_activity *activity = tp_list_entry(at, local_activity, link);

        if (activity->order.seq == seq)
            return activity;
    }
    return NULL;
}

static void cancel(local_activity *activity)
{
    activity->cancelled = true;
    if (activity->current)
        tp_attempt_cancel(&activity->current->executed, TEMPORAL_CANCEL_REQUESTED);
    else
        end_with(activity, TP_LOCAL_CANCELLED, tp_error_fixed(TEMPORAL_ERROR_CANCELLED));
}

static void follow(local_run *run, const tp_local_order *order)
{
    local_activity *activity = find(run, order->seq);

    if (order->verb == TP_LOCAL_START) {
        start(run, order);
        return;
    }
    if (!activity) /* it has ended meanwhile */
        return;
    if (order->verb == TP_LOCAL_CANCEL)
        cancel(activity);
    else
        free_activity(activity, order->verb == TP_LOCAL_STOP ? TEMPORAL_CANCEL_REQUESTED
                                                             : TEMPORAL_CANCEL_NONE);
}

void tp_local_activities_order(tp_local_activities *locals, const tp_local_owner *owner,
                               const tp_local_order *orders, size_t count)
{
    local_run *run;

    if (count == 0 || locals->cancelled)
        return;
    run = get_run(locals, owner);
    for (size_t i = 0; i < count; i++)
        follow(run, &orders[i]);
    drop_idle_run(run);
    begin_queued(locals);
}

static void empty_run(local_run *run, temporal_cancel_reason reason)
{
    while (!tp_list_is_empty(&run->activities))
        free_activity(tp_list_entry(run->activities.next, local_activity, link), reason);
    while (!tp_list_is_empty(&run->ended))
        free_activity(tp_list_entry(run->ended.next, local_activity, link), reason);
}

void tp_local_activities_drop(tp_local_activities *locals, const char *run_id)
{
    local_run *run = tp_map_get(&locals->runs, run_id);

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
    local_run *run;
    const tp_local_wait *before;

    if (locals->cancelled) {
        wait->leave(wait->data);
        return;
    }
    run = get_run(locals, &owner);
    before = run->wait;
    run->wait = wait;
    wake(run);
    if (before)
        before->replaced(before->data);
}

void tp_local_activities_wait_no_more(tp_local_activities *locals, const char *run_id,
                                      const tp_local_wait *wait)
{
    local_run *run = tp_map_get(&locals->runs, run_id);

    if (!run || run->wait != wait)
        return;
    run->wait = NULL;
    drop_idle_run(run);
}

size_t tp_local_activities_take(tp_local_activities *locals, const char *run_id, tp_arena *arena,
                                const tp_local_outcome **outcomes)
{
    local_run *run = tp_map_get(&locals->runs, run_id);
    tp_local_outcome *all;
    size_t count = 0, n = 0;

    *outcomes = NULL;
    if (!run)
        return 0;
    for (tp_list *at = run->ended.next; at != &run->ended; at = at->next)
        count++;
    *outcomes = all = tp_arena_alloc(arena, (count + 1) * sizeof *all);
    while (!tp_list_is_empty(&run->ended)) {
        local_activity *activity = tp_list_entry(run->ended.next, local_activity, link);

        all[n++] = (tp_local_outcome){
            .seq = activity->order.seq,
            .attempt = activity->attempt,
            .end = activity->end,
            .body = { tp_arena_memdup(arena, activity->body.data, activity->body.size),
                      activity->body.size },
            .runtime = activity->runtime,
            .backoff = activity->backoff,
        };
        free_activity(activity, TEMPORAL_CANCEL_NONE);
    }
    drop_idle_run(run);
    return count;
}

/* --- life --------------------------------------------------------------------------------- */

tp_local_activities *tp_local_activities_new(const tp_local_activities_options *options)
{
    tp_local_activities *locals = tp_alloc(sizeof *locals);

    locals->options = *options;
    tp_list_init(&locals->queue);
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
        local_run *run = value;
        const tp_local_wait *wait = run->wait;

        run->wait = NULL;
        if (wait)
            wait->leave(wait->data); /* with the outcomes that have come */
    }
    at = 0;
    while (tp_map_next(&locals->runs, &at, &value)) {
        local_run *run = value;

        empty_run(run, TEMPORAL_CANCEL_WORKER_SHUTDOWN);
        drop_idle_run(run);
    }
    for (tp_list *link = locals->attempts.next; link != &locals->attempts; link = next) {
        local_attempt *attempt = tp_list_entry(link, local_attempt, link);

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
        local_run *run = value;

        run->wait = NULL;
        run->posted = false;
        empty_run(run, TEMPORAL_CANCEL_NONE);
        drop_idle_run(run);
    }
    tp_map_done(&locals->runs);
    tp_free(locals);
}
