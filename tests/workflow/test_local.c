/* SPDX-License-Identifier: MIT */
/* test_local.c -- local activities: orders, outcomes, markers, and their replay. */
#include "local_fixture.h"

#include <string.h>

#include "base/error.h"
#include "converter/failure.h"

static const temporal_string hi = "hi";

/* --- one ---------------------------------------------------------------------------------- */

static void its_outcome_is_a_marker_and_takes_its_time(void **state)
{
    local_fixture *self = *state;

    local_begin(self, local_one);
    local_activate(self);
    assert_int_equal(self->answer.kind, TP_ANSWER_LOCAL);
    assert_string_equal(local_orders(self), "start 1 say 1 \"hi\" #1");
    local_complete(self, 1, "\"ho\"");
    assert_string_equal(
        local_commands(self),
        "marker core_local_activity {\"seq\":1,\"attempt\":1,\"activity_id\":\"1\","
        "\"activity_type\":\"say\",\"complete_time\":{\"seconds\":1700000003,\"nanos\":500000000},"
        "\"backoff\":null,\"original_schedule_time\":{\"seconds\":1700000002,\"nanos\":0}} "
        "\"ho\", complete \"ho\"");
    assert_string_equal(notes(), "1.5 s later: ho");
    assert_false(self->answer.completed.force_create_new_workflow_task);
    local_take(self);
    local_replay(self, local_one);
}

static void its_failure_stands_in_the_marker_and_comes_as_an_activity_error(void **state)
{
    local_fixture *self = *state;

    local_begin(self, local_one);
    local_activate(self);
    local_fail(self, 1, TP_LOCAL_FAILED, temporal_error_application("Broken", "no"), 0);
    assert_non_null(strstr(local_commands(self),
                           "- Broken: no, fail (activity): local activity say "
                           "(id 1) failed"));
    assert_non_null(strstr(local_commands(self), "\"attempt\":3"));
    local_take(self);
    local_replay(self, local_one);
}

static temporal_error *explain(temporal_workflow *run, void *self, const void *input, void *output)
{
    static const char *const final[] = { "Final", NULL };
    const temporal_retry_policy thrice = { .maximum_attempts = 3, .non_retryable_types = final };
    temporal_error *error;

    (void)self, (void)input, (void)output;
    for (int i = 0; i < 7; i++) {
        error = temporal_workflow_execute_local_activity(
            run, "say", ARGUMENT(temporal_string, &hi), 1, temporal_string_type(),
            &(temporal_string){ 0 },
            LOCAL(.schedule_to_close_timeout = 60, .retry = i < 2 ? NULL : &thrice));
        note("%d %d %s", (int)temporal_error_get_code(error) == TEMPORAL_ERROR_ACTIVITY,
             (int)temporal_error_retry_state(error), temporal_error_message(error));
    }
    return TEMPORAL_OK;
}
WORKFLOW(explain, char, temporal_none, temporal_none, NULL)

static temporal_error *timeout(temporal_timeout_type type)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_TIMEOUT, "too late");

    error->timeout_type = type;
    return error;
}

/* The numbers are the wire's: see temporal_retry_state. */
static void its_failure_says_why_it_is_not_tried_again(void **state)
{
    local_fixture *self = *state;
    const temporal_application_error final = { .struct_size = sizeof final, .non_retryable = true };

    local_begin(self, &explain_def);
    local_activate(self);
    local_fail(self, 1, TP_LOCAL_FAILED, temporal_error_application("No", "no"), 0);
    local_fail(self, 2, TP_LOCAL_FAILED, temporal_error_application_with(&final, "no"), 0);
    local_fail(self, 3, TP_LOCAL_FAILED, temporal_error_application("No", "no"), 0);
    local_fail(self, 4, TP_LOCAL_FAILED, temporal_error_application("Final", "no"), 0);
    local_fail(self, 5, TP_LOCAL_FAILED, timeout(TEMPORAL_TIMEOUT_SCHEDULE_TO_START), 0);
    local_fail(self, 6, TP_LOCAL_FAILED, timeout(TEMPORAL_TIMEOUT_START_TO_CLOSE), 0);
    local_fail(self, 7, TP_LOCAL_CANCELLED, tp_error_fixed(TEMPORAL_ERROR_CANCELLED), 0);
    assert_string_equal(notes(), "1 3 local activity say (id 1) failed; "
                                 "1 2 local activity say (id 2) failed; "
                                 "1 4 local activity say (id 3) failed; "
                                 "1 2 local activity say (id 4) failed; "
                                 "1 3 local activity say (id 5) timed out; "
                                 "1 4 local activity say (id 6) timed out; "
                                 "1 7 local activity say (id 7) was cancelled");
    local_take(self);
    local_replay(self, &explain_def);
}

static void a_long_pause_is_a_timer_and_then_it_is_begun_again(void **state)
{
    local_fixture *self = *state;

    local_begin(self, local_one);
    local_activate(self);
    local_fail(self, 1, TP_LOCAL_FAILED, temporal_error_application("Broken", "no"), 90);
    assert_non_null(strstr(local_commands(self), "\"backoff\":{\"seconds\":90,\"nanos\":0}"));
    assert_non_null(strstr(local_commands(self), ", timer 1 90s"));
    assert_false(self->answer.locals_left);
    local_take(self);
    history_timer_fired(&self->history, "1");
    local_activate(self);
    assert_string_equal(local_orders(self), "start 2 say 1 \"hi\" #4");
    assert_true(self->answer.orders[0].passed > 0);
    local_complete(self, 2, "\"ho\"");
    local_take(self);
    assert_true(self->answer.run_ended);
    local_replay(self, local_one);
}

static void an_overdue_task_is_completed_and_the_next_one_goes_on(void **state)
{
    local_fixture *self = *state;

    local_begin(self, local_one);
    local_activate(self);
    local_resume(self, NULL, true);
    assert_string_equal(local_commands(self), "");
    assert_true(self->answer.completed.force_create_new_workflow_task);
    assert_true(self->answer.completed.return_new_workflow_task);
    local_take(self);
    local_activate(self);
    assert_int_equal(self->answer.kind, TP_ANSWER_LOCAL);
    assert_string_equal(local_orders(self), ""); /* it is under way already */
    local_complete(self, 1, "\"ho\"");
    local_take(self);
    local_replay(self, local_one);
}

static void a_run_that_was_lost_between_the_tasks_runs_it_again(void **state)
{
    local_fixture *self = *state;

    local_begin(self, local_one);
    local_activate(self);
    local_resume(self, NULL, true);
    local_take(self);
    tp_engine_evict(self->engine, RUN_ID);
    self->next_event = 1;
    local_activate(self);
    assert_string_equal(local_orders(self), "start 1 say 1 \"hi\" #1");
    local_complete(self, 1, "\"ho\"");
    local_take(self);
    local_replay(self, local_one);
}

static void a_task_with_a_query_is_answered_at_once(void **state)
{
    local_fixture *self = *state;

    local_begin(self, local_one);
    history_task(&self->history);
    self->task = history_poll(&self->history, 1);
    history_ask(&self->history, self->task, "q", "peek", NULL);
    tp_engine_activate(self->engine, self->task, &self->answer);
    self->open = true;
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    assert_int_equal(self->answer.completed.n_query_results, 1);
    assert_true(self->answer.completed.force_create_new_workflow_task);
    assert_string_equal(local_orders(self), "start 1 say 1 \"hi\" #1");
}

static void a_legacy_query_is_answered_while_the_task_is_open(void **state)
{
    local_fixture *self = *state;
    tp_answer answer;

    local_begin(self, local_one);
    local_activate(self);
    tp_engine_activate(self->engine, history_query(&self->history, 4, "peek", NULL), &answer);
    assert_string_equal(tell_query(&self->arena, &answer), "ok \"peeked\"");
    tp_answer_done(&answer);
    local_complete(self, 1, "\"ho\"");
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
}

static void a_run_that_is_begun_anew_drops_what_it_ran(void **state)
{
    local_fixture *self = *state;
    tp_answer answer;

    local_begin(self, local_one);
    local_activate(self);
    tp_engine_activate(self->engine, history_poll(&self->history, 1), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_LOCAL);
    assert_int_equal(answer.dropped_count, 1);
    assert_string_equal(answer.dropped[0], RUN_ID);
    local_complete(self, 1, "\"ho\""); /* of the task that the server gave up */
    assert_int_equal(self->answer.kind, TP_ANSWER_GONE);
    tp_answer_done(&answer);
}

/* Both leave a command that history has not met. */
static temporal_error *both(temporal_workflow *run, void *self, const void *input, void *output)
{
    temporal_future *slow = temporal_workflow_start_activity(
        run, "say", ARGUMENT(temporal_string, &hi), 1,
        &(temporal_activity_options){ .struct_size = sizeof(temporal_activity_options),
                                      .start_to_close_timeout = 5 });

    (void)self, (void)input, (void)output;
    TEMPORAL_TRY(temporal_workflow_await(run, begin_local(run, "say", LOCAL(0)), NULL, NULL));
    return temporal_workflow_await(run, slow, NULL, NULL);
}
WORKFLOW(both, char, temporal_none, temporal_none, NULL)

/* A sanitizer sees whether what is freed later still writes to what was freed before. */
static void a_run_that_is_dropped_after_its_answer_takes_all_of_it_along(void **state)
{
    local_fixture *self = *state;

    local_begin(self, &both_def);
    local_activate(self);
    local_complete(self, 2, "\"ho\"");
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    assert_int_equal(self->answer.completed.n_commands, 2);
    tp_engine_evict(self->engine, RUN_ID);
    assert_int_equal(tp_engine_cached(self->engine), 0);
}

static void an_outcome_that_nobody_waits_for_changes_nothing(void **state)
{
    local_fixture *self = *state;

    local_begin(self, local_one);
    local_activate(self);
    local_complete(self, 7, "\"ho\"");
    assert_int_equal(self->answer.kind, TP_ANSWER_LOCAL);
    assert_string_equal(notes(), "");
}

/* --- several ------------------------------------------------------------------------------ */

static temporal_error *tell_end(temporal_workflow *run, void *data)
{
    temporal_string text = "?";
    temporal_error *error =
        temporal_workflow_await(run, data, temporal_string_type(), (void *)&text);

    note("%s", error ? temporal_error_message(error) : text);
    return TEMPORAL_OK;
}

static temporal_error *three(temporal_workflow *run, void *self, const void *input, void *output)
{
    temporal_future *futures[3];

    (void)self, (void)input, (void)output;
    for (size_t i = 0; i < 3; i++) {
        futures[i] = temporal_workflow_spawn(run, tell_end, begin_local(run, "say", LOCAL(0)));
    }
    return temporal_workflow_await_all(run, futures, 3);
}
WORKFLOW(three, char, temporal_none, temporal_none, NULL)

static void replay_sees_their_outcomes_in_the_order_in_which_they_came(void **state)
{
    local_fixture *self = *state;

    local_begin(self, &three_def);
    local_activate(self);
    local_complete(self, 2, "\"second\"");
    local_complete(self, 3, "\"third\"");
    local_resume(self, NULL, true);
    local_take(self);
    local_activate(self);
    local_complete(self, 1, "\"first\"");
    assert_string_equal(notes(), "second; third; first");
    local_take(self);
    local_replay(self, &three_def);
}

/* The server gave its tasks to another worker in between, and that one ran them, too. */
static void what_another_worker_has_ended_is_stopped_here(void **state)
{
    local_fixture *self = *state;
    tp_engine *first;

    local_begin(self, &three_def);
    local_activate(self);
    local_resume(self, NULL, true);
    local_take(self);

    first = self->engine;
    self->engine = make_engine(&three_def, 1);
    self->next_event = 1;
    local_activate(self);
    assert_int_equal(self->answer.order_count, 3);
    local_complete(self, 2, "\"second\"");
    local_resume(self, NULL, true);
    local_take(self);
    tp_engine_free(self->engine);

    self->engine = first;
    self->next_event = 1;
    notes_clear();
    local_activate(self);
    assert_int_equal(self->answer.kind, TP_ANSWER_LOCAL);
    assert_int_equal(self->answer.order_count, 1);
    assert_int_equal(self->answer.orders[0].verb, TP_LOCAL_STOP);
    assert_int_equal(self->answer.orders[0].seq, 2);
    local_complete(self, 3, "\"third\"");
    local_complete(self, 1, "\"first\"");
    assert_string_equal(notes(), "second; third; first");
    local_take(self);
    local_replay(self, &three_def);
}

/* --- what is wrong ------------------------------------------------------------------------ */

static temporal_error *careless(temporal_workflow *run, void *self, const void *input, void *output)
{
    const temporal_local_options options = { .struct_size = sizeof(options) };
    temporal_error *error =
        temporal_workflow_await(run, begin_local(run, "say", &options), NULL, NULL);

    (void)self, (void)input, (void)output;
    note("%s", temporal_error_message(error));
    error = temporal_workflow_execute_local_activity(run, "", NULL, 0, NULL, NULL, LOCAL(0));
    note("%s", temporal_error_message(error));
    error = temporal_workflow_execute_local_activity(run, "say", NULL, 0, NULL, NULL,
                                                     LOCAL(.local_retry_threshold = -1));
    note("%d", error != NULL);
    return TEMPORAL_OK;
}
WORKFLOW(careless, char, temporal_none, temporal_none, NULL)

static void wrong_options_leave_no_trace_in_history(void **state)
{
    (void)state;
    drive(&(const scenario){
        .def = &careless_def,
        .commands = "complete -",
        .notes = "local activity say: one of start_to_close_timeout and schedule_to_close_timeout "
                 "is required; local activity: the name of its type is required; 1" });
    local_begin(*state, &careless_def); /* for the tear-down */
}
int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, local_set_up, local_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(its_outcome_is_a_marker_and_takes_its_time),
        TEST(its_failure_stands_in_the_marker_and_comes_as_an_activity_error),
        TEST(its_failure_says_why_it_is_not_tried_again),
        TEST(a_long_pause_is_a_timer_and_then_it_is_begun_again),
        TEST(an_overdue_task_is_completed_and_the_next_one_goes_on),
        TEST(a_run_that_was_lost_between_the_tasks_runs_it_again),
        TEST(a_task_with_a_query_is_answered_at_once),
        TEST(a_legacy_query_is_answered_while_the_task_is_open),
        TEST(a_run_that_is_begun_anew_drops_what_it_ran),
        TEST(a_run_that_is_dropped_after_its_answer_takes_all_of_it_along),
        TEST(what_another_worker_has_ended_is_stopped_here),
        TEST(an_outcome_that_nobody_waits_for_changes_nothing),
        TEST(replay_sees_their_outcomes_in_the_order_in_which_they_came),
        TEST(wrong_options_leave_no_trace_in_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
