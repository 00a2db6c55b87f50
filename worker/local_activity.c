/* SPDX-License-Identifier: MIT */
/* worker/local_activity.c -- one local activity: its attempts, their timers, its end. */
#include "worker/local_activity.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "converter/failure.h"
#include "worker/local_attempt.h"
#include "workflow/local_retry.h"

/* --- ends ----------------------------------------------------------------------------------- */

static void free_timers(tp_local_activity *activity)
{
    tp_timer_free(activity->pause);
    tp_timer_free(activity->unstarted);
    tp_timer_free(activity->deadline);
    tp_timer_free(activity->too_long);
    activity->pause = activity->unstarted = activity->deadline = activity->too_long = NULL;
}

/* Lets its attempt go on alone; reason NONE: not even cancelled. */
static void leave_attempt(tp_local_activity *activity, temporal_cancel_reason reason)
{
    tp_local_execution *attempt = activity->current;

    activity->current = NULL;
    if (!attempt)
        return;
    attempt->activity = NULL;
    if (reason != TEMPORAL_CANCEL_NONE)
        tp_attempt_cancel(&attempt->executed, reason);
}

void tp_local_activity_free(tp_local_activity *activity, temporal_cancel_reason reason)
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

/* Its outcome is known: body is in place. */
static void end_activity(tp_local_activity *activity, tp_local_end end)
{
    tp_local_run *run = activity->run;

    leave_attempt(activity, TEMPORAL_CANCEL_TIMED_OUT);
    free_timers(activity);
    tp_list_remove(&activity->queue);
    activity->end = end;
    activity->runtime = tp_clock_monotonic() - activity->began;
    tp_list_remove(&activity->link);
    tp_list_append(&run->ended, &activity->link);
    tp_local_run_wake(run);
}

static void end_with(tp_local_activity *activity, tp_local_end end, const temporal_error *error)
{
    tp_buffer_clear(&activity->body);
    tp_failure_encode(&activity->body, error);
    end_activity(activity, end);
}

static int64_t passed(const tp_local_activity *activity)
{
    return activity->order.passed + (tp_clock_monotonic() - activity->began);
}

/* What went wrong before is its cause. */
static temporal_error *timed_out(tp_local_activity *activity, temporal_timeout_type type)
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

static void end_timed_out(tp_local_activity *activity, temporal_timeout_type type)
{
    temporal_error *error = timed_out(activity, type);

    end_with(activity, TP_LOCAL_FAILED, error);
    temporal_error_free(error);
}

/* error is taken. */
static void fail_attempt(tp_local_activity *activity, temporal_error *error)
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

static void take_outcome(tp_local_activity *activity, const tp_outcome *outcome)
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

static void on_done(tp_attempt *executed, const tp_outcome *outcome)
{
    tp_local_execution *attempt = tp_list_entry(executed, tp_local_execution, executed);
    tp_local_activity *activity = attempt->activity;
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
    tp_local_activities_go_on(locals);
}

static const tp_attempt_events attempt_events = { .beat = on_beat, .done = on_done };

static tp_local_execution *make_attempt(tp_local_activity *activity)
{
    const tp_registered *registered = activity->registered;
    const tp_local_owner *owner = &activity->run->owner;
    const tp_service *service = activity->locals->options.service;
    const tp_local_order *order = &activity->order;
    tp_local_execution *attempt = tp_alloc(sizeof *attempt);
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

void tp_local_activity_begin(tp_local_activity *activity)
{
    tp_executor *const *executors = activity->locals->options.executors;

    tp_timer_stop(activity->unstarted);
    activity->current = make_attempt(activity);
    activity->locals->running++;
    if (activity->options.start_to_close_timeout > 0)
        tp_timer_start(activity->too_long, activity->options.start_to_close_timeout);
    tp_executor_submit(executors[activity->registered->executor], &activity->current->executed);
}

/* --- timers ------------------------------------------------------------------------------- */

static void on_pause_over(void *data)
{
    tp_local_activity *activity = data;

    activity->attempt++;
    tp_local_activities_queue(activity);
    tp_local_activities_wake(activity->locals);
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
    tp_local_activity *activity = data;
    temporal_error *error = timed_out(activity, TEMPORAL_TIMEOUT_START_TO_CLOSE);

    leave_attempt(activity, TEMPORAL_CANCEL_TIMED_OUT);
    if (activity->cancelled) {
        end_with(activity, TP_LOCAL_FAILED, error);
        temporal_error_free(error);
        return;
    }
    fail_attempt(activity, error);
}

/* --- beginning ------------------------------------------------------------------------------ */

static void start_timers(tp_local_activity *activity)
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

void tp_local_activity_start(tp_local_run *run, const tp_local_order *order)
{
    tp_local_activity *activity = tp_alloc(sizeof *activity);
    tp_arena *arena = &activity->arena;

    tp_arena_init(arena);
    activity->locals = run->locals;
    activity->run = run;
    activity->registered = tp_registry_find(run->locals->options.registry, order->activity_type);
    activity->order = *order;
    activity->order.activity_id = tp_arena_strdup(arena, order->activity_id);
    activity->order.activity_type = tp_arena_strdup(arena, order->activity_type);
    activity->order.input.data = tp_arena_memdup(arena, order->input.data, order->input.size);
    activity->options = *order->options;
    activity->options.retry = tp_local_retry_copy(arena, order->options->retry);
    activity->order.options = &activity->options;
    activity->attempt = order->attempt;
    activity->began = tp_clock_monotonic();
    tp_list_init(&activity->queue);
    tp_list_append(&run->activities, &activity->link);
    start_timers(activity);
    tp_local_activities_queue(activity);
}

void tp_local_activity_cancel(tp_local_activity *activity)
{
    activity->cancelled = true;
    if (activity->current)
        tp_attempt_cancel(&activity->current->executed, TEMPORAL_CANCEL_REQUESTED);
    else
        end_with(activity, TP_LOCAL_CANCELLED, tp_error_fixed(TEMPORAL_ERROR_CANCELLED));
}
