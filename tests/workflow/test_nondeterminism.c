/* SPDX-License-Identifier: MIT */
/* test_nondeterminism.c -- code that changed meets the history of the code before. */
#include "drive.h"

#include <string.h>

#include <temporal/diagnosis.h>
#include <temporal/worker.h>

#include "converter/failure.h"

/* The plan says what the code does: "a:name#id" an activity, "t" a timer, "c" cancel the first
 * timer, "r" cancel the first activity (asks, and waits), "w" wait for the signal, "?" fail. Tests
 * change it between recording and replay. */
static const char *plan;

typedef struct player {
    int64_t signals, seen;
    temporal_future *timer, *activity;
} player;

static temporal_error *go(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run;
    (void)input;
    (void)output;
    ((player *)data)->signals++;
    return TEMPORAL_OK;
}
HANDLER(go, "go", SIGNAL, temporal_none, temporal_none)

static temporal_error *play(temporal_workflow *run, void *data, const void *input, void *output)
{
    player *self = data;
    char *words = temporal_workflow_alloc(run, strlen(plan) + 1), *rest = NULL;

    (void)input;
    (void)output;
    memcpy(words, plan, strlen(plan) + 1);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (strncmp(word, "a:", 2) == 0) {
            char *name = word + 2, *id = strchr(name, '#');

            if (id)
                *id++ = 0;
            self->activity = temporal_workflow_start_activity(
                run, name, NULL, 0,
                TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = 5, .id = id,
                                 .cancellation = TEMPORAL_CANCELLATION_WAIT));
        }
        if (strcmp(word, "t") == 0)
            self->timer = temporal_workflow_start_timer(run, 5);
        if (strcmp(word, "c") == 0)
            temporal_future_cancel(self->timer);
        if (strcmp(word, "r") == 0)
            temporal_future_cancel(self->activity);
        if (strcmp(word, "?") == 0)
            return temporal_error_application("Plan", "failed");
        if (strcmp(word, "w") == 0) {
            self->seen++;
            TEMPORAL_WAIT_UNTIL(run, self->signals >= self->seen);
        }
    }
    return TEMPORAL_OK;
}
WORKFLOW(play, player, temporal_none, temporal_none, &go_def, NULL)

static bool signals(history_builder *history, size_t n)
{
    if (n > 0)
        history_signal(history, "go", NULL);
    return n < 3;
}

/* Records one plan, replays another: what the failure says. */
static void expect_mismatch(const char *recorded, const char *replayed, const char *message)
{
    tp_engine *engine = make_engine(&play_def, 1);
    history_builder history;
    tp_answer answer;

    plan = recorded;
    drive_history(&(scenario){ .def = &play_def, .script = signals }, &history);
    plan = replayed;
    tp_engine_activate(engine, history_query(&history, 1, "x", NULL), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_QUERY);
    if (strncmp(answer.query.error_message, message, strlen(message)) != 0 ||
        !strchr(";", answer.query.error_message[strlen(message)]))
        fail_msg("\"%s\" does not begin with \"%s\"", answer.query.error_message, message);
    assert_int_equal(
        answer.query.cause,
        TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR);
    assert_int_equal(tp_engine_cached(engine), 0);
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
}

static void a_changed_activity_type_is_named(void **state)
{
    (void)state;
    expect_mismatch(
        "a:one w", "a:two w",
        "event 5: history holds ActivityTaskScheduled (activity one, id 1), but the "
        "code did ScheduleActivityTask (activity two, id 1): the activity type differs");
}

static void a_changed_activity_id_is_named(void **state)
{
    (void)state;
    expect_mismatch("a:one#7 w", "a:one#8 w",
                    "event 5: history holds ActivityTaskScheduled (activity one, id 7), but the "
                    "code did ScheduleActivityTask (activity one, id 8): the activity id differs");
}

static void a_changed_kind_of_command_is_named(void **state)
{
    (void)state;
    expect_mismatch("t w", "a:one w",
                    "event 5: history holds TimerStarted (id 1), but the code did "
                    "ScheduleActivityTask (activity one, id 1)");
}

static void a_missing_command_is_named(void **state)
{
    (void)state;
    expect_mismatch("a:one a:two w", "a:one w",
                    "event 6: history holds ActivityTaskScheduled (activity two, id 2), but the "
                    "code did nothing more in that task");
}

static void an_extra_command_is_named(void **state)
{
    (void)state;
    expect_mismatch("a:one w w", "a:one t w w",
                    "event 8: the code did StartTimer (id 1, 5 s) in the task before it, which "
                    "history does not hold");
}

static void an_extra_command_at_the_very_end_is_named(void **state)
{
    (void)state;
    expect_mismatch("w w w w", "w w t w w",
                    "event 12: the code did StartTimer (id 1, 5 s) in the task before it, which "
                    "history does not hold");
}

static void swapped_commands_are_named(void **state)
{
    (void)state;
    expect_mismatch(
        "a:one a:two w", "a:two a:one w",
        "event 5: history holds ActivityTaskScheduled (activity one, id 1), but the "
        "code did ScheduleActivityTask (activity two, id 1): the activity type differs");
    expect_mismatch("t a:one w", "a:one t w",
                    "event 5: history holds TimerStarted (id 1), but the code did "
                    "ScheduleActivityTask (activity one, id 1)");
}

static void another_end_is_named(void **state)
{
    (void)state;
    expect_mismatch("w", "w ?",
                    "event 9: history holds WorkflowExecutionCompleted, but the code did "
                    "FailWorkflowExecution");
    expect_mismatch("w", "w w",
                    "event 9: history holds WorkflowExecutionCompleted, but the code did nothing "
                    "more in that task");
    expect_mismatch("w w", "w",
                    "event 11: the code did CompleteWorkflowExecution in the task before it, which "
                    "history does not hold");
}

static void a_cancellation_that_history_does_not_hold_is_named(void **state)
{
    (void)state;
    expect_mismatch("t w w", "t w c w",
                    "event 12: the code did CancelTimer (id 1) in the task before it, which "
                    "history does not hold");
    expect_mismatch("t w c w", "t w w",
                    "event 10: history holds TimerCanceled (id 1), but the code did nothing more "
                    "in that task");
    expect_mismatch("a:one w r w", "a:one w t w",
                    "event 10: history holds ActivityTaskCancelRequested (of event 5), but the "
                    "code did StartTimer (id 1, 5 s)");
}

static void an_outcome_of_what_the_code_did_not_begin_is_named(void **state)
{
    tp_engine *engine = make_engine(&play_def, 1);
    history_builder history;

    (void)state;
    plan = "w";
    history_init(&history, "play", NULL);
    history_task(&history);
    history_task_completed(&history);
    {
        Tp__History__HistoryEvent *event =
            history_add(&history, TP__ENUMS__EVENT_TYPE__EVENT_TYPE_TIMER_FIRED);
        Tp__History__TimerFiredEventAttributes *attributes =
            tp_arena_alloc(&history.arena, sizeof(*attributes));

        tp__history__timer_fired_event_attributes__init(attributes);
        attributes->started_event_id = 3;
        event->attributes_case =
            TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_TIMER_FIRED_EVENT_ATTRIBUTES;
        event->timer_fired_event_attributes = attributes;
    }
    history_task(&history);
    expect_failure(
        engine, history_poll(&history, 1),
        "event 5: history holds TimerFired of event 3, but the code began nothing there");
    history_done(&history);
    tp_engine_free(engine);
}

static void the_task_fails_with_the_cause_that_servers_know(void **state)
{
    tp_engine *engine = make_engine(&play_def, 1);
    history_builder history;
    tp_answer answer;

    (void)state;
    plan = "a:one w";
    drive_history(&(scenario){ .def = &play_def, .script = signals }, &history);
    history.count = 7; /* the second task, open again */
    history_task(&history);
    plan = "a:two w";
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_FAILED);
    assert_int_equal(
        answer.failed.cause,
        TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR);
    assert_string_equal(answer.failed.failure->application_failure_info->type, "NONDETERMINISM");
    tp_answer_done(&answer);

    plan = "a:one w"; /* the old code is back: the run goes on */
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
}

/* --- the report ---------------------------------------------------------------------------- */

typedef struct reported {
    tp_engine *engine;
    history_builder history;
    tp_answer answer;
    temporal_error *failure;
    temporal_nondeterminism report;
} reported;

/* Records one plan, replays another: what the failure carries, as a client reads it. */
static void get_report(reported *self, const char *recorded, const char *replayed)
{
    self->engine = make_engine(&play_def, 1);
    plan = recorded;
    drive_history(&(scenario){ .def = &play_def, .script = signals }, &self->history);
    plan = replayed;
    tp_engine_activate(self->engine, history_query(&self->history, 1, "x", NULL), &self->answer);
    assert_int_equal(self->answer.kind, TP_ANSWER_QUERY);
    self->failure = tp_failure_to_error(self->answer.query.failure);
    assert_null(temporal_error_detail(self->failure, 0, temporal_nondeterminism, &self->report));
}

static void release(reported *self)
{
    temporal_error_free(self->failure);
    tp_answer_done(&self->answer);
    history_done(&self->history);
    tp_engine_free(self->engine);
}

static void assert_difference(const temporal_nondeterminism *report, size_t index, const char *name,
                              const char *expected, const char *actual)
{
    assert_true(index < report->differences.count);
    assert_string_equal(report->differences.items[index].name, name);
    assert_string_equal(report->differences.items[index].expected, expected);
    assert_string_equal(report->differences.items[index].actual, actual);
}

static void a_report_holds_every_attribute_that_differs_with_both_values(void **state)
{
    reported self = { 0 };

    (void)state;
    get_report(&self, "t a:one#7 w", "t a:two#8 w");
    assert_int_equal(self.report.event_id, 6);
    assert_string_equal(self.report.event_type, "ActivityTaskScheduled");
    assert_string_equal(self.report.expected, "ActivityTaskScheduled (activity one, id 7)");
    assert_string_equal(self.report.actual, "ScheduleActivityTask (activity two, id 8)");
    assert_int_equal(self.report.differences.count, 2);
    assert_difference(&self.report, 0, "activity type", "one", "two");
    assert_difference(&self.report, 1, "activity id", "7", "8");
    assert_int_equal(self.report.last_commands.count, 1);
    assert_string_equal(self.report.last_commands.items[0], "event 5: TimerStarted (id 1)");
    assert_string_equal(
        temporal_error_message(self.failure),
        "event 6: history holds ActivityTaskScheduled (activity one, id 7), but the code did "
        "ScheduleActivityTask (activity two, id 8): the activity type and the activity id differ; "
        "the last commands that agreed: event 5: TimerStarted (id 1)");
    release(&self);
}

static void a_report_tells_another_kind_of_command_and_none_at_all(void **state)
{
    reported self = { 0 };

    (void)state;
    get_report(&self, "t w", "a:one w");
    assert_int_equal(self.report.differences.count, 1);
    assert_difference(&self.report, 0, "command", "TimerStarted (id 1)",
                      "ScheduleActivityTask (activity one, id 1)");
    assert_int_equal(self.report.last_commands.count, 0);
    release(&self);
    get_report(&self, "a:one a:two w", "a:one w");
    assert_string_equal(self.report.expected, "ActivityTaskScheduled (activity two, id 2)");
    assert_string_equal(self.report.actual, "");
    release(&self);
    get_report(&self, "a:one w w", "a:one t w w");
    assert_string_equal(self.report.event_type, "WorkflowTaskStarted");
    assert_string_equal(self.report.expected, "");
    assert_string_equal(self.report.actual, "StartTimer (id 1, 5 s)");
    assert_string_equal(self.report.last_commands.items[0],
                        "event 5: ActivityTaskScheduled (activity one, id 1)");
    release(&self);
}

static void a_report_holds_the_last_commands_only(void **state)
{
    reported self = { 0 };

    (void)state;
    get_report(&self, "t t t t t w t t t t t a:one w", "t t t t t w t t t t t a:two w");
    assert_int_equal(self.report.last_commands.count, 8);
    assert_string_equal(self.report.last_commands.items[0], "event 7: TimerStarted (id 3)");
    assert_string_equal(self.report.last_commands.items[7], "event 18: TimerStarted (id 10)");
    release(&self);
}

/* --- a cached run --------------------------------------------------------------------------- */

/* Two tasks of "t w a:one w", kept; then the server says that the activity was of another type. */
static char **keep_and_change(tp_engine *engine, history_builder *history)
{
    Tp__Common__ActivityType *type;
    tp_answer answer;

    plan = "t w a:one w";
    history_init(history, "play", NULL);
    for (int i = 0; i < 2; i++) {
        if (i > 0)
            history_signal(history, "go", NULL);
        history_task(history);
        tp_engine_activate(engine, history_poll(history, i > 0 ? 4 : 1), &answer);
        assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
        history_take_answer(history, &answer);
        tp_answer_done(&answer);
    }
    type = history->events[history->count - 1]
               ->activity_task_scheduled_event_attributes->activity_type;
    type->name = tp_arena_strdup(&history->arena, "two");
    history_signal(history, "go", NULL);
    history_task(history);
    return &type->name;
}

static void expect_strayed(tp_engine *engine, history_builder *history)
{
    tp_answer answer;

    tp_engine_activate(engine, history_poll(history, 9), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_NEEDS_HISTORY);
    assert_non_null(strstr(temporal_error_message(answer.strayed),
                           "event 10: history holds ActivityTaskScheduled (activity two, id 1)"));
    assert_int_equal(tp_engine_cached(engine), 0);
    tp_answer_done(&answer);
}

static void a_cached_run_that_strayed_is_reported_with_the_commands_of_all_tasks(void **state)
{
    tp_engine *engine = make_engine(&play_def, 1);
    temporal_nondeterminism report;
    history_builder history;
    temporal_error *failure;
    tp_answer answer;

    (void)state;
    (void)keep_and_change(engine, &history);
    expect_strayed(engine, &history);
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_FAILED);
    assert_null(answer.strayed);
    failure = tp_failure_to_error(answer.failed.failure);
    assert_null(temporal_error_detail(failure, 0, temporal_nondeterminism, &report));
    assert_int_equal(report.event_id, 10);
    assert_int_equal(report.last_commands.count, 1);
    assert_string_equal(report.last_commands.items[0], "event 5: TimerStarted (id 1)");
    temporal_error_free(failure);
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
}

static void a_cached_run_that_strayed_goes_on_when_the_whole_history_agrees(void **state)
{
    static char one[] = "one";
    tp_engine *engine = make_engine(&play_def, 1);
    history_builder history;
    tp_answer answer;
    char **type;

    (void)state;
    type = keep_and_change(engine, &history);
    expect_strayed(engine, &history);
    *type = one;
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
    assert_true(answer.run_ended);
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
}

/* --- the policy ---------------------------------------------------------------------------- */

static void expect_policy(const tp_engine_options *policy, bool run_fails)
{
    const temporal_workflow_def *const definitions[] = { &play_def, NULL };
    tp_engine_options options = *policy;
    history_builder history;
    tp_engine *engine;
    tp_answer answer;
    temporal_nondeterminism report;
    temporal_error *failure;

    options.definitions = definitions;
    options.namespace_name = "default";
    options.task_queue = "queue";
    options.max_cached = 1;
    assert_null(tp_engine_new(&engine, &options));
    plan = "a:one w";
    drive_history(&(scenario){ .def = &play_def, .script = signals }, &history);
    history.count = 7; /* the second task, open again */
    history_task(&history);
    plan = "a:two w";
    tp_engine_activate(engine, history_query(&history, 1, "x", NULL), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_QUERY); /* a question never ends a run */
    tp_answer_done(&answer);
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    assert_int_equal(answer.kind, run_fails ? TP_ANSWER_COMPLETED : TP_ANSWER_FAILED);
    assert_int_equal(answer.run_ended, run_fails);
    assert_int_equal(tp_engine_cached(engine), 0);
    failure = tp_failure_to_error(
        run_fails
            ? answer.completed.commands[0]->fail_workflow_execution_command_attributes->failure
            : answer.failed.failure);
    assert_string_equal(temporal_error_type(failure), "NONDETERMINISM");
    assert_null(temporal_error_detail(failure, 0, temporal_nondeterminism, &report));
    assert_int_equal(report.event_id, 5);
    temporal_error_free(failure);
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
}

static void the_policy_says_whether_the_task_fails_or_the_run(void **state)
{
    static const temporal_workflow_def other = { .name = "other" };

    (void)state;
    expect_policy(&(tp_engine_options){ 0 }, false);
    expect_policy(&(tp_engine_options){ .nondeterminism_fails_runs = true }, true);
    expect_policy(&(tp_engine_options){ .nondeterminism_fails_runs_of =
                                            TEMPORAL_WORKFLOWS(&other, &play_def) },
                  true);
    expect_policy(
        &(tp_engine_options){ .nondeterminism_fails_runs_of = TEMPORAL_WORKFLOWS(&other) }, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_activity_type_is_named),
        cmocka_unit_test(a_changed_activity_id_is_named),
        cmocka_unit_test(a_changed_kind_of_command_is_named),
        cmocka_unit_test(a_missing_command_is_named),
        cmocka_unit_test(an_extra_command_is_named),
        cmocka_unit_test(an_extra_command_at_the_very_end_is_named),
        cmocka_unit_test(swapped_commands_are_named),
        cmocka_unit_test(another_end_is_named),
        cmocka_unit_test(a_cancellation_that_history_does_not_hold_is_named),
        cmocka_unit_test(an_outcome_of_what_the_code_did_not_begin_is_named),
        cmocka_unit_test(the_task_fails_with_the_cause_that_servers_know),
        cmocka_unit_test(a_report_holds_every_attribute_that_differs_with_both_values),
        cmocka_unit_test(a_report_tells_another_kind_of_command_and_none_at_all),
        cmocka_unit_test(a_report_holds_the_last_commands_only),
        cmocka_unit_test(a_cached_run_that_strayed_is_reported_with_the_commands_of_all_tasks),
        cmocka_unit_test(a_cached_run_that_strayed_goes_on_when_the_whole_history_agrees),
        cmocka_unit_test(the_policy_says_whether_the_task_fails_or_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
