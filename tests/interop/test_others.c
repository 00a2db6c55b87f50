/* SPDX-License-Identifier: MIT */
/* test_others.c -- workflows that signal and cancel others, and what a run writes down of itself,
 * one side of each in this library and the other in the official Python SDK: F14, F18. */
#include <string.h>

#include "tests/interop/both.h"

/* clang-format off */
#define ERRAND(FIELD)                    \
    FIELD(temporal_string, verb)         \
    FIELD(temporal_string, id)           \
    FIELD(temporal_string, word)
TEMPORAL_RECORD(errand, ERRAND)
/* clang-format on */

TEMPORAL_WORKFLOW(target_in_c, temporal_none, temporal_string)
TEMPORAL_SIGNAL(target_in_c, tell, temporal_string)
TEMPORAL_WORKFLOW(caller_in_c, errand, temporal_string)
TEMPORAL_WORKFLOW(upserter_in_c, temporal_none, temporal_string)
TEMPORAL_SIGNAL(upserter_in_c, tell, temporal_string)

/* What stands in Python. */
TEMPORAL_WORKFLOW(target_in_python, temporal_none, temporal_string)
TEMPORAL_SIGNAL(target_in_python, tell, temporal_string)
TEMPORAL_WORKFLOW(caller_in_python, errand, temporal_string)
TEMPORAL_WORKFLOW(upserter_in_python, temporal_none, temporal_string)
TEMPORAL_SIGNAL(upserter_in_python, tell, temporal_string)

/* --- what stands in C ------------------------------------------------------------------------- */

typedef struct target {
    const char *words;
    bool enough;
} target;

TEMPORAL_SIGNAL_DEFINE(target_in_c, target, tell)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(target_in_c, target, &target_in_c_tell_handler)

temporal_error *target_in_c_tell(temporal_workflow *run, target *self, temporal_string word)
{
    self->words = self->words ? temporal_workflow_format(run, "%s+%s", self->words, word)
                              : temporal_workflow_format(run, "%s", word);
    self->enough = strcmp(word, "enough") == 0;
    return TEMPORAL_OK;
}

static bool is_enough(const void *data)
{
    return ((const target *)data)->enough;
}

temporal_error *target_in_c(temporal_workflow *run, target *self, temporal_none in,
                            temporal_string *text)
{
    temporal_error *error = temporal_workflow_wait_condition(run, is_enough, self, TEMPORAL_DAY);

    (void)in;
    if (error && temporal_error_get_code(error) != TEMPORAL_ERROR_CANCELLED)
        return error;
    *text = temporal_workflow_format(run, "c was %s %s", error ? "cancelled after" : "told",
                                     self->words);
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(caller_in_c)
temporal_error *caller_in_c(temporal_workflow *run, errand input, temporal_string *text)
{
    temporal_external *other = temporal_workflow_external(run, input.id, NULL);
    temporal_error *error =
        strcmp(input.verb, "signal") == 0
            ? temporal_signal_external(other, target_in_python, tell, input.word)
            : temporal_external_cancel(other);

    if (error && !temporal_error_find(error, TEMPORAL_ERROR_NOT_FOUND))
        return error;
    *text = error ? "nobody" : "done";
    return TEMPORAL_OK;
}

typedef struct upserter {
    const char *told;
} upserter;

TEMPORAL_SIGNAL_DEFINE(upserter_in_c, upserter, tell)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(upserter_in_c, upserter, &upserter_in_c_tell_handler)

temporal_error *upserter_in_c_tell(temporal_workflow *run, upserter *self, temporal_string word)
{
    self->told = temporal_workflow_format(run, "%s", word);
    return TEMPORAL_OK;
}

temporal_error *upserter_in_c(temporal_workflow *run, upserter *self, temporal_none in,
                              temporal_string *text)
{
    static const temporal_string words[] = { "x", "y" };
    const temporal_string note = "from c ÿ", keyword = "cee";
    const temporal_int number = 6, index = 42;
    const temporal_bool flag = true;
    const temporal_string_list list = { words, 2 };

    (void)in;
    TEMPORAL_TRY(temporal_workflow_upsert_memo(
        run, (const temporal_entry[]){ { "note", temporal_string_type(), &note },
                                       { "number", temporal_int_type(), &number },
                                       { "old", NULL, NULL },
                                       { NULL, NULL, NULL } }));
    TEMPORAL_TRY(temporal_workflow_upsert_search_attributes(
        run, (const temporal_entry[]){ { "TestKeyword", temporal_string_type(), &keyword },
                                       { "TestInt", temporal_int_type(), &index },
                                       { "TestBool", temporal_bool_type(), &flag },
                                       { "TestList", temporal_string_list_type(), &list },
                                       { "TestText", NULL, NULL },
                                       { NULL, NULL, NULL } }));
    TEMPORAL_WAIT_UNTIL(run, self->told);
    *text = self->told;
    return TEMPORAL_OK;
}

/* --- fixture ---------------------------------------------------------------------------------- */

static both sides;

static int open_both(void **state)
{
    (void)state;
    both_open(&sides, "tests/interop/others.py",
              .workflows = TEMPORAL_WORKFLOWS(&target_in_c_workflow, &caller_in_c_workflow,
                                              &upserter_in_c_workflow));
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    both_close(&sides);
    return 0;
}

/* --- others ----------------------------------------------------------------------------------- */

static void expect_errand(bool in_c, const char *verb, const char *id, const char *word,
                          const char *expected)
{
    const errand input = { .verb = verb, .id = id, .word = word };
    temporal_handle *handle = NULL;
    temporal_string text = NULL;

    if (in_c)
        assert_ok(temporal_execute_workflow(sides.client, caller_in_c, input, &handle, &text,
                                            .id = test_unique("caller"),
                                            .task_queue = sides.c_queue));
    else
        assert_ok(temporal_execute_workflow(sides.client, caller_in_python, input, &handle, &text,
                                            .id = test_unique("caller"),
                                            .task_queue = sides.python_queue));
    assert_string_equal(text, expected);
    temporal_handle_free(handle);
}

/* Both kinds of target in the other language: one is told twice, one is told and cancelled; then
 * both are gone. */
static void expect_errands(bool in_c, const char *gone, const char *told, const char *cancelled)
{
    temporal_handle *targets[2] = { NULL, NULL };
    const char *ids[2] = { test_unique("target"), test_unique("target") };
    temporal_string text = NULL;

    for (size_t i = 0; i < 2; i++) {
        if (in_c)
            assert_ok(temporal_start_workflow(sides.client, target_in_python, TEMPORAL_NONE,
                                              &targets[i], .id = ids[i],
                                              .task_queue = sides.python_queue));
        else
            assert_ok(temporal_start_workflow(sides.client, target_in_c, TEMPORAL_NONE, &targets[i],
                                              .id = ids[i], .task_queue = sides.c_queue));
        expect_errand(in_c, "signal", ids[i], "grüße", "done");
    }
    expect_errand(in_c, "signal", ids[0], "enough", "done");
    expect_errand(in_c, "cancel", ids[1], "", "done");
    assert_ok(temporal_handle_result(targets[0], temporal_string_type(), &text));
    assert_string_equal(text, told);
    assert_ok(temporal_handle_result(targets[1], temporal_string_type(), &text));
    assert_string_equal(text, cancelled);
    expect_errand(in_c, "signal", test_unique("never-begun"), "", gone);
    expect_errand(in_c, "cancel", test_unique("never-begun"), "", gone);
    for (size_t i = 0; i < 2; i++)
        temporal_handle_free(targets[i]);
}

static void F14_a_workflow_in_c_signals_and_cancels_workflows_in_python(void **state)
{
    (void)state;
    expect_errands(true, "nobody", "python was told grüße+enough",
                   "python was cancelled after grüße");
}

static void F14_a_workflow_in_python_signals_and_cancels_workflows_in_c(void **state)
{
    (void)state;
    expect_errands(false, "refused: ExternalWorkflowExecutionNotFound", "c was told grüße+enough",
                   "c was cancelled after grüße");
}

/* --- facts ------------------------------------------------------------------------------------ */

/* What both kinds of upserting run are begun with: an entry that goes, and one that stays. */
static temporal_handle *begin_upserter(const char *workflow, const char *queue)
{
    static const temporal_string old = "old", kept = "kept";
    const temporal_entry memo[] = { { "old", temporal_string_type(), &old },
                                    { "kept", temporal_string_type(), &kept },
                                    { 0 } };
    const temporal_entry attributes[] = { { "TestText", temporal_string_type(), &old },
                                          { "TestKeyword", temporal_string_type(), &old },
                                          { 0 } };
    temporal_handle *handle = NULL;

    assert_ok(temporal_client_start_workflow(
        sides.client, workflow, NULL, 0, &handle,
        &(const temporal_start_options){ .struct_size = sizeof(temporal_start_options),
                                         .id = test_unique(workflow),
                                         .task_queue = queue,
                                         .memo = memo,
                                         .search_attributes = attributes }));
    return handle;
}

/* It still runs when it is looked at: it writes down and then waits. */
static void end_upserter(temporal_handle *handle)
{
    const temporal_string word = "enough";
    temporal_string text = NULL;

    assert_ok(temporal_handle_signal(
        handle, "tell", &(const temporal_argument){ temporal_string_type(), &word }, 1));
    assert_ok(temporal_handle_result(handle, temporal_string_type(), &text));
    assert_string_equal(text, "enough");
    temporal_handle_free(handle);
}

static bool has_written(temporal_handle *handle)
{
    const temporal_workflow_description *run = test_describe(handle);

    return temporal_named_value_find(run->memo, run->memo_count, "note") &&
           temporal_named_value_find(run->search_attributes, run->search_attribute_count,
                                     "TestInt");
}

static void F18_what_a_run_in_c_writes_down_is_read_in_python(void **state)
{
    temporal_handle *handle = begin_upserter("upserter_in_c", sides.c_queue);
    test_process *other;

    (void)state;
    test_wait_for(has_written(handle));
    other = test_python_run("tests/interop/others.py", "facts", test_server_address(),
                            temporal_handle_id(handle));
    assert_string_equal(test_process_line(other),
                        "memo [('kept', 'kept'), ('note', 'from c ÿ'), ('number', 6)]");
    assert_string_equal(test_process_line(other), "attributes cee 42 True ['x', 'y'] None");
    assert_int_equal(test_process_wait(other), 0);
    test_process_free(other);
    end_upserter(handle);
}

static const temporal_value *fact(const temporal_workflow_description *run, const char *name)
{
    const temporal_value *value = temporal_named_value_find(run->memo, run->memo_count, name);

    return value ? value
                 : temporal_named_value_find(run->search_attributes, run->search_attribute_count,
                                             name);
}

static void F18_what_a_run_in_python_writes_down_is_read_in_c(void **state)
{
    temporal_handle *handle = begin_upserter("upserter_in_python", sides.python_queue);
    const temporal_workflow_description *run;
    temporal_string_list list = { 0 };
    temporal_string text = NULL;
    temporal_bool flag = false;
    temporal_int number = 0;

    (void)state;
    test_wait_for(has_written(handle));
    run = test_describe(handle);
    assert_ok(temporal_value_get(fact(run, "note"), temporal_string, &text));
    assert_string_equal(text, "from python ÿ");
    assert_ok(temporal_value_get(fact(run, "number"), temporal_int, &number));
    assert_int_equal(number, 5);
    assert_ok(temporal_value_get(fact(run, "kept"), temporal_string, &text));
    assert_string_equal(text, "kept");
    assert_null(fact(run, "old"));
    assert_ok(temporal_value_get(fact(run, "TestKeyword"), temporal_string, &text));
    assert_string_equal(text, "py");
    assert_ok(temporal_value_get(fact(run, "TestInt"), temporal_int, &number));
    assert_int_equal(number, 41);
    assert_ok(temporal_value_get(fact(run, "TestBool"), temporal_bool, &flag));
    assert_true(flag);
    assert_ok(temporal_value_get(fact(run, "TestList"), temporal_string_list, &list));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[1], "b");
    assert_null(fact(run, "TestText"));
    end_upserter(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F14_a_workflow_in_c_signals_and_cancels_workflows_in_python),
        cmocka_unit_test(F14_a_workflow_in_python_signals_and_cancels_workflows_in_c),
        cmocka_unit_test(F18_what_a_run_in_c_writes_down_is_read_in_python),
        cmocka_unit_test(F18_what_a_run_in_python_writes_down_is_read_in_c),
    };

    return cmocka_run_group_tests(tests, open_both, close_both);
}
