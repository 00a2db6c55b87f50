/* SPDX-License-Identifier: MIT */
/* test_across.c -- parents and children, updates, lists and continued runs, one side of each in
 * this library and the other in the official Python SDK. */
#include <string.h>

#include "tests/interop/both.h"

/* clang-format off */
#define LINK(FIELD)                      \
    FIELD(temporal_string, kind)         \
    FIELD(temporal_string, queue)        \
    FIELD(temporal_int, rest)
TEMPORAL_RECORD(link_input, LINK)

#define CODE(FIELD)                      \
    FIELD(temporal_int, code)
TEMPORAL_RECORD(code_detail, CODE)
/* clang-format on */

TEMPORAL_WORKFLOW(link_in_c, link_input, temporal_string)
TEMPORAL_SIGNAL(link_in_c, say, temporal_string)
TEMPORAL_QUERY(link_in_c, heard, temporal_none, temporal_string)
TEMPORAL_UPDATE(link_in_c, replace, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(parent_in_c, link_input, temporal_string)

/* What stands in Python. */
TEMPORAL_WORKFLOW(link_in_python, link_input, temporal_string)
TEMPORAL_SIGNAL(link_in_python, say, temporal_string)
TEMPORAL_QUERY(link_in_python, heard, temporal_none, temporal_string)
TEMPORAL_UPDATE(link_in_python, replace, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(parent_in_python, link_input, temporal_string)

/* --- what stands in C ------------------------------------------------------------------------- */

typedef struct link_state {
    const char *said;
} link_state;

TEMPORAL_SIGNAL_DEFINE(link_in_c, link_state, say)
TEMPORAL_QUERY_DEFINE(link_in_c, link_state, heard)
TEMPORAL_UPDATE_VALIDATED_DEFINE(link_in_c, link_state, replace)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(link_in_c, link_state, &link_in_c_say_handler,
                                  &link_in_c_heard_handler, &link_in_c_replace_handler)

static temporal_error *broken(const char *type, const char *message, const char *root)
{
    const code_detail detail = { .code = 7 };

    return temporal_error_application_with(
        &(const temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                             .type = type,
                                             .non_retryable = true,
                                             .detail_type = code_detail_type(),
                                             .detail = &detail,
                                             .cause =
                                                 temporal_error_application("Root", "%s", root) },
        "%s", message);
}

temporal_error *link_in_c(temporal_workflow *run, link_state *self, link_input input,
                          temporal_string *output)
{
    if (strcmp(input.kind, "fail") == 0)
        return broken("Broken", "it broke", "the root of it");
    if (strcmp(input.kind, "again") == 0) {
        if (input.rest > 0) {
            input.rest--;
            return temporal_continue_as_new(run, link_in_c, input);
        }
        *output = "c was the last";
        return TEMPORAL_OK;
    }
    if (strcmp(input.kind, "hang") == 0)
        TEMPORAL_TRY(temporal_workflow_sleep(run, TEMPORAL_DAY));
    TEMPORAL_WAIT_UNTIL(run, self->said);
    *output = temporal_workflow_format(run, "c heard %s", self->said);
    return TEMPORAL_OK;
}

temporal_error *link_in_c_say(temporal_workflow *run, link_state *self, temporal_string word)
{
    self->said = temporal_workflow_format(run, "%s", word);
    return TEMPORAL_OK;
}

temporal_error *link_in_c_heard(temporal_workflow *run, const link_state *self, temporal_none none,
                                temporal_string *word)
{
    (void)run, (void)none;
    *word = self->said ? self->said : "";
    return TEMPORAL_OK;
}

temporal_error *link_in_c_replace_validate(temporal_workflow *run, const link_state *self,
                                           temporal_string word)
{
    (void)run, (void)self;
    return *word ? TEMPORAL_OK : temporal_error_application("Empty", "say something");
}

temporal_error *link_in_c_replace(temporal_workflow *run, link_state *self, temporal_string word,
                                  temporal_string *before)
{
    if (strcmp(word, "spoil") == 0)
        return broken("Spoilt", "spoilt", "its root");
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    *before = self->said ? self->said : "";
    self->said = temporal_workflow_format(run, "%s", word);
    return TEMPORAL_OK;
}

/* Says how its child in Python ended. */
TEMPORAL_WORKFLOW_DEFINE(parent_in_c)
temporal_error *parent_in_c(temporal_workflow *run, link_input input, temporal_string *output)
{
    const link_input rest = { .kind = input.kind, .rest = input.rest };
    temporal_child *child = NULL;
    temporal_error *error;
    const temporal_error *cause;

    TEMPORAL_TRY(
        temporal_start_child(run, link_in_python, rest, &child, .task_queue = input.queue));
    if (strcmp(input.kind, "wait") == 0)
        TEMPORAL_TRY(temporal_signal_child(child, link_in_python, say, "hello"));
    if (strcmp(input.kind, "hang") == 0)
        temporal_child_cancel(child);
    error = temporal_await_child(run, link_in_python, child, output);
    if (!error)
        return TEMPORAL_OK;
    cause = temporal_error_cause(error);
    if (temporal_error_get_code(error) != TEMPORAL_ERROR_CHILD_WORKFLOW)
        return error;
    if (temporal_error_get_code(cause) == TEMPORAL_ERROR_CANCELLED) {
        *output = "cancelled";
        return TEMPORAL_OK;
    }
    {
        temporal_int detail = 0;

        TEMPORAL_TRY(temporal_error_detail(cause, 0, temporal_int, &detail));
        *output = temporal_workflow_format(run, "%s %s %d %d < %s", temporal_error_type(cause),
                                           temporal_error_message(cause), (int)detail,
                                           (int)temporal_error_is_retryable(cause),
                                           temporal_error_message(temporal_error_cause(cause)));
    }
    return TEMPORAL_OK;
}

/* --- fixture ---------------------------------------------------------------------------------- */

static both sides;

static int open_both(void **state)
{
    (void)state;
    both_open(&sides, "tests/interop/across.py",
              .workflows = TEMPORAL_WORKFLOWS(&link_in_c_workflow, &parent_in_c_workflow));
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    both_close(&sides);
    return 0;
}

/* --- parents and children --------------------------------------------------------------------- */

static void check_parent_in_c(const char *kind, const char *expected)
{
    const link_input input = { .kind = kind, .queue = sides.python_queue, .rest = 2 };
    temporal_handle *handle = NULL;
    temporal_string output = NULL;

    assert_ok(temporal_execute_workflow(sides.client, parent_in_c, input, &handle, &output,
                                        .id = test_unique("parent"), .task_queue = sides.c_queue));
    assert_string_equal(output, expected);
    temporal_handle_free(handle);
}

static void F7_a_parent_in_c_has_a_child_in_python(void **state)
{
    (void)state;
    check_parent_in_c("wait", "python heard hello");
    check_parent_in_c("fail", "Broken it broke 42 0 < the root of it");
    check_parent_in_c("hang", "cancelled");
    check_parent_in_c("again", "python was the last");
}

static void check_parent_in_python(const char *kind, const char *expected)
{
    const link_input input = { .kind = kind, .queue = sides.c_queue, .rest = 2 };
    const temporal_workflow_description *run;
    temporal_handle *handle = NULL, *child = NULL;
    temporal_string output = NULL, text = NULL;
    char id[128];

    assert_ok(temporal_execute_workflow(sides.client, parent_in_python, input, &handle, &output,
                                        .id = test_unique("parent"),
                                        .task_queue = sides.python_queue));
    assert_string_equal(output, expected);

    (void)snprintf(id, sizeof id, "%s-child", temporal_handle_id(handle));
    assert_ok(temporal_client_get_handle(sides.client, id, NULL, &child));
    run = test_describe(child);
    assert_string_equal(run->parent_id, temporal_handle_id(handle));
    assert_ok(temporal_value_get(temporal_named_value_find(run->memo, run->memo_count, "note"),
                                 temporal_string, &text));
    assert_string_equal(text, "from python");
    assert_ok(
        temporal_value_get(temporal_named_value_find(run->search_attributes,
                                                     run->search_attribute_count, "TestKeyword"),
                           temporal_string, &text));
    assert_string_equal(text, "child");
    temporal_handle_free(child);
    temporal_handle_free(handle);
}

static void F7_a_parent_in_python_has_a_child_in_c(void **state)
{
    (void)state;
    check_parent_in_python("wait", "c heard hello");
    check_parent_in_python("fail", "link_in_c Broken it broke {'code': 7} True < the root of it");
    check_parent_in_python("hang", "cancelled");
    check_parent_in_python("again", "c was the last"); /* with memo and attributes to the end */
}

/* --- a client in C, a worker in Python -------------------------------------------------------- */

static temporal_handle *start_in_python(const char *kind)
{
    const link_input input = { .kind = kind, .rest = 2 };
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(sides.client, link_in_python, input, &handle,
                                      .id = test_unique("link"), .task_queue = sides.python_queue));
    return handle;
}

static void F16_a_client_in_c_updates_a_workflow_in_python(void **state)
{
    temporal_handle *handle = start_in_python("wait");
    temporal_update *update = NULL;
    temporal_string before = NULL, word = NULL;
    const temporal_error *cause;
    temporal_error *error;
    code_detail detail = { 0 };

    (void)state;
    error = temporal_execute_update(handle, link_in_python, replace, "", &before);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_UPDATE);
    assert_string_equal(temporal_error_type(temporal_error_cause(error)), "Empty");
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "say something");
    temporal_error_free(error);

    error = temporal_execute_update(handle, link_in_python, replace, "spoil", &before);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_UPDATE);
    cause = temporal_error_cause(error);
    assert_string_equal(temporal_error_type(cause), "Spoilt");
    assert_ok(temporal_error_detail(cause, 0, code_detail, &detail));
    assert_int_equal(detail.code, 7);
    assert_string_equal(temporal_error_message(temporal_error_cause(cause)), "its root");
    temporal_error_free(error);

    assert_ok(temporal_start_update(handle, link_in_python, replace, "ÿes", &update));
    assert_ok(temporal_get_update_result(update, link_in_python, replace, &before));
    assert_string_equal(before, "");
    temporal_update_free(update);
    assert_ok(temporal_get_result(handle, link_in_python, &word));
    assert_string_equal(word, "python heard ÿes");
    assert_ok(temporal_query(handle, link_in_python, heard, TEMPORAL_NONE, &word));
    assert_string_equal(word, "ÿes");
    temporal_handle_free(handle);
}

static void F16_a_client_in_c_starts_a_workflow_in_python_with_an_update(void **state)
{
    const link_input input = { .kind = "wait" };
    temporal_handle *handle = NULL;
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_update_with_start(sides.client, link_in_python, replace, "first", input,
                                         &handle, &text, .id = test_unique("link"),
                                         .task_queue = sides.python_queue));
    assert_string_equal(text, "");
    assert_ok(temporal_get_result(handle, link_in_python, &text));
    assert_string_equal(text, "python heard first");
    temporal_handle_free(handle);
}

static void C5_a_client_in_c_cancels_and_follows_workflows_in_python(void **state)
{
    temporal_handle *handle = start_in_python("hang");
    temporal_string text = NULL;
    temporal_error *error;

    (void)state;
    assert_ok(temporal_handle_cancel(handle));
    error = temporal_get_result(handle, link_in_python, &text);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_WORKFLOW);
    assert_int_equal(temporal_error_get_code(temporal_error_cause(error)),
                     TEMPORAL_ERROR_CANCELLED);
    temporal_error_free(error);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_CANCELLED);
    temporal_handle_free(handle);

    handle = start_in_python("again");
    assert_ok(temporal_get_result(handle, link_in_python, &text));
    assert_string_equal(text, "python was the last");
    temporal_handle_free(handle);
}

/* --- a client in Python, a worker in C, each looking at what the other began ---------------------
 */

static int64_t count(const char *query)
{
    int64_t found = 0;

    assert_ok(temporal_client_count_workflows(sides.client, query, &found));
    return found;
}

static void check_what_python_began(const char *id)
{
    const temporal_workflow_description *run = NULL;
    temporal_workflow_list *list = NULL;
    temporal_string text = NULL;
    temporal_int number = 0;
    char query[192];

    (void)snprintf(query, sizeof query, "WorkflowId = '%s' AND TestInt = 6", id);
    test_wait_for(count(query) == 1);
    assert_ok(temporal_client_list_workflows(sides.client, query, &list, NULL));
    assert_ok(temporal_workflow_list_next(list, &run));
    assert_non_null(run);
    assert_string_equal(run->workflow_type, "link_in_c");
    assert_ok(temporal_value_get(temporal_named_value_find(run->memo, run->memo_count, "note"),
                                 temporal_string, &text));
    assert_string_equal(text, "pŷ");
    assert_ok(temporal_value_get(temporal_named_value_find(run->memo, run->memo_count, "number"),
                                 temporal_int, &number));
    assert_int_equal(number, 5);
    assert_ok(
        temporal_value_get(temporal_named_value_find(run->search_attributes,
                                                     run->search_attribute_count, "TestKeyword"),
                           temporal_string, &text));
    assert_string_equal(text, "mine");
    assert_ok(temporal_workflow_list_next(list, &run));
    assert_null(run);
    temporal_workflow_list_free(list);
}

static void C5_runs_are_described_listed_and_counted_by_the_other_side(void **state)
{
    const temporal_string note = "from ç", keyword = "ours";
    const temporal_int number = 8, indexed = 9;
    const temporal_entry memo[] = { { "note", temporal_string_type(), &note },
                                    { "number", temporal_int_type(), &number },
                                    { 0 } };
    const temporal_entry attributes[] = { { "TestKeyword", temporal_string_type(), &keyword },
                                          { "TestInt", temporal_int_type(), &indexed },
                                          { 0 } };
    const link_input input = { .kind = "wait" };
    const char *prefix = test_unique("across");
    temporal_handle *handle = NULL;
    test_process *other;
    char id[128];

    (void)state;
    assert_ok(temporal_start_workflow(sides.client, link_in_c, input, &handle,
                                      .id = test_unique("ours"), .task_queue = sides.c_queue,
                                      .memo = memo, .search_attributes = attributes));
    other = test_python_run("tests/interop/across.py", "client", test_server_address(),
                            sides.c_queue, prefix, temporal_handle_id(handle));
    assert_string_equal(test_process_line(other), "described link_in_c RUNNING from ç 8 ours 9");
    assert_string_equal(test_process_line(other), "listed 1 link_in_c from ç ours 1");
    assert_string_equal(test_process_line(other), "rejected Empty say something");
    assert_string_equal(test_process_line(other), "spoilt Spoilt spoilt {'code': 7} its root");
    assert_string_equal(test_process_line(other), "query ''");
    (void)snprintf(id, sizeof id, "%s-from-python", prefix);
    check_what_python_began(id);
    test_process_write(other, "go on");
    assert_string_equal(test_process_line(other), "result c heard good bye");
    assert_string_equal(test_process_line(other), "gone NOT_FOUND");
    assert_string_equal(test_process_line(other), "again c was the last");
    assert_string_equal(test_process_line(other), "cancelled True");
    assert_int_equal(test_process_wait(other), 0);
    test_process_free(other);
    assert_ok(temporal_handle_terminate(handle, "the test is over", NULL, 0));
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F7_a_parent_in_c_has_a_child_in_python),
        cmocka_unit_test(F7_a_parent_in_python_has_a_child_in_c),
        cmocka_unit_test(F16_a_client_in_c_updates_a_workflow_in_python),
        cmocka_unit_test(F16_a_client_in_c_starts_a_workflow_in_python_with_an_update),
        cmocka_unit_test(C5_a_client_in_c_cancels_and_follows_workflows_in_python),
        cmocka_unit_test(C5_runs_are_described_listed_and_counted_by_the_other_side),
    };

    return cmocka_run_group_tests(tests, open_both, close_both);
}
