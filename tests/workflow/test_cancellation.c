/* SPDX-License-Identifier: MIT */
/* test_cancellation.c -- what is waited for, who cancels, and when: a table of cases, each run
 * live, evicted at every task, and replayed. And scopes: nesting, shields, what spawns inherit. */
#include "drive.h"

#include <stdlib.h>
#include <string.h>

/* --- the table ---------------------------------------------------------------------------- */

typedef struct subject {
    const char
        *what; /* "try", "wait", "abandon": activities; "timer", "sleep", "condition", "spawn" */
    const char *who; /* "scope", "future", "run" */
    bool now;        /* cancelled by the code before anything is sent */
    bool stop;       /* the signal came: the code cancels */
    temporal_scope *scope;
    temporal_future *future;
} subject;

static temporal_error *stop(temporal_workflow *run, void *data, const void *input, void *output)
{
    subject *self = data;

    (void)run;
    (void)input;
    (void)output;
    if (strcmp(self->who, "scope") == 0)
        temporal_scope_cancel(self->scope);
    else
        temporal_future_cancel(self->future);
    return TEMPORAL_OK;
}
HANDLER(stop, "stop", SIGNAL, temporal_none, temporal_none)

static bool never(const void *data)
{
    (void)data;
    return false;
}

static temporal_error *spawned_sleep(temporal_workflow *run, void *data)
{
    (void)data;
    return temporal_workflow_sleep(run, 60);
}

static temporal_future *begin(temporal_workflow *run, const char *what)
{
    temporal_cancellation_type type = strcmp(what, "wait") == 0      ? TEMPORAL_CANCELLATION_WAIT
                                      : strcmp(what, "abandon") == 0 ? TEMPORAL_CANCELLATION_ABANDON
                                                                     : TEMPORAL_CANCELLATION_TRY;

    if (strcmp(what, "timer") == 0)
        return temporal_workflow_start_timer(run, 60);
    if (strcmp(what, "spawn") == 0)
        return temporal_workflow_spawn(run, spawned_sleep, NULL);
    return temporal_workflow_start_activity(run, "act", NULL, 0,
                                            TEMPORAL_OPTIONS(temporal_activity_options,
                                                             .start_to_close_timeout = 5,
                                                             .cancellation = type));
}

static temporal_error *wait_for(temporal_workflow *run, subject *self)
{
    if (strcmp(self->what, "sleep") == 0)
        return temporal_workflow_sleep(run, 60);
    if (strcmp(self->what, "condition") == 0)
        return temporal_workflow_wait_condition(run, never, NULL, 60);
    if (strcmp(self->what, "park") == 0) {
        TEMPORAL_WAIT_UNTIL(run, self->stop);
        return TEMPORAL_OK;
    }
    self->future = begin(run, self->what);
    if (self->now && strcmp(self->who, "scope") == 0)
        temporal_scope_cancel(self->scope);
    else if (self->now)
        temporal_future_cancel(self->future);
    return temporal_workflow_await(run, self->future, NULL, NULL);
}

/* Input: "what who [now]". */
static temporal_error *cancelling(temporal_workflow *run, void *data, const void *input,
                                  void *output)
{
    char *words = temporal_workflow_alloc(run, 64), *rest = NULL;
    subject *self = data;
    temporal_error *error;

    (void)output;
    (void)snprintf(words, 64, "%s", *(const char *const *)input);
    self->what = strtok_r(words, " ", &rest);
    self->who = strtok_r(NULL, " ", &rest);
    self->now = strtok_r(NULL, " ", &rest) != NULL;
    self->scope = temporal_scope_enter(run);
    error = wait_for(run, self);
    note("%s%s", error ? temporal_error_message(error) : "ok",
         temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? " [cancelled]" : "");
    if (strcmp(self->who, "run") != 0) {
        temporal_scope_leave(run, self->scope);
        TEMPORAL_TRY(temporal_workflow_sleep(run, 1)); /* the run itself is not cancelled */
        return TEMPORAL_OK;
    }
    return error;
}
WORKFLOW(cancelling, subject, temporal_string, temporal_none, &stop_def, NULL)

/* What happens in the second task, besides. */
enum {
    NOTHING,
    DONE_TOO,
    DONE_LATER,
    CANCELED_LATER
};

typedef struct cell {
    const char *name, *input;
    int also;
    const char *commands, *notes;
} cell;

static const cell *current;

static void close_subject(history_builder *history, bool canceled)
{
    const char *what = current->input;

    if (strncmp(what, "timer", 5) == 0 || strncmp(what, "sleep", 5) == 0 ||
        strncmp(what, "condition", 9) == 0 || strncmp(what, "spawn", 5) == 0)
        history_timer_fired(history, "1");
    else if (canceled)
        history_activity_canceled(history, "1");
    else
        history_activity_completed(history, "1", NULL);
}

static bool cell_script(history_builder *history, size_t n)
{
    bool by_run = strstr(current->input, " run") != NULL;

    if (n == 1) {
        if (strstr(current->input, " now"))
            return false;
        if (current->also == DONE_TOO)
            close_subject(history, false);
        if (by_run)
            history_cancel_requested(history);
        else
            history_signal(history, "stop", NULL);
    }
    if (n == 2) {
        if (current->also != DONE_LATER && current->also != CANCELED_LATER)
            return false;
        close_subject(history, current->also == CANCELED_LATER);
    }
    return n < 3;
}

static const cell cells[] = {
    /* before it is sent: no command at all, but for the sleep that follows */
    { "a try activity, scope, unsent", "try scope now", NOTHING, "timer 1 1s",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a wait activity, scope, unsent", "wait scope now", NOTHING, "timer 1 1s",
      "activity act (id 1) was cancelled [cancelled]" },
    { "an abandon activity, scope, unsent", "abandon scope now", NOTHING, "timer 1 1s",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a try activity, future, unsent", "try future now", NOTHING, "timer 1 1s",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a wait activity, future, unsent", "wait future now", NOTHING, "timer 1 1s",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a timer, scope, unsent", "timer scope now", NOTHING, "timer 2 1s", "cancelled [cancelled]" },
    { "a timer, future, unsent", "timer future now", NOTHING, "timer 2 1s",
      "cancelled [cancelled]" },
    { "a spawned coroutine, future, unsent", "spawn future now", NOTHING, "timer 1 1s",
      "cancelled [cancelled]" },

    /* after it was sent */
    { "a try activity, scope, sent", "try scope", CANCELED_LATER,
      "activity act 1 - | request-cancel 5, timer 1 1s | ",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a try activity, scope, sent, completes all the same", "try scope", DONE_LATER,
      "activity act 1 - | request-cancel 5, timer 1 1s | ",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a try activity, future, sent", "try future", CANCELED_LATER,
      "activity act 1 - | request-cancel 5, timer 1 1s | ",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a try activity, run, sent", "try run", NOTHING,
      "activity act 1 - | request-cancel 5, cancel",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a wait activity, scope, sent", "wait scope", CANCELED_LATER,
      "activity act 1 - | request-cancel 5 | timer 1 1s",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a wait activity, scope, sent, completes all the same", "wait scope", DONE_LATER,
      "activity act 1 - | request-cancel 5 | timer 1 1s", "ok" },
    { "a wait activity, future, sent", "wait future", CANCELED_LATER,
      "activity act 1 - | request-cancel 5 | timer 1 1s",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a wait activity, run, sent", "wait run", CANCELED_LATER,
      "activity act 1 - | request-cancel 5 | cancel",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a wait activity, run, sent, completes all the same", "wait run", DONE_LATER,
      "activity act 1 - | request-cancel 5 | complete -", "ok" },
    { "an abandon activity, scope, sent", "abandon scope", DONE_LATER,
      "activity act 1 - | timer 1 1s | ", "activity act (id 1) was cancelled [cancelled]" },
    { "an abandon activity, run, sent", "abandon run", NOTHING, "activity act 1 - | cancel",
      "activity act (id 1) was cancelled [cancelled]" },
    { "a timer, scope, sent", "timer scope", NOTHING, "timer 1 60s | cancel-timer 1, timer 2 1s",
      "cancelled [cancelled]" },
    { "a timer, future, sent", "timer future", NOTHING, "timer 1 60s | cancel-timer 1, timer 2 1s",
      "cancelled [cancelled]" },
    { "a timer, run, sent", "timer run", NOTHING, "timer 1 60s | cancel-timer 1, cancel",
      "cancelled [cancelled]" },
    { "a sleep, scope, sent", "sleep scope", NOTHING, "timer 1 60s | cancel-timer 1, timer 2 1s",
      "cancelled [cancelled]" },
    { "a sleep, run, sent", "sleep run", NOTHING, "timer 1 60s | cancel-timer 1, cancel",
      "cancelled [cancelled]" },
    { "a condition, scope, sent", "condition scope", NOTHING,
      "timer 1 60s | cancel-timer 1, timer 2 1s", "cancelled [cancelled]" },
    { "a condition, run, sent", "condition run", NOTHING, "timer 1 60s | cancel-timer 1, cancel",
      "cancelled [cancelled]" },
    { "a park, scope", "park scope", NOTHING, " | timer 1 1s", "cancelled [cancelled]" },
    { "a park, run", "park run", NOTHING, " | cancel", "cancelled [cancelled]" },
    { "a spawned coroutine, scope, sent", "spawn scope", NOTHING,
      "timer 1 60s | cancel-timer 1, timer 2 1s", "cancelled [cancelled]" },
    { "a spawned coroutine, future, sent", "spawn future", NOTHING,
      "timer 1 60s | cancel-timer 1, timer 2 1s", "cancelled [cancelled]" },
    { "a spawned coroutine, run, sent", "spawn run", NOTHING,
      "timer 1 60s | cancel-timer 1, cancel", "cancelled [cancelled]" },

    /* in the task of its completion: what is done is done */
    { "a try activity, scope, done too", "try scope", DONE_TOO, "activity act 1 - | timer 1 1s",
      "ok" },
    { "a try activity, run, done too", "try run", DONE_TOO, "activity act 1 - | complete -", "ok" },
    { "a wait activity, run, done too", "wait run", DONE_TOO, "activity act 1 - | complete -",
      "ok" },
    { "an abandon activity, scope, done too", "abandon scope", DONE_TOO,
      "activity act 1 - | timer 1 1s", "ok" },
    { "a timer, scope, done too", "timer scope", DONE_TOO, "timer 1 60s | timer 2 1s", "ok" },
    { "a timer, run, done too", "timer run", DONE_TOO, "timer 1 60s | complete -", "ok" },
    { "a sleep, run, done too", "sleep run", DONE_TOO, "timer 1 60s | complete -", "ok" },
    { "a condition, run, timed out too", "condition run", DONE_TOO, "timer 1 60s | cancel",
      "cancelled [cancelled]" },
};

static void every_cell_of_the_cancellation_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        char *input = NULL;

        current = &cells[i];
        print_message("           %s\n", current->name);
        assert_true(asprintf(&input, "\"%s\"", current->input) > 0);
        drive(&(scenario){ .def = &cancelling_def,
                           .input = input,
                           .script = cell_script,
                           .commands = current->commands,
                           .notes = current->notes });
        free(input);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_of_the_cancellation_table),
        cmocka_unit_test(a_cancelled_scope_stays_so_and_a_shield_lets_code_clean_up),
        cmocka_unit_test(asked_again_nothing_more_happens),
        cmocka_unit_test(a_run_may_swallow_its_cancellation),
        cmocka_unit_test(a_run_that_was_cancelled_before_it_began_begins_cancelled),
        cmocka_unit_test(cancellation_goes_down_but_not_up_and_not_through_shields),
        cmocka_unit_test(what_was_left_behind_still_hears_of_cancellation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
