/* SPDX-License-Identifier: MIT */
/* test_history.c -- which workflow tasks a list of events tells of. */
#include "drive.h"

#include "base/error.h"
#include "workflow/history.h"

static tp_history open_history(const history_builder *builder)
{
    Tp__History__History message;
    tp_history history;

    tp__history__history__init(&message);
    message.events = builder->events;
    message.n_events = builder->count;
    assert_null(tp_history_open(&history, &message));
    return history;
}

static void the_first_task_is_open(void **state)
{
    history_builder builder;
    tp_history history;
    tp_chunk chunk;

    (void)state;
    history_init(&builder, "any", NULL);
    history_task(&builder);
    history = open_history(&builder);
    assert_true(tp_history_next(&history, &chunk));
    assert_int_equal(chunk.started, 2);
    assert_true(chunk.open);
    history_done(&builder);
}

static void a_completed_task_is_not_open_and_the_next_begins_behind_it(void **state)
{
    history_builder builder;
    tp_history history;
    tp_chunk chunk;

    (void)state;
    history_init(&builder, "any", NULL);
    history_task(&builder);
    history_task_completed(&builder);
    history_signal(&builder, "s", NULL);
    history_task(&builder);
    history = open_history(&builder);
    assert_true(tp_history_next(&history, &chunk));
    assert_int_equal(chunk.started, 2);
    assert_false(chunk.open);
    history.next = chunk.started + 1;
    assert_true(tp_history_next(&history, &chunk));
    assert_int_equal(chunk.started, 6);
    assert_true(chunk.open);
    history.next = chunk.started + 1;
    assert_false(tp_history_next(&history, &chunk));
    history_done(&builder);
}

static void tasks_that_failed_or_timed_out_do_not_count(void **state)
{
    history_builder builder;
    tp_history history;
    tp_chunk chunk;

    (void)state;
    history_init(&builder, "any", NULL);
    history_task(&builder);
    history_task_failed(&builder);
    history_task(&builder);
    history_task_timed_out(&builder);
    history_signal(&builder, "s", NULL);
    history_task(&builder);
    history = open_history(&builder);
    assert_true(tp_history_next(&history, &chunk));
    assert_int_equal(chunk.started, 9);
    assert_true(chunk.open);
    history_done(&builder);
}

static void a_task_overtaken_by_termination_does_not_count(void **state)
{
    history_builder builder;
    tp_history history;
    tp_chunk chunk;

    (void)state;
    history_init(&builder, "any", NULL);
    history_task(&builder);
    history_terminated(&builder);
    history = open_history(&builder);
    assert_false(tp_history_next(&history, &chunk));
    history_done(&builder);
}

static void a_task_scheduled_but_not_started_does_not_count(void **state)
{
    history_builder builder;
    tp_history history;
    tp_chunk chunk;

    (void)state;
    history_init(&builder, "any", NULL);
    history_task_scheduled(&builder);
    history = open_history(&builder);
    assert_false(tp_history_next(&history, &chunk));
    history_done(&builder);
}

static void what_was_seen_is_skipped(void **state)
{
    history_builder builder;
    tp_history history;

    (void)state;
    history_init(&builder, "any", NULL);
    history_task(&builder);
    history = open_history(&builder);
    tp_history_skip(&history, 2);
    assert_int_equal(history.next, 2);
    tp_history_skip(&history, 300);
    assert_int_equal(history.next, 3);
    tp_history_skip(&history, 0);
    assert_int_equal(history.next, 0);
    assert_int_equal(tp_history_find(&history, 2)->event_id, 2);
    assert_null(tp_history_find(&history, 4));
    history_done(&builder);
}

static void expect_refused(Tp__History__HistoryEvent **events, size_t count, const char *message)
{
    Tp__History__History list;
    tp_history history;
    temporal_error *error;

    tp__history__history__init(&list);
    list.events = events;
    list.n_events = count;
    error = tp_history_open(&history, &list);
    assert_non_null(error);
    assert_string_equal(temporal_error_message(error), message);
    assert_int_equal(history.count, 0);
    temporal_error_free(error);
}

static void gaps_and_unknown_events_are_refused_by_name(void **state)
{
    history_builder builder;

    (void)state;
    history_init(&builder, "any", NULL);
    history_task(&builder);
    builder.events[1]->event_id = 4;
    expect_refused(builder.events, 3, "history: event id 4 stands where 2 was expected");
    builder.events[1]->event_id = 2;
    builder.events[2]->event_type = (Tp__Enums__EventType)4711;
    expect_refused(builder.events, 3,
                   "history: event 3 is of type 4711, which this version of the library does not "
                   "know");
    builder.events[2] = NULL;
    expect_refused(builder.events, 3, "history: event 3 of 3 is missing");
    history_done(&builder);
}

static void an_unknown_event_that_may_be_ignored_is(void **state)
{
    history_builder builder;

    (void)state;
    history_init(&builder, "any", NULL);
    history_add(&builder, (Tp__Enums__EventType)4711)->worker_may_ignore = true;
    history_task(&builder);
    (void)open_history(&builder);
    history_done(&builder);
}

static void events_are_named_as_the_web_page_names_them(void **state)
{
    history_builder builder;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    history_init(&builder, "any", NULL);
    assert_string_equal(tp_event_describe(&arena, builder.events[0]), "WorkflowExecutionStarted");
    assert_string_equal(
        tp_event_describe(&arena, history_add(&builder, (Tp__Enums__EventType)4711)),
        "event type 4711");
    history_done(&builder);
    tp_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_task_is_open),
        cmocka_unit_test(a_completed_task_is_not_open_and_the_next_begins_behind_it),
        cmocka_unit_test(tasks_that_failed_or_timed_out_do_not_count),
        cmocka_unit_test(a_task_overtaken_by_termination_does_not_count),
        cmocka_unit_test(a_task_scheduled_but_not_started_does_not_count),
        cmocka_unit_test(what_was_seen_is_skipped),
        cmocka_unit_test(gaps_and_unknown_events_are_refused_by_name),
        cmocka_unit_test(an_unknown_event_that_may_be_ignored_is),
        cmocka_unit_test(events_are_named_as_the_web_page_names_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
