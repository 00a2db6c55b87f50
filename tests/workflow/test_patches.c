/* SPDX-License-Identifier: MIT */
/* test_patches.c -- new code meets runs that began with old: each row of who asks and what history
 * holds. F17. */
#include "drive.h"

#include <string.h>

/* What the code does, one letter a step: "pa" asks for patch a, "da" deprecates it, "x" and "y" an
 * activity, "w" waits for the signal. Tests change it between recording and replay. */
static const char *plan;

typedef struct player {
    int64_t signals, seen;
} player;

static temporal_error *go(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run, (void)input, (void)output;
    ((player *)data)->signals++;
    return TEMPORAL_OK;
}
HANDLER(go, "go", SIGNAL, temporal_none, temporal_none)

static temporal_error *ask(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)data;
    *(temporal_bool *)output = temporal_workflow_patched(run, *(const temporal_string *)input);
    return TEMPORAL_OK;
}
HANDLER(ask, "ask", QUERY, temporal_string, temporal_bool)

static temporal_error *play(temporal_workflow *run, void *data, const void *input, void *output)
{
    player *self = data;

    (void)input, (void)output;
    for (const char *at = plan; *at; at++) {
        const char kind = *at, name[] = { kind == 'p' || kind == 'd' ? *++at : kind, 0 };

        if (kind == 'p') {
            note("%s: %s", name, temporal_workflow_patched(run, name) ? "new" : "old");
        } else if (kind == 'd') {
            temporal_workflow_deprecate_patch(run, name);
        } else if (kind == 'w') {
            self->seen++;
            TEMPORAL_WAIT_UNTIL(run, self->signals >= self->seen);
        } else {
            (void)temporal_workflow_start_activity(
                run, name, NULL, 0,
                TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = 5));
        }
    }
    return TEMPORAL_OK;
}
WORKFLOW(play, player, temporal_none, temporal_none, &go_def, &ask_def, NULL)

static size_t tasks;

static bool signals(history_builder *history, size_t n)
{
    if (n > 0)
        history_signal(history, "go", NULL);
    return n < tasks;
}

#define PATCH(id)   "marker core_patch {\"id\":\"" id "\",\"deprecated\":false} -"
#define VERSIONS(s) "attributes TemporalChangeVersion=[" s "] (KeywordList)"

static void a_new_run_takes_the_new_way_and_leaves_a_marker(void **state)
{
    (void)state;
    plan = "pax";
    tasks = 1;
    drive(&(scenario){ .def = &play_def,
                       .script = signals,
                       .commands = PATCH("a") ", " VERSIONS("\"a\"") ", activity x 1 -, complete -",
                       .notes = "a: new" });
}

static void a_patch_asked_for_again_leaves_one_marker_and_the_same_answer(void **state)
{
    (void)state;
    plan = "papawpapa";
    tasks = 2;
    drive(&(scenario){ .def = &play_def,
                       .script = signals,
                       .commands = PATCH("a") ", " VERSIONS("\"a\"") " | complete -",
                       .notes = "a: new; a: new; a: new; a: new" });
}

static void the_search_attribute_lists_all_ids_sorted(void **state)
{
    (void)state;
    plan = "pcwpawpb";
    tasks = 3;
    drive(&(scenario){
        .def = &play_def,
        .script = signals,
        .commands = PATCH("c") ", " VERSIONS("\"c\"") " | " PATCH("a") ", " VERSIONS(
            "\"a\",\"c\"") " | " PATCH("b") ", " VERSIONS("\"a\",\"b\",\"c\"") ", complete -",
        .notes = "c: new; a: new; b: new" });
}

/* Deprecating says so in the marker. */
static void a_deprecated_patch_leaves_a_marker_that_says_so(void **state)
{
    (void)state;
    plan = "dax";
    tasks = 1;
    drive(&(scenario){ .def = &play_def,
                       .script = signals,
                       .commands =
                           "marker core_patch {\"id\":\"a\",\"deprecated\":true} -, " VERSIONS(
                               "\"a\"") ", activity x 1 -, complete -" });
}

/* --- recorded by one version of the code, met by the next ---------------------------------- */

/* Records the plan for so many tasks, but the last is answered by the next plan: what it commands,
 * and what the code noted. */
static const char *answer_with(tp_arena *arena, const char *recorded, const char *replayed,
                               size_t count)
{
    tp_engine *engine = make_engine(&play_def, 1);
    history_builder history;
    const char *text;
    tp_answer answer;

    history_init(&history, "play", NULL);
    plan = recorded;
    for (size_t n = 0; n <= count; n++) {
        (void)signals(&history, n);
        history_task(&history);
        if (n == count) {
            plan = replayed;
            tp_engine_free(engine);
            engine = make_engine(&play_def, 1);
        }
        notes_clear();
        tp_engine_activate(engine, history_poll(&history, 1), &answer);
        if (n < count)
            history_take_answer(&history, &answer);
        text = tell_commands(arena, &answer);
        tp_answer_done(&answer);
        if (n < count)
            tp_engine_evict(engine, RUN_ID);
    }
    tp_engine_free(engine);
    history_done(&history);
    return text;
}

typedef struct row {
    const char *recorded, *replayed;
    const char *outcome, *noted; /* what it begins with, and all that the code noted */
} row;

static void each_version_of_the_code_meets_each_history(void **state)
{
    static const row rows[] = {
        /* history without the marker */
        { "xww", "paxww", "", "a: old" },
        { "xww", "daxww", "", "" },
        { "xww", "xwpaw", PATCH("a") ", " VERSIONS("\"a\"") "", "a: new" },
        /* with it */
        { "paxww", "paxww", "", "a: new" },
        { "paxww", "daxww", "", "" },
        { "paxww", "daxwpaw", "", "a: new" },
        { "paxww", "xww",
          "TASK FAILED: event 5: history holds MarkerRecorded (core_patch, id a), but the code did "
          "ScheduleActivityTask (activity x, id 1)",
          "" },
        { "paww", "ww",
          "TASK FAILED: event 5: history holds MarkerRecorded (core_patch, id a), but the code did "
          "nothing more in that task",
          "" },
        { "paww", "paxww",
          "TASK FAILED: event 9: the code did ScheduleActivityTask (activity x, id 1) in the task "
          "before it, which history does not hold",
          "a: new" },
        { "paxww", "xpaww",
          "TASK FAILED: event 5: history holds MarkerRecorded (core_patch, id a), but the code did "
          "ScheduleActivityTask (activity x, id 1)",
          "a: new" },
        { "papbww", "pbpaww",
          "TASK FAILED: event 5: history holds MarkerRecorded (core_patch, id a), but the code did "
          "RecordMarker (core_patch, id b): the patch id differs",
          "b: new; a: new" },
        { "xww", "yww",
          "TASK FAILED: event 5: history holds ActivityTaskScheduled (activity x, id 1), but the "
          "code did ScheduleActivityTask (activity y, id 1): the activity type differs",
          "" },
        /* with one that is deprecated, which need not be met */
        { "daxww", "paxww", "", "a: new" },
        { "daxww", "daxww", "", "" },
        { "daxww", "xww", "", "" },
        { "dadbxww", "xww", "", "" },
        { "dadbxww", "dbxww", "", "" },
        { "dapbxww", "pbxww", "", "b: new" },
        { "daxww", "xdaww", "", "" },
        { "daxww", "xwpaw", PATCH("a") ", " VERSIONS("\"a\""), "a: new" },
        { "daxww", "xwpbw", PATCH("b") ", " VERSIONS("\"b\""), "b: new" },
        /* an answer that was given stays so, although a marker comes later */
        { "xwpaw", "paxwpaw",
          "TASK FAILED: event 10: history holds MarkerRecorded (core_patch, id a), but the code "
          "did nothing more in that task",
          "a: old; a: old" },
    };
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *outcome = answer_with(&arena, rows[i].recorded, rows[i].replayed,
                                          strstr(rows[i].recorded, "wpaw") ? 2 : 1);
        size_t length = strlen(rows[i].outcome);

        if (strncmp(outcome, rows[i].outcome, length) != 0 || !strchr(";", outcome[length]) ||
            strcmp(notes(), rows[i].noted) != 0)
            fail_msg("%s, then %s: %s; %s", rows[i].recorded, rows[i].replayed, outcome, notes());
    }
    tp_arena_done(&arena);
}

/* --- histories that others wrote ---------------------------------------------------------- */

static history_builder recorded(const char *recorded_plan)
{
    history_builder history;

    plan = recorded_plan;
    tasks = 2;
    drive_history(&(scenario){ .def = &play_def, .script = signals }, &history);
    return history;
}

static Tp__History__HistoryEvent *marker_of(const history_builder *history)
{
    for (size_t i = 0; i < history->count; i++)
        if (history->events[i]->event_type == TP__ENUMS__EVENT_TYPE__EVENT_TYPE_MARKER_RECORDED)
            return history->events[i];
    fail_msg("no marker");
    return NULL;
}

static const char *replay(tp_arena *arena, history_builder *history)
{
    tp_engine *engine = make_engine(&play_def, 1);
    const char *text;
    tp_answer answer;

    notes_clear();
    tp_engine_activate(engine, history_query(history, 1, "ask", "\"a\""), &answer);
    text = tp_arena_format(arena, "%s; %s", tell_query(arena, &answer), notes());
    tp_answer_done(&answer);
    tp_engine_free(engine);
    history_done(history);
    return text;
}

/* Workers before there was the search attribute wrote the marker alone, and its two details as
 * bytes. */
static void the_marker_of_an_older_worker_counts(void **state)
{
    history_builder history = recorded("paw");
    Tp__History__MarkerRecordedEventAttributes *marker =
        marker_of(&history)->marker_recorded_event_attributes;
    Tp__History__MarkerRecordedEventAttributes__DetailsEntry *details[2];
    size_t index = (size_t)marker_of(&history)->event_id; /* of the event behind it */
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    for (size_t i = 0; i < 2; i++) {
        details[i] = tp_arena_alloc(&history.arena, sizeof(*details[i]));
        *details[i] = *marker->details[0];
        details[i]->key = tp_arena_strdup(&history.arena, i == 0 ? "patch_id" : "deprecated");
        details[i]->value = history_payloads(&history.arena, i == 0 ? "a" : "z");
    }
    details[1]->value->payloads[0]->data.data[0] = 0;
    marker->details = details;
    marker->n_details = 2;
    history.count--;
    memmove(&history.events[index], &history.events[index + 1],
            (history.count - index) * sizeof(*history.events));
    for (; index < history.count; index++)
        history.events[index]->event_id--;
    assert_string_equal(replay(&arena, &history), "ok true; a: new");
    tp_arena_done(&arena);
}

static void a_marker_that_cannot_be_read_is_named(void **state)
{
    static const char *const data[] = { "{\"id\":7}",    "[]", "{\"deprecated\":true}",
                                        "{\"id\":\"\"}", "{",  NULL };
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
        history_builder history = recorded("paw");
        Tp__History__HistoryEvent *event = marker_of(&history);
        const char *text;

        if (data[i])
            event->marker_recorded_event_attributes->details[0]->value =
                history_payloads(&history.arena, data[i]);
        else
            event->marker_recorded_event_attributes->n_details = 0;
        text = replay(&arena, &history);
        if (!strstr(text, "event 5, the marker of a patch, cannot be read: "))
            fail_msg("%s: %s", data[i] ? data[i] : "nothing", text);
    }
    tp_arena_done(&arena);
}

static void a_marker_of_an_unknown_name_is_named(void **state)
{
    history_builder history = recorded("paw");
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    marker_of(&history)->marker_recorded_event_attributes->marker_name =
        tp_arena_strdup(&history.arena, "Version");
    assert_non_null(strstr(replay(&arena, &history), "history holds MarkerRecorded"));
    tp_arena_done(&arena);
}

/* --- where it may be asked ---------------------------------------------------------------- */

static void a_query_may_ask_for_what_the_run_has_asked(void **state)
{
    tp_arena arena;
    history_builder history;

    (void)state;
    tp_arena_init(&arena);
    history = recorded("paw");
    assert_string_equal(replay(&arena, &history), "ok true; a: new");
    history = recorded("pbw");
    assert_string_equal(replay(&arena, &history),
                        "failed query ask: a query only looks, it may not call "
                        "temporal_workflow_patched; b: new");
    tp_arena_done(&arena);
}

typedef struct looker {
    temporal_workflow *run;
    int *looks;
} looker;

/* The first two looks are the coroutine's own. */
static bool asks_later(const void *data)
{
    const looker *self = data;

    return ++*self->looks > 2 && temporal_workflow_patched(self->run, "late");
}

static temporal_error *bad(temporal_workflow *run, void *data, const void *input, void *output)
{
    int looks = 0;

    (void)data, (void)output;
    switch ((*(const temporal_string *)input)[0]) {
    case 'e':
        (void)temporal_workflow_patched(run, "");
        break;
    case 'n':
        temporal_workflow_deprecate_patch(run, NULL);
        break;
    case 'u':
        (void)temporal_workflow_patched(run, "\xff");
        break;
    default:
        return temporal_workflow_wait_condition(run, asks_later, &(looker){ run, &looks }, 0);
    }
    return TEMPORAL_OK;
}
WORKFLOW(bad, temporal_none, temporal_string, temporal_none, NULL)

static void an_id_that_is_no_text_and_a_wrong_place_fail_the_task(void **state)
{
    static const char *const inputs[] = { "\"e\"", "\"n\"", "\"u\"", "\"c\"" };
    static const char *const messages[] = {
        "temporal_workflow_patched: the id of the patch is required",
        "temporal_workflow_deprecate_patch: the id of the patch is required",
        "temporal_workflow_patched: the id of the patch is not UTF-8",
        "temporal_workflow_patched: only a coroutine of the run may call it"
    };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        tp_engine *engine = make_engine(&bad_def, 1);
        history_builder history;

        history_init(&history, "bad", inputs[i]);
        history_task(&history);
        expect_failure(engine, history_poll(&history, 1), messages[i]);
        history_done(&history);
        tp_engine_free(engine);
    }
}

/* --- many --------------------------------------------------------------------------------- */

static temporal_error *many(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)data, (void)input, (void)output;
    for (int i = 0; i < 60; i++)
        note("%d",
             temporal_workflow_patched(
                 run, temporal_workflow_format(run, "a patch whose id takes %020d bytes", i)));
    return TEMPORAL_OK;
}
WORKFLOW(many, temporal_none, temporal_none, temporal_none, NULL)

/* 2048 bytes hold 39 ids of 49 bytes and their commas and quotes. */
static void ids_beyond_what_a_search_attribute_takes_are_left_out(void **state)
{
    tp_engine *engine = make_engine(&many_def, 1);
    size_t upserts = 0, longest = 0;
    history_builder history;
    tp_answer answer;

    (void)state;
    history_init(&history, "many", NULL);
    history_task(&history);
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
    for (size_t i = 0; i < answer.completed.n_commands; i++) {
        const Tp__Command__Command *command = answer.completed.commands[i];

        if (i % 2 == 0 && i < 78) { /* the details have the name that other SDKs look for */
            const Tp__Command__RecordMarkerCommandAttributes *marker =
                command->record_marker_command_attributes;

            assert_int_equal(marker->n_details, 1);
            assert_string_equal(marker->details[0]->key, "patch-data");
        }
        if (command->command_type !=
            TP__ENUMS__COMMAND_TYPE__COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES)
            continue;
        upserts++;
        longest = command->upsert_workflow_search_attributes_command_attributes->search_attributes
                      ->indexed_fields[0]
                      ->value->data.len;
    }
    assert_int_equal(answer.completed.n_commands, 60 + upserts + 1);
    assert_in_range(longest, 1900, 2047);
    history_take_answer(&history, &answer);
    tp_answer_done(&answer);
    /* And the same when it is replayed. */
    tp_engine_activate(engine, history_query(&history, 1, "x", NULL), &answer);
    assert_non_null(strstr(answer.query.error_message, "x"));
    assert_null(strstr(answer.query.error_message, "history holds"));
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_run_takes_the_new_way_and_leaves_a_marker),
        cmocka_unit_test(a_patch_asked_for_again_leaves_one_marker_and_the_same_answer),
        cmocka_unit_test(the_search_attribute_lists_all_ids_sorted),
        cmocka_unit_test(a_deprecated_patch_leaves_a_marker_that_says_so),
        cmocka_unit_test(each_version_of_the_code_meets_each_history),
        cmocka_unit_test(the_marker_of_an_older_worker_counts),
        cmocka_unit_test(a_marker_that_cannot_be_read_is_named),
        cmocka_unit_test(a_marker_of_an_unknown_name_is_named),
        cmocka_unit_test(a_query_may_ask_for_what_the_run_has_asked),
        cmocka_unit_test(an_id_that_is_no_text_and_a_wrong_place_fail_the_task),
        cmocka_unit_test(ids_beyond_what_a_search_attribute_takes_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
