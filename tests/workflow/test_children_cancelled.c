/* SPDX-License-Identifier: MIT */
/* test_children_cancelled.c -- a child by each cancellation type, who cancels, and when: a table of
 * cases, each run live, evicted at every task, and replayed. */
#include "drive.h"

#include <stdlib.h>
#include <string.h>

typedef struct family {
    const char *who; /* "scope", "future", "run" */
    temporal_scope *scope;
    temporal_child *child;
} family;

static temporal_error *stop(temporal_workflow *run, void *data, const void *input, void *output)
{
    family *self = data;

    (void)run;
    (void)input;
    (void)output;
    if (strcmp(self->who, "scope") == 0)
        temporal_scope_cancel(self->scope);
    else
        temporal_child_cancel(self->child);
    return TEMPORAL_OK;
}
HANDLER(stop, "stop", SIGNAL, temporal_none, temporal_none)

static temporal_child_cancellation type_of(const char *what)
{
    return strcmp(what, "try") == 0       ? TEMPORAL_CHILD_CANCELLATION_TRY
           : strcmp(what, "abandon") == 0 ? TEMPORAL_CHILD_CANCELLATION_ABANDON
           : strcmp(what, "request") == 0 ? TEMPORAL_CHILD_CANCELLATION_REQUEST
                                          : TEMPORAL_CHILD_CANCELLATION_WAIT;
}

static void tell(const char *what, const temporal_error *error)
{
    note("%s %s%s", what, error ? temporal_error_message(error) : "ok",
         temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? " [cancelled]" : "");
}

/* Input: "type who [now]". */
static temporal_error *parenting(temporal_workflow *run, void *data, const void *input,
                                 void *output)
{
    char *words = temporal_workflow_alloc(run, 64), *rest = NULL;
    family *self = data;
    temporal_error *error;
    const char *what;

    (void)output;
    (void)snprintf(words, 64, "%s", *(const char *const *)input);
    what = strtok_r(words, " ", &rest);
    self->who = strtok_r(NULL, " ", &rest);
    self->scope = temporal_scope_enter(run);
    self->child = temporal_workflow_begin_child(
        run, "kid", NULL, 0,
        TEMPORAL_OPTIONS(temporal_child_options, .id = "k", .cancellation = type_of(what)));
    if (strtok_r(NULL, " ", &rest))
        (void)stop(run, self, NULL, NULL);
    tell("start", temporal_workflow_await(run, temporal_child_started(self->child), NULL, NULL));
    error = temporal_workflow_await(run, temporal_child_result(self->child), NULL, NULL);
    tell("end", error);
    if (strcmp(self->who, "run") == 0)
        return error;
    temporal_scope_leave(run, self->scope);
    return temporal_workflow_sleep(run, 1); /* the run itself is not cancelled */
}
WORKFLOW(parenting, family, temporal_string, temporal_none, &stop_def, NULL)

enum {
    NOW,      /* before it is sent */
    STARTING, /* before it has started */
    RUNNING,
    ENDING /* at the same task as its end */
};

typedef struct cell {
    const char *input;
    int when;
    const char *commands, *notes;
} cell;

static const cell *current;

static bool has(const history_builder *history, Tp__Enums__EventType type)
{
    for (size_t i = 0; i < history->count; i++)
        if (history->events[i]->event_type == type)
            return true;
    return false;
}

static void cancel(history_builder *history)
{
    if (strstr(current->input, " run"))
        history_cancel_requested(history);
    else
        history_signal(history, "stop", NULL);
}

/* What happens in the tasks after the child was asked for. */
static bool script(history_builder *history, size_t n)
{
    bool asked =
        has(history,
            TP__ENUMS__EVENT_TYPE__EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED);

    if (current->when == NOW) {
        if (n == 1)
            history_timer_fired(history, "1");
        return n < 2;
    }
    if (n == (current->when == STARTING ? 2 : 1))
        history_child_started(history, "k");
    if (n == (current->when == STARTING ? 1 : 2))
        cancel(history);
    if (n == 2 && current->when == ENDING)
        history_child_completed(history, "k", NULL);
    if (n == 3 && asked)
        history_cancel_delivered(history, "k", 0);
    if (n == 4 && asked)
        history_child_canceled(history, "k");
    if (n == 4 && !asked && current->when != ENDING)
        history_child_completed(history, "k", NULL);
    if (n == 5)
        history_timer_fired(history, "1");
    return n < 6;
}

#define CANCELLED_NOTE "child kid (id k) was cancelled [cancelled]"

static const cell cells[] = {
    { "wait scope now", NOW, "timer 1 1s | complete -",
      "start " CANCELLED_NOTE "; end " CANCELLED_NOTE },
    { "abandon future now", NOW, "timer 1 1s | complete -",
      "start " CANCELLED_NOTE "; end " CANCELLED_NOTE },

    { "wait scope", STARTING, "child kid k - |  | cancel k |  | timer 1 1s | complete -",
      "start ok; end " CANCELLED_NOTE },
    { "wait run", STARTING, "child kid k - |  | cancel k |  | cancel",
      "start ok; end " CANCELLED_NOTE },
    { "try future", STARTING, "child kid k - | timer 1 1s | cancel k |  |  | complete -",
      "start " CANCELLED_NOTE "; end " CANCELLED_NOTE },
    { "try run", STARTING, "child kid k - | cancel",
      "start " CANCELLED_NOTE "; end " CANCELLED_NOTE },
    { "request scope", STARTING, "child kid k - |  | cancel k | timer 1 1s |  | complete -",
      "start ok; end " CANCELLED_NOTE },
    { "abandon scope", STARTING, "child kid k - | timer 1 1s |  |  |  | complete -",
      "start " CANCELLED_NOTE "; end " CANCELLED_NOTE },

    { "wait scope", RUNNING, "child kid k - |  | cancel k |  | timer 1 1s | complete -",
      "start ok; end " CANCELLED_NOTE },
    { "wait future", RUNNING, "child kid k - |  | cancel k |  | timer 1 1s | complete -",
      "start ok; end " CANCELLED_NOTE },
    { "wait run", RUNNING, "child kid k - |  | cancel k |  | cancel",
      "start ok; end " CANCELLED_NOTE },
    { "try scope", RUNNING, "child kid k - |  | cancel k, timer 1 1s |  |  | complete -",
      "start ok; end " CANCELLED_NOTE },
    { "try run", RUNNING, "child kid k - |  | cancel k, cancel", "start ok; end " CANCELLED_NOTE },
    { "request future", RUNNING, "child kid k - |  | cancel k | timer 1 1s |  | complete -",
      "start ok; end " CANCELLED_NOTE },
    { "request run", RUNNING, "child kid k - |  | cancel k | cancel",
      "start ok; end " CANCELLED_NOTE },
    { "abandon future", RUNNING, "child kid k - |  | timer 1 1s |  |  | complete -",
      "start ok; end " CANCELLED_NOTE },
    { "abandon run", RUNNING, "child kid k - |  | cancel", "start ok; end " CANCELLED_NOTE },

    /* A signal's handler comes before the outcome of the same task, and the outcome before a
     * request to cancel the run. */
    { "wait run", ENDING, "child kid k - |  | complete -", "start ok; end ok" },
    { "try run", ENDING, "child kid k - |  | complete -", "start ok; end ok" },
    { "wait scope", ENDING, "child kid k - |  | timer 1 1s |  |  | complete -",
      "start ok; end ok" },
};

static void a_child_is_cancelled_by_every_type_whoever_asks_and_whenever(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        tp_arena arena;

        current = &cells[i];
        print_message("%s, case %d\n", current->input, current->when);
        tp_arena_init(&arena);
        drive(&(scenario){ .def = &parenting_def,
                           .input = tp_arena_format(&arena, "\"%s\"", current->input),
                           .script = script,
                           .commands = current->commands,
                           .notes = current->notes });
        tp_arena_done(&arena);
    }
}

/* The request does not reach it, for it has just ended: its end counts, also for REQUEST. */
static bool gone(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_started(history, "k");
    if (n == 2)
        cancel(history);
    if (n == 3)
        history_cancel_delivered(history, "k", 1);
    if (n == 4)
        history_child_completed(history, "k", NULL);
    if (n == 5)
        history_timer_fired(history, "1");
    return n < 6;
}

static void a_request_that_comes_too_late_leaves_the_childs_own_end(void **state)
{
    static const cell late[] = { { "wait scope", 0, NULL, NULL },
                                 { "request scope", 0, NULL, NULL } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        current = &late[i];
        drive(&(scenario){ .def = &parenting_def,
                           .input = i == 0 ? "\"wait scope\"" : "\"request scope\"",
                           .script = gone,
                           .commands = "child kid k - |  | cancel k |  | timer 1 1s | complete -",
                           .notes = "start ok; end ok" });
    }
}

/* The child's end overtakes the news that it was told. */
static bool overtaken(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_started(history, "k");
    if (n == 2)
        cancel(history);
    if (n == 3) {
        history_child_canceled(history, "k");
        history_cancel_delivered(history, "k", 0);
    }
    if (n == 4)
        history_timer_fired(history, "1");
    return n < 5;
}

static void a_child_may_end_before_it_is_known_that_it_was_told(void **state)
{
    static const cell request = { "request scope", 0, NULL, NULL };

    (void)state;
    current = &request;
    drive(&(scenario){ .def = &parenting_def,
                       .input = "\"request scope\"",
                       .script = overtaken,
                       .commands = "child kid k - |  | cancel k | timer 1 1s | complete -",
                       .notes = "start ok; end " CANCELLED_NOTE });
}

/* --- executed in a loop: machines go when they are done with -------------------------------- */

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
    tell("end", error);
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
                       .notes = "end " CANCELLED_NOTE });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_cancelled_by_every_type_whoever_asks_and_whenever),
        cmocka_unit_test(a_request_that_comes_too_late_leaves_the_childs_own_end),
        cmocka_unit_test(a_child_may_end_before_it_is_known_that_it_was_told),
        cmocka_unit_test(an_executed_child_that_was_given_up_is_followed_to_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
