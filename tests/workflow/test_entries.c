/* SPDX-License-Identifier: MIT */
/* test_entries.c -- memo and search attributes: read, changed, carried into the next run; each life
 * run live, evicted at every task, replayed. F18. */
#include "life.h"

#include <string.h>

#include "converter/entries.h"
#include "workflow/patch.h"

#define END_OF_LIST      \
    {                    \
        NULL, NULL, NULL \
    }

static const char *told(const temporal_error *error)
{
    return error ? temporal_error_message(error) : "ok";
}

/* --- what the run was started with --------------------------------------------------------- */

static Tp__History__WorkflowExecutionStartedEventAttributes *start_of(history_builder *history)
{
    return history->events[0]->workflow_execution_started_event_attributes;
}

static void give(history_builder *history)
{
    static const temporal_int size = 4;
    static const temporal_string colour = "red", when = "2026-11-23T10:00:00Z";
    static const temporal_string tags[] = { "a", "b" };
    const temporal_string_list list = { tags, 2 };
    const temporal_entry memo[] = { { "size", temporal_int_type(), &size },
                                    { "colour", temporal_string_type(), &colour },
                                    END_OF_LIST };
    const temporal_entry attributes[] = { { "Colour", temporal_string_type(), &colour },
                                          { "When", temporal_datetime_type(), &when },
                                          { "Tags", temporal_string_list_type(), &list },
                                          END_OF_LIST };

    assert_null(tp_entries_memo(&history->arena, memo, "test", &start_of(history)->memo));
    assert_null(tp_entries_search_attributes(&history->arena, attributes, "test",
                                             &start_of(history)->search_attributes));
}

static bool given(history_builder *history, size_t n)
{
    if (n == 0)
        give(history);
    else
        history_timer_fired(history, n == 1 ? "1" : "2");
    return n < 3;
}

static bool given_once(history_builder *history, size_t n)
{
    if (n == 0)
        give(history);
    return n < 1;
}

static temporal_error *reader(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_int size = 0;
    temporal_string colour = NULL;
    temporal_datetime when = NULL;
    temporal_string_list tags = { 0 };

    (void)data, (void)input, (void)output;
    TEMPORAL_TRY(temporal_workflow_get_memo(run, "size", temporal_int_type(), &size));
    TEMPORAL_TRY(
        temporal_workflow_get_search_attribute(run, "Colour", temporal_string_type(), &colour));
    TEMPORAL_TRY(
        temporal_workflow_get_search_attribute(run, "When", temporal_datetime_type(), &when));
    TEMPORAL_TRY(
        temporal_workflow_get_search_attribute(run, "Tags", temporal_string_list_type(), &tags));
    note("%d %s %s %zu %s", (int)size, colour, when, tags.count, tags.items[1]);
    note("%s", told(temporal_workflow_get_memo(run, "Size", temporal_int_type(), &size)));
    note("%s",
         told(temporal_workflow_get_search_attribute(run, "Size", temporal_int_type(), &size)));
    note("%s", told(temporal_workflow_get_memo(run, "colour", temporal_int_type(), &size)));
    note("%s", told(temporal_workflow_get_memo(run, NULL, temporal_int_type(), &size)));
    note("%s", told(temporal_workflow_get_memo(run, "size", NULL, NULL)));
    return TEMPORAL_OK;
}
WORKFLOW(reader, temporal_none, temporal_none, temporal_none, NULL)

static void a_run_reads_what_it_was_started_with(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &reader_def,
        .script = given_once,
        .commands = "complete -",
        .notes = "4 red 2026-11-23T10:00:00Z 2 b; memo Size: this run has none; search attribute "
                 "Size: this run has none; memo colour: expected a number, not a string; "
                 "temporal_workflow_get_memo: the name is required; temporal_workflow_get_memo: "
                 "type and out are required" });
}

/* --- changes ------------------------------------------------------------------------------ */

static const char *colour_of(temporal_workflow *run)
{
    temporal_string colour = NULL;
    temporal_error *error =
        temporal_workflow_get_memo(run, "colour", temporal_string_type(), &colour);

    return error ? "none" : colour;
}

static temporal_int number_of(temporal_workflow *run)
{
    temporal_int number = 0;

    return temporal_workflow_get_search_attribute(run, "Number", temporal_int_type(), &number)
               ? -1
               : number;
}

static temporal_error *changer(temporal_workflow *run, void *data, const void *input, void *output)
{
    const temporal_string blue = "blue";
    const temporal_int number = 7;
    const temporal_entry paint[] = { { "colour", temporal_string_type(), &blue },
                                     { "more", temporal_int_type(), &number },
                                     END_OF_LIST };
    const temporal_entry strip[] = { { "colour", NULL, NULL }, END_OF_LIST };
    const temporal_entry set[] = { { "Number", temporal_int_type(), &number }, END_OF_LIST };
    const temporal_entry unset[] = { { "Number", temporal_int_type(), NULL },
                                     { "Colour", NULL, NULL },
                                     END_OF_LIST };

    (void)data, (void)input, (void)output;
    note("%s %d", colour_of(run), (int)number_of(run));
    TEMPORAL_TRY(temporal_workflow_upsert_memo(run, paint));
    TEMPORAL_TRY(temporal_workflow_upsert_search_attributes(run, set));
    note("%s %d", colour_of(run), (int)number_of(run));
    TEMPORAL_TRY(temporal_workflow_sleep(run, 5));
    note("%s %d", colour_of(run), (int)number_of(run));
    TEMPORAL_TRY(temporal_workflow_upsert_memo(run, strip));
    TEMPORAL_TRY(temporal_workflow_upsert_search_attributes(run, unset));
    TEMPORAL_TRY(temporal_workflow_sleep(run, 5));
    note("%s %d", colour_of(run), (int)number_of(run));
    return temporal_workflow_continue_as_new(run, NULL, 0, NULL);
}

static temporal_error *colour(temporal_workflow *run, void *data, const void *input, void *output)
{
    const temporal_entry strip[] = { { "colour", NULL, NULL }, END_OF_LIST };

    (void)data;
    if (strcmp(*(const temporal_string *)input, "change") == 0)
        return temporal_workflow_upsert_memo(run, strip);
    *(temporal_string *)output = colour_of(run);
    return TEMPORAL_OK;
}
HANDLER(colour, "colour", QUERY, temporal_string, temporal_string)
WORKFLOW(changer, temporal_none, temporal_none, temporal_none, &colour_def, NULL)

#define CHANGES                                                                                 \
    "memo colour=\"blue\" more=7, attributes Number=7 (Int), timer 1 5s | memo colour=(none), " \
    "attributes Number=(none) (Int) Colour=(none) (-), timer 2 5s | continue changer -"

static void what_is_changed_is_seen_at_once_and_when_replayed(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &changer_def,
                       .script = given,
                       .commands = CHANGES,
                       .notes = "red -1; blue 7; blue 7; none -1" });
}

/* The memo and the search attributes of that answer's ContinueAsNew command. */
static const char *tell_next(tp_arena *arena, const tp_answer *answer)
{
    const Tp__Command__Command *last = answer->completed.commands[answer->completed.n_commands - 1];
    const Tp__Command__ContinueAsNewWorkflowExecutionCommandAttributes *next =
        last->continue_as_new_workflow_execution_command_attributes;
    Tp__Command__UpsertWorkflowSearchAttributesCommandAttributes attributes =
        TP__COMMAND__UPSERT_WORKFLOW_SEARCH_ATTRIBUTES_COMMAND_ATTRIBUTES__INIT;
    Tp__Command__ModifyWorkflowPropertiesCommandAttributes memo =
        TP__COMMAND__MODIFY_WORKFLOW_PROPERTIES_COMMAND_ATTRIBUTES__INIT;
    Tp__Command__Command commands[] = { TP__COMMAND__COMMAND__INIT, TP__COMMAND__COMMAND__INIT };

    assert_int_equal(last->command_type,
                     TP__ENUMS__COMMAND_TYPE__COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION);
    memo.upserted_memo = next->memo;
    commands[0].attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_MODIFY_WORKFLOW_PROPERTIES_COMMAND_ATTRIBUTES;
    commands[0].modify_workflow_properties_command_attributes = &memo;
    attributes.search_attributes = next->search_attributes;
    commands[1].attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES_COMMAND_ATTRIBUTES;
    commands[1].upsert_workflow_search_attributes_command_attributes = &attributes;
    return tp_arena_format(arena, "%s; %s", next->memo ? tell_record(arena, &commands[0]) : "no",
                           next->search_attributes ? tell_record(arena, &commands[1]) : "no");
}

static void what_was_changed_is_carried_into_the_next_run(void **state)
{
    tp_answer answer;
    life self;

    (void)state;
    life_begin(&self, &changer_def, 1, NULL);
    for (size_t n = 0; n < 3; n++) {
        (void)given(&self.history, n);
        life_work(&self, &answer);
        history_take_answer(&self.history, &answer);
        if (n < 2)
            tp_answer_done(&answer);
    }
    assert_string_equal(tell_next(&self.arena, &answer),
                        "memo size=4 more=7; attributes When=\"2026-11-23T10:00:00Z\" (Datetime) "
                        "Tags=[\"a\",\"b\"] (KeywordList)");
    tp_answer_done(&answer);
    life_end(&self);
}

static void a_query_reads_and_may_not_change(void **state)
{
    tp_answer answer;
    life self;

    (void)state;
    life_begin(&self, &changer_def, 1, NULL);
    (void)given(&self.history, 0);
    life_work(&self, &answer);
    history_take_answer(&self.history, &answer);
    tp_answer_done(&answer);
    for (int evicted = 0; evicted < 2; evicted++) {
        tp_engine_activate(self.engine, history_query(&self.history, 1, "colour", "\"\""), &answer);
        assert_string_equal(tell_query(&self.arena, &answer), "ok \"blue\"");
        tp_answer_done(&answer);
        tp_engine_evict(self.engine, RUN_ID);
    }
    tp_engine_activate(self.engine, history_query(&self.history, 1, "colour", "\"change\""),
                       &answer);
    assert_string_equal(tell_query(&self.arena, &answer),
                        "failed query colour: a query only looks, it may not call "
                        "temporal_workflow_upsert_memo");
    tp_answer_done(&answer);
    life_end(&self);
}

/* --- changes that cannot be made ------------------------------------------------------------ */

static temporal_error *wrong(temporal_workflow *run, void *data, const void *input, void *output)
{
    const temporal_int number = 7;
    const temporal_string text = "\xff";
    const temporal_none none = TEMPORAL_NONE;
    const temporal_entry lists[][3] = {
        { { "", temporal_int_type(), &number }, END_OF_LIST },
        { { "a", NULL, &number }, END_OF_LIST },
        { { "a", temporal_string_type(), &text }, END_OF_LIST },
        { { "a", temporal_int_type(), &number }, { "a", NULL, NULL }, END_OF_LIST },
        { { TP_CHANGE_VERSION, temporal_int_type(), &number }, END_OF_LIST },
        { { "b", temporal_int_type(), &number },
          { "a", temporal_none_type(), &none },
          END_OF_LIST },
        { END_OF_LIST },
    };

    (void)data, (void)input, (void)output;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        note("%s", told(temporal_workflow_upsert_search_attributes(run, lists[i])));
    note("%s", told(temporal_workflow_upsert_memo(run, lists[1])));
    note("%s", told(temporal_workflow_upsert_memo(run, NULL)));
    note("%d", (int)number_of(run));
    return TEMPORAL_OK;
}
WORKFLOW(wrong, temporal_none, temporal_none, temporal_none, NULL)

static void a_change_that_is_wrong_changes_nothing(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &wrong_def,
        .script = given_once,
        .commands = "complete -",
        .notes =
            "upsert search attributes: the name of a search attribute is required; upsert search "
            "attributes: search attribute a: a type is required; upsert search attributes: search "
            "attribute a: invalid UTF-8 at byte 0 of a string; upsert search attributes: a is "
            "there twice; upsert "
            "search attributes: TemporalChangeVersion is what temporal_workflow_patched writes, "
            "and nobody else; search attribute a: a temporal_none cannot be one: use "
            "temporal_string, _text, _datetime, _int, _double, _bool or _string_list; ok; upsert "
            "memo: memo a: a type is required; ok; -1" });
}

/* --- other code meets these events ------------------------------------------------------------ */

static const char *names;

static temporal_error *namer(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)data, (void)input, (void)output;
    for (const char *at = names; *at; at++) {
        const char name[] = { *at, 0 };
        const temporal_int number = 7;
        const temporal_entry entries[] = { { name, temporal_int_type(), &number }, END_OF_LIST };

        TEMPORAL_TRY(*at < 'a' ? temporal_workflow_upsert_search_attributes(run, entries)
                               : temporal_workflow_upsert_memo(run, entries));
    }
    return temporal_workflow_sleep(run, 60);
}
WORKFLOW(namer, temporal_none, temporal_none, temporal_none, NULL)

static void code_that_changes_other_entries_is_told_which(void **state)
{
    static const char *const rows[][3] = {
        { "A", "A", NULL },
        { "A", "B",
          "event 5: history holds UpsertWorkflowSearchAttributes, but the code did "
          "UpsertWorkflowSearchAttributes (B): the name of an entry differs" },
        { "a", "b",
          "event 5: history holds WorkflowPropertiesModified, but the code did "
          "ModifyWorkflowProperties (b): the name of an entry differs" },
        { "a", "A",
          "event 5: history holds WorkflowPropertiesModified, but the code did "
          "UpsertWorkflowSearchAttributes (A)" },
        { "aA", "Aa",
          "event 5: history holds WorkflowPropertiesModified, but the code did "
          "UpsertWorkflowSearchAttributes (A)" },
        { "a", "",
          "event 5: history holds WorkflowPropertiesModified, but the code did "
          "StartTimer (id 1, 60 s)" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tp_answer answer;
        life self;

        life_begin(&self, &namer_def, 1, NULL);
        names = rows[i][0];
        life_work(&self, &answer);
        history_take_answer(&self.history, &answer);
        tp_answer_done(&answer);
        tp_engine_evict(self.engine, RUN_ID);
        names = rows[i][1];
        tp_engine_activate(self.engine, history_query(&self.history, 1, "x", NULL), &answer);
        if (i > 0)
            assert_ptr_equal(strstr(answer.query.error_message, rows[i][2]),
                             answer.query.error_message);
        else
            assert_null(strstr(answer.query.error_message, "history holds"));
        tp_answer_done(&answer);
        life_end(&self);
    }
}

/* --- the next run, as it was asked for -------------------------------------------------------- */

static bool empty;

static temporal_error *nexter(temporal_workflow *run, void *data, const void *input, void *output)
{
    const temporal_int size = 9;
    const temporal_retry_policy retry = { .maximum_attempts = 3 };
    const temporal_entry memo[] = { { "size", temporal_int_type(), &size }, END_OF_LIST };
    const temporal_entry attributes[] = { { "Size", temporal_int_type(), &size }, END_OF_LIST };

    (void)data, (void)input, (void)output;
    if (empty)
        return temporal_workflow_continue_as_new(
            run, NULL, 0,
            TEMPORAL_OPTIONS(temporal_continue_options, .memo = &memo[1],
                             .search_attributes = &attributes[1]));
    return temporal_workflow_continue_as_new(
        run, ARGUMENT(temporal_int, &size), 1,
        TEMPORAL_OPTIONS(temporal_continue_options, .workflow = "another", .task_queue = "there",
                         .run_timeout = 20, .task_timeout = 5, .retry = &retry, .memo = memo,
                         .search_attributes = attributes));
}
WORKFLOW(nexter, temporal_none, temporal_none, temporal_none, NULL)

static void every_option_of_the_next_run_reaches_the_command(void **state)
{
    const Tp__Command__ContinueAsNewWorkflowExecutionCommandAttributes *next;
    tp_answer answer;
    life self;

    (void)state;
    empty = false;
    life_begin(&self, &nexter_def, 1, NULL);
    give(&self.history);
    life_work(&self, &answer);
    assert_string_equal(tell_next(&self.arena, &answer), "memo size=9; attributes Size=9 (Int)");
    next = answer.completed.commands[0]->continue_as_new_workflow_execution_command_attributes;
    assert_string_equal(next->workflow_type->name, "another");
    assert_string_equal(next->task_queue->name, "there");
    assert_int_equal(next->workflow_run_timeout->seconds, 20);
    assert_int_equal(next->workflow_task_timeout->seconds, 5);
    assert_int_equal(next->retry_policy->maximum_attempts, 3);
    assert_string_equal(tell_payloads(&self.arena, next->input), "9");
    tp_answer_done(&answer);
    life_end(&self);

    empty = true;
    life_begin(&self, &nexter_def, 1, NULL);
    give(&self.history);
    life_work(&self, &answer);
    assert_string_equal(tell_next(&self.arena, &answer), "memo; attributes");
    tp_answer_done(&answer);
    life_end(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_reads_what_it_was_started_with),
        cmocka_unit_test(what_is_changed_is_seen_at_once_and_when_replayed),
        cmocka_unit_test(what_was_changed_is_carried_into_the_next_run),
        cmocka_unit_test(a_query_reads_and_may_not_change),
        cmocka_unit_test(a_change_that_is_wrong_changes_nothing),
        cmocka_unit_test(code_that_changes_other_entries_is_told_which),
        cmocka_unit_test(every_option_of_the_next_run_reaches_the_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
