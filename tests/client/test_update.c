/* SPDX-License-Identifier: MIT */
/* test_update.c -- updates by a client: F16, asked of workflows that this library's worker runs. */
#include <string.h>

#include "base/error.h"
#include "tests/client/tiny_worker.h"

TEMPORAL_WORKFLOW(till, temporal_int, temporal_int)
TEMPORAL_SIGNAL(till, release, temporal_none)
TEMPORAL_UPDATE(till, add, temporal_int, temporal_string)
TEMPORAL_UPDATE(till, hold, temporal_none, temporal_int)
TEMPORAL_UPDATE(till, spoil, temporal_string, temporal_none)
TEMPORAL_UPDATE(till, close_till, temporal_none, temporal_none)

typedef struct till_state {
    temporal_int sum;
    bool released, closed;
} till_state;

TEMPORAL_SIGNAL_DEFINE(till, till_state, release)
TEMPORAL_UPDATE_VALIDATED_DEFINE(till, till_state, add)
TEMPORAL_UPDATE_DEFINE(till, till_state, hold)
TEMPORAL_UPDATE_DEFINE(till, till_state, spoil)
TEMPORAL_UPDATE_DEFINE(till, till_state, close_till)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(till, till_state, &till_release_handler, &till_add_handler,
                                  &till_hold_handler, &till_spoil_handler, &till_close_till_handler)

temporal_error *till(temporal_workflow *run, till_state *self, temporal_int opening,
                     temporal_int *closing)
{
    self->sum += opening;
    TEMPORAL_WAIT_UNTIL(run, self->closed);
    *closing = self->sum;
    return TEMPORAL_OK;
}

temporal_error *till_release(temporal_workflow *run, till_state *self, temporal_none none)
{
    (void)run, (void)none;
    self->released = true;
    return TEMPORAL_OK;
}

temporal_error *till_add_validate(temporal_workflow *run, const till_state *self, temporal_int more)
{
    (void)run, (void)self;
    return more > 0 ? TEMPORAL_OK
                    : temporal_error_application("Amount", "%lld is nothing", (long long)more);
}

temporal_error *till_add(temporal_workflow *run, till_state *self, temporal_int more,
                         temporal_string *text)
{
    self->sum += more;
    *text = temporal_workflow_format(run, "now %lld", (long long)self->sum);
    return TEMPORAL_OK;
}

temporal_error *till_hold(temporal_workflow *run, till_state *self, temporal_none none,
                          temporal_int *sum)
{
    (void)none;
    TEMPORAL_WAIT_UNTIL(run, self->released);
    *sum = self->sum;
    return TEMPORAL_OK;
}

temporal_error *till_spoil(temporal_workflow *run, till_state *self, temporal_string why,
                           temporal_none *none)
{
    (void)run, (void)self, (void)none;
    return temporal_error_wrap(temporal_error_new(TEMPORAL_ERROR_SYSTEM, "the disk is full"),
                               TEMPORAL_ERROR_APPLICATION, "%s", why);
}

temporal_error *till_close_till(temporal_workflow *run, till_state *self, temporal_none none,
                                temporal_none *nothing)
{
    (void)run, (void)none, (void)nothing;
    self->closed = true;
    return TEMPORAL_OK;
}

/* --- fixture ---------------------------------------------------------------------------------- */

static temporal_client *client;
static temporal_worker *worker;
static const char *queue;

static int open_all(void **state)
{
    (void)state;
    client = test_connect();
    queue = test_unique("till");
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&till_workflow));
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    test_worker_stop(worker);
    temporal_client_free(client);
    return 0;
}

static temporal_handle *open_till(void)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, till, 10, &handle, .id = test_unique("till"),
                                      .task_queue = queue));
    return handle;
}

static void end(temporal_handle *handle)
{
    temporal_error_free(temporal_handle_terminate(handle, "the test is over", NULL, 0));
    temporal_handle_free(handle);
}

/* --- execute ---------------------------------------------------------------------------------- */

static void F16_execute_waits_for_the_answer(void **state)
{
    temporal_handle *handle = open_till();
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_execute_update(handle, till, add, 5, &text));
    assert_string_equal(text, "now 15");
    assert_ok(temporal_execute_update(handle, till, add, 1, NULL)); /* nobody looks */
    assert_ok(temporal_execute_update(handle, till, add, 1, &text, .timeout = TEST_PATIENCE));
    assert_string_equal(text, "now 17");
    end(handle);
}

static void F16_an_update_that_is_rejected_fails_with_the_validators_error(void **state)
{
    temporal_handle *handle = open_till();
    temporal_error *error;

    (void)state;
    error = temporal_execute_update(handle, till, add, -1, NULL);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_UPDATE);
    assert_string_equal(error->workflow_id, temporal_handle_id(handle));
    assert_non_null(strstr(temporal_error_message(error), "update add of workflow till"));
    assert_int_equal(temporal_error_get_code(temporal_error_cause(error)),
                     TEMPORAL_ERROR_APPLICATION);
    assert_string_equal(temporal_error_type(temporal_error_cause(error)), "Amount");
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "-1 is nothing");
    temporal_error_free(error);
    assert_int_equal(
        tiny_count_events(handle,
                          TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED),
        0);
    end(handle);
}

static void F16_an_update_that_failed_comes_with_its_causes(void **state)
{
    temporal_handle *handle = open_till();
    temporal_error *error = temporal_execute_update(handle, till, spoil, "spilled", NULL);
    const temporal_error *cause = temporal_error_cause(error);

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_UPDATE);
    assert_string_equal(temporal_error_message(cause), "spilled");
    assert_string_equal(temporal_error_message(temporal_error_cause(cause)), "the disk is full");
    temporal_error_free(error);
    end(handle);
}

static void F16_the_same_id_is_the_same_update(void **state)
{
    temporal_handle *handle = open_till();
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_execute_update(handle, till, add, 5, &text, .id = "one"));
    assert_ok(temporal_execute_update(handle, till, add, 5, &text, .id = "one"));
    assert_string_equal(text, "now 15");
    assert_ok(temporal_execute_update(handle, till, add, 5, &text, .id = "two"));
    assert_string_equal(text, "now 20");
    end(handle);
}

static void F16_an_answer_of_another_type_does_not_fit(void **state)
{
    const temporal_int more = 1;
    const temporal_argument input = { temporal_int_type(), &more };
    temporal_handle *handle = open_till();
    temporal_int wrong = 0;

    (void)state;
    assert_fails(
        temporal_handle_execute_update(handle, "add", &input, 1, temporal_int_type(), &wrong, NULL),
        CONVERSION, "");
    end(handle);
}

/* --- start ------------------------------------------------------------------------------------ */

static void F16_start_returns_when_it_is_accepted_and_the_result_comes_later(void **state)
{
    temporal_handle *handle = open_till();
    temporal_update *update = NULL;
    temporal_int sum = 0;

    (void)state;
    assert_ok(temporal_start_update(handle, till, hold, TEMPORAL_NONE, &update, .id = "held"));
    assert_string_equal(temporal_update_id(update), "held");
    assert_string_equal(temporal_update_run_id(update), temporal_handle_run_id(handle));
    assert_int_equal(
        tiny_count_events(handle,
                          TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED),
        1);
    assert_fails(temporal_update_result_within(update, 0.01, temporal_int_type(), &sum), TIMEOUT,
                 "update hold of workflow");
    temporal_update_free(update);
    end(handle);

    handle = open_till();
    assert_ok(temporal_start_update(handle, till, hold, TEMPORAL_NONE, &update));
    assert_int_equal(strlen(temporal_update_id(update)), 36);
    assert_ok(temporal_signal(handle, till, release, TEMPORAL_NONE));
    assert_ok(temporal_get_update_result(update, till, hold, &sum));
    assert_int_equal(sum, 10);
    sum = 0;
    end(handle);
    assert_ok(temporal_get_update_result(update, till, hold, &sum)); /* as often as wanted */
    assert_int_equal(sum, 10);
    temporal_update_free(update);
}

static void F16_start_may_wait_for_the_end(void **state)
{
    temporal_handle *handle = open_till();
    temporal_update *update = NULL;
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_start_update(handle, till, add, 5, &update,
                                    .wait_for = TEMPORAL_UPDATE_COMPLETED));
    end(handle);
    assert_ok(temporal_get_update_result(update, till, add, &text));
    assert_string_equal(text, "now 15");
    temporal_update_free(update);
}

static void F16_an_update_that_is_rejected_says_so_in_its_result(void **state)
{
    temporal_handle *handle = open_till();
    temporal_update *update = NULL;
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_start_update(handle, till, add, 0, &update));
    assert_fails(temporal_get_update_result(update, till, add, &text), UPDATE, "update add");
    temporal_update_free(update);
    end(handle);
}

static void F16_an_update_is_found_again_by_its_id(void **state)
{
    temporal_handle *handle = open_till(), *other = NULL;
    temporal_update *update = NULL, *found = NULL;
    temporal_int sum = 0;

    (void)state;
    assert_ok(temporal_start_update(handle, till, hold, TEMPORAL_NONE, &update, .id = "held"));
    temporal_update_free(update);
    assert_ok(temporal_client_get_handle(client, temporal_handle_id(handle), NULL, &other));
    assert_ok(temporal_handle_get_update(other, "held", &found));
    temporal_handle_free(other);
    assert_null(temporal_update_run_id(found));
    assert_ok(temporal_signal(handle, till, release, TEMPORAL_NONE));
    assert_ok(temporal_update_result_within(found, TEST_PATIENCE, temporal_int_type(), &sum));
    assert_int_equal(sum, 10);
    assert_string_equal(temporal_update_run_id(found), temporal_handle_run_id(handle));
    temporal_update_free(found);
    end(handle);
}

/* --- what goes wrong -------------------------------------------------------------------------- */

static void F16_a_workflow_that_is_not_there_takes_no_updates(void **state)
{
    temporal_handle *handle = NULL;
    temporal_update *update = NULL;

    (void)state;
    assert_ok(temporal_client_get_handle(client, "nobody", NULL, &handle));
    assert_fails(temporal_execute_update(handle, till, add, 1, NULL), NOT_FOUND,
                 "UpdateWorkflowExecution at");
    assert_fails(temporal_start_update(handle, till, add, 1, &update), NOT_FOUND, "");
    assert_null(update);
    temporal_handle_free(handle);

    handle = open_till();
    assert_ok(temporal_handle_get_update(handle, "never", &update));
    assert_fails(temporal_update_result(update, temporal_int_type(), NULL), NOT_FOUND, "");
    temporal_update_free(update);
    assert_ok(temporal_execute_update(handle, till, close_till, TEMPORAL_NONE, NULL));
    assert_ok(temporal_get_result(handle, till, NULL));
    assert_fails(temporal_execute_update(handle, till, add, 1, NULL), NOT_FOUND, "completed");
    temporal_handle_free(handle);
}

static void F16_the_end_of_the_run_ends_the_wait_for_an_update(void **state)
{
    temporal_handle *handle = open_till();
    temporal_update *update = NULL;
    temporal_int sum = 0;
    temporal_error *error;

    (void)state;
    assert_ok(temporal_start_update(handle, till, hold, TEMPORAL_NONE, &update));
    assert_ok(temporal_handle_terminate(handle, "over", NULL, 0));
    error = temporal_get_update_result(update, till, hold, &sum);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_UPDATE);
    temporal_error_free(error);
    temporal_update_free(update);
    temporal_handle_free(handle);
}

static void F16_an_update_that_nobody_takes_times_out(void **state)
{
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_start_workflow(client, till, 10, &handle, .id = test_unique("till"),
                                      .task_queue = test_unique("nobody")));
    assert_fails(temporal_execute_update(handle, till, add, 1, NULL, .timeout = 0.2), TIMEOUT,
                 "update add of workflow till");
    end(handle);
}

static void F16_what_cannot_be_asked_for_is_said(void **state)
{
    temporal_handle *handle = NULL;
    temporal_update *update = NULL;

    (void)state;
    assert_ok(temporal_client_get_handle(client, "x", NULL, &handle));
    assert_fails(
        temporal_handle_execute_update(handle, "", NULL, 0, temporal_none_type(), NULL, NULL),
        INVALID_ARGUMENT, "the update's name");
    assert_fails(
        temporal_handle_execute_update(NULL, "x", NULL, 0, temporal_none_type(), NULL, NULL),
        INVALID_ARGUMENT, "handle is NULL");
    assert_fails(temporal_start_update(handle, till, add, 1, &update, .id = ""), INVALID_ARGUMENT,
                 ".id");
    assert_fails(temporal_start_update(handle, till, add, 1, &update, .timeout = -1),
                 INVALID_ARGUMENT, ".timeout");
    assert_fails(
        temporal_start_update(handle, till, add, 1, &update, .wait_for = (temporal_update_stage)7),
        INVALID_ARGUMENT, ".wait_for: 7");
    assert_fails(temporal_handle_get_update(handle, NULL, &update), INVALID_ARGUMENT,
                 "the update's id");
    assert_fails(temporal_update_result(NULL, temporal_none_type(), NULL), INVALID_ARGUMENT,
                 "update is NULL");
    assert_null(update);
    temporal_handle_free(handle);
}

/* --- with the start --------------------------------------------------------------------------- */

static void F16_a_workflow_starts_with_an_update(void **state)
{
    const char *id = test_unique("till");
    temporal_handle *handle = NULL, *again = NULL;
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_update_with_start(client, till, add, 5, 10, &handle, &text, .id = id,
                                         .task_queue = queue));
    assert_string_equal(text, "now 15");
    assert_ok(temporal_update_with_start(client, till, add, 6, 10, &again, &text, .id = id,
                                         .task_queue = queue,
                                         .id_conflict = TEMPORAL_ID_CONFLICT_USE_EXISTING));
    assert_string_equal(text, "now 21");
    assert_string_equal(temporal_handle_run_id(again), temporal_handle_run_id(handle));
    temporal_handle_free(again);
    end(handle);
}

static void F16_a_start_that_is_refused_is_no_update_either(void **state)
{
    temporal_handle *handle = open_till(), *other = NULL;
    temporal_error *error;
    temporal_string text = NULL;

    (void)state;
    error = temporal_update_with_start(client, till, add, 5, 10, &other, &text,
                                       .id = temporal_handle_id(handle), .task_queue = queue);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_ALREADY_STARTED);
    assert_non_null(strstr(temporal_error_message(error), temporal_handle_run_id(handle)));
    temporal_error_free(error);
    assert_null(other);
    assert_ok(temporal_execute_update(handle, till, add, 1, &text));
    assert_string_equal(text, "now 11");
    end(handle);
}

static void F16_an_update_that_is_rejected_leaves_the_workflow_that_it_started(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text = NULL;

    (void)state;
    assert_fails(temporal_update_with_start(client, till, add, -5, 10, &handle, NULL,
                                            .id = test_unique("till"), .task_queue = queue),
                 UPDATE, "update add");
    assert_non_null(handle);
    assert_ok(temporal_execute_update(handle, till, add, 1, &text));
    assert_string_equal(text, "now 11");
    end(handle);
}

static void F16_an_update_with_the_start_may_be_awaited_later(void **state)
{
    const temporal_int opening = 3;
    const temporal_argument input = { temporal_int_type(), &opening };
    const temporal_named_call workflow = { "till", &input, 1 }, hold = { "hold", NULL, 0 };
    const temporal_start_options options = { .struct_size = sizeof options,
                                             .id = test_unique("till"),
                                             .task_queue = queue };
    temporal_start_options signalled = options;
    temporal_handle *handle = NULL;
    temporal_update *update = NULL;
    temporal_int sum = 0;

    (void)state;
    assert_ok(temporal_client_start_update_with_start(client, &workflow, &options, &hold, NULL,
                                                      &handle, &update));
    assert_string_equal(temporal_update_run_id(update), temporal_handle_run_id(handle));
    assert_ok(temporal_signal(handle, till, release, TEMPORAL_NONE));
    assert_ok(temporal_get_update_result(update, till, hold, &sum));
    assert_int_equal(sum, 3);
    temporal_update_free(update);
    end(handle);

    handle = NULL;
    update = NULL;
    signalled.signal = "release";
    assert_fails(temporal_client_start_update_with_start(client, &workflow, &signalled, &hold, NULL,
                                                         &handle, &update),
                 INVALID_ARGUMENT, ".signal");
    assert_null(handle);
    assert_null(update);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F16_execute_waits_for_the_answer),
        cmocka_unit_test(F16_an_update_that_is_rejected_fails_with_the_validators_error),
        cmocka_unit_test(F16_an_update_that_failed_comes_with_its_causes),
        cmocka_unit_test(F16_the_same_id_is_the_same_update),
        cmocka_unit_test(F16_an_answer_of_another_type_does_not_fit),
        cmocka_unit_test(F16_start_returns_when_it_is_accepted_and_the_result_comes_later),
        cmocka_unit_test(F16_start_may_wait_for_the_end),
        cmocka_unit_test(F16_an_update_that_is_rejected_says_so_in_its_result),
        cmocka_unit_test(F16_an_update_is_found_again_by_its_id),
        cmocka_unit_test(F16_a_workflow_that_is_not_there_takes_no_updates),
        cmocka_unit_test(F16_the_end_of_the_run_ends_the_wait_for_an_update),
        cmocka_unit_test(F16_an_update_that_nobody_takes_times_out),
        cmocka_unit_test(F16_what_cannot_be_asked_for_is_said),
        cmocka_unit_test(F16_a_workflow_starts_with_an_update),
        cmocka_unit_test(F16_a_start_that_is_refused_is_no_update_either),
        cmocka_unit_test(F16_an_update_that_is_rejected_leaves_the_workflow_that_it_started),
        cmocka_unit_test(F16_an_update_with_the_start_may_be_awaited_later),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
