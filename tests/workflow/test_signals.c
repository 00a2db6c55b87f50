/* SPDX-License-Identifier: MIT */
/* test_signals.c -- signals early, late, in order, to handlers that wait, to nobody. */
#include "drive.h"

#include <string.h>

#define SECONDS(n) TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = (n))

typedef struct inbox {
    const char *text;
    int64_t count, wanted;
} inbox;

static temporal_error *put(temporal_workflow *run, void *data, const void *input, void *output)
{
    inbox *self = data;
    const char *const *word = input;

    (void)output;
    note("got %s", *word);
    self->text = temporal_workflow_format(run, "%s%s", self->text ? self->text : "(before)", *word);
    self->count++;
    return TEMPORAL_OK;
}
HANDLER(put, "put", SIGNAL, temporal_string, temporal_none)

static temporal_error *fetch(temporal_workflow *run, void *data, const void *input, void *output)
{
    inbox *self = data;
    const char *const *what = input;
    const char *result;

    (void)output;
    TEMPORAL_TRY(temporal_workflow_execute_activity(run, "fetch", ARGUMENT(temporal_string, what),
                                                    1, temporal_string_type(), &result,
                                                    SECONDS(5)));
    note("fetched %s", result);
    self->text = temporal_workflow_format(run, "%s+%s", self->text, result);
    self->count++;
    return TEMPORAL_OK;
}
HANDLER(fetch, "fetch", SIGNAL, temporal_string, temporal_none)

static temporal_error *wreck(temporal_workflow *run, void *data, const void *input, void *output)
{
    const char *const *how = input;

    (void)run;
    (void)data;
    (void)output;
    return strcmp(*how, "fail") == 0 ? temporal_error_application("Wrecked", "by a signal")
                                     : temporal_error_new(TEMPORAL_ERROR_SYSTEM, "a bug");
}
HANDLER(wreck, "wreck", SIGNAL, temporal_string, temporal_none)

static temporal_error *collect(temporal_workflow *run, void *data, const void *input, void *output)
{
    inbox *self = data;

    self->wanted = *(const int64_t *)input;
    self->text = "";
    note("begins");
    TEMPORAL_WAIT_UNTIL(run, self->count >= self->wanted);
    *(const char **)output = self->text;
    return TEMPORAL_OK;
}
WORKFLOW(collect, inbox, temporal_int, temporal_string, &put_def, &fetch_def, &wreck_def, NULL)

static bool early(history_builder *history, size_t n)
{
    if (n == 0) {
        history_signal(history, "put", "\"a\"");
        history_signal(history, "put", "\"b\"");
    }
    if (n == 1)
        history_signal(history, "put", "\"c\"");
    return n < 2;
}

static void signals_before_the_first_task_come_in_order_after_the_function_began(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &collect_def,
                       .input = "3",
                       .script = early,
                       .commands = " | complete \"abc\"",
                       .notes = "begins; got a; got b; got c" });
}

static bool two_fetches(history_builder *history, size_t n)
{
    if (n == 1) {
        history_signal(history, "fetch", "\"x\"");
        history_signal(history, "fetch", "\"y\"");
    }
    if (n == 2)
        history_activity_completed(history, "2", "\"Y\"");
    if (n == 3) {
        history_activity_completed(history, "1", "\"X\"");
        history_signal(history, "put", "\"!\"");
    }
    return n < 4;
}

static void handlers_that_wait_go_on_side_by_side(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &collect_def,
        .input = "3",
        .script = two_fetches,
        .commands = " | activity fetch 1 \"x\", activity fetch 2 \"y\" |  | complete \"+Y!+X\"",
        .notes = "begins; fetched Y; got !; fetched X" });
}

static bool unknown_one(history_builder *history, size_t n)
{
    if (n == 0)
        history_signal(history, "nobody", "[1,2]");
    if (n == 1)
        history_signal(history, "put", "\"a\"");
    return n < 2;
}

static void a_signal_that_nobody_handles_is_left(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &collect_def,
                       .input = "1",
                       .script = unknown_one,
                       .commands = " | complete \"a\"" });
}

static bool bad_input(history_builder *history, size_t n)
{
    if (n == 1)
        history_signal(history, "put", "{\"no\":\"text\"}");
    return n < 2;
}

static void a_signal_that_does_not_decode_fails_the_task(void **state)
{
    history_builder history;
    tp_engine *engine;

    (void)state;
    drive_history(&(scenario){ .def = &collect_def, .input = "1", .script = bad_input }, &history);
    engine = make_engine(&collect_def, 1);
    expect_failure(engine, history_poll(&history, 1), "input of signal put (event 5): ");
    tp_engine_free(engine);
    history_done(&history);
}

static bool wreck_fail(history_builder *history, size_t n)
{
    if (n == 1)
        history_signal(history, "wreck", "\"fail\"");
    return n < 2;
}

static bool wreck_bug(history_builder *history, size_t n)
{
    if (n == 1)
        history_signal(history, "wreck", "\"bug\"");
    return n < 2;
}

static void a_failure_that_a_handler_returns_fails_the_run(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &collect_def,
                       .input = "1",
                       .script = wreck_fail,
                       .commands = " | fail Wrecked: by a signal" });
}

static void a_bug_that_a_handler_returns_fails_the_task(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &collect_def,
                       .input = "1",
                       .script = wreck_bug,
                       .commands = " | TASK FAILED: signal wreck: a bug" });
}

static bool cancel_while_fetching(history_builder *history, size_t n)
{
    if (n == 1)
        history_signal(history, "fetch", "\"x\"");
    if (n == 2)
        history_cancel_requested(history);
    return n < 3;
}

static void a_waiting_handler_that_is_cancelled_with_the_run_does_not_decide_its_end(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &collect_def,
                       .input = "1",
                       .script = cancel_while_fetching,
                       .commands = " | activity fetch 1 \"x\" | request-cancel 9, cancel" });
}

/* --- dynamic ------------------------------------------------------------------------------ */

static temporal_error *anything(temporal_workflow *run, void *data, const char *name,
                                const temporal_value *inputs, size_t input_count,
                                temporal_value *output)
{
    inbox *self = data;
    const char *text = "-";

    (void)run;
    (void)output;
    if (input_count > 0)
        TEMPORAL_TRY(temporal_value_read(&inputs[0], temporal_string_type(), &text));
    note("%s(%zu): %s", name, input_count, text);
    self->count++;
    return TEMPORAL_OK;
}
static const temporal_handler_def anything_def = { sizeof(temporal_handler_def),
                                                   TEMPORAL_HANDLER_SIGNAL,
                                                   NULL,
                                                   NULL,
                                                   NULL,
                                                   NULL,
                                                   anything,
                                                   NULL,
                                                   NULL,
                                                   NULL };

static temporal_error *open_minded(temporal_workflow *run, void *data, const void *input,
                                   void *output)
{
    return collect(run, data, input, output);
}
WORKFLOW(open_minded, inbox, temporal_int, temporal_string, &put_def, &anything_def, NULL)

static bool any_names(history_builder *history, size_t n)
{
    if (n == 0) {
        history_signal(history, "one", "\"x\"");
        history_signal(history, "put", "\"known\"");
        history_signal(history, "two", NULL);
    }
    return n < 1;
}

static void a_dynamic_handler_takes_what_has_no_other(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &open_minded_def,
                       .input = "3",
                       .script = any_names,
                       .commands = "complete \"known\"",
                       .notes = "begins; one(1): x; got known; two(0): -" });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_before_the_first_task_come_in_order_after_the_function_began),
        cmocka_unit_test(handlers_that_wait_go_on_side_by_side),
        cmocka_unit_test(a_signal_that_nobody_handles_is_left),
        cmocka_unit_test(a_signal_that_does_not_decode_fails_the_task),
        cmocka_unit_test(a_failure_that_a_handler_returns_fails_the_run),
        cmocka_unit_test(a_bug_that_a_handler_returns_fails_the_task),
        cmocka_unit_test(a_waiting_handler_that_is_cancelled_with_the_run_does_not_decide_its_end),
        cmocka_unit_test(a_dynamic_handler_takes_what_has_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
