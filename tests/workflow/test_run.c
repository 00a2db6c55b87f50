/* SPDX-License-Identifier: MIT */
/* test_run.c -- a run from its input to its end: activities, timers, what its code may ask of it.
 */
#include "drive.h"

#include <math.h>
#include <string.h>

#define SECONDS(n) TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = (n))

static temporal_error *say(temporal_workflow *run, const char *text, const char **out)
{
    return temporal_workflow_execute_activity(run, "say", ARGUMENT(temporal_string, &text), 1,
                                              temporal_string_type(), out, SECONDS(5));
}

/* --- activities and timers ---------------------------------------------------------------- */

static temporal_error *greet(temporal_workflow *run, void *self, const void *input, void *output)
{
    const char *const *name = input;

    (void)self;
    return say(run, temporal_workflow_format(run, "Hello, %s", *name), output);
}
WORKFLOW(greet, char, temporal_string, temporal_string, NULL)

static bool complete_1(history_builder *history, size_t n)
{
    if (n == 1)
        history_activity_completed(history, "1", "\"Hi!\"");
    return n < 2;
}

static void an_activity_is_scheduled_and_its_result_ends_the_run(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &greet_def,
                       .input = "\"World\"",
                       .script = complete_1,
                       .commands = "activity say 1 \"Hello, World\" | complete \"Hi!\"" });
}

static temporal_error *nap(temporal_workflow *run, void *self, const void *input, void *output)
{
    int64_t start = temporal_workflow_now(run);

    (void)self;
    (void)input;
    note("at %lld", (long long)(start / 1000000000 - BUILDER_START));
    TEMPORAL_TRY(temporal_workflow_sleep(run, 90));
    note("at %lld", (long long)(temporal_workflow_now(run) / 1000000000 - BUILDER_START));
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.25));
    *(int64_t *)output = temporal_workflow_history_length(run);
    return TEMPORAL_OK;
}
WORKFLOW(nap, char, temporal_none, temporal_int, NULL)

static bool fire_each(history_builder *history, size_t n)
{
    if (n == 1)
        history_timer_fired(history, "1");
    if (n == 2)
        history_timer_fired(history, "2");
    return n < 3;
}

static void sleep_is_a_timer_and_time_is_that_of_the_task(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &nap_def,
                       .script = fire_each,
                       .commands = "timer 1 90s | timer 2 0.25s | complete 13",
                       .notes = "at 2; at 7" });
}

static temporal_error *zero_sleep(temporal_workflow *run, void *self, const void *input,
                                  void *output)
{
    (void)self;
    (void)input;
    (void)output;
    return temporal_workflow_sleep(run, 0);
}
WORKFLOW(zero_sleep, char, temporal_none, temporal_none, NULL)

static void a_sleep_of_nothing_needs_no_timer(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &zero_sleep_def, .commands = "complete -" });
}

/* --- ends --------------------------------------------------------------------------------- */

static temporal_error *ending(temporal_workflow *run, void *self, const void *input, void *output)
{
    const char *const *how = input;

    (void)self;
    (void)output;
    if (strcmp(*how, "application") == 0)
        return temporal_error_application_with(
            &(temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                           .type = "Broke",
                                           .cause = temporal_error_application("Deeper", "first") },
            "no %d", 7);
    if (strcmp(*how, "timeout") == 0)
        return temporal_error_new(TEMPORAL_ERROR_TIMEOUT, "too slow");
    if (strcmp(*how, "cancelled") == 0)
        return temporal_error_new(TEMPORAL_ERROR_CANCELLED, "of its own accord");
    if (strcmp(*how, "activity") == 0)
        return say(run, "x", output);
    if (strcmp(*how, "argument") == 0)
        return temporal_workflow_sleep(run, -1);
    return temporal_error_new(TEMPORAL_ERROR_SYSTEM, "disk full");
}
WORKFLOW(ending, char, temporal_string, temporal_string, NULL)

static bool fail_1(history_builder *history, size_t n)
{
    if (n == 1)
        history_activity_failed(history, "1", "Boom", "it blew up");
    return n < 2;
}

static bool time_out_1(history_builder *history, size_t n)
{
    if (n == 1)
        history_activity_timed_out(history, "1");
    return n < 2;
}

static void a_failure_that_code_returns_fails_the_run(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &ending_def,
                       .input = "\"application\"",
                       .commands = "fail Broke: no 7 <- Deeper: first" });
    drive(&(scenario){
        .def = &ending_def, .input = "\"timeout\"", .commands = "fail (other): too slow" });
    drive(&(scenario){ .def = &ending_def,
                       .input = "\"cancelled\"",
                       .commands = "fail (canceled): of its own accord" });
}

static void a_failed_activity_fails_the_run_with_its_cause(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &ending_def,
                       .input = "\"activity\"",
                       .script = fail_1,
                       .commands = "activity say 1 \"x\" | fail (activity): activity say (id 1) "
                                   "failed <- Boom: it blew up" });
    drive(&(scenario){ .def = &ending_def,
                       .input = "\"activity\"",
                       .script = time_out_1,
                       .commands = "activity say 1 \"x\" | fail (activity): activity say (id 1) "
                                   "timed out <- (other): activity timeout" });
}

static void an_error_that_tells_of_a_bug_fails_the_task_only(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &ending_def,
                       .input = "\"argument\"",
                       .commands = "TASK FAILED: temporal_workflow_sleep: -1 seconds is negative; "
                                   "give 0 or more" });
    drive(&(scenario){
        .def = &ending_def, .input = "\"system\"", .commands = "TASK FAILED: disk full" });
}

static temporal_error *impossible(temporal_workflow *run, void *self, const void *input,
                                  void *output)
{
    (void)run;
    (void)self;
    (void)input;
    *(double *)output = (double)NAN;
    return TEMPORAL_OK;
}
WORKFLOW(impossible, char, temporal_none, temporal_double, NULL)

static void an_input_or_output_that_does_not_convert_fails_the_task(void **state)
{
    tp_engine *engine = make_engine(&greet_def, 1);
    history_builder history;

    (void)state;
    history_init(&history, "greet", "[1]");
    history_task(&history);
    expect_failure(engine, history_poll(&history, 1), "input of workflow greet: ");
    history_done(&history);
    tp_engine_free(engine);

    engine = make_engine(&impossible_def, 1);
    history_init(&history, "impossible", NULL);
    history_task(&history);
    expect_failure(engine, history_poll(&history, 1), "output of workflow impossible: ");
    history_done(&history);
    tp_engine_free(engine);
}

static void an_unknown_workflow_type_fails_the_task_with_those_that_are_known(void **state)
{
    tp_engine *engine = make_engine(&greet_def, 1);
    history_builder history;

    (void)state;
    history_init(&history, "grete", NULL);
    history_task(&history);
    expect_failure(engine, history_poll(&history, 1),
                   "workflow type grete is not registered on this worker, which has: greet");
    history_done(&history);
    tp_engine_free(engine);
}

/* --- continue as new ---------------------------------------------------------------------- */

static temporal_error *counter(temporal_workflow *run, void *self, const void *input, void *output)
{
    int64_t next = *(const int64_t *)input + 1;

    (void)self;
    (void)output;
    return temporal_workflow_continue_as_new(run, ARGUMENT(temporal_int, &next), 1, NULL);
}
WORKFLOW(counter, char, temporal_int, temporal_int, NULL)

static temporal_error *elsewhere(temporal_workflow *run, void *self, const void *input,
                                 void *output)
{
    (void)self;
    (void)input;
    (void)output;
    return temporal_workflow_continue_as_new(
        run, NULL, 0, TEMPORAL_OPTIONS(temporal_continue_options, .workflow = "other"));
}
WORKFLOW(elsewhere, char, temporal_none, temporal_none, NULL)

static void a_run_continues_as_new_with_its_input(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &counter_def, .input = "41", .commands = "continue counter 42" });
    drive(&(scenario){ .def = &elsewhere_def, .commands = "continue other -" });
}

/* --- activity options --------------------------------------------------------------------- */

static temporal_error *options(temporal_workflow *run, void *self, const void *input, void *output)
{
    const temporal_retry_policy bad = { .maximum_attempts = -1 };
    const temporal_activity_options *wrong[] = {
        NULL,
        TEMPORAL_OPTIONS(temporal_activity_options, .schedule_to_start_timeout = 1),
        TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = -1),
        TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = (double)NAN),
        TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = 1, .retry = &bad),
        TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = 1,
                         .cancellation = (temporal_cancellation_type)7),
        &(const temporal_activity_options){ .start_to_close_timeout = 1 },
    };

    (void)self;
    (void)input;
    (void)output;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        temporal_future *future = temporal_workflow_start_activity(run, "say", NULL, 0, wrong[i]);
        temporal_error *error = temporal_workflow_await(run, future, NULL, NULL);

        assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_INVALID_ARGUMENT);
        note("%s", temporal_error_message(error));
    }
    return temporal_workflow_execute_activity(run, "say", NULL, 0, NULL, NULL,
                                              TEMPORAL_OPTIONS(temporal_activity_options,
                                                               .schedule_to_close_timeout = 1,
                                                               .id = "my-own"));
}
WORKFLOW(options, char, temporal_none, temporal_none, NULL)

static bool complete_my_own(history_builder *history, size_t n)
{
    if (n == 1)
        history_activity_completed(history, "my-own", NULL);
    return n < 2;
}

static void wrong_activity_options_are_the_outcome_of_the_future(void **state)
{
    history_builder history;

    (void)state;
    drive_history(&(scenario){ .def = &options_def,
                               .script = complete_my_own,
                               .commands = "activity say my-own - | complete -" },
                  &history);
    history_done(&history);
}

static void a_missing_timeout_is_named(void **state)
{
    tp_engine *engine = make_engine(&options_def, 1);
    history_builder history;
    tp_answer answer;

    (void)state;
    notes_clear();
    history_init(&history, "options", NULL);
    history_task(&history);
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    assert_non_null(strstr(notes(), "activity say: one of start_to_close_timeout and "
                                    "schedule_to_close_timeout is required; activity say: one of"));
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
    notes_clear();
}

/* --- chance ------------------------------------------------------------------------------- */

static temporal_error *dice(temporal_workflow *run, void *self, const void *input, void *output)
{
    (void)self;
    (void)input;
    (void)output;
    note("%llx", (unsigned long long)temporal_workflow_random(run));
    note("%s", temporal_workflow_uuid(run));
    TEMPORAL_TRY(temporal_workflow_sleep(run, 1));
    note("%llx", (unsigned long long)temporal_workflow_random(run));
    return TEMPORAL_OK;
}
WORKFLOW(dice, char, temporal_none, temporal_none, NULL)

static bool fire_1(history_builder *history, size_t n)
{
    if (n == 1)
        history_timer_fired(history, "1");
    return n < 2;
}

static void random_numbers_come_again_on_replay(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &dice_def,
                       .script = fire_1,
                       .commands = "timer 1 1s | complete -",
                       .notes = "1a0a409824fcb823; 0f9b8b9a-ce43-42df-a68e-f16193ff970f; "
                                "4bd888ba98988eb3" });
}

static bool reset_then_fire(history_builder *history, size_t n)
{
    if (n == 1) {
        history_task(history);
        history_task_reset(history, "another-run-id");
        history_timer_fired(history, "1");
    }
    return n < 2;
}

static void a_reset_run_draws_other_numbers_from_there_on(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &dice_def,
                       .script = reset_then_fire,
                       .commands = "timer 1 1s | complete -",
                       .notes = "1a0a409824fcb823; 0f9b8b9a-ce43-42df-a68e-f16193ff970f; "
                                "9b85c52aaf88eae0" });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_activity_is_scheduled_and_its_result_ends_the_run),
        cmocka_unit_test(sleep_is_a_timer_and_time_is_that_of_the_task),
        cmocka_unit_test(a_sleep_of_nothing_needs_no_timer),
        cmocka_unit_test(a_failure_that_code_returns_fails_the_run),
        cmocka_unit_test(a_failed_activity_fails_the_run_with_its_cause),
        cmocka_unit_test(an_error_that_tells_of_a_bug_fails_the_task_only),
        cmocka_unit_test(an_input_or_output_that_does_not_convert_fails_the_task),
        cmocka_unit_test(an_unknown_workflow_type_fails_the_task_with_those_that_are_known),
        cmocka_unit_test(a_run_continues_as_new_with_its_input),
        cmocka_unit_test(wrong_activity_options_are_the_outcome_of_the_future),
        cmocka_unit_test(a_missing_timeout_is_named),
        cmocka_unit_test(random_numbers_come_again_on_replay),
        cmocka_unit_test(a_reset_run_draws_other_numbers_from_there_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
