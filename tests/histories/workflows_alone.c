/* SPDX-License-Identifier: MIT */
/* workflows_alone.c -- activities, timers, signals, scopes, cancellation, failures, coroutines. */
#include "tests/histories/workflows.h"

/* --- activities ------------------------------------------------------------------------------ */

TEMPORAL_ACTIVITY_DEFINE(shout)
temporal_error *shout(temporal_activity *attempt, temporal_string text, temporal_string *loud)
{
    if (!*text)
        return temporal_error_application_with(
            &(const temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                                 .type = "Mute",
                                                 .non_retryable = true },
            "nothing to shout");
    *loud = temporal_activity_format(attempt, "%s!", text);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(linger)
temporal_error *linger(temporal_activity *attempt, temporal_string text, temporal_string *none)
{
    (void)none;
    while (!temporal_activity_wait_for_cancelled(attempt, 0.05))
        temporal_heartbeat(attempt, temporal_string, text);
    return temporal_activity_cancelled(attempt);
}

const temporal_activity_def *const history_activities[] = { &shout_activity, &linger_activity,
                                                            &strive_activity, NULL };

#define SOON .start_to_close_timeout = 20

TEMPORAL_WORKFLOW_DEFINE(with_activities)
temporal_error *with_activities(temporal_workflow *run, temporal_string input,
                                temporal_string *output)
{
    temporal_string first, second, third;
    temporal_future *both[2];
    temporal_error *mute;

    TEMPORAL_TRY(temporal_execute_activity(run, shout, input, &first, SOON));
    both[0] = temporal_start_activity(run, shout, "left", SOON);
    both[1] =
        temporal_start_activity(run, shout, "right", SOON,
                                .retry = &(const temporal_retry_policy){ .maximum_attempts = 3 });
    TEMPORAL_TRY(temporal_await_activity(run, shout, both[1], &third));
    TEMPORAL_TRY(temporal_await_activity(run, shout, both[0], &second));
    mute = temporal_execute_activity(run, shout, "", output, SOON);
    *output = temporal_workflow_format(
        run, "%s %s %s %s", first, second, third,
        temporal_error_type(temporal_error_find(mute, TEMPORAL_ERROR_APPLICATION)));
    return TEMPORAL_OK;
}

/* --- time ------------------------------------------------------------------------------------ */

TEMPORAL_WORKFLOW_DEFINE(with_timers)
temporal_error *with_timers(temporal_workflow *run, temporal_string input, temporal_string *output)
{
    temporal_future *timers[2];
    size_t first = 9;

    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.05));
    timers[0] = temporal_workflow_start_timer(run, TEMPORAL_HOUR);
    timers[1] = temporal_workflow_start_timer(run, 0.01);
    TEMPORAL_TRY(temporal_workflow_await_any(run, timers, 2, &first));
    temporal_future_cancel(timers[0]);
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.02));
    *output = temporal_workflow_format(run, "%s %zu %d", input, first,
                                       (int)(temporal_workflow_random(run) % 10));
    return TEMPORAL_OK;
}

/* --- signals and conditions ------------------------------------------------------------------ */

typedef struct signals_state {
    const char *texts;
    int64_t count;
} signals_state;

TEMPORAL_SIGNAL_DEFINE(with_signals, signals_state, add)
temporal_error *with_signals_add(temporal_workflow *run, signals_state *self, temporal_string text)
{
    temporal_string loud;

    TEMPORAL_TRY(temporal_execute_activity(run, shout, text, &loud, SOON));
    self->texts = temporal_workflow_format(run, "%s%s", self->texts ? self->texts : "", loud);
    self->count++;
    return TEMPORAL_OK;
}

TEMPORAL_QUERY_DEFINE(with_signals, signals_state, count)
temporal_error *with_signals_count(temporal_workflow *run, const signals_state *self,
                                   temporal_none none, temporal_int *count)
{
    (void)run, (void)none;
    *count = self->count;
    return TEMPORAL_OK;
}

static bool has_two(const void *data)
{
    return ((const signals_state *)data)->count >= 2;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(with_signals, signals_state, &with_signals_add_handler,
                                  &with_signals_count_handler)
temporal_error *with_signals(temporal_workflow *run, signals_state *self, temporal_string input,
                             temporal_string *output)
{
    TEMPORAL_TRY(temporal_workflow_wait_condition(run, has_two, self, TEMPORAL_HOUR));
    TEMPORAL_WAIT_UNTIL(run, self->count >= 3);
    *output = temporal_workflow_format(run, "%s %s", input, self->texts);
    return TEMPORAL_OK;
}

/* --- updates --------------------------------------------------------------------------------- */

typedef struct updates_state {
    const char *text;
    int64_t changes;
} updates_state;

TEMPORAL_UPDATE_VALIDATED_DEFINE(with_updates, updates_state, change)
temporal_error *with_updates_change_validate(temporal_workflow *run, const updates_state *self,
                                             temporal_string text)
{
    (void)run, (void)self;
    return text && *text ? TEMPORAL_OK : temporal_error_application("Empty", "to nothing");
}

temporal_error *with_updates_change(temporal_workflow *run, updates_state *self,
                                    temporal_string text, temporal_string *before)
{
    *before = self->text ? self->text : "nothing";
    TEMPORAL_TRY(temporal_execute_activity(run, shout, text, &self->text, SOON));
    self->changes++;
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(with_updates, updates_state, &with_updates_change_handler)
temporal_error *with_updates(temporal_workflow *run, updates_state *self, temporal_string input,
                             temporal_string *output)
{
    TEMPORAL_WAIT_UNTIL(run, self->changes == 2);
    *output = temporal_workflow_format(run, "%s %s", input, self->text);
    return TEMPORAL_OK;
}

/* --- cancellation ---------------------------------------------------------------------------- */

TEMPORAL_WORKFLOW_DEFINE(with_scopes)
temporal_error *with_scopes(temporal_workflow *run, temporal_string input, temporal_string *output)
{
    temporal_scope *scope = temporal_scope_enter(run);
    temporal_future *waits, *tries, *timer;
    temporal_error *one, *other;
    temporal_string loud;

    waits = temporal_start_activity(run, linger, input, SOON, .heartbeat_timeout = 10,
                                    .cancellation = TEMPORAL_CANCELLATION_WAIT);
    tries = temporal_start_activity(run, linger, input, SOON, .heartbeat_timeout = 10);
    timer = temporal_workflow_start_timer(run, TEMPORAL_HOUR);
    temporal_scope_leave(run, scope);
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.2));
    temporal_scope_cancel(scope);
    one = temporal_await_activity(run, linger, waits, output);
    other = temporal_workflow_await(run, timer, temporal_none_type(), NULL);
    if (!temporal_error_find(one, TEMPORAL_ERROR_CANCELLED) || !other ||
        !temporal_future_is_done(tries))
        return temporal_error_application("Wrong", "nothing was cancelled");
    TEMPORAL_TRY(temporal_execute_activity(run, shout, "done", &loud, SOON));
    *output = loud;
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(with_cancellation)
temporal_error *with_cancellation(temporal_workflow *run, temporal_string input,
                                  temporal_string *output)
{
    temporal_error *error = temporal_workflow_sleep(run, TEMPORAL_HOUR);
    temporal_scope *shield;
    temporal_string loud;

    if (!temporal_error_find(error, TEMPORAL_ERROR_CANCELLED))
        return temporal_error_application("Wrong", "nobody cancelled");
    shield = temporal_scope_enter_shielded(run);
    TEMPORAL_TRY(temporal_execute_activity(run, shout, input, &loud, SOON));
    temporal_scope_leave(run, shield);
    *output = loud;
    return error;
}

/* --- ends ------------------------------------------------------------------------------------ */

TEMPORAL_WORKFLOW_DEFINE(with_failure)
temporal_error *with_failure(temporal_workflow *run, temporal_string input, temporal_string *output)
{
    temporal_error *mute = temporal_execute_activity(run, shout, "", output, SOON);

    return temporal_error_wrap(mute, TEMPORAL_ERROR_APPLICATION, "%s went wrong", input);
}

/* --- coroutines ------------------------------------------------------------------------------ */

static temporal_error *shout_later(temporal_workflow *run, void *data)
{
    temporal_string *text = data;

    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    return temporal_execute_activity(run, shout, *text, text, SOON);
}

TEMPORAL_WORKFLOW_DEFINE(with_coroutines)
temporal_error *with_coroutines(temporal_workflow *run, temporal_string input,
                                temporal_string *output)
{
    temporal_string *texts = temporal_workflow_alloc(run, 3 * sizeof(*texts));
    temporal_future *futures[3];

    for (size_t i = 0; i < 3; i++) {
        texts[i] = temporal_workflow_format(run, "%s%zu", input, i);
        futures[i] = temporal_workflow_spawn(run, shout_later, &texts[i]);
    }
    TEMPORAL_TRY(temporal_workflow_await_all(run, futures, 3));
    *output = temporal_workflow_format(run, "%s%s%s", texts[0], texts[1], texts[2]);
    return TEMPORAL_OK;
}
