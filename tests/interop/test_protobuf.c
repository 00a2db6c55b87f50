/* SPDX-License-Identifier: MIT */
/* test_protobuf.c -- protobuf messages between this library and the official Python SDK: a client
 * there starts a workflow here, which calls an activity there. */
#include <temporal/protobuf.h>

#include "temporal/api/common/v1/message.pb-c.h"
#include "tests/support/live.h"

TEMPORAL_PROTOBUF(policy, Tp__Common__RetryPolicy, tp__common__retry_policy__descriptor)
TEMPORAL_PROTOBUF_BINARY(small_policy, Tp__Common__RetryPolicy,
                         tp__common__retry_policy__descriptor)

TEMPORAL_WORKFLOW(policy_in_c, policy, policy)
TEMPORAL_ACTIVITY_NAMED(double_it, "double_in_python", policy, policy)
TEMPORAL_ACTIVITY_NAMED(double_it_small, "double_in_python", small_policy, small_policy)

static const char *python_queue;

/* The first call goes as JSON, the second one as bytes. */
TEMPORAL_WORKFLOW_DEFINE(policy_in_c)
temporal_error *policy_in_c(temporal_workflow *run, policy input, policy *output)
{
    Tp__Common__RetryPolicy *changed = temporal_workflow_alloc(run, sizeof(*changed));
    static char refused[] = "Übel", *types[] = { refused };
    policy doubled;

    *changed = *input;
    changed->non_retryable_error_types = types;
    changed->n_non_retryable_error_types = 1;
    TEMPORAL_TRY(temporal_execute_activity(run, double_it, changed, &doubled,
                                           .task_queue = python_queue,
                                           .schedule_to_close_timeout = 30));
    return temporal_execute_activity(run, double_it_small, doubled, output,
                                     .task_queue = python_queue, .schedule_to_close_timeout = 30);
}

static void protobuf_messages_go_both_ways(void **state)
{
    const char *queue = test_unique("protobuf");
    temporal_client *client = test_connect();
    temporal_worker *worker;
    test_process *python;

    (void)state;
    python_queue = test_unique("protobuf-python");
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&policy_in_c_workflow));
    python = test_python_run("tests/interop/protobuf.py", test_server_address(), python_queue,
                             queue, test_unique("policy"));
    assert_string_equal(test_process_expect(python, "activity "), "RetryPolicy 1.5 1.500s Übel");
    assert_string_equal(test_process_expect(python, "activity "), "RetryPolicy 3.0 1.500s Übel");
    assert_string_equal(test_process_expect(python, "workflow "), "6.0 1.500s 7 Übel");
    assert_int_equal(test_process_wait(python), 0);
    test_process_free(python);
    test_worker_stop(worker);
    temporal_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protobuf_messages_go_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
