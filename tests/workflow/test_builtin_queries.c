/* SPDX-License-Identifier: MIT */
/* test_builtin_queries.c -- what every workflow answers: where it stands, what it is. */
#include "life.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct plan {
    bool opened;
} plan;

static temporal_error *open_it(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)input;
    (void)output;
    temporal_workflow_set_current_details(run, "**open**");
    ((plan *)data)->opened = true;
    return TEMPORAL_OK;
}
DESCRIBED_HANDLER(open_it, "open", SIGNAL, temporal_none, temporal_none, "Opens \"the\" door.")

static temporal_error *look(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)data;
    (void)input;
    temporal_workflow_set_current_details(run, "a question may not say so");
    *(bool *)output = true;
    return TEMPORAL_OK;
}
HANDLER(look, "look", QUERY, temporal_none, temporal_bool)

static temporal_error *wait_for_say(temporal_workflow *run, void *data)
{
    (void)data;
    return temporal_workflow_execute_activity(
        run, "say", NULL, 0, NULL, NULL,
        TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = 5));
}

static temporal_error *wait_for_child(temporal_workflow *run, void *data)
{
    temporal_child *child = NULL;

    (void)data;
    return temporal_workflow_start_child(run, "kid", NULL, 0, &child,
                                         TEMPORAL_OPTIONS(temporal_child_options, .id = "k"));
}

static temporal_error *wait_for_two(temporal_workflow *run, void *data)
{
    temporal_future *futures[] = { temporal_workflow_start_timer(run, 60),
                                   temporal_workflow_start_timer(run, 90) };

    (void)data;
    return temporal_workflow_await_any(run, futures, 2, NULL);
}

static temporal_error *wait_for_door(temporal_workflow *run, void *data)
{
    plan *self = data;

    TEMPORAL_WAIT_UNTIL(run, self->opened);
    return TEMPORAL_OK;
}

static temporal_error *house(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_future *last;

    (void)input;
    (void)output;
    temporal_workflow_set_current_details(run, "closed");
    (void)temporal_workflow_spawn(run, wait_for_say, NULL);
    (void)temporal_workflow_spawn(run, wait_for_child, NULL);
    (void)temporal_workflow_spawn(run, wait_for_two, NULL);
    last = temporal_workflow_spawn(run, wait_for_door, data);
    TEMPORAL_TRY(temporal_workflow_await(run, last, NULL, NULL));
    note("over"); /* or the call before would be its last, and take its frame */
    return TEMPORAL_OK;
}

/* Of a program that was built before there were descriptions: what stands behind is not its own. */
static const temporal_handler_def old_def = { .struct_size =
                                                  offsetof(temporal_handler_def, description),
                                              .kind = TEMPORAL_HANDLER_SIGNAL,
                                              .name = "shut",
                                              .input = temporal_none_type,
                                              .output = temporal_none_type,
                                              .invoke = open_it,
                                              .description = "not its own" };
WORKFLOW(house, plan, temporal_none, temporal_none, &open_it_def, &look_def, &old_def, NULL)

static int set_up(void **state)
{
    return life_set_up(state, &house_def, 2, NULL);
}

static const char *ask(life *self, const char *query)
{
    const char *text;
    tp_answer answer;

    tp_engine_activate(self->engine, history_query(&self->history, 1, query, NULL), &answer);
    text = tell_query(&self->arena, &answer);
    tp_answer_done(&answer);
    return text;
}

static void assert_in_order(const char *text, const char *const *parts)
{
    const char *at = text;

    for (; *parts; parts++) {
        at = strstr(at, *parts);
        if (!at)
            fail_msg("no \"%s\" in its place in %s", *parts, text);
        at += strlen(*parts);
    }
}

static void a_stack_trace_shows_each_coroutine_and_what_it_waits_for(void **state)
{
    static const char *const expected[] = {
        "ok \"coroutine 1 waits for another coroutine\\n    temporal_workflow_await at "
        "workflow/await.c:",
        "house at tests/workflow/test_builtin_queries.c:",
        "\\n\\ncoroutine 2 waits for activity say (id 1)\\n    temporal_workflow_execute_activity "
        "at workflow/start.c:",
        "wait_for_say at tests/workflow/test_builtin_queries.c:",
        "coroutine 3 waits for the start of child kid (id k)\\n    temporal_workflow_start_child "
        "at",
        "wait_for_child at tests/workflow/test_builtin_queries.c:",
        "coroutine 4 waits for timer 1 (60 s), timer 2 (90 s)\\n    temporal_workflow_await_any at",
        "wait_for_two at",
        "coroutine 5 waits for a condition\\n    temporal_workflow_park at",
        "wait_for_door at tests/workflow/test_builtin_queries.c:",
        NULL
    };
    life *self = *state;

    life_go_on(self);
    assert_in_order(ask(self, "__stack_trace"), expected);
    tp_engine_evict(self->engine, RUN_ID); /* and rebuilt from its history */
    assert_in_order(ask(self, "__stack_trace"), expected);
}

static void looking_does_not_change_what_the_run_does(void **state)
{
    life *self = *state;
    tp_answer answer;

    life_go_on(self);
    for (int i = 0; i < 3; i++)
        (void)ask(self, "__stack_trace");
    history_signal(&self->history, "open", NULL);
    history_task(&self->history);
    tp_engine_activate(self->engine, history_poll(&self->history, 1), &answer);
    assert_string_equal(tell_commands(&self->arena, &answer), "complete -");
    history_take_answer(&self->history, &answer);
    tp_answer_done(&answer);
    /* Of one that has ended, whoever still waited when it did. */
    assert_in_order(
        ask(self, "__stack_trace"),
        (const char *const[]){ "waits for activity say", "the start of child", "timer", NULL });
}

static void metadata_names_what_the_workflow_can_be_asked_and_told(void **state)
{
    life *self = *state;

    life_go_on(self);
    assert_string_equal(
        ask(self, "__temporal_workflow_metadata"),
        "ok {\"definition\":{\"type\":\"house\",\"queryDefinitions\":["
        "{\"name\":\"__stack_trace\",\"description\":\"Where each coroutine stands, and what it "
        "waits for.\"},"
        "{\"name\":\"__temporal_workflow_metadata\",\"description\":\"What the workflow is, what "
        "it can be asked and told.\"},"
        "{\"name\":\"look\",\"description\":\"\"}],"
        "\"signalDefinitions\":[{\"name\":\"open\",\"description\":\"Opens \\\"the\\\" door.\"},"
        "{\"name\":\"shut\",\"description\":\"\"}],"
        "\"updateDefinitions\":[]},\"currentDetails\":\"closed\"}");
    history_signal(&self->history, "open", NULL);
    life_go_on(self);
    assert_non_null(
        strstr(ask(self, "__temporal_workflow_metadata"), "\"currentDetails\":\"**open**\""));
}

static void metadata_is_marked_as_the_message_that_it_is(void **state)
{
    life *self = *state;
    const Tp__Common__Payload *payload;
    tp_answer answer;

    life_go_on(self);
    tp_engine_activate(self->engine,
                       history_query(&self->history, 1, "__temporal_workflow_metadata", NULL),
                       &answer);
    payload = answer.query.query_result->payloads[0];
    assert_int_equal(payload->n_metadata, 2);
    assert_string_equal(payload->metadata[0]->key, "encoding");
    assert_memory_equal(payload->metadata[0]->value.data, "json/protobuf", 13);
    assert_string_equal(payload->metadata[1]->key, "messageType");
    assert_memory_equal(payload->metadata[1]->value.data, "temporal.api.sdk.v1.WorkflowMetadata",
                        payload->metadata[1]->value.len);
    tp_answer_done(&answer);
}

static void a_query_may_not_set_the_current_details(void **state)
{
    life *self = *state;

    life_go_on(self);
    assert_string_equal(ask(self, "look"), "failed query look: a query only looks, it may not call "
                                           "temporal_workflow_set_current_details");
    assert_non_null(
        strstr(ask(self, "__temporal_workflow_metadata"), "\"currentDetails\":\"closed\""));
}

static void a_run_that_has_not_begun_has_neither(void **state)
{
    life *self = *state;

    history_task(&self->history);
    assert_string_equal(ask(self, "__stack_trace"),
                        "failed query __stack_trace: the workflow has not run yet");
    assert_string_equal(ask(self, "__temporal_workflow_metadata"),
                        "failed query __temporal_workflow_metadata: the workflow has not run yet");
}

static void an_unknown_query_is_told_of_them(void **state)
{
    life *self = *state;

    life_go_on(self);
    assert_string_equal(ask(self, "nonsense"),
                        "failed workflow house has no query nonsense; it has: look, "
                        "__stack_trace, __temporal_workflow_metadata");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, life_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_stack_trace_shows_each_coroutine_and_what_it_waits_for),
        TEST(looking_does_not_change_what_the_run_does),
        TEST(metadata_names_what_the_workflow_can_be_asked_and_told),
        TEST(metadata_is_marked_as_the_message_that_it_is),
        TEST(a_query_may_not_set_the_current_details),
        TEST(a_run_that_has_not_begun_has_neither),
        TEST(an_unknown_query_is_told_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
