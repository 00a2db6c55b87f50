/* SPDX-License-Identifier: MIT */
/* base/error_print: an error in words. */
#include "base/error.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/base/child.h"
#include "tests/support/support.h"

/* Takes error. */
static void assert_prints(temporal_error *error, const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    temporal_error_print(error, to);
    fclose(to);
    assert_string_equal(text, expected);
    free(text);
    temporal_error_free(error);
}

static temporal_error *insufficient(void)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_APPLICATION, "only %d left", 3);

    tp_error_set_text(error, &error->type, "Insufficient");
    return error;
}

static temporal_error *in_activity(temporal_error *cause)
{
    temporal_error *error = temporal_error_wrap(cause, TEMPORAL_ERROR_ACTIVITY, "activity error");

    tp_error_set_text(error, &error->activity_type, "charge");
    return error;
}

static void a_plain_error_is_its_message(void **state)
{
    (void)state;
    assert_prints(NULL, "ok\n");
    assert_prints(temporal_error_new(TEMPORAL_ERROR_TIMEOUT, "connect localhost:7233: no answer"),
                  "connect localhost:7233: no answer\n");
    assert_prints(temporal_error_new(TEMPORAL_ERROR_NOT_FOUND, "%s", ""), "not found\n");
    assert_prints(tp_error_fixed(TEMPORAL_ERROR_SHUTDOWN), "the worker is shutting down\n");
    assert_prints(insufficient(), "Insufficient: only 3 left\n");
}

static void a_chain_is_one_line(void **state)
{
    (void)state;
    assert_prints(temporal_error_wrap(in_activity(insufficient()), TEMPORAL_ERROR_WORKFLOW,
                                      "workflow order-7 failed"),
                  "workflow order-7 failed: activity charge failed: Insufficient: only 3 left\n");
}

static void a_link_without_a_cause_or_a_name_says_its_message(void **state)
{
    temporal_error *child = temporal_error_new(TEMPORAL_ERROR_CHILD_WORKFLOW, "boom");

    (void)state;
    assert_prints(in_activity(NULL), "activity charge failed: activity error\n");
    assert_prints(temporal_error_wrap(insufficient(), TEMPORAL_ERROR_ACTIVITY, "activity error"),
                  "activity error: Insufficient: only 3 left\n");
    tp_error_set_text(child, &child->workflow_id, "kid-1");
    tp_error_set_cause(child, insufficient());
    assert_prints(child, "child workflow kid-1 failed: Insufficient: only 3 left\n"
                         "  child workflow kid-1: id kid-1\n");
}

static void facts_follow_one_line_for_each_link_that_has_some(void **state)
{
    temporal_error *root = insufficient(), *error;

    (void)state;
    root->non_retryable = true;
    tp_error_set_text(root, &root->stack_trace, "File \"x.py\", line 3\n  raise Insufficient\n");
    error = in_activity(root);
    tp_error_set_text(error, &error->activity_id, "5");
    tp_error_set_text(error, &error->identity, "4711@host");
    error->retry_state = TEMPORAL_RETRY_STATE_NON_RETRYABLE_FAILURE;
    error = temporal_error_wrap(error, TEMPORAL_ERROR_WORKFLOW, "workflow order-7 failed");
    assert_prints(error,
                  "workflow order-7 failed: activity charge failed: Insufficient: only 3 left\n"
                  "  activity charge: id 5, worker 4711@host, failure is not retryable\n"
                  "  Insufficient: not retryable\n"
                  "    File \"x.py\", line 3\n"
                  "      raise Insufficient\n");
}

static void timeouts_statuses_and_delays_are_named(void **state)
{
    temporal_error *error = temporal_error_new(TEMPORAL_ERROR_TIMEOUT, "timed out");

    (void)state;
    error->timeout_type = TEMPORAL_TIMEOUT_HEARTBEAT;
    assert_prints(error, "timed out (heartbeat)\n");
    error = temporal_error_new(TEMPORAL_ERROR_RPC, "denied");
    error->rpc_status = 7;
    assert_prints(error, "denied\n  the server refused the call: gRPC status 7\n");
    error = insufficient();
    error->next_retry_delay = 2.5;
    assert_prints(error, "Insufficient: only 3 left\n  Insufficient: next retry after 2.5 s\n");
}

static void a_message_of_many_lines_is_indented_and_cannot_steer_a_terminal(void **state)
{
    (void)state;
    assert_prints(temporal_error_new(TEMPORAL_ERROR_APPLICATION, "%s", "one\ntwo\n"),
                  "one\n  two\n");
    assert_prints(temporal_error_new(TEMPORAL_ERROR_APPLICATION, "%s",
                                     "\x1b[31mred\x7f\r\tGr\xc3\xbc\xc3\x9f"),
                  "?[31mred??\tGr\xc3\xbc\xc3\x9f\n");
}

static void report(void *data)
{
    int status;

    (void)data;
    status = temporal_error_report(insufficient());
    if (temporal_error_report(NULL) == EXIT_SUCCESS)
        _exit(status);
}

static void a_report_goes_to_stderr_and_answers_with_an_exit_status(void **state)
{
    char text[4096];

    (void)state;
    assert_int_equal(child_run(report, NULL, text, sizeof(text)), EXIT_FAILURE);
    assert_string_equal(text, "Insufficient: only 3 left\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_error_is_its_message),
        cmocka_unit_test(a_chain_is_one_line),
        cmocka_unit_test(a_link_without_a_cause_or_a_name_says_its_message),
        cmocka_unit_test(facts_follow_one_line_for_each_link_that_has_some),
        cmocka_unit_test(timeouts_statuses_and_delays_are_named),
        cmocka_unit_test(a_message_of_many_lines_is_indented_and_cannot_steer_a_terminal),
        cmocka_unit_test(a_report_goes_to_stderr_and_answers_with_an_exit_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
