/* SPDX-License-Identifier: MIT */
/* test_children.c -- child workflows: how they start, how they end, signals to them; each life run
 * live, evicted at every task, and replayed. */
#include "drive.h"

#include <math.h>
#include <string.h>

#define ALREADY_EXISTS 1
#define NO_NAMESPACE   2

static const char *const child_ends[] = { "completed", "failed", "canceled", "timed out",
                                          "terminated" };
static size_t how;

static const char *told(const temporal_error *error)
{
    return error ? temporal_error_message(error) : "ok";
}

/* --- start, then the end ------------------------------------------------------------------ */

static temporal_error *parent(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_child *child = NULL;
    temporal_error *error =
        temporal_workflow_start_child(run, "kid", ARGUMENT(temporal_string, input), 1, &child,
                                      TEMPORAL_OPTIONS(temporal_child_options, .id = "kid-1"));
    const temporal_error *cause;

    (void)data;
    if (error) {
        note("%s: %s", child ? "set" : "not set", told(error));
        return error;
    }
    note("started %s (%s)", temporal_child_id(child), temporal_child_run_id(child));
    error =
        temporal_workflow_await(run, temporal_child_result(child), temporal_string_type(), output);
    cause = temporal_error_cause(error);
    note("%s%s%s", told(error), cause ? " <- " : "", cause ? told(cause) : "");
    return error;
}
WORKFLOW(parent, temporal_none, temporal_string, temporal_string, NULL)

static bool life(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_started(history, "kid-1");
    if (n != 2)
        return n < 3;
    switch (how) {
    case 0:
        history_child_completed(history, "kid-1", "\"grown\"");
        break;
    case 1:
        history_child_failed(history, "kid-1", "Tantrum", "no");
        break;
    case 2:
        history_child_canceled(history, "kid-1");
        break;
    case 3:
        history_child_timed_out(history, "kid-1");
        break;
    default:
        history_child_terminated(history, "kid-1");
        break;
    }
    return true;
}

static void a_child_starts_and_ends(void **state)
{
    static const char *const ends[] = {
        "complete \"grown\"",
        "fail (child): child kid (id kid-1) failed <- Tantrum: no",
        "fail (child): child kid (id kid-1) was cancelled <- (canceled): cancelled",
        "fail (child): child kid (id kid-1) timed out <- (other): timed out",
        "fail (child): child kid (id kid-1) was terminated <- (other): terminated",
    };
    static const char *const noted[] = {
        "ok",
        "child kid (id kid-1) failed <- no",
        "child kid (id kid-1) was cancelled <- cancelled",
        "child kid (id kid-1) timed out <- timed out",
        "child kid (id kid-1) was terminated <- terminated",
    };
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    for (how = 0; how < sizeof(child_ends) / sizeof(child_ends[0]); how++)
        drive(&(scenario){
            .def = &parent_def,
            .input = "\"x\"",
            .script = life,
            .commands = tp_arena_format(&arena, "child kid kid-1 \"x\" |  | %s", ends[how]),
            .notes = tp_arena_format(&arena, "started kid-1 (run of the child); %s", noted[how]) });
    tp_arena_done(&arena);
}

static int start_cause;

static bool start_fails(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_start_failed(history, "kid-1", start_cause);
    return n < 2;
}

static void a_child_whose_id_is_in_use_is_a_typed_error(void **state)
{
    (void)state;
    start_cause = ALREADY_EXISTS;
    drive(&(scenario){ .def = &parent_def,
                       .input = "\"x\"",
                       .script = start_fails,
                       .commands = "child kid kid-1 \"x\" | fail ALREADY_STARTED: child kid: id "
                                   "kid-1 is in use: see .id_reuse",
                       .notes = "not set: child kid: id kid-1 is in use: see .id_reuse" });
    start_cause = NO_NAMESPACE;
    drive(&(scenario){ .def = &parent_def,
                       .input = "\"x\"",
                       .script = start_fails,
                       .commands = "child kid kid-1 \"x\" | fail NOT_FOUND: child kid (id kid-1): "
                                   "there is no namespace default" });
    start_cause = 99;
    drive(&(scenario){ .def = &parent_def,
                       .input = "\"x\"",
                       .script = start_fails,
                       .commands = "child kid kid-1 \"x\" | fail (other): child kid (id kid-1): "
                                   "the server did not start it (cause 99)" });
}

/* --- execute ------------------------------------------------------------------------------ */

static temporal_error *executing(temporal_workflow *run, void *data, const void *input,
                                 void *output)
{
    temporal_error *error;

    (void)data;
    error = temporal_workflow_execute_child(run, "kid", NULL, 0, NULL, NULL, NULL);
    note("%s", told(error));
    return temporal_workflow_execute_child(run, "kid", ARGUMENT(temporal_string, input), 1,
                                           temporal_string_type(), output,
                                           TEMPORAL_OPTIONS(temporal_child_options, .id = "kid-2"));
}
WORKFLOW(executing, temporal_none, temporal_string, temporal_string, NULL)

static const char *first_child(const history_builder *history)
{
    for (size_t i = 0; i < history->count; i++)
        if (history->events[i]->event_type ==
            TP__ENUMS__EVENT_TYPE__EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED)
            return history->events[i]
                ->start_child_workflow_execution_initiated_event_attributes->workflow_id;
    return NULL;
}

static bool execute_life(history_builder *history, size_t n)
{
    const char *id = first_child(history);

    if (n == 1) {
        assert_int_equal(strlen(id), 36); /* a UUID, the same in all ways */
        history_child_started(history, id);
        history_child_completed(history, id, NULL);
    }
    if (n == 2)
        history_child_started(history, "kid-2");
    if (n == 3)
        history_child_completed(history, "kid-2", "\"grown\"");
    return n < 4;
}

static void executing_a_child_waits_for_its_end_whatever_its_id(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &executing_def, .input = "\"x\"", .script = execute_life, .notes = "ok" });
}

/* --- several at once ---------------------------------------------------------------------- */

static temporal_error *several(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_child *one = temporal_workflow_begin_child(
        run, "kid", NULL, 0, TEMPORAL_OPTIONS(temporal_child_options, .id = "one"));
    temporal_child *two = temporal_workflow_begin_child(
        run, "kid", NULL, 0, TEMPORAL_OPTIONS(temporal_child_options, .id = "two"));
    temporal_future *const ends[] = { temporal_child_result(one), temporal_child_result(two) };
    size_t first = 9;

    (void)data;
    (void)input;
    (void)output;
    note("run id \"%s\"", temporal_child_run_id(one));
    TEMPORAL_TRY(temporal_workflow_await_any(run, ends, 2, &first));
    note("first %zu, started %d", first, temporal_future_is_done(temporal_child_started(one)));
    return temporal_workflow_await_all(run, ends, 2);
}
WORKFLOW(several, temporal_none, temporal_none, temporal_none, NULL)

static bool several_life(history_builder *history, size_t n)
{
    if (n == 1) {
        history_child_started(history, "two");
        history_child_started(history, "one");
    }
    if (n == 2)
        history_child_completed(history, "two", NULL);
    if (n == 3)
        history_child_completed(history, "one", NULL);
    return n < 4;
}

static void children_that_are_begun_run_at_once(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &several_def,
                       .script = several_life,
                       .commands = "child kid one -, child kid two - |  |  | complete -",
                       .notes = "run id \"\"; first 1, started 1" });
}

/* --- signals ------------------------------------------------------------------------------ */

static temporal_error *signalling(temporal_workflow *run, void *data, const void *input,
                                  void *output)
{
    temporal_child *child = temporal_workflow_begin_child(
        run, "kid", NULL, 0, TEMPORAL_OPTIONS(temporal_child_options, .id = "kid-1"));
    temporal_error *error = temporal_child_signal(child, "", NULL, 0);

    (void)data;
    (void)output;
    note("%s", told(error));
    error = temporal_child_signal(child, "tidy up", ARGUMENT(temporal_string, input), 1);
    note("%s", told(error));
    error = temporal_child_signal(child, "again", NULL, 0);
    note("%s", told(error));
    error = temporal_child_signal(child, "more", NULL, 0);
    note("%s", told(error));
    return error;
}
WORKFLOW(signalling, temporal_none, temporal_string, temporal_none, NULL)

static bool signal_life(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_started(history, "kid-1");
    if (n == 2)
        history_signal_delivered(history, "kid-1", 0);
    if (n == 3)
        history_signal_delivered(history, "kid-1", 3);
    if (n == 4)
        history_signal_delivered(history, "kid-1", 1);
    return n < 5;
}

static void a_signal_waits_for_the_start_and_for_its_delivery(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &signalling_def,
        .input = "\"x\"",
        .script = signal_life,
        .commands = "child kid kid-1 - | signal kid-1 tidy up \"x\" | signal kid-1 again - | "
                    "signal kid-1 more - | fail NOT_FOUND: signal more to workflow kid-1: there is "
                    "no such workflow running",
        .notes = "signal to another workflow: the signal's name is required; ok; "
                 "signal again to workflow kid-1: it takes no more signals; "
                 "signal more to workflow kid-1: there is no such workflow running" });
}

static bool signal_without_start(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_start_failed(history, "kid-1", ALREADY_EXISTS);
    return n < 2;
}

static void a_signal_to_a_child_that_did_not_start_has_the_starts_error(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &signalling_def,
                       .input = "\"x\"",
                       .script = signal_without_start,
                       .commands = "child kid kid-1 - | fail ALREADY_STARTED: child kid: id kid-1 "
                                   "is in use: see .id_reuse" });
}

/* --- options ------------------------------------------------------------------------------ */

static temporal_error *optional(temporal_workflow *run, void *data, const void *input, void *output)
{
    const temporal_retry_policy retry = { .maximum_attempts = 3 };
    const temporal_int size = 4;
    const temporal_string colour = "red";
    const temporal_entry memo[] = { { "size", temporal_int_type(), &size }, { NULL, NULL, NULL } };
    const temporal_entry attributes[] = { { "Colour", temporal_string_type(), &colour },
                                          { NULL, NULL, NULL } };
    temporal_child *child = temporal_workflow_begin_child(
        run, "kid", NULL, 0,
        TEMPORAL_OPTIONS(temporal_child_options, .id = "kid-1", .task_queue = "other",
                         .execution_timeout = 30, .run_timeout = 20, .task_timeout = 5,
                         .id_reuse = TEMPORAL_ID_REUSE_REJECT,
                         .parent_close = TEMPORAL_PARENT_CLOSE_ABANDON, .retry = &retry,
                         .cron = "@daily", .memo = memo, .search_attributes = attributes));

    (void)data;
    (void)input;
    (void)output;
    return temporal_workflow_await(run, temporal_child_result(child), NULL, NULL);
}
WORKFLOW(optional, temporal_none, temporal_none, temporal_none, NULL)

static void every_option_reaches_the_command(void **state)
{
    const Tp__Command__StartChildWorkflowExecutionCommandAttributes *child;
    tp_engine *engine = make_engine(&optional_def, 1);
    history_builder history;
    tp_answer answer;

    (void)state;
    history_init(&history, "optional", NULL);
    history_task(&history);
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
    assert_int_equal(answer.completed.n_commands, 1);
    child = answer.completed.commands[0]->start_child_workflow_execution_command_attributes;
    assert_string_equal(child->namespace_, "default");
    assert_string_equal(child->task_queue->name, "other");
    assert_int_equal(child->workflow_execution_timeout->seconds, 30);
    assert_int_equal(child->workflow_run_timeout->seconds, 20);
    assert_int_equal(child->workflow_task_timeout->seconds, 5);
    assert_int_equal(
        child->workflow_id_reuse_policy,
        TP__ENUMS__WORKFLOW_ID_REUSE_POLICY__WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE);
    assert_int_equal(child->parent_close_policy,
                     TP__ENUMS__PARENT_CLOSE_POLICY__PARENT_CLOSE_POLICY_ABANDON);
    assert_int_equal(child->retry_policy->maximum_attempts, 3);
    assert_string_equal(child->cron_schedule, "@daily");
    assert_string_equal(child->memo->fields[0]->key, "size");
    assert_memory_equal(child->memo->fields[0]->value->data.data, "4", 1);
    assert_string_equal(child->search_attributes->indexed_fields[0]->key, "Colour");
    tp_answer_done(&answer);
    tp_engine_free(engine);
    history_done(&history);
}

/* Each is refused without a trace in history. */
static temporal_error *wrong(temporal_workflow *run, void *data, const void *input, void *output)
{
    const temporal_retry_policy retry = { .maximum_attempts = -1 };
    const temporal_int size = 4;
    const temporal_entry unnamed[] = { { "", temporal_int_type(), &size }, { NULL, NULL, NULL } };
    const temporal_child_options options[] = {
        { 0 },
        { .struct_size = sizeof options[0], .run_timeout = -1 },
        { .struct_size = sizeof options[0], .task_timeout = (temporal_seconds)NAN },
        { .struct_size = sizeof options[0], .id = "\xff" },
        { .struct_size = sizeof options[0], .retry = &retry },
        { .struct_size = sizeof options[0], .cancellation = (temporal_child_cancellation)4 },
        { .struct_size = sizeof options[0], .parent_close = (temporal_parent_close)3 },
        { .struct_size = sizeof options[0], .id_reuse = (temporal_id_reuse)3 },
        { .struct_size = sizeof options[0], .memo = unnamed },
    };
    temporal_child *child = NULL;

    (void)data;
    (void)input;
    (void)output;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        note("%s", told(temporal_workflow_start_child(run, "kid", NULL, 0, &child, &options[i])));
    note("%s", told(temporal_workflow_start_child(run, "kid", NULL, 0, NULL, NULL)));
    child = temporal_workflow_begin_child(run, "", NULL, 0, NULL);
    note("\"%s\" %s", temporal_child_id(child),
         told(temporal_workflow_await(run, temporal_child_result(child), NULL, NULL)));
    note("%s", told(temporal_child_signal(child, "x", NULL, 0)));
    return TEMPORAL_OK;
}
WORKFLOW(wrong, temporal_none, temporal_none, temporal_none, NULL)

static bool one_task(history_builder *history, size_t n)
{
    (void)history;
    return n < 1;
}

static void wrong_options_are_refused_by_name(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &wrong_def,
        .script = one_task,
        .commands = "complete -",
        .notes = "child: the options lack their struct_size; make them with TEMPORAL_OPTIONS; "
                 "child kid: run_timeout: -1 seconds is negative; give 0 or more; "
                 "child kid: task_timeout: not a number; give seconds; "
                 "child kid: id is not UTF-8 (from its byte 0); "
                 "child kid: retry: maximum_attempts: negative; give 0 for no limit; "
                 "child kid: there is no cancellation type 4; "
                 "child kid: parent_close: 3 is no temporal_parent_close; "
                 "child kid: id_reuse: 3 is no temporal_id_reuse; "
                 "child kid: the name of a memo entry is required; "
                 "temporal_workflow_start_child: child is required; "
                 "\"\" child: the name of its type is required; "
                 "child: the name of its type is required" });
}

/* --- histories of other code -------------------------------------------------------------- */

static const char *name, *id;

static temporal_error *named(temporal_workflow *run, void *data, const void *input, void *output)
{
    temporal_child *child = NULL;

    (void)data;
    (void)input;
    (void)output;
    if (!name)
        return temporal_workflow_sleep(run, 1);
    TEMPORAL_TRY(temporal_workflow_start_child(run, name, NULL, 0, &child,
                                               TEMPORAL_OPTIONS(temporal_child_options, .id = id)));
    temporal_child_cancel(child);
    TEMPORAL_TRY(temporal_child_signal(child, strcmp(id, "x") == 0 ? "one" : "two", NULL, 0));
    return temporal_workflow_sleep(run, 1);
}
WORKFLOW(named, temporal_none, temporal_none, temporal_none, NULL)

static bool named_life(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_started(history, "x");
    return n < 2;
}

static void expect_mismatch(const char *new_name, const char *new_id, const char *message)
{
    tp_engine *engine = make_engine(&named_def, 1);
    history_builder history;
    tp_answer answer;

    name = "kid";
    id = "x";
    drive_history(&(scenario){ .def = &named_def,
                               .script = named_life,
                               .commands = "child kid x - | cancel x, signal x one -" },
                  &history);
    name = new_name;
    id = new_id;
    tp_engine_activate(engine, history_query(&history, 1, "x", NULL), &answer);
    assert_string_equal(answer.query.error_message, message);
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
}

static void changed_code_is_named_with_what_history_holds(void **state)
{
    (void)state;
    expect_mismatch("adult", "x",
                    "event 5: history holds StartChildWorkflowExecutionInitiated (workflow kid, "
                    "id x), but the code did StartChildWorkflowExecution (workflow adult, id x): "
                    "the workflow type differs");
    expect_mismatch("kid", "y",
                    "event 5: history holds StartChildWorkflowExecutionInitiated (workflow kid, "
                    "id x), but the code did StartChildWorkflowExecution (workflow kid, id y): "
                    "the workflow id differs");
    expect_mismatch(NULL, NULL,
                    "event 5: history holds StartChildWorkflowExecutionInitiated (workflow kid, "
                    "id x), but the code did StartTimer (id 1, 1 s)");
}

/* A child's event about what is no child, and a child's end before its start. */
static void events_that_make_no_sense_are_named(void **state)
{
    tp_engine *engine = make_engine(&several_def, 1);
    history_builder history;
    tp_answer answer;

    (void)state;
    history_init(&history, "several", NULL);
    history_task(&history);
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    history_take_answer(&history, &answer);
    tp_answer_done(&answer);
    history_child_completed(&history, "one", NULL);
    history_task(&history);
    expect_failure(engine, history_poll(&history, 1),
                   "event 7: history holds ChildWorkflowExecutionCompleted of event 5, which is "
                   "another kind of thing in the code");
    history.events[6]->child_workflow_execution_completed_event_attributes->initiated_event_id = 3;
    expect_failure(engine, history_poll(&history, 1), "but the code began nothing there");
    history_done(&history);
    tp_engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_starts_and_ends),
        cmocka_unit_test(a_child_whose_id_is_in_use_is_a_typed_error),
        cmocka_unit_test(executing_a_child_waits_for_its_end_whatever_its_id),
        cmocka_unit_test(children_that_are_begun_run_at_once),
        cmocka_unit_test(a_signal_waits_for_the_start_and_for_its_delivery),
        cmocka_unit_test(a_signal_to_a_child_that_did_not_start_has_the_starts_error),
        cmocka_unit_test(every_option_reaches_the_command),
        cmocka_unit_test(wrong_options_are_refused_by_name),
        cmocka_unit_test(changed_code_is_named_with_what_history_holds),
        cmocka_unit_test(events_that_make_no_sense_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
