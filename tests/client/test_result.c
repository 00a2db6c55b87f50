/* SPDX-License-Identifier: MIT */
/* test_result.c -- how workflows end, as the client that waits for them hears it. */
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "tests/client/connected.h"
#include "tests/client/tiny_worker.h"

static temporal_handle *start_on(const char *queue)
{
    temporal_handle *handle = NULL;

    assert_ok(tiny_start(client, &handle, .id = test_unique("workflow"), .task_queue = queue));
    return handle;
}

/* --- completed -------------------------------------------------------------------------------- */

static void a_result_is_read_as_often_as_wanted(void **state)
{
    const char *queue = test_unique("queue");
    const temporal_string said = "Aloha";
    temporal_handle *handle = start_on(queue);
    temporal_string heard = NULL, again = NULL;

    (void)state;
    tiny_complete(client, queue, temporal_string_type(), &said);
    assert_ok(temporal_handle_result(handle, temporal_string_type(), &heard));
    assert_ok(temporal_handle_result_within(handle, TEST_PATIENCE, temporal_string_type(), &again));
    assert_string_equal(heard, "Aloha");
    assert_string_equal(again, "Aloha");
    temporal_handle_release_results(handle);
    assert_ok(temporal_handle_result(handle, temporal_string_type(), &heard));
    assert_string_equal(heard, "Aloha");
    assert_ok(temporal_handle_result(handle, temporal_string_type(), NULL)); /* not wanted */
    temporal_handle_free(handle);
}

static void a_result_of_another_type_does_not_fit(void **state)
{
    const char *queue = test_unique("queue");
    const temporal_string said = "Aloha";
    temporal_handle *handle = start_on(queue);
    temporal_int number = 42;

    (void)state;
    tiny_complete(client, queue, temporal_string_type(), &said);
    assert_fails(temporal_handle_result(handle, temporal_int_type(), &number), CONVERSION, "");
    assert_int_equal(number, 42);
    temporal_handle_free(handle);
}

typedef struct waiter {
    temporal_handle *handle;
    temporal_string heard;
    atomic_bool returned;
} waiter;

static void wait_for_result(void *data)
{
    waiter *self = data;

    assert_ok(temporal_handle_result(self->handle, temporal_string_type(), &self->heard));
    atomic_store(&self->returned, true);
}

static void waiting_ends_when_the_workflow_does(void **state)
{
    const char *queue = test_unique("queue");
    const temporal_string said = "at last";
    waiter self = { .handle = start_on(queue) };
    tiny_thread *thread = tiny_run(wait_for_result, &self);

    (void)state;
    assert_ok(temporal_handle_signal(self.handle, "nudge", NULL, 0));
    tiny_wait(client, queue); /* by now it waits, most likely; it ends in either case */
    assert_false(atomic_load(&self.returned));
    assert_ok(temporal_handle_signal(self.handle, "nudge", NULL, 0));
    tiny_complete(client, queue, temporal_string_type(), &said);
    tiny_join(thread);
    assert_string_equal(self.heard, "at last");
    temporal_handle_free(self.handle);
}

/* --- failed ----------------------------------------------------------------------------------- */

static void a_failure_comes_with_its_causes_and_details(void **state)
{
    const char *queue = test_unique("queue");
    const temporal_int left = 7;
    temporal_handle *handle = start_on(queue);
    temporal_error *failure, *error;
    const temporal_error *cause;
    temporal_int read = 0;

    (void)state;
    failure = temporal_error_application_with(
        &(const temporal_application_error){
            .struct_size = sizeof(temporal_application_error),
            .type = "Insufficient",
            .non_retryable = true,
            .detail_type = temporal_int_type(),
            .detail = &left,
            .cause = temporal_error_application("Inner", "the account is frozen"),
        },
        "only %d left", 7);
    tiny_fail(client, queue, failure);
    temporal_error_free(failure);

    error = temporal_handle_result(handle, temporal_none_type(), NULL);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_WORKFLOW);
    assert_contains(temporal_error_message(error), temporal_handle_id(handle));
    cause = assert_has(error, APPLICATION);
    assert_string_equal(temporal_error_type(cause), "Insufficient");
    assert_string_equal(temporal_error_message(cause), "only 7 left");
    assert_ok(temporal_error_detail(cause, 0, temporal_int, &read));
    assert_int_equal(read, 7);
    cause = temporal_error_cause(cause);
    assert_string_equal(temporal_error_type(cause), "Inner");
    temporal_error_free(error);
    temporal_handle_free(handle);
}

static void a_cancelled_workflow_failed_because_of_that(void **state)
{
    const char *queue = test_unique("queue");
    const temporal_string details = "half of it";
    temporal_handle *handle = start_on(queue);
    temporal_string read = NULL;
    temporal_error *error;

    (void)state;
    assert_ok(temporal_handle_cancel(handle));
    assert_ok(temporal_handle_cancel(handle)); /* a second request changes nothing */
    tiny_cancel(client, queue, temporal_string_type(), &details);
    error = temporal_handle_result(handle, temporal_none_type(), NULL);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_WORKFLOW);
    assert_ok(temporal_error_detail(assert_has(error, CANCELLED), 0, temporal_string, &read));
    assert_string_equal(read, "half of it");
    temporal_error_free(error);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_CANCELLED);
    temporal_handle_free(handle);
}

static void a_terminated_workflow_says_why(void **state)
{
    const temporal_string detail = "nightly clean-up";
    const temporal_argument details = { temporal_string_type(), &detail };
    temporal_handle *handle = start_on("queue");
    temporal_string read = NULL;
    temporal_error *error;

    (void)state;
    assert_ok(temporal_handle_terminate(handle, "no longer wanted", &details, 1));
    error = temporal_handle_result(handle, temporal_none_type(), NULL);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_TERMINATED);
    assert_contains(temporal_error_message(error), temporal_handle_id(handle));
    assert_contains(temporal_error_message(error), "no longer wanted");
    assert_ok(temporal_error_detail(error, 0, temporal_string, &read));
    assert_string_equal(read, "nightly clean-up");
    temporal_error_free(error);
    temporal_handle_free(handle);

    handle = start_on("queue"); /* neither reason nor details */
    assert_ok(temporal_handle_terminate(handle, NULL, NULL, 0));
    assert_fails(temporal_handle_result(handle, temporal_none_type(), NULL), TERMINATED, "");
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_TERMINATED);
    temporal_handle_free(handle);
}

static void a_workflow_that_nobody_runs_times_out(void **state)
{
    temporal_handle *handle = NULL;
    temporal_error *error;

    (void)state;
    assert_ok(tiny_start(client, &handle, .id = test_unique("workflow"),
                         .task_queue = test_unique("queue"), .run_timeout = 1));
    error = temporal_handle_result(handle, temporal_none_type(), NULL);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_WORKFLOW);
    assert_int_equal(temporal_error_timeout_type(assert_has(error, TIMEOUT)),
                     TEMPORAL_TIMEOUT_START_TO_CLOSE);
    temporal_error_free(error);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_TIMED_OUT);
    temporal_handle_free(handle);
}

/* --- one workflow of many runs ---------------------------------------------------------------- */

static void the_result_is_that_of_the_last_run_that_continues_it(void **state)
{
    const char *queue = test_unique("queue");
    const temporal_int said = 3;
    temporal_handle *handle = start_on(queue), *by_run = NULL, *by_id = NULL;
    temporal_int heard = 0;

    (void)state;
    tiny_continue_as_new(client, queue, "work");
    tiny_continue_as_new(client, queue, "work");
    tiny_complete(client, queue, temporal_int_type(), &said);
    assert_ok(temporal_handle_result(handle, temporal_int_type(), &heard));
    assert_int_equal(heard, 3);

    assert_ok(temporal_client_get_handle(client, temporal_handle_id(handle),
                                         temporal_handle_run_id(handle), &by_run));
    heard = 0;
    assert_ok(temporal_handle_result(by_run, temporal_int_type(), &heard));
    assert_int_equal(heard, 3);
    assert_int_equal(test_describe(by_run)->status, TEMPORAL_STATUS_CONTINUED_AS_NEW);

    assert_ok(temporal_client_get_handle(client, temporal_handle_id(handle), NULL, &by_id));
    assert_null(temporal_handle_run_id(by_id));
    heard = 0;
    assert_ok(temporal_handle_result(by_id, temporal_int_type(), &heard));
    assert_int_equal(heard, 3);
    assert_int_equal(test_describe(by_id)->status, TEMPORAL_STATUS_COMPLETED);
    temporal_handle_free(by_id);
    temporal_handle_free(by_run);
    temporal_handle_free(handle);
}

static void a_workflow_that_is_tried_again_ends_with_its_last_attempt(void **state)
{
    const temporal_retry_policy twice = { .initial_interval = 0.01, .maximum_attempts = 2 };
    temporal_error *failure = temporal_error_application("Flaky", "not today");
    const char *queue = test_unique("queue");
    const temporal_int said = 2;
    temporal_handle *handle = NULL;
    temporal_int heard = 0;

    (void)state;
    assert_ok(tiny_start(client, &handle, .id = test_unique("workflow"), .task_queue = queue,
                         .retry = &twice));
    tiny_fail(client, queue, failure);
    tiny_complete(client, queue, temporal_int_type(), &said);
    assert_ok(temporal_handle_result(handle, temporal_int_type(), &heard));
    assert_int_equal(heard, 2);
    temporal_handle_free(handle);

    assert_ok(tiny_start(client, &handle, .id = test_unique("workflow"), .task_queue = queue,
                         .retry = &twice));
    tiny_fail(client, queue, failure);
    tiny_fail(client, queue, failure);
    assert_fails(temporal_handle_result(handle, temporal_int_type(), &heard), WORKFLOW, "failed");
    temporal_handle_free(handle);
    temporal_error_free(failure);
}

static void a_cron_workflow_goes_on_after_each_run(void **state)
{
    const char *queue = test_unique("queue");
    const temporal_int said = 1;
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(tiny_start(client, &handle, .id = test_unique("workflow"), .task_queue = queue,
                         .cron = "@every 1s"));
    tiny_complete(client, queue, temporal_int_type(), &said);
    tiny_complete(client, queue, temporal_int_type(), &said);
    assert_ok(temporal_handle_terminate(handle, "enough", NULL, 0));
    assert_fails(temporal_handle_result(handle, temporal_int_type(), NULL), TERMINATED, "enough");
    temporal_handle_free(handle);
}

/* --- waiting for so long ---------------------------------------------------------------------- */

static void waiting_for_so_long_leaves_the_workflow_running(void **state)
{
    temporal_handle *handle = start_on("queue");
    temporal_int heard = 42;

    (void)state;
    assert_fails(temporal_handle_result_within(handle, 0.2, temporal_int_type(), &heard), TIMEOUT,
                 temporal_handle_id(handle));
    assert_fails(temporal_handle_result_within(handle, 0, temporal_int_type(), &heard), TIMEOUT,
                 temporal_handle_id(handle));
    assert_fails(temporal_handle_result_within(handle, -1, temporal_int_type(), &heard),
                 INVALID_ARGUMENT, "timeout");
    assert_int_equal(heard, 42);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_RUNNING);
    temporal_handle_free(handle);
}

static void waiting_for_ever_and_a_day_is_waiting_for_ever(void **state)
{
    const char *queue = test_unique("queue");
    const temporal_int said = 1;
    temporal_handle *handle = start_on(queue);
    temporal_int heard = 0;

    (void)state;
    tiny_complete(client, queue, temporal_int_type(), &said);
    assert_ok(temporal_handle_result_within(handle, 1e300, temporal_int_type(), &heard));
    assert_int_equal(heard, 1);
    temporal_handle_free(handle);
}

static void a_workflow_that_was_never_started_is_not_found(void **state)
{
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_client_get_handle(client, "nobody", NULL, &handle));
    assert_fails(temporal_handle_result(handle, temporal_none_type(), NULL), NOT_FOUND, "");
    assert_fails(temporal_handle_result(NULL, temporal_none_type(), NULL), INVALID_ARGUMENT,
                 "handle is NULL");
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_is_read_as_often_as_wanted),
        cmocka_unit_test(a_result_of_another_type_does_not_fit),
        cmocka_unit_test(waiting_ends_when_the_workflow_does),
        cmocka_unit_test(a_failure_comes_with_its_causes_and_details),
        cmocka_unit_test(a_cancelled_workflow_failed_because_of_that),
        cmocka_unit_test(a_terminated_workflow_says_why),
        cmocka_unit_test(a_workflow_that_nobody_runs_times_out),
        cmocka_unit_test(the_result_is_that_of_the_last_run_that_continues_it),
        cmocka_unit_test(a_workflow_that_is_tried_again_ends_with_its_last_attempt),
        cmocka_unit_test(a_cron_workflow_goes_on_after_each_run),
        cmocka_unit_test(waiting_for_so_long_leaves_the_workflow_running),
        cmocka_unit_test(waiting_for_ever_and_a_day_is_waiting_for_ever),
        cmocka_unit_test(a_workflow_that_was_never_started_is_not_found),
    };

    return cmocka_run_group_tests(tests, open_client, close_client);
}
