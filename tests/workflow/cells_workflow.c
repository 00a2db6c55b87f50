/* SPDX-License-Identifier: MIT */
/* cells_workflow.c -- the workflow that all cells run: begins what is waited for, awaits it, says
 * what came of it, and ends as its cell wants it. */
#include "cells.h"

#define SEVERAL 3

typedef struct subject {
    temporal_scope *scope;
    temporal_child *child;
    temporal_future *futures[SEVERAL];
    size_t count;
    bool truth, end;
} subject;

const cell_case *cells_current;

/* --- who cancels -------------------------------------------------------------------------- */

static temporal_error *stop(temporal_workflow *run, void *data, const void *input, void *output)
{
    subject *self = data;

    (void)run, (void)input, (void)output;
    if (cells_current->who == SCOPE)
        temporal_scope_cancel(self->scope);
    else if (self->child)
        temporal_child_cancel(self->child);
    for (size_t i = 0; cells_current->who == HANDLE && i < self->count; i++)
        temporal_future_cancel(self->futures[i]);
    return TEMPORAL_OK;
}
HANDLER(stop, "stop", SIGNAL, temporal_none, temporal_none)

/* Runs when the code waits, in the same task. */
static temporal_error *stop_at_once(temporal_workflow *run, void *data)
{
    return stop(run, data, NULL, NULL);
}

static temporal_error *come_true(temporal_workflow *run, void *self, const void *input,
                                 void *output)
{
    (void)run, (void)input, (void)output;
    ((subject *)self)->truth = true;
    return TEMPORAL_OK;
}
HANDLER(come_true, "true", SIGNAL, temporal_none, temporal_none)

static temporal_error *end(temporal_workflow *run, void *self, const void *input, void *output)
{
    (void)run, (void)input, (void)output;
    ((subject *)self)->end = true;
    return TEMPORAL_OK;
}
HANDLER(end, "end", SIGNAL, temporal_none, temporal_none)

/* --- what is waited for ------------------------------------------------------------------- */

static const char *outcome(const temporal_error *error)
{
    bool cancelled = temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) != NULL;

    switch ((int)temporal_error_get_code(error)) {
    case TEMPORAL_ERROR_NONE:
        return "ok";
    case TEMPORAL_ERROR_CANCELLED:
        return "cancelled";
    case TEMPORAL_ERROR_ACTIVITY:
        return cancelled ? "activity cancelled" : "activity failed";
    case TEMPORAL_ERROR_CHILD_WORKFLOW:
        return cancelled ? "child cancelled" : "child failed";
    default:
        return temporal_error_message(error);
    }
}

static temporal_error *tell(temporal_error *error)
{
    note("%s", outcome(error));
    return error;
}

static temporal_error *await_one(temporal_workflow *run, subject *self, temporal_future *future)
{
    self->futures[0] = future;
    self->count = 1;
    return tell(temporal_workflow_await(run, future, NULL, NULL));
}

static temporal_future *begin_activity(temporal_workflow *run, const char *type,
                                       temporal_cancellation_type cancellation)
{
    return temporal_workflow_start_activity(run, type, NULL, 0,
                                            TEMPORAL_OPTIONS(temporal_activity_options,
                                                             .start_to_close_timeout = 5,
                                                             .cancellation = cancellation));
}

static temporal_future *begin_local_activity(temporal_workflow *run,
                                             temporal_cancellation_type cancellation)
{
    return temporal_workflow_start_local_activity(run, "slow", NULL, 0,
                                                  TEMPORAL_OPTIONS(temporal_local_options,
                                                                   .start_to_close_timeout = 5,
                                                                   .cancellation = cancellation));
}

static temporal_error *await_child(temporal_workflow *run, subject *self,
                                   temporal_child_cancellation cancellation)
{
    temporal_error *error;

    self->child = temporal_workflow_begin_child(
        run, "kid", NULL, 0,
        TEMPORAL_OPTIONS(temporal_child_options, .id = "k", .cancellation = cancellation));
    (void)tell(temporal_workflow_await(run, temporal_child_started(self->child), NULL, NULL));
    error = temporal_workflow_await(run, temporal_child_result(self->child), NULL, NULL);
    return tell(error);
}

static bool is_true(const void *data)
{
    return ((const subject *)data)->truth;
}

static temporal_error *park(temporal_workflow *run, const subject *self)
{
    TEMPORAL_WAIT_UNTIL(run, self->truth);
    return TEMPORAL_OK;
}

static temporal_error *sleep_well(temporal_workflow *run, void *data)
{
    (void)data;
    return temporal_workflow_sleep(run, 60);
}

static temporal_error *await_several(temporal_workflow *run, subject *self)
{
    temporal_error *worst = NULL;
    size_t first = 0, count = SEVERAL;

    self->futures[0] = temporal_workflow_start_timer(run, 60);
    self->futures[1] = begin_activity(run, "quick", TEMPORAL_CANCELLATION_TRY);
    self->futures[2] = begin_activity(run, "slow", TEMPORAL_CANCELLATION_WAIT);
    self->count = SEVERAL;
    if (cells_current->what == ANY) {
        TEMPORAL_TRY(temporal_workflow_await_any(run, self->futures, SEVERAL, &first));
        note("first %zu", first);
        count = first + 1;
    } else {
        TEMPORAL_TRY(temporal_workflow_await_all(run, self->futures, SEVERAL));
    }
    for (size_t i = 0; i < SEVERAL; i++) {
        temporal_error *error;

        if (!temporal_future_is_done(self->futures[i])) {
            note("open");
            continue;
        }
        error = tell(temporal_workflow_await(run, self->futures[i], NULL, NULL));
        if (!worst && i < count)
            worst = error;
    }
    return worst;
}

static temporal_error *await_subject(temporal_workflow *run, subject *self)
{
    temporal_external *other = temporal_workflow_external(run, "other", NULL);

    switch (cells_current->what) {
    case ACTIVITY_TRY:
        return await_one(run, self, begin_activity(run, "act", TEMPORAL_CANCELLATION_TRY));
    case ACTIVITY_WAIT:
        return await_one(run, self, begin_activity(run, "act", TEMPORAL_CANCELLATION_WAIT));
    case ACTIVITY_ABANDON:
        return await_one(run, self, begin_activity(run, "act", TEMPORAL_CANCELLATION_ABANDON));
    case LOCAL_TRY:
    case LOCAL_BACKOFF:
        return await_one(run, self, begin_local_activity(run, TEMPORAL_CANCELLATION_TRY));
    case LOCAL_WAIT:
        return await_one(run, self, begin_local_activity(run, TEMPORAL_CANCELLATION_WAIT));
    case LOCAL_ABANDON:
        return await_one(run, self, begin_local_activity(run, TEMPORAL_CANCELLATION_ABANDON));
    case STARTING_TRY:
    case RUNNING_TRY:
        return await_child(run, self, TEMPORAL_CHILD_CANCELLATION_TRY);
    case STARTING_WAIT:
    case RUNNING_WAIT:
        return await_child(run, self, TEMPORAL_CHILD_CANCELLATION_WAIT);
    case STARTING_ABANDON:
    case RUNNING_ABANDON:
        return await_child(run, self, TEMPORAL_CHILD_CANCELLATION_ABANDON);
    case STARTING_REQUEST:
    case RUNNING_REQUEST:
        return await_child(run, self, TEMPORAL_CHILD_CANCELLATION_REQUEST);
    case TIMER:
        return await_one(run, self, temporal_workflow_start_timer(run, 60));
    case SLEEP:
        return tell(temporal_workflow_sleep(run, 60));
    case CONDITION:
        return tell(temporal_workflow_wait_condition(run, is_true, self, 0));
    case TIMED_CONDITION:
        return tell(temporal_workflow_wait_condition(run, is_true, self, 60));
    case PARKED:
        return tell(park(run, self));
    case COROUTINE:
        return await_one(run, self, temporal_workflow_spawn(run, sleep_well, NULL));
    case SIGNALLING:
        return await_one(run, self, temporal_external_begin_signal(other, "hey", NULL, 0));
    case CANCELLING:
        return await_one(run, self, temporal_external_begin_cancel(other));
    default:
        return await_several(run, self);
    }
}

/* --- the workflow ------------------------------------------------------------------------- */

static temporal_error *wait_for_end(temporal_workflow *run, const subject *self)
{
    temporal_scope *shield = temporal_scope_enter_shielded(run);

    TEMPORAL_WAIT_UNTIL(run, self->end);
    temporal_scope_leave(run, shield);
    return TEMPORAL_OK;
}

static temporal_error *waiter(temporal_workflow *run, void *data, const void *input, void *output)
{
    const unsigned who = cells_current->who;
    subject *self = data;
    temporal_error *error;

    (void)input, (void)output;
    if (cells_current->when == UNSENT && (who & BY_CODE))
        (void)temporal_workflow_spawn(run, stop_at_once, self);
    self->scope = who == SHIELDED ? temporal_scope_enter_shielded(run) : temporal_scope_enter(run);
    error = await_subject(run, self);
    temporal_scope_leave(run, self->scope);
    TEMPORAL_TRY(wait_for_end(run, self));
    if (temporal_workflow_is_cancelled(run) != !(who & BY_CODE))
        note("the run was asked to cancel: %d", temporal_workflow_is_cancelled(run));
    if (who == RUN)
        return error;
    return who == SHIELDED ? temporal_workflow_sleep(run, 1) : TEMPORAL_OK;
}
WORKFLOW(waiter, subject, temporal_none, temporal_none, &stop_def, &come_true_def, &end_def, NULL)

const temporal_workflow_def *const cells_workflow = &waiter_def;
