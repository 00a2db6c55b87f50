/* SPDX-License-Identifier: MIT */
/* test_cancellation.c -- scopes: nesting, shields, what spawns inherit, what stays cancelled. What
 * is waited for, by whom it is cancelled, and when, are the tables of test_cancelled_*.c. */
#include "drive.h"

#include <stdlib.h>
#include <string.h>

static temporal_error *spawned_sleep(temporal_workflow *run, void *data)
{
    (void)data;
    return temporal_workflow_sleep(run, 60);
}

/* --- scopes ------------------------------------------------------------------------------- */

static temporal_error *tidy(temporal_workflow *run, void *self, const void *input, void *output)
{
    temporal_error *error = temporal_workflow_sleep(run, 60);
    temporal_scope *shield;

    (void)self;
    (void)input;
    (void)output;
    note("%s, again %s, cancelled %d", temporal_error_message(error),
         temporal_error_message(temporal_workflow_sleep(run, 60)),
         temporal_workflow_is_cancelled(run));
    note("%s", temporal_error_message(temporal_workflow_execute_activity(
                   run, "act", NULL, 0, NULL, NULL,
                   TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = 5))));
    note("%s", temporal_error_message(temporal_workflow_await(
                   run, temporal_workflow_start_timer(run, 1), NULL, NULL)));
    note("%s", temporal_error_message(temporal_workflow_await(
                   run, temporal_workflow_spawn(run, spawned_sleep, NULL), NULL, NULL)));
    shield = temporal_scope_enter_shielded(run);
    note("in the shield: %d", temporal_workflow_is_cancelled(run));
    TEMPORAL_TRY(temporal_workflow_sleep(run, 2));
    temporal_scope_leave(run, shield);
    note("out of it: %d", temporal_workflow_is_cancelled(run));
    return error;
}
WORKFLOW(tidy, char, temporal_none, temporal_none, NULL)

static bool cancel_then_fire_2(history_builder *history, size_t n)
{
    if (n == 1)
        history_cancel_requested(history);
    if (n == 2)
        history_timer_fired(history, "2");
    return n < 3;
}

static void a_cancelled_scope_stays_so_and_a_shield_lets_code_clean_up(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &tidy_def,
                       .script = cancel_then_fire_2,
                       .commands = "timer 1 60s | cancel-timer 1, timer 2 2s | cancel",
                       .notes = "cancelled, again cancelled, cancelled 1; cancelled; cancelled; "
                                "cancelled; in the shield: 0; out of it: 1" });
}

static bool cancel_twice(history_builder *history, size_t n)
{
    if (n == 1)
        history_cancel_requested(history);
    if (n == 2)
        history_cancel_requested(history);
    if (n == 3)
        history_timer_fired(history, "2");
    return n < 4;
}

static void asked_again_nothing_more_happens(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &tidy_def,
                       .script = cancel_twice,
                       .commands = "timer 1 60s | cancel-timer 1, timer 2 2s |  | cancel" });
}

static temporal_error *swallow(temporal_workflow *run, void *self, const void *input, void *output)
{
    (void)self;
    (void)input;
    (void)output;
    note("%s", temporal_error_message(temporal_workflow_sleep(run, 60)));
    return TEMPORAL_OK;
}
WORKFLOW(swallow, char, temporal_none, temporal_none, NULL)

static bool cancel_at_1(history_builder *history, size_t n)
{
    if (n == 1)
        history_cancel_requested(history);
    return n < 2;
}

static void a_run_may_swallow_its_cancellation(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &swallow_def,
                       .script = cancel_at_1,
                       .commands = "timer 1 60s | cancel-timer 1, complete -" });
}

static bool cancel_at_0(history_builder *history, size_t n)
{
    if (n == 0)
        history_cancel_requested(history);
    return n < 1;
}

static void a_run_that_was_cancelled_before_it_began_begins_cancelled(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &swallow_def, .script = cancel_at_0, .commands = "complete -" });
}

/* Nested scopes: the inner one's cancellation stays inside, the outer one's goes through. */
static temporal_error *nested(temporal_workflow *run, void *self, const void *input, void *output)
{
    temporal_scope *outer = temporal_scope_enter(run);
    temporal_future *first = temporal_workflow_start_timer(run, 1);
    temporal_scope *inner = temporal_scope_enter(run);
    temporal_future *second = temporal_workflow_start_timer(run, 2);
    temporal_scope *shield = temporal_scope_enter_shielded(run);
    temporal_future *third = temporal_workflow_start_timer(run, 3);

    (void)self;
    (void)input;
    (void)output;
    temporal_scope_leave(run, shield);
    temporal_scope_leave(run, inner);
    temporal_scope_leave(run, outer);
    temporal_scope_cancel(inner);
    note("%d%d%d", temporal_future_is_done(first), temporal_future_is_done(second),
         temporal_future_is_done(third));
    temporal_scope_cancel(outer);
    temporal_scope_cancel(outer);
    note("%d%d%d", temporal_future_is_done(first), temporal_future_is_done(second),
         temporal_future_is_done(third));
    note("%d%d%d%d", temporal_scope_is_cancelled(outer), temporal_scope_is_cancelled(inner),
         temporal_scope_is_cancelled(shield), temporal_workflow_is_cancelled(run));
    return temporal_workflow_await(run, third, NULL, NULL);
}
WORKFLOW(nested, char, temporal_none, temporal_none, NULL)

static bool fire_3(history_builder *history, size_t n)
{
    if (n == 1)
        history_timer_fired(history, "3");
    return n < 2;
}

static void cancellation_goes_down_but_not_up_and_not_through_shields(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &nested_def,
                       .script = fire_3,
                       .commands = "timer 3 3s | complete -",
                       .notes = "010; 110; 1100" });
}

/* What a left scope began still hears of the run's cancellation; what a finished coroutine began,
 * too. */
static temporal_error *leaves_timer(temporal_workflow *run, void *data)
{
    temporal_future **future = data;

    *future = temporal_workflow_start_timer(run, 5);
    return TEMPORAL_OK;
}

static temporal_error *heirs(temporal_workflow *run, void *self, const void *input, void *output)
{
    temporal_scope *scope = temporal_scope_enter(run);
    temporal_future *futures[2] = { temporal_workflow_start_timer(run, 4), NULL };

    (void)self;
    (void)input;
    (void)output;
    temporal_scope_leave(run, scope);
    TEMPORAL_TRY(temporal_workflow_await(
        run, temporal_workflow_spawn(run, leaves_timer, &futures[1]), NULL, NULL));
    TEMPORAL_TRY(temporal_workflow_await_all(run, futures, 2));
    note("%s %s", temporal_error_message(temporal_workflow_await(run, futures[0], NULL, NULL)),
         temporal_error_message(temporal_workflow_await(run, futures[1], NULL, NULL)));
    return TEMPORAL_OK;
}
WORKFLOW(heirs, char, temporal_none, temporal_none, NULL)

static void what_was_left_behind_still_hears_of_cancellation(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &heirs_def,
                       .script = cancel_at_1,
                       .commands =
                           "timer 1 4s, timer 2 5s | cancel-timer 1, cancel-timer 2, complete -",
                       .notes = "cancelled cancelled" });
}

/* --- children ----------------------------------------------------------------------------- */

/* Executed, so that its machine goes when it is done with. */

static temporal_error *looping(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_scope *scope = temporal_scope_enter(run);
    temporal_error *error;

    (void)data;
    (void)input;
    (void)output;
    error = temporal_workflow_execute_child(
        run, "kid", NULL, 0, NULL, NULL,
        TEMPORAL_OPTIONS(temporal_child_options, .id = "k",
                         .cancellation = TEMPORAL_CHILD_CANCELLATION_TRY));
    note("%s%s", temporal_error_message(error),
         temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? " [cancelled]" : "");
    temporal_scope_leave(run, scope);
    scope = temporal_scope_enter_shielded(run);
    TEMPORAL_TRY(temporal_workflow_sleep(run, 60));
    temporal_scope_leave(run, scope);
    return temporal_workflow_execute_child(run, "kid", NULL, 0, NULL, NULL, NULL);
}
WORKFLOW(looping, temporal_none, temporal_none, temporal_none, NULL)

static bool looping_life(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_started(history, "k");
    if (n == 2)
        history_cancel_requested(history);
    if (n == 3) {
        history_cancel_delivered(history, "k", 0);
        history_child_canceled(history, "k");
    }
    if (n == 4)
        history_timer_fired(history, "1");
    return n < 5;
}

static void an_executed_child_that_was_given_up_is_followed_to_its_end(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &looping_def,
                       .script = looping_life,
                       .commands = "child kid k - |  | cancel k, timer 1 60s |  | cancel",
                       .notes = "child kid (id k) was cancelled [cancelled]" });
}

/* The future of a child's start stands for the child. */
static temporal_error *starting(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_child *child = temporal_workflow_begin_child(
        run, "kid", NULL, 0,
        TEMPORAL_OPTIONS(temporal_child_options, .id = "k",
                         .cancellation = TEMPORAL_CHILD_CANCELLATION_TRY));

    (void)data;
    (void)input;
    (void)output;
    TEMPORAL_TRY(temporal_workflow_sleep(run, 1));
    temporal_future_cancel(temporal_child_started(child));
    note("%d", temporal_future_is_done(temporal_child_result(child)));
    return temporal_workflow_sleep(run, 60);
}
WORKFLOW(starting, temporal_none, temporal_none, temporal_none, NULL)

static bool starting_life(history_builder *history, size_t n)
{
    if (n == 1)
        history_timer_fired(history, "1");
    if (n == 2)
        history_child_started(history, "k");
    if (n == 3)
        history_timer_fired(history, "2");
    return n < 4;
}

static void cancelling_the_start_of_a_child_cancels_the_child(void **state)
{
    (void)state;
    drive(
        &(scenario){ .def = &starting_def,
                     .script = starting_life,
                     .commands = "child kid k -, timer 1 1s | timer 2 60s | cancel k | complete -",
                     .notes = "1" });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cancelled_scope_stays_so_and_a_shield_lets_code_clean_up),
        cmocka_unit_test(asked_again_nothing_more_happens),
        cmocka_unit_test(a_run_may_swallow_its_cancellation),
        cmocka_unit_test(a_run_that_was_cancelled_before_it_began_begins_cancelled),
        cmocka_unit_test(cancellation_goes_down_but_not_up_and_not_through_shields),
        cmocka_unit_test(what_was_left_behind_still_hears_of_cancellation),
        cmocka_unit_test(an_executed_child_that_was_given_up_is_followed_to_its_end),
        cmocka_unit_test(cancelling_the_start_of_a_child_cancels_the_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
