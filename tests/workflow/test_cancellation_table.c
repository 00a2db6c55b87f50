/* SPDX-License-Identifier: MIT */
/* test_cancellation_table.c -- several things awaited at once, and what test_cancellation.c and
 * test_children_cancelled.c leave open: (any, all, one by one) x (scope, each future, run) x
 * (before they are sent, after, in the task in which one of them ends); and cancellation that is
 * swallowed or asked for twice. */
#include "drive.h"

#include <stdlib.h>
#include <string.h>

#define SEVERAL 3

typedef struct group {
    const char *how, *who;
    bool twice;
    temporal_scope *scope;
    temporal_future *futures[SEVERAL];
} group;

static void cancel_once(group *self)
{
    if (strcmp(self->who, "scope") == 0)
        temporal_scope_cancel(self->scope);
    for (size_t i = 0; strcmp(self->who, "futures") == 0 && i < SEVERAL; i++)
        temporal_future_cancel(self->futures[i]);
}

static temporal_error *stop(temporal_workflow *run, void *data, const void *input, void *output)
{
    group *self = data;

    (void)run;
    (void)input;
    (void)output;
    cancel_once(self);
    if (self->twice)
        cancel_once(self);
    return TEMPORAL_OK;
}
HANDLER(stop, "stop", SIGNAL, temporal_none, temporal_none)

static temporal_error *wait_for(temporal_workflow *run, group *self)
{
    size_t first = 9;

    if (strcmp(self->how, "any") == 0) {
        TEMPORAL_TRY(temporal_workflow_await_any(run, self->futures, SEVERAL, &first));
        note("first %zu", first);
    } else if (strcmp(self->how, "all") == 0) {
        TEMPORAL_TRY(temporal_workflow_await_all(run, self->futures, SEVERAL));
    }
    return TEMPORAL_OK;
}

static void tell(temporal_workflow *run, const group *self)
{
    for (size_t i = 0; i < SEVERAL; i++) {
        temporal_error *error;

        if (strcmp(self->how, "any") == 0 && !temporal_future_is_done(self->futures[i])) {
            note("open");
            continue;
        }
        error = temporal_workflow_await(run, self->futures[i], NULL, NULL);
        note("%s", !error                                                 ? "ok"
                   : temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? "cancelled"
                                                                          : "failed");
    }
}

static temporal_activity_options activity_options(temporal_cancellation_type type)
{
    return (temporal_activity_options){ .struct_size = sizeof(temporal_activity_options),
                                        .start_to_close_timeout = 5,
                                        .cancellation = type };
}

/* A timer, an activity that is given up at once, one that is waited for. Input: "how who [now]
 * [twice] [swallow]". */
static temporal_error *several(temporal_workflow *run, void *data, const void *input, void *output)
{
    const temporal_activity_options given_up = activity_options(TEMPORAL_CANCELLATION_TRY);
    const temporal_activity_options waited_for = activity_options(TEMPORAL_CANCELLATION_WAIT);
    const char *words = *(const char *const *)input;
    group *self = data;

    (void)output;
    self->how = strncmp(words, "any", 3) == 0 ? "any" : strncmp(words, "all", 3) == 0 ? "all" : "";
    self->who = strstr(words, "scope") ? "scope" : strstr(words, "futures") ? "futures" : "run";
    self->twice = strstr(words, "twice") != NULL;
    self->scope = temporal_scope_enter(run);
    self->futures[0] = temporal_workflow_start_timer(run, 60);
    self->futures[1] = temporal_workflow_start_activity(run, "quick", NULL, 0, &given_up);
    self->futures[2] = temporal_workflow_start_activity(run, "slow", NULL, 0, &waited_for);
    if (strstr(words, "now"))
        (void)stop(run, self, NULL, NULL);
    TEMPORAL_TRY(wait_for(run, self));
    tell(run, self);
    temporal_scope_leave(run, self->scope);
    return strstr(words, "swallow") || !temporal_workflow_is_cancelled(run)
               ? TEMPORAL_OK
               : temporal_workflow_sleep(run, 1); /* cancelled, as the run is */
}
WORKFLOW(several, group, temporal_string, temporal_none, &stop_def, NULL)

/* What the second task brings besides; the third, when there is one, the end of "slow". */
enum {
    NOTHING,
    TIMER_TOO,
    QUICK_TOO,
    SLOW_TOO
};

typedef struct cell {
    const char *input;
    int also;
    bool completes; /* slow does, though it was asked to cancel */
    const char *commands, *notes;
} cell;

static const cell *current;

static bool script(history_builder *history, size_t n)
{
    if (strstr(current->input, "now"))
        return n < 1;
    if (n == 1 && current->also == TIMER_TOO)
        history_timer_fired(history, "1");
    if (n == 1 && current->also == QUICK_TOO)
        history_activity_completed(history, "1", NULL);
    if (n == 1 && current->also == SLOW_TOO)
        history_activity_completed(history, "2", NULL);
    if (n == 1 && strstr(current->input, "run"))
        history_cancel_requested(history);
    else if (n == 1)
        history_signal(history, "stop", NULL);
    if (n == 2 && current->completes)
        history_activity_completed(history, "2", NULL);
    else if (n == 2 && current->also != SLOW_TOO)
        history_activity_canceled(history, "2");
    return n < 3;
}

#define BEGUN "timer 1 60s, activity quick 1 -, activity slow 2 - | "

/* What is done when the cancellation comes stays so. "any" wakes with the first that is given up,
 * and leaves "slow" open, which is waited for. The scope or futures were cancelled and not the run:
 * it completes. */
static const cell cells[] = {
    /* before they are sent: no command at all */
    { "any scope now", NOTHING, false, "complete -", "first 0; cancelled; cancelled; cancelled" },
    { "all scope now", NOTHING, false, "complete -", "cancelled; cancelled; cancelled" },
    { "any futures now", NOTHING, false, "complete -", "first 0; cancelled; cancelled; cancelled" },
    { "all futures now", NOTHING, false, "complete -", "cancelled; cancelled; cancelled" },
    { "one by one, scope now twice", NOTHING, false, "complete -",
      "cancelled; cancelled; cancelled" },

    /* after they were sent */
    { "any scope", NOTHING, false,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7, complete -",
      "first 0; cancelled; cancelled; open" },
    { "any futures", NOTHING, false,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7, complete -",
      "first 0; cancelled; cancelled; open" },
    { "any run", NOTHING, false, BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7, cancel",
      "first 0; cancelled; cancelled; open" },
    { "any run swallow", NOTHING, false,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7, complete -",
      "first 0; cancelled; cancelled; open" },
    { "all scope", NOTHING, false,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 | complete -",
      "cancelled; cancelled; cancelled" },
    { "all scope twice", NOTHING, false,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 | complete -",
      "cancelled; cancelled; cancelled" },
    { "all scope", NOTHING, true,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 | complete -",
      "cancelled; cancelled; ok" },
    { "all futures", NOTHING, false,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 | complete -",
      "cancelled; cancelled; cancelled" },
    { "all futures twice", NOTHING, true,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 | complete -",
      "cancelled; cancelled; ok" },
    { "all run", NOTHING, false,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 | cancel",
      "cancelled; cancelled; cancelled" },
    { "all run swallow", NOTHING, false,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 | complete -",
      "cancelled; cancelled; cancelled" },
    { "one by one, scope", NOTHING, false,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 | complete -",
      "cancelled; cancelled; cancelled" },
    { "one by one, run", NOTHING, true,
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 | cancel",
      "cancelled; cancelled; ok" },

    /* in the task in which one of them ends */
    { "any scope", TIMER_TOO, false, BEGUN "request-cancel 6, request-cancel 7, complete -",
      "first 0; ok; cancelled; open" },
    { "any run", QUICK_TOO, false, BEGUN "cancel-timer 1, request-cancel 7, cancel",
      "first 0; cancelled; ok; open" },
    { "any futures", SLOW_TOO, false, BEGUN "cancel-timer 1, request-cancel 6, complete -",
      "first 0; cancelled; cancelled; ok" },
    { "all scope", TIMER_TOO, false, BEGUN "request-cancel 6, request-cancel 7 | complete -",
      "ok; cancelled; cancelled" },
    { "all run", QUICK_TOO, true, BEGUN "cancel-timer 1, request-cancel 7 | cancel",
      "cancelled; ok; ok" },
    { "all futures", SLOW_TOO, false, BEGUN "cancel-timer 1, request-cancel 6, complete -",
      "cancelled; cancelled; ok" },
    { "all run", SLOW_TOO, false, BEGUN "cancel-timer 1, request-cancel 6, cancel",
      "cancelled; cancelled; ok" },
};

static void several_at_once_are_cancelled_whoever_asks_and_whenever(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        tp_arena arena;

        current = &cells[i];
        print_message("           %s, with %d\n", current->input, current->also);
        tp_arena_init(&arena);
        drive(&(scenario){ .def = &several_def,
                           .input = tp_arena_format(&arena, "\"%s\"", current->input),
                           .script = script,
                           .commands = current->commands,
                           .notes = current->notes });
        tp_arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_at_once_are_cancelled_whoever_asks_and_whenever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
