/* SPDX-License-Identifier: MIT */
/* base/error: codes and messages, chains, and above all who owns what. Leaks and uses after the end
 * are the address sanitizer's to find. */
#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "tests/support/support.h"

static void no_error_is_ok(void **state)
{
    (void)state;
    assert_int_equal(temporal_error_get_code(NULL), TEMPORAL_ERROR_NONE);
    assert_string_equal(temporal_error_message(NULL), "ok");
    assert_string_equal(temporal_error_type(NULL), "");
    assert_string_equal(temporal_error_stack_trace(NULL), "");
    assert_null(temporal_error_cause(NULL));
    assert_null(temporal_error_find(NULL, TEMPORAL_ERROR_TIMEOUT));
    assert_false(temporal_error_is_retryable(NULL));
    assert_int_equal(temporal_error_timeout_type(NULL), TEMPORAL_TIMEOUT_UNSPECIFIED);
    assert_int_equal(temporal_error_retry_state(NULL), TEMPORAL_RETRY_STATE_UNSPECIFIED);
    assert_int_equal(temporal_error_rpc_status(NULL), 0);
    assert_null(tp_error_copy(NULL));
    temporal_error_free(NULL);
}

static void an_error_has_its_code_and_message(void **state)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_NOT_FOUND, "no %s-%d", "wf", 7);

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_NOT_FOUND);
    assert_string_equal(temporal_error_message(error), "no wf-7");
    assert_string_equal(temporal_error_type(error), "");
    assert_null(temporal_error_cause(error));
    temporal_error_free(error);
}

static void a_number_that_is_no_code_is_an_error_and_not_success(void **state)
{
    (void)state;
    assert_fails(temporal_error_new(TEMPORAL_ERROR_NONE, "text %d", 1), INVALID_ARGUMENT, "text 1");
    assert_fails(temporal_error_new((temporal_error_code)999, "x"), INVALID_ARGUMENT, "999");
    assert_fails(temporal_error_new((temporal_error_code)-1, "x"), INVALID_ARGUMENT, "-1");
}

static void a_system_error_says_what_the_system_said(void **state)
{
    (void)state;
    assert_fails(tp_error_system(ENOSPC, "cannot make %s", "it"), SYSTEM,
                 "cannot make it: No space left on device");
    assert_fails(tp_error_system(123456, "x"), SYSTEM, "123456");
}

static void fixed_errors_cost_nothing_and_survive_being_freed(void **state)
{
    temporal_error *error = tp_error_fixed(TEMPORAL_ERROR_CANCELLED);

    (void)state;
    temporal_error_free(error);
    assert_ptr_equal(tp_error_fixed(TEMPORAL_ERROR_CANCELLED), error);
    assert_string_equal(temporal_error_message(error), "cancelled");
    assert_int_equal(tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY)->code, TEMPORAL_ERROR_NO_MEMORY);
    assert_int_equal(tp_error_fixed(TEMPORAL_ERROR_SHUTDOWN)->code, TEMPORAL_ERROR_SHUTDOWN);
    assert_ptr_equal(tp_error_copy(error), error);
    error = temporal_error_wrap(error, TEMPORAL_ERROR_ACTIVITY, "activity error");
    assert_ptr_equal(temporal_error_cause(error), tp_error_fixed(TEMPORAL_ERROR_CANCELLED));
    temporal_error_free(error);
}

static void a_chain_is_found_by_code_and_freed_as_one(void **state)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_APPLICATION, "root");

    (void)state;
    error = temporal_error_wrap(error, TEMPORAL_ERROR_ACTIVITY, "middle");
    error = temporal_error_wrap(error, TEMPORAL_ERROR_WORKFLOW, "%s", "top");
    assert_string_equal(temporal_error_message(error), "top");
    assert_ptr_equal(temporal_error_find(error, TEMPORAL_ERROR_WORKFLOW), error);
    assert_string_equal(
        temporal_error_message(temporal_error_find(error, TEMPORAL_ERROR_APPLICATION)), "root");
    assert_null(temporal_error_find(error, TEMPORAL_ERROR_TIMEOUT));
    temporal_error_free(error);
}

static void a_chain_of_a_hundred_thousand_is_copied_and_freed_without_recursion(void **state)
{
    temporal_error *error = NULL, *copy;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 100000; i++)
        error = temporal_error_wrap(error, TEMPORAL_ERROR_APPLICATION, "%d", i);
    copy = tp_error_copy(error);
    temporal_error_free(error);
    for (const temporal_error *link = copy; link; link = temporal_error_cause(link))
        count++;
    assert_int_equal(count, 100000);
    temporal_error_free(copy);
}

static void under_an_owner_errors_go_with_its_arena(void **state)
{
    temporal_error *error, *heap = temporal_error_new(TEMPORAL_ERROR_SYSTEM, "made before");
    tp_arena arena, *before;

    (void)state;
    tp_arena_init(&arena);
    before = tp_error_set_owner(&arena);
    assert_null(before);
    error = temporal_error_new(TEMPORAL_ERROR_APPLICATION, "from the arena");
    temporal_error_free(error);
    assert_string_equal(temporal_error_message(error), "from the arena");
    error = temporal_error_wrap(error, TEMPORAL_ERROR_ACTIVITY, "wrapper");
    error = temporal_error_wrap(heap, TEMPORAL_ERROR_WORKFLOW, "of a heap cause");
    assert_ptr_equal(temporal_error_cause(error), heap);
    assert_ptr_equal(tp_error_set_owner(before), &arena);
    temporal_error_free(error);
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "made before");
    tp_arena_done(&arena);
}

static void a_heap_wrapper_outlives_the_arena_of_its_cause(void **state)
{
    temporal_error *error;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    tp_error_set_owner(&arena);
    error = temporal_error_new(TEMPORAL_ERROR_APPLICATION, "root");
    tp_error_set_text(error, &error->type, "Insufficient");
    error = temporal_error_wrap(error, TEMPORAL_ERROR_ACTIVITY, "middle");
    tp_error_set_owner(NULL);
    error = temporal_error_wrap(error, TEMPORAL_ERROR_WORKFLOW, "top");
    tp_arena_done(&arena);
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "middle");
    assert_string_equal(temporal_error_type(temporal_error_find(error, TEMPORAL_ERROR_APPLICATION)),
                        "Insufficient");
    temporal_error_free(error);
}

static void a_cause_of_another_arena_is_copied(void **state)
{
    temporal_error *cause, *error;
    tp_arena attempt, run;

    (void)state;
    tp_arena_init(&attempt);
    tp_arena_init(&run);
    tp_error_set_owner(&attempt);
    cause = temporal_error_new(TEMPORAL_ERROR_APPLICATION, "of the attempt");
    tp_error_set_owner(&run);
    error = temporal_error_wrap(cause, TEMPORAL_ERROR_ACTIVITY, "of the run");
    assert_ptr_not_equal(temporal_error_cause(error), cause);
    tp_error_set_owner(NULL);
    tp_arena_done(&attempt);
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "of the attempt");
    tp_arena_done(&run);
}

static void set_cause_follows_the_error_and_not_the_thread(void **state)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_ACTIVITY, "heap"), *cause;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    tp_error_set_owner(&arena);
    cause = temporal_error_new(TEMPORAL_ERROR_APPLICATION, "arena");
    tp_error_set_cause(error, cause);
    assert_false(error->cause->in_arena);
    assert_ptr_equal(tp_error_set_owner(NULL), &arena);
    tp_arena_done(&arena);
    assert_string_equal(temporal_error_message(temporal_error_cause(error)), "arena");
    temporal_error_free(error);
}

static void fill(temporal_error *error)
{
    tp_error_set_text(error, &error->type, "Type");
    tp_error_set_text(error, &error->stack_trace, "at line 1");
    tp_error_set_text(error, &error->source, "PythonSDK");
    tp_error_set_text(error, &error->activity_type, "charge");
    tp_error_set_text(error, &error->activity_id, "5");
    tp_error_set_text(error, &error->identity, "worker");
    tp_error_set_text(error, &error->workflow_type, "order");
    tp_error_set_text(error, &error->workflow_id, "order-7");
    tp_error_set_text(error, &error->run_id, "run");
    tp_error_set_text(error, &error->namespace_name, "default");
    tp_error_set_details(error, "a\0b", 3);
    error->non_retryable = true;
    error->next_retry_delay = 1.5;
    error->timeout_type = TEMPORAL_TIMEOUT_HEARTBEAT;
    error->retry_state = TEMPORAL_RETRY_STATE_TIMEOUT;
    error->rpc_status = 14;
    error->scheduled_event_id = 5;
    error->started_event_id = 6;
    error->payload =
        (tp_bytes){ (const uint8_t *)tp_arena_strdup(error->memory, "payload"), sizeof("payload") };
}

static void a_copy_has_everything_and_shares_nothing(void **state)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_APPLICATION, "message"), *copy;

    (void)state;
    fill(error);
    copy = tp_error_copy(error);
    temporal_error_free(error);
    assert_string_equal(copy->message, "message");
    assert_string_equal(temporal_error_type(copy), "Type");
    assert_string_equal(temporal_error_stack_trace(copy), "at line 1");
    assert_string_equal(copy->source, "PythonSDK");
    assert_string_equal(copy->activity_type, "charge");
    assert_string_equal(copy->activity_id, "5");
    assert_string_equal(copy->identity, "worker");
    assert_string_equal(copy->workflow_type, "order");
    assert_string_equal(copy->workflow_id, "order-7");
    assert_string_equal(copy->run_id, "run");
    assert_string_equal(copy->namespace_name, "default");
    assert_int_equal(copy->details.size, 3);
    assert_memory_equal(copy->details.data, "a\0b", 3);
    assert_true(copy->non_retryable);
    assert_true(copy->next_retry_delay == 1.5);
    assert_int_equal(temporal_error_timeout_type(copy), TEMPORAL_TIMEOUT_HEARTBEAT);
    assert_int_equal(temporal_error_retry_state(copy), TEMPORAL_RETRY_STATE_TIMEOUT);
    assert_int_equal(temporal_error_rpc_status(copy), 14);
    assert_int_equal(copy->scheduled_event_id, 5);
    assert_int_equal(copy->started_event_id, 6);
    assert_string_equal((const char *)copy->payload.data, "payload");
    tp_error_set_text(copy, &copy->type, NULL);
    tp_error_set_details(copy, NULL, 0);
    assert_string_equal(temporal_error_type(copy), "");
    assert_int_equal(copy->details.size, 0);
    temporal_error_free(copy);
}

static bool retryable(temporal_error_code code, bool non_retryable, int status,
                      temporal_timeout_type timeout)
{
    temporal_error *error = temporal_error_new(code, "x");
    bool answer;

    error->non_retryable = non_retryable;
    error->rpc_status = status;
    error->timeout_type = timeout;
    answer = temporal_error_is_retryable(error);
    temporal_error_free(error);
    return answer;
}

static void what_is_worth_another_try_is_told_by_code_flag_status_and_timeout(void **state)
{
    (void)state;
    assert_true(retryable(TEMPORAL_ERROR_APPLICATION, false, 0, 0));
    assert_false(retryable(TEMPORAL_ERROR_APPLICATION, true, 0, 0));
    assert_true(retryable(TEMPORAL_ERROR_UNAVAILABLE, false, 14, 0));
    assert_true(retryable(TEMPORAL_ERROR_RPC, false, 8, 0));
    assert_false(retryable(TEMPORAL_ERROR_RPC, false, 3, 0));
    assert_false(retryable(TEMPORAL_ERROR_RPC, false, 7, 0));
    assert_true(retryable(TEMPORAL_ERROR_TIMEOUT, false, 0, TEMPORAL_TIMEOUT_START_TO_CLOSE));
    assert_true(retryable(TEMPORAL_ERROR_TIMEOUT, false, 0, TEMPORAL_TIMEOUT_HEARTBEAT));
    assert_false(retryable(TEMPORAL_ERROR_TIMEOUT, false, 0, TEMPORAL_TIMEOUT_SCHEDULE_TO_CLOSE));
    assert_false(retryable(TEMPORAL_ERROR_CANCELLED, false, 0, 0));
    assert_false(retryable(TEMPORAL_ERROR_INVALID_ARGUMENT, false, 0, 0));
    assert_false(retryable(TEMPORAL_ERROR_TERMINATED, false, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_error_is_ok),
        cmocka_unit_test(an_error_has_its_code_and_message),
        cmocka_unit_test(a_number_that_is_no_code_is_an_error_and_not_success),
        cmocka_unit_test(a_system_error_says_what_the_system_said),
        cmocka_unit_test(fixed_errors_cost_nothing_and_survive_being_freed),
        cmocka_unit_test(a_chain_is_found_by_code_and_freed_as_one),
        cmocka_unit_test(a_chain_of_a_hundred_thousand_is_copied_and_freed_without_recursion),
        cmocka_unit_test(under_an_owner_errors_go_with_its_arena),
        cmocka_unit_test(a_heap_wrapper_outlives_the_arena_of_its_cause),
        cmocka_unit_test(a_cause_of_another_arena_is_copied),
        cmocka_unit_test(set_cause_follows_the_error_and_not_the_thread),
        cmocka_unit_test(a_copy_has_everything_and_shares_nothing),
        cmocka_unit_test(what_is_worth_another_try_is_told_by_code_flag_status_and_timeout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
