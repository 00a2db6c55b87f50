/* SPDX-License-Identifier: MIT */
/* test_children.c -- workflows that start workflows: F7. */
#include <stdio.h>
#include <string.h>

#include "tests/end_to_end/fixture.h"

/* --- the child ---------------------------------------------------------------------------- */

typedef struct kid_state {
    bool tidied;
} kid_state;

/* Its input says what it does: "wait" until it is told to tidy up, "sleep", "fail", "again" and
 * then "answer". */
TEMPORAL_WORKFLOW(kid, temporal_string, temporal_string)
TEMPORAL_SIGNAL(kid, tidy, temporal_string)
TEMPORAL_SIGNAL_DEFINE(kid, kid_state, tidy)
temporal_error *kid_tidy(temporal_workflow *run, kid_state *self, temporal_string what)
{
    temporal_workflow_log(run, "%s", what);
    self->tidied = strcmp(what, "the room") == 0;
    return TEMPORAL_OK;
}

static temporal_error *tell_what_was_given(temporal_workflow *run, temporal_string *text)
{
    temporal_string colour;
    temporal_int size;

    TEMPORAL_TRY(temporal_workflow_get_memo(run, "size", temporal_int_type(), &size));
    TEMPORAL_TRY(temporal_workflow_get_search_attribute(run, "TestKeyword", temporal_string_type(),
                                                        &colour));
    *text = temporal_workflow_format(run, "%d %s", (int)size, colour);
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(kid, kid_state, &kid_tidy_handler)
temporal_error *kid(temporal_workflow *run, kid_state *self, temporal_string what,
                    temporal_string *text)
{
    const temporal_workflow_info *info = temporal_workflow_get_info(run);

    if (strcmp(what, "wait") == 0)
        TEMPORAL_WAIT_UNTIL(run, self->tidied);
    if (strcmp(what, "sleep") == 0)
        TEMPORAL_TRY(temporal_workflow_sleep(run, TEMPORAL_HOUR));
    if (strcmp(what, "fail") == 0)
        return temporal_error_application("Tantrum", "no");
    if (strcmp(what, "tell") == 0)
        return tell_what_was_given(run, text);
    if (strcmp(what, "again") == 0)
        return temporal_continue_as_new(run, kid, "answer");
    *text = temporal_workflow_format(run, "%s of %s", info->workflow_id,
                                     info->parent_id ? info->parent_id : "nobody");
    return TEMPORAL_OK;
}

/* --- parents ------------------------------------------------------------------------------ */

/* Executes a child that does what the input says. */
TEMPORAL_WORKFLOW(execute_one, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(execute_one)
temporal_error *execute_one(temporal_workflow *run, temporal_string what, temporal_string *text)
{
    const temporal_string id =
        temporal_workflow_format(run, "%s-kid", temporal_workflow_get_info(run)->workflow_id);

    return temporal_execute_child(run, kid, what, text, .id = id);
}

TEMPORAL_WORKFLOW(default_id, temporal_none, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(default_id)
temporal_error *default_id(temporal_workflow *run, temporal_none none, temporal_string *text)
{
    temporal_child *child = NULL;
    temporal_string told = NULL;

    (void)none;
    TEMPORAL_TRY(temporal_start_child(run, kid, "answer", &child));
    *text = temporal_child_id(child);
    TEMPORAL_TRY(temporal_await_child(run, kid, child, &told));
    if (strlen(*text) != 36 || strncmp(told, *text, 36) != 0 ||
        strlen(temporal_child_run_id(child)) != 36)
        return temporal_error_application("Wrong", "the child is %s", told);
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(signal_one, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(signal_one)
temporal_error *signal_one(temporal_workflow *run, temporal_string id, temporal_string *text)
{
    temporal_child *child = temporal_begin_child(run, kid, "wait", .id = id);
    temporal_error *error;

    TEMPORAL_TRY(temporal_signal_child(child, kid, tidy, "the garden"));
    TEMPORAL_TRY(temporal_signal_child(child, kid, tidy, "the room"));
    TEMPORAL_TRY(temporal_await_child(run, kid, child, text));
    error = temporal_signal_child(child, kid, tidy, "the room");
    return temporal_error_get_code(error) == TEMPORAL_ERROR_NOT_FOUND
               ? TEMPORAL_OK
               : temporal_error_application("Wrong", "signalled what had ended");
}

/* The same id twice; the second one's error is what it returns. */
TEMPORAL_WORKFLOW(start_twice, temporal_string, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(start_twice)
temporal_error *start_twice(temporal_workflow *run, temporal_string id, temporal_none *none)
{
    temporal_child *one = NULL, *two = NULL;
    temporal_error *error;

    (void)none;
    TEMPORAL_TRY(temporal_start_child(run, kid, "sleep", &one, .id = id));
    error = temporal_start_child(run, kid, "sleep", &two, .id = id);
    if (temporal_error_get_code(error) != TEMPORAL_ERROR_ALREADY_STARTED || two)
        return temporal_error_application("Wrong", "started twice");
    return error;
}

/* clang-format off */
#define PLAN(FIELD)                        \
    FIELD(temporal_string, id)             \
    FIELD(temporal_int, cancellation)      \
    FIELD(temporal_int, parent_close)      \
    FIELD(temporal_bool, leave)            \
    FIELD(temporal_bool, cancel)
/* clang-format on */
TEMPORAL_RECORD(plan, PLAN)

typedef struct watch_state {
    bool over;
} watch_state;

/* Starts a sleeping child, and leaves it, cancels it and stays until it is told, or waits. */
TEMPORAL_WORKFLOW(watch, plan, temporal_string)
TEMPORAL_SIGNAL(watch, end, temporal_none)
TEMPORAL_SIGNAL_DEFINE(watch, watch_state, end)
temporal_error *watch_end(temporal_workflow *run, watch_state *self, temporal_none none)
{
    (void)run, (void)none;
    self->over = true;
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(watch, watch_state, &watch_end_handler)
temporal_error *watch(temporal_workflow *run, watch_state *self, plan is, temporal_string *text)
{
    temporal_child *child = NULL;
    temporal_error *error;

    TEMPORAL_TRY(temporal_start_child(run, kid, "sleep", &child, .id = is.id,
                                      .cancellation = (temporal_child_cancellation)is.cancellation,
                                      .parent_close = (temporal_parent_close)is.parent_close));
    if (is.leave)
        return TEMPORAL_OK;
    if (is.cancel)
        temporal_child_cancel(child);
    error = temporal_await_child(run, kid, child, NULL);
    if (!is.cancel)
        return error;
    *text = temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? "cancelled" : "not cancelled";
    TEMPORAL_WAIT_UNTIL(run, self->over);
    return TEMPORAL_OK;
}

/* What a child can be given besides; the first one fails, the second tells. */
TEMPORAL_WORKFLOW(give_everything, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(give_everything)
temporal_error *give_everything(temporal_workflow *run, temporal_string id, temporal_string *text)
{
    const temporal_retry_policy retry = { .initial_interval = 0.01, .maximum_attempts = 2 };
    const temporal_int size = 4;
    const temporal_string colour = "red";
    const temporal_entry memo[] = { { "size", temporal_int_type(), &size }, { NULL, NULL, NULL } };
    const temporal_entry attributes[] = { { "TestKeyword", temporal_string_type(), &colour },
                                          { NULL, NULL, NULL } };

    temporal_error *error = temporal_execute_child(
        run, kid, "fail", NULL, .id = id, .execution_timeout = 50, .run_timeout = 40,
        .task_timeout = 7, .retry = &retry, .id_reuse = TEMPORAL_ID_REUSE_REJECT, .memo = memo,
        .search_attributes = attributes);

    if (!temporal_error_find(error, TEMPORAL_ERROR_CHILD_WORKFLOW))
        return temporal_error_application("Wrong", "the child did not fail");
    return temporal_execute_child(run, kid, "tell", text, .memo = memo,
                                  .search_attributes = attributes);
}

/* --- the tests ---------------------------------------------------------------------------- */

static const char *queue;
static temporal_worker *worker;

static int set_up(void **state)
{
    fixture_connect(state);
    queue = test_unique("children");
    worker = test_worker_start(
        client, .task_queue = queue,
        .workflows = TEMPORAL_WORKFLOWS(&kid_workflow, &execute_one_workflow, &default_id_workflow,
                                        &signal_one_workflow, &start_twice_workflow,
                                        &watch_workflow, &give_everything_workflow));
    return 0;
}

static int tear_down(void **state)
{
    test_worker_stop(worker);
    return fixture_close(state);
}

static temporal_handle *handle_of(const char *id)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_client_get_handle(client, id, NULL, &handle));
    return handle;
}

/* Waits for the child's end. */
static temporal_workflow_status status_of(const char *id)
{
    temporal_handle *handle = handle_of(id);
    temporal_workflow_status status;

    test_wait_for((status = test_describe(handle)->status) != TEMPORAL_STATUS_RUNNING);
    temporal_handle_free(handle);
    return status;
}

static void F7_a_child_is_executed_and_knows_its_parent(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, execute_one, "answer", &handle, &text,
                                        .id = test_unique("parent"), .task_queue = queue));
    assert_contains(text, "-kid of parent");
    temporal_handle_free(handle);
}

static void F7_a_childs_result_is_that_of_its_last_run(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, execute_one, "again", &handle, &text,
                                        .id = test_unique("parent"), .task_queue = queue));
    assert_contains(text, "-kid of parent");
    temporal_handle_free(handle);
}

static void F7_a_childs_failure_has_its_causes(void **state)
{
    temporal_handle *handle = NULL;
    temporal_error *error =
        temporal_execute_workflow(client, execute_one, "fail", &handle, NULL,
                                  .id = test_unique("parent"), .task_queue = queue);

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_WORKFLOW);
    assert_contains(temporal_error_message(assert_has(error, CHILD_WORKFLOW)), "child kid");
    assert_string_equal(temporal_error_type(assert_has(error, APPLICATION)), "Tantrum");
    temporal_error_free(error);
    temporal_handle_free(handle);
}

static void F7_a_child_without_an_id_gets_one(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, default_id, TEMPORAL_NONE, &handle, &text,
                                        .id = test_unique("parent"), .task_queue = queue));
    assert_int_equal(strlen(text), 36);
    temporal_handle_free(handle);
}

static void F7_a_child_is_signalled_until_it_has_ended(void **state)
{
    const char *id = test_unique("kid");
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, signal_one, id, &handle, &text,
                                        .id = test_unique("parent"), .task_queue = queue));
    assert_contains(text, id);
    temporal_handle_free(handle);
}

static void F7_a_child_whose_id_is_in_use_is_already_started(void **state)
{
    temporal_handle *handle = NULL;
    temporal_error *error =
        temporal_execute_workflow(client, start_twice, test_unique("kid"), &handle, NULL,
                                  .id = test_unique("parent"), .task_queue = queue);

    (void)state;
    assert_string_equal(temporal_error_type(assert_has(error, APPLICATION)), "ALREADY_STARTED");
    temporal_error_free(error);
    temporal_handle_free(handle);
}

static void F7_a_parent_that_ends_does_with_its_child_as_it_said(void **state)
{
    const struct {
        temporal_parent_close policy;
        temporal_workflow_status status;
    } rows[] = { { TEMPORAL_PARENT_CLOSE_TERMINATE, TEMPORAL_STATUS_TERMINATED },
                 { TEMPORAL_PARENT_CLOSE_REQUEST_CANCEL, TEMPORAL_STATUS_CANCELLED },
                 { TEMPORAL_PARENT_CLOSE_ABANDON, TEMPORAL_STATUS_RUNNING } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const plan is = { .id = test_unique("kid"), .parent_close = rows[i].policy, .leave = true };
        temporal_handle *handle = NULL, *child;

        assert_ok(temporal_execute_workflow(client, watch, is, &handle, NULL,
                                            .id = test_unique("parent"), .task_queue = queue));
        child = handle_of(is.id);
        if (rows[i].policy == TEMPORAL_PARENT_CLOSE_ABANDON) {
            assert_int_equal(test_describe(child)->status, TEMPORAL_STATUS_RUNNING);
            assert_ok(temporal_handle_terminate(child, "the test is over", NULL, 0));
        } else {
            assert_int_equal(status_of(is.id), rows[i].status);
        }
        temporal_handle_free(child);
        temporal_handle_free(handle);
    }
}

static void F7_a_child_is_cancelled_by_each_type(void **state)
{
    const struct {
        temporal_child_cancellation type;
        temporal_workflow_status status; /* of the child in the end */
    } rows[] = { { TEMPORAL_CHILD_CANCELLATION_WAIT, TEMPORAL_STATUS_CANCELLED },
                 { TEMPORAL_CHILD_CANCELLATION_TRY, TEMPORAL_STATUS_CANCELLED },
                 { TEMPORAL_CHILD_CANCELLATION_REQUEST, TEMPORAL_STATUS_CANCELLED },
                 { TEMPORAL_CHILD_CANCELLATION_ABANDON, TEMPORAL_STATUS_RUNNING } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const plan is = { .id = test_unique("kid"),
                          .cancellation = rows[i].type,
                          .cancel = true,
                          .parent_close = TEMPORAL_PARENT_CLOSE_ABANDON };
        temporal_handle *handle = NULL, *child = handle_of(is.id);
        temporal_string text;

        assert_ok(temporal_start_workflow(client, watch, is, &handle, .id = test_unique("parent"),
                                          .task_queue = queue));
        fixture_wait_for_event(handle, EVENT_CHILD_STARTED);
        if (rows[i].status != TEMPORAL_STATUS_RUNNING) /* it is told while its parent lives */
            assert_int_equal(status_of(is.id), rows[i].status);
        assert_ok(temporal_signal(handle, watch, end, TEMPORAL_NONE));
        assert_ok(temporal_get_result(handle, watch, &text));
        assert_string_equal(text, "cancelled");
        if (rows[i].status == TEMPORAL_STATUS_RUNNING) {
            assert_int_equal(test_describe(child)->status, TEMPORAL_STATUS_RUNNING);
            assert_ok(temporal_handle_terminate(child, "the test is over", NULL, 0));
        }
        temporal_handle_free(child);
        temporal_handle_free(handle);
    }
}

static void F7_cancelling_the_parent_cancels_its_child(void **state)
{
    const plan is = { .id = test_unique("kid") };
    temporal_handle *handle = NULL;
    temporal_error *error;

    (void)state;
    assert_ok(temporal_start_workflow(client, watch, is, &handle, .id = test_unique("parent"),
                                      .task_queue = queue));
    fixture_wait_for_event(handle, EVENT_CHILD_STARTED);
    assert_ok(temporal_handle_cancel(handle));
    error = temporal_get_result(handle, watch, NULL);
    assert_has(error, CANCELLED);
    temporal_error_free(error);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_CANCELLED);
    assert_int_equal(status_of(is.id), TEMPORAL_STATUS_CANCELLED);
    temporal_handle_free(handle);
}

static void F7_a_child_takes_all_options(void **state)
{
    const char *id = test_unique("kid");
    const Tp__History__WorkflowExecutionStartedEventAttributes *started;
    temporal_handle *handle = NULL, *child;
    Tp__History__History *history;
    temporal_string told = NULL;

    (void)state;
    assert_ok(temporal_execute_workflow(client, give_everything, id, &handle, &told,
                                        .id = test_unique("parent"), .task_queue = queue));
    assert_string_equal(told, "4 red");
    temporal_handle_free(handle);
    child = handle_of(id);
    history = fixture_fetch_history(child);
    started = history->events[0]->workflow_execution_started_event_attributes;
    assert_int_equal(started->attempt, 2); /* tried again, as its policy says */
    assert_int_equal(started->workflow_execution_timeout->seconds, 50);
    assert_int_equal(started->workflow_run_timeout->seconds, 40);
    assert_int_equal(started->workflow_task_timeout->seconds, 7);
    assert_int_equal(started->retry_policy->maximum_attempts, 2);
    assert_string_equal(started->memo->fields[0]->key, "size");
    assert_string_equal(started->search_attributes->indexed_fields[0]->key, "TestKeyword");
    protobuf_c_message_free_unpacked(&history->base, NULL);
    temporal_handle_free(child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F7_a_child_is_executed_and_knows_its_parent),
        cmocka_unit_test(F7_a_childs_result_is_that_of_its_last_run),
        cmocka_unit_test(F7_a_childs_failure_has_its_causes),
        cmocka_unit_test(F7_a_child_without_an_id_gets_one),
        cmocka_unit_test(F7_a_child_is_signalled_until_it_has_ended),
        cmocka_unit_test(F7_a_child_whose_id_is_in_use_is_already_started),
        cmocka_unit_test(F7_a_parent_that_ends_does_with_its_child_as_it_said),
        cmocka_unit_test(F7_a_child_is_cancelled_by_each_type),
        cmocka_unit_test(F7_cancelling_the_parent_cancels_its_child),
        cmocka_unit_test(F7_a_child_takes_all_options),
    };

    return fixture_run(tests, set_up, tear_down);
}
