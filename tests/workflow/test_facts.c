/* SPDX-License-Identifier: MIT */
/* test_facts.c -- what the run before has left, how long history is, and who completed its tasks.
 * F18, F12. */
#include "life.h"

#include <string.h>

#include "base/version.h"

static const char *told(const temporal_error *error)
{
    return error ? temporal_error_message(error) : "ok";
}

/* --- the run before ----------------------------------------------------------------------- */

static temporal_error *heir(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_string last = "?";
    temporal_int number = 0;
    temporal_error *error = temporal_workflow_last_result(run, temporal_string_type(), &last);

    (void)data, (void)input, (void)output;
    note("%d %s", temporal_error_get_code(error) == TEMPORAL_ERROR_NOT_FOUND,
         error ? temporal_error_message(error) : last);
    note("%s", told(temporal_workflow_last_failure(run)));
    if (!error) {
        note("%s", told(temporal_workflow_last_result(run, temporal_int_type(), &number)));
        note("%s", told(temporal_workflow_last_result(run, NULL, &number)));
    }
    return TEMPORAL_OK;
}
WORKFLOW(heir, temporal_none, temporal_none, temporal_none, NULL)

static bool nothing_left(history_builder *history, size_t n)
{
    (void)history;
    return n < 1;
}

static bool both_left(history_builder *history, size_t n)
{
    Tp__History__WorkflowExecutionStartedEventAttributes *start =
        history->events[0]->workflow_execution_started_event_attributes;

    if (n == 0) {
        start->last_completion_result = history_payloads(&history->arena, "\"lamp\"");
        start->continued_failure = history_failure(history, "Broken", "it fell");
    }
    return n < 1;
}

static void the_run_before_leaves_its_result_and_its_failure(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &heir_def,
                       .script = nothing_left,
                       .commands = "complete -",
                       .notes = "1 the last result: no run before this one has left any; ok" });
    drive(&(scenario){ .def = &heir_def,
                       .script = both_left,
                       .commands = "complete -",
                       .notes =
                           "0 lamp; it fell; the last result: expected a number, not a "
                           "string; temporal_workflow_last_result: type and out are required" });
}

/* --- how long history is -------------------------------------------------------------------- */

static temporal_error *measurer(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)data, (void)input, (void)output;
    for (size_t i = 0; i < 2; i++) {
        note("%lld bytes%s", (long long)temporal_workflow_history_size(run),
             temporal_workflow_continue_suggested(run) ? ", enough" : "");
        TEMPORAL_TRY(temporal_workflow_sleep(run, 5));
    }
    return TEMPORAL_OK;
}
WORKFLOW(measurer, temporal_none, temporal_none, temporal_none, NULL)

static void the_server_says_how_long_history_is_and_when_it_is_enough(void **state)
{
    tp_answer answer;
    life self;

    (void)state;
    life_begin(&self, &measurer_def, 1, NULL);
    for (size_t n = 0; n < 2; n++) {
        Tp__History__WorkflowTaskStartedEventAttributes *started;
        Tp__History__HistoryEvent *event;

        if (n > 0)
            history_timer_fired(&self.history, "1");
        history_task(&self.history);
        started = tp_arena_alloc(&self.history.arena, sizeof(*started));
        tp__history__workflow_task_started_event_attributes__init(started);
        event = self.history.events[self.history.count - 1];
        event->attributes_case =
            TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_TASK_STARTED_EVENT_ATTRIBUTES;
        event->workflow_task_started_event_attributes = started;
        started->history_size_bytes = n == 0 ? 700 : 5000000;
        started->suggest_continue_as_new = n > 0;
        tp_engine_activate(self.engine, history_poll(&self.history, 1), &answer);
        assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
        history_take_answer(&self.history, &answer);
        tp_answer_done(&answer);
    }
    assert_string_equal(notes(), "700 bytes; 5000000 bytes, enough");
    /* And the same when it is replayed. */
    notes_clear();
    tp_engine_evict(self.engine, RUN_ID);
    tp_engine_activate(self.engine, history_query(&self.history, 1, "x", NULL), &answer);
    tp_answer_done(&answer);
    assert_string_equal(notes(), "700 bytes; 5000000 bytes, enough");
    life_end(&self);
}

/* --- who completed the tasks ---------------------------------------------------------------- */

static Tp__Sdk__WorkflowTaskCompletedMetadata *complete_with(life *self, const char *name,
                                                             const char *version)
{
    Tp__History__WorkflowTaskCompletedEventAttributes *completed = NULL;
    Tp__Sdk__WorkflowTaskCompletedMetadata *metadata =
        tp_arena_alloc(&self->history.arena, sizeof(*metadata));

    for (size_t i = 0; i < self->history.count; i++)
        if (self->history.events[i]->event_type ==
            TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
            completed = self->history.events[i]->workflow_task_completed_event_attributes;
    assert_non_null(completed);
    tp__sdk__workflow_task_completed_metadata__init(metadata);
    metadata->sdk_name = tp_arena_strdup(&self->history.arena, name);
    metadata->sdk_version = tp_arena_strdup(&self->history.arena, version);
    completed->sdk_metadata = metadata;
    return metadata;
}

static void an_answer_says_which_sdk_made_it_until_history_does(void **state)
{
    static const char *const rows[][3] = { { TP_SDK_NAME, TP_SDK_VERSION, "known" },
                                           { TP_SDK_NAME, "0.0.1", "news" },
                                           { "temporal-go", TP_SDK_VERSION, "news" },
                                           { "", "", "news" } };
    static uint32_t flags[] = { 1, 2, 3, 4000000000 };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Tp__Sdk__WorkflowTaskCompletedMetadata *metadata;
        tp_answer answer;
        life self;

        life_begin(&self, &measurer_def, 1, NULL);
        life_work(&self, &answer);
        assert_string_equal(answer.completed.sdk_metadata->sdk_name, TP_SDK_NAME);
        assert_string_equal(answer.completed.sdk_metadata->sdk_version, TP_SDK_VERSION);
        assert_int_equal(answer.completed.sdk_metadata->n_lang_used_flags, 0);
        history_take_answer(&self.history, &answer);
        tp_answer_done(&answer);
        /* Flags of another SDK, known to nobody here, are no hindrance. */
        metadata = complete_with(&self, rows[i][0], rows[i][1]);
        metadata->core_used_flags = metadata->lang_used_flags = flags;
        metadata->n_core_used_flags = metadata->n_lang_used_flags = 4;
        history_timer_fired(&self.history, "1");
        life_work(&self, &answer);
        assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
        assert_int_equal(answer.completed.sdk_metadata != NULL, strcmp(rows[i][2], "news") == 0);
        tp_answer_done(&answer);
        life_end(&self);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_run_before_leaves_its_result_and_its_failure),
        cmocka_unit_test(the_server_says_how_long_history_is_and_when_it_is_enough),
        cmocka_unit_test(an_answer_says_which_sdk_made_it_until_history_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
