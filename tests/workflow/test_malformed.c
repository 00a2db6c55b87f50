/* SPDX-License-Identifier: MIT */
/* test_malformed.c -- tasks as no server sends them: an answer each time, never a crash. */
#include "drive.h"

#include <string.h>

typedef struct nothing {
    bool done;
} nothing;

static temporal_error *finish(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run;
    (void)input;
    (void)output;
    ((nothing *)data)->done = true;
    return TEMPORAL_OK;
}
HANDLER(finish, "finish", SIGNAL, temporal_none, temporal_none)

static temporal_error *act(temporal_workflow *run, void *data, const void *input, void *output)
{
    nothing *self = data;
    temporal_future *timer = temporal_workflow_start_timer(run, 1);
    temporal_error *error;

    (void)input;
    (void)output;
    error = temporal_workflow_execute_activity(
        run, "say", NULL, 0, NULL, NULL,
        TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = 5));
    TEMPORAL_TRY(temporal_workflow_await(run, timer, NULL, NULL));
    TEMPORAL_WAIT_UNTIL(run, self->done);
    return error;
}
WORKFLOW(act, nothing, temporal_string, temporal_none, &finish_def, NULL)

/* A child that is signalled, cancelled and ends. */
static temporal_error *family(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_child *child = NULL;

    (void)data;
    (void)input;
    (void)output;
    TEMPORAL_TRY(temporal_workflow_start_child(
        run, "kid", NULL, 0, &child, TEMPORAL_OPTIONS(temporal_child_options, .id = "k")));
    TEMPORAL_TRY(temporal_child_signal(child, "stop", NULL, 0));
    temporal_child_cancel(child);
    return temporal_workflow_await(run, temporal_child_result(child), NULL, NULL);
}
WORKFLOW(family, nothing, temporal_string, temporal_none, NULL)

static bool family_life(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_started(history, "k");
    if (n == 2)
        history_signal_delivered(history, "k", 0);
    if (n == 3)
        history_cancel_delivered(history, "k", 0);
    if (n == 4)
        history_child_failed(history, "k", "Stopped", "in time");
    return n < 5;
}

static bool life(history_builder *history, size_t n)
{
    if (n == 1)
        history_activity_completed(history, "1", "1");
    if (n == 2)
        history_timer_fired(history, "1");
    if (n == 3)
        history_signal(history, "finish", NULL);
    return n < 4;
}

static const scenario lives[] = {
    { .def = &act_def,
      .input = "\"x\"",
      .script = life,
      .commands = "timer 1 1s, activity say 1 - |  |  | complete -" },
    { .def = &family_def,
      .input = "\"x\"",
      .script = family_life,
      .commands = "child kid k - | signal k stop - | cancel k |  | fail (child): child kid (id k) "
                  "failed <- Stopped: in time" },
};

#define LIVES (sizeof(lives) / sizeof(lives[0]))

static void answer_quietly(size_t life, const Tp__Ws__PollWorkflowTaskQueueResponse *task)
{
    tp_engine *engine = make_engine(lives[life].def, 2);
    tp_answer answer;

    tp_engine_activate(engine, task, &answer);
    assert_in_range(answer.kind, TP_ANSWER_COMPLETED, TP_ANSWER_NEEDS_HISTORY);
    if (answer.kind == TP_ANSWER_FAILED)
        assert_true(strlen(answer.failed.failure->message) > 0);
    tp_answer_done(&answer);
    tp_engine_free(engine);
}

static void a_task_that_does_not_say_whose_it_is_fails(void **state)
{
    Tp__Ws__PollWorkflowTaskQueueResponse empty;
    tp_engine *engine = make_engine(&act_def, 2);
    history_builder history;
    Tp__Ws__PollWorkflowTaskQueueResponse *task;

    (void)state;
    tp__ws__poll_workflow_task_queue_response__init(&empty);
    expect_failure(engine, &empty, "it does not say of which run it is");
    history_init(&history, "act", NULL);
    history_task(&history);
    task = history_poll(&history, 1);
    task->workflow_type = NULL;
    expect_failure(engine, task, "it does not say of which type its workflow is");
    history_done(&history);
    tp_engine_free(engine);
}

static void a_task_without_history_for_a_run_that_is_not_kept_asks_for_it(void **state)
{
    tp_engine *engine = make_engine(&act_def, 2);
    Tp__Ws__PollWorkflowTaskQueueResponse *task;
    history_builder history;
    tp_answer answer;

    (void)state;
    history_init(&history, "act", NULL);
    task = history_poll(&history, 1);
    task->history = NULL;
    tp_engine_activate(engine, task, &answer);
    assert_int_equal(answer.kind, TP_ANSWER_NEEDS_HISTORY);
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
}

static void a_history_that_does_not_reach_its_task_fails(void **state)
{
    tp_engine *engine = make_engine(&act_def, 2);
    history_builder history;

    (void)state;
    history_init(&history, "act", NULL);
    history_task_scheduled(&history);
    expect_failure(engine, history_poll(&history, 1),
                   "its history ends at event 2 without the start of the task");
    history_done(&history);
    tp_engine_free(engine);
}

static void a_history_that_does_not_begin_with_a_start_fails(void **state)
{
    tp_engine *engine = make_engine(&act_def, 2);
    history_builder history;

    (void)state;
    history_init(&history, "act", NULL);
    history_task(&history);
    history.events[0]->event_type = TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED;
    expect_failure(engine, history_poll(&history, 1),
                   "event 1, WorkflowExecutionSignaled, stands before the run's start");
    history.events[0]->event_type = TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_STARTED;
    history.events[0]->attributes_case = TP__HISTORY__HISTORY_EVENT__ATTRIBUTES__NOT_SET;
    expect_failure(engine, history_poll(&history, 1), "event 1 is no proper start of a run");
    history_done(&history);
    tp_engine_free(engine);
}

static void a_second_start_fails(void **state)
{
    tp_engine *engine = make_engine(&act_def, 2);
    history_builder history;

    (void)state;
    history_init(&history, "act", NULL);
    history_task(&history);
    history.events[1]->event_type = TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_STARTED;
    history.events[1]->attributes_case = history.events[0]->attributes_case;
    history.events[1]->workflow_execution_started_event_attributes =
        history.events[0]->workflow_execution_started_event_attributes;
    expect_failure(engine, history_poll(&history, 1), "event 2 is no proper start of a run");
    history_done(&history);
    tp_engine_free(engine);
}

/* Each event of a whole life, without its attributes, without the event, as each other type. */
static void events_without_attributes_in(size_t life)
{
    history_builder history;

    drive_history(&lives[life], &history);
    for (size_t i = 0; i < history.count; i++) {
        Tp__History__HistoryEvent original = *history.events[i];

        history.events[i]->attributes_case = TP__HISTORY__HISTORY_EVENT__ATTRIBUTES__NOT_SET;
        answer_quietly(life, history_poll(&history, 1));
        *history.events[i] = original;
        history.events[i]->workflow_execution_started_event_attributes = NULL;
        history.events[i]->event_time = NULL;
        answer_quietly(life, history_poll(&history, 1));
        *history.events[i] = original;
    }
    history_done(&history);
}

static void events_without_attributes_never_crash(void **state)
{
    (void)state;
    for (size_t life = 0; life < LIVES; life++)
        events_without_attributes_in(life);
}

static void missing_and_moved_events_in(size_t life)
{
    history_builder history;

    drive_history(&lives[life], &history);
    for (size_t i = 0; i < history.count; i++) {
        Tp__History__HistoryEvent *original = history.events[i];
        size_t other = (i + 1) % history.count;

        history.events[i] = NULL;
        answer_quietly(life, history_poll(&history, 1));
        history.events[i] = history.events[other];
        history.events[other] = original;
        answer_quietly(life, history_poll(&history, 1));
        for (size_t k = 0; k < history.count; k++) /* the ids in order, the events swapped */
            history.events[k]->event_id = (int64_t)k + 1;
        answer_quietly(life, history_poll(&history, 1));
        history.events[other] = history.events[i];
        history.events[i] = original;
        for (size_t k = 0; k < history.count; k++)
            history.events[k]->event_id = (int64_t)k + 1;
    }
    history_done(&history);
}

static void missing_and_moved_events_never_crash(void **state)
{
    (void)state;
    for (size_t life = 0; life < LIVES; life++)
        missing_and_moved_events_in(life);
}

static void events_of_every_other_type_in(size_t life)
{
    history_builder history;

    drive_history(&lives[life], &history);
    for (size_t i = 0; i < history.count; i++) {
        Tp__Enums__EventType original = history.events[i]->event_type;

        for (int type = -1; type < 70; type++) {
            history.events[i]->event_type = (Tp__Enums__EventType)type;
            answer_quietly(life, history_poll(&history, 1));
        }
        history.events[i]->event_type = original;
    }
    history_done(&history);
}

static void events_of_every_other_type_never_crash(void **state)
{
    (void)state;
    for (size_t life = 0; life < LIVES; life++)
        events_of_every_other_type_in(life);
}

static void every_truncation_in(size_t life)
{
    history_builder history;
    size_t whole;

    drive_history(&lives[life], &history);
    whole = history.count;
    for (size_t count = 0; count <= whole; count++) {
        history.count = count;
        answer_quietly(life, history_poll(&history, 1));
        answer_quietly(life, history_query(&history, 1, "x", NULL));
        if (count > 3)
            answer_quietly(life, history_poll(&history, 3));
    }
    history_done(&history);
}

static void every_truncation_is_answered_live_and_as_a_query(void **state)
{
    (void)state;
    for (size_t life = 0; life < LIVES; life++)
        every_truncation_in(life);
}

static void queries_with_holes_are_left_out(void **state)
{
    tp_engine *engine = make_engine(&act_def, 2);
    Tp__Ws__PollWorkflowTaskQueueResponse *task;
    history_builder history;
    tp_answer answer;

    (void)state;
    history_init(&history, "act", "\"x\"");
    history_task(&history);
    task = history_poll(&history, 1);
    history_ask(&history, task, "a", "x", NULL);
    history_ask(&history, task, "b", "x", NULL);
    history_ask(&history, task, "c", "x", NULL);
    task->queries[0] = NULL;
    task->queries[1]->value = NULL;
    task->queries[2]->value->query_type = NULL;
    tp_engine_activate(engine, task, &answer);
    assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
    assert_int_equal(answer.completed.n_query_results, 1);
    assert_string_equal(answer.completed.query_results[0]->key, "c");
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_that_does_not_say_whose_it_is_fails),
        cmocka_unit_test(a_task_without_history_for_a_run_that_is_not_kept_asks_for_it),
        cmocka_unit_test(a_history_that_does_not_reach_its_task_fails),
        cmocka_unit_test(a_history_that_does_not_begin_with_a_start_fails),
        cmocka_unit_test(a_second_start_fails),
        cmocka_unit_test(events_without_attributes_never_crash),
        cmocka_unit_test(missing_and_moved_events_never_crash),
        cmocka_unit_test(events_of_every_other_type_never_crash),
        cmocka_unit_test(every_truncation_is_answered_live_and_as_a_query),
        cmocka_unit_test(queries_with_holes_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
