/* SPDX-License-Identifier: MIT */
/* test_external.c -- signals and requests to cancel that go to any workflow: F14. */
#include "drive.h"

#include <string.h>

#define NOT_FOUND 1
#define NO_MORE   3

static int cause;
static const char *const words = "ids";

static const char *told(const temporal_error *error)
{
    return error ? temporal_error_message(error) : "ok";
}

/* --- one after the other ------------------------------------------------------------------ */

static temporal_error *sender(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_external *other = temporal_workflow_external(run, "other", "run-7");
    const temporal_int number = 7;
    const temporal_argument inputs[] = { { temporal_string_type(), &words },
                                         { temporal_int_type(), &number } };
    temporal_error *error;

    (void)data, (void)input, (void)output;
    note("%s", told(temporal_external_signal(other, "hey", inputs, 2)));
    error = temporal_external_cancel(other);
    note("%d %s", temporal_error_get_code(error) == TEMPORAL_ERROR_NOT_FOUND, told(error));
    return error;
}
WORKFLOW(sender, temporal_none, temporal_none, temporal_none, NULL)

static bool delivered(history_builder *history, size_t n)
{
    if (n == 1)
        history_signal_delivered(history, "other", 0);
    if (n == 2)
        history_cancel_delivered(history, "other", cause);
    return n < 3;
}

static void a_signal_and_a_request_to_cancel_reach_any_workflow(void **state)
{
    (void)state;
    cause = 0;
    drive(&(scenario){ .def = &sender_def,
                       .script = delivered,
                       .commands = "signal other/run-7 hey \"ids\" | cancel other/run-7 | "
                                   "complete -",
                       .notes = "ok; 0 ok" });
}

static void one_that_is_not_there_is_a_typed_error(void **state)
{
    (void)state;
    cause = NOT_FOUND;
    drive(&(scenario){
        .def = &sender_def,
        .script = delivered,
        .commands = "signal other/run-7 hey \"ids\" | cancel other/run-7 | fail NOT_FOUND: cancel "
                    "workflow other: there is no such workflow running",
        .notes = "ok; 1 cancel workflow other: there is no such workflow running" });
}

/* --- several at once ---------------------------------------------------------------------- */

static temporal_error *several(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_external *a = temporal_workflow_external(run, "a", NULL);
    temporal_external *b = temporal_workflow_external(run, "b", "");
    temporal_future *futures[] = {
        temporal_external_begin_signal(a, "hey", NULL, 0),
        temporal_external_begin_signal(b, "hey", NULL, 0),
        temporal_external_begin_cancel(a),
        temporal_external_begin_cancel(b),
    };

    (void)data, (void)input, (void)output;
    TEMPORAL_TRY(temporal_workflow_await_all(run, futures, 4));
    for (size_t i = 0; i < 4; i++)
        note("%s", told(temporal_workflow_await(run, futures[i], NULL, NULL)));
    return TEMPORAL_OK;
}
WORKFLOW(several, temporal_none, temporal_none, temporal_none, NULL)

static bool in_any_order(history_builder *history, size_t n)
{
    if (n == 1) {
        history_cancel_delivered(history, "b", NOT_FOUND);
        history_signal_delivered(history, "a", 0);
    }
    if (n == 2) {
        history_signal_delivered(history, "b", NO_MORE);
        history_cancel_delivered(history, "a", 0);
    }
    return n < 3;
}

static void several_go_at_once_and_end_in_any_order(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &several_def,
                       .script = in_any_order,
                       .commands = "signal a hey -, signal b hey -, cancel a, cancel b |  | "
                                   "complete -",
                       .notes =
                           "ok; signal hey to workflow b: it takes no more signals; ok; cancel "
                           "workflow b: there is no such workflow running" });
}

/* --- what is wrong, and what is cancelled -------------------------------------------------- */

static temporal_error *wrong(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_external *good = temporal_workflow_external(run, "a", NULL);
    temporal_external *bad = temporal_workflow_external(run, "", NULL);
    temporal_external *worse = temporal_workflow_external(run, "a", "\xff");
    temporal_scope *scope;

    (void)data, (void)input, (void)output;
    note("%s", told(temporal_external_signal(bad, "hey", NULL, 0)));
    note("%s", told(temporal_external_cancel(worse)));
    note("%s", told(temporal_workflow_await(
                   run, temporal_external_begin_signal(good, NULL, NULL, 0), NULL, NULL)));
    scope = temporal_scope_enter(run);
    temporal_scope_cancel(scope);
    note("%s", told(temporal_external_signal(good, "hey", NULL, 0)));
    note("%s",
         told(temporal_workflow_await(run, temporal_external_begin_cancel(good), NULL, NULL)));
    temporal_scope_leave(run, scope);
    scope = temporal_scope_enter(run);
    {
        temporal_future *future = temporal_external_begin_signal(good, "late", NULL, 0);

        temporal_scope_cancel(scope);
        temporal_scope_leave(run, scope);
        note("%s", told(temporal_workflow_await(run, future, NULL, NULL)));
    }
    return TEMPORAL_OK;
}
WORKFLOW(wrong, temporal_none, temporal_none, temporal_none, NULL)

static bool once(history_builder *history, size_t n)
{
    (void)history;
    return n < 1;
}

static void what_is_wrong_or_cancelled_leaves_no_trace(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &wrong_def,
        .script = once,
        .commands = "complete -",
        .notes = "temporal_workflow_external: workflow_id is required; "
                 "temporal_workflow_external: run_id is not UTF-8 (from its byte 0); signal to "
                 "another workflow: the signal's name is required; cancelled; "
                 "cancelled; cancelled" });
}

static temporal_error *look(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)data, (void)input, (void)output;
    return temporal_external_cancel(temporal_workflow_external(run, "a", NULL));
}
HANDLER(look, "look", QUERY, temporal_none, temporal_bool)

static temporal_error *sleeper(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)data, (void)input, (void)output;
    return temporal_workflow_sleep(run, 60);
}
WORKFLOW(sleeper, temporal_none, temporal_none, temporal_none, &look_def, NULL)

static void a_query_may_not_reach_out(void **state)
{
    tp_engine *engine = make_engine(&sleeper_def, 1);
    history_builder history;
    tp_answer answer;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    history_init(&history, "sleeper", NULL);
    history_task(&history);
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    history_take_answer(&history, &answer);
    tp_answer_done(&answer);
    tp_engine_activate(engine, history_query(&history, 1, "look", NULL), &answer);
    assert_string_equal(tell_query(&arena, &answer),
                        "failed query look: a query only looks, it may not call "
                        "temporal_external_cancel");
    tp_answer_done(&answer);
    tp_arena_done(&arena);
    history_done(&history);
    tp_engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_and_a_request_to_cancel_reach_any_workflow),
        cmocka_unit_test(one_that_is_not_there_is_a_typed_error),
        cmocka_unit_test(several_go_at_once_and_end_in_any_order),
        cmocka_unit_test(what_is_wrong_or_cancelled_leaves_no_trace),
        cmocka_unit_test(a_query_may_not_reach_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
