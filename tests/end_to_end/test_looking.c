/* SPDX-License-Identifier: MIT */
/* test_looking.c -- what somebody who looks at a workflow from outside sees of it: its stack, its
 * metadata, summaries and details. */
#include <string.h>

#include "tests/end_to_end/fixture.h"

TEMPORAL_ACTIVITY(never, temporal_none, temporal_none)
TEMPORAL_WORKFLOW(shown, temporal_none, temporal_none)
TEMPORAL_SIGNAL(shown, hide, temporal_none)
TEMPORAL_QUERY(shown, look, temporal_none, temporal_bool)

typedef struct stage {
    bool hidden;
} stage;

TEMPORAL_SIGNAL_DEFINE(shown, stage, hide, "The curtain falls.")
TEMPORAL_QUERY_DEFINE(shown, stage, look)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(shown, stage, &shown_hide_handler, &shown_look_handler)

temporal_error *shown_hide(temporal_workflow *run, stage *self, temporal_none none)
{
    (void)run, (void)none;
    self->hidden = true;
    return TEMPORAL_OK;
}

temporal_error *shown_look(temporal_workflow *run, const stage *self, temporal_none none,
                           temporal_bool *out)
{
    (void)run, (void)none;
    *out = !self->hidden;
    return TEMPORAL_OK;
}

temporal_error *shown(temporal_workflow *run, stage *self, temporal_none in, temporal_none *out)
{
    (void)in, (void)out;
    temporal_workflow_set_current_details(run, "waits for *hide*");
    (void)temporal_workflow_start_timer_with(
        run, 3600, TEMPORAL_OPTIONS(temporal_timer_options, .summary = "an hour"));
    (void)temporal_start_activity(run, never, TEMPORAL_NONE, .start_to_close_timeout = 100,
                                  .task_queue = "nobody is there", .summary = "never comes");
    TEMPORAL_WAIT_UNTIL(run, self->hidden);
    return TEMPORAL_OK;
}

static const char *ask(temporal_handle *handle, const char *query)
{
    static char text[8192];
    temporal_value value;

    assert_ok(temporal_handle_query(handle, query, NULL, 0, temporal_value_type(), &value));
    snprintf(text, sizeof text, "%.*s", (int)value.size, (const char *)value.data);
    return text;
}

static void check_answers(temporal_handle *handle, const char *details)
{
    const char *answer = ask(handle, "__stack_trace");

    assert_contains(answer, "coroutine 1 waits for a condition");
    assert_contains(answer, "temporal_workflow_park at workflow/await.c:");
    assert_contains(answer, " at tests/end_to_end/test_looking.c:");
    answer = ask(handle, "__temporal_workflow_metadata");
    assert_contains(answer, "{\"definition\":{\"type\":\"shown\",");
    assert_contains(answer, "{\"name\":\"look\",");
    assert_contains(answer, "\"signalDefinitions\":[{\"name\":\"hide\","
                            "\"description\":\"The curtain falls.\"}]");
    assert_contains(answer, details);
}

/* The summary of that event, as it stands in history. */
static void expect_summary(temporal_handle *handle, int type, const char *summary)
{
    Tp__History__History *history = fixture_fetch_history(handle);
    bool found = false;

    for (size_t i = 0; i < history->n_events; i++) {
        const Tp__History__HistoryEvent *event = history->events[i];

        if ((int)event->event_type != type)
            continue;
        assert_non_null(event->user_metadata);
        assert_int_equal(event->user_metadata->summary->data.len, strlen(summary));
        assert_memory_equal(event->user_metadata->summary->data.data, summary, strlen(summary));
        found = true;
    }
    protobuf_c_message_free_unpacked(&history->base, NULL);
    assert_true(found);
}

static void F15_the_stack_and_the_metadata_can_be_asked_for(void **state)
{
    const char *queue = test_unique("looking");
    temporal_worker *worker = test_worker_start(client, .task_queue = queue,
                                                .workflows = TEMPORAL_WORKFLOWS(&shown_workflow));
    const temporal_workflow_description *description;
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_start_workflow(client, shown, TEMPORAL_NONE, &handle,
                                      .id = test_unique("shown"), .task_queue = queue,
                                      .summary = "a show", .details = "with *details*"));
    fixture_wait_for_event(handle, EVENT_TASK_COMPLETED);
    check_answers(handle, "\"currentDetails\":\"waits for *hide*\"");
    expect_summary(handle, EVENT_TIMER_STARTED, "\"an hour\"");
    expect_summary(handle, EVENT_ACTIVITY_SCHEDULED, "\"never comes\"");
    description = test_describe(handle);
    assert_string_equal(description->summary, "a show");
    assert_string_equal(description->details, "with *details*");
    assert_fails(temporal_handle_query(handle, "nonsense", NULL, 0, NULL, NULL), QUERY_REJECTED,
                 "it has: look, __stack_trace, __temporal_workflow_metadata");

    test_worker_stop(worker); /* and the same from a worker that has to replay it */
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&shown_workflow));
    check_answers(handle, "\"currentDetails\":\"waits for *hide*\"");
    assert_ok(temporal_signal(handle, shown, hide, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, shown, NULL));
    assert_contains(ask(handle, "__temporal_workflow_metadata"), "\"type\":\"shown\"");
    test_worker_stop(worker);
    temporal_handle_free(handle);
}

static void F15_a_workflow_without_a_summary_has_none(void **state)
{
    const char *wrong = "\xff\xfe";
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_start_workflow(client, shown, TEMPORAL_NONE, &handle,
                                      .id = test_unique("shown"),
                                      .task_queue = test_unique("nobody")));
    assert_string_equal(test_describe(handle)->summary, "");
    assert_string_equal(test_describe(handle)->details, "");
    assert_ok(temporal_handle_terminate(handle, "seen", NULL, 0));
    temporal_handle_free(handle);
    assert_fails(temporal_start_workflow(client, shown, TEMPORAL_NONE, &handle, .id = "x",
                                         .task_queue = "y", .summary = wrong),
                 CONVERSION, "start workflow: .summary");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F15_the_stack_and_the_metadata_can_be_asked_for),
        cmocka_unit_test(F15_a_workflow_without_a_summary_has_none),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
