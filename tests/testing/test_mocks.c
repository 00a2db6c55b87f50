/* SPDX-License-Identifier: MIT */
/* test_mocks.c -- T2: activities, local ones too, replaced under the name of their contract. */
#include <temporal/testing.h>

#include "tests/support/live.h"

/* clang-format off */
#define GREETING_INFO(FIELD)           \
    FIELD(temporal_string, salutation) \
    FIELD(temporal_string, name)
/* clang-format on */
TEMPORAL_RECORD(greeting_info, GREETING_INFO)

TEMPORAL_ACTIVITY_NAMED(create_greeting, "Create.Greeting", greeting_info, temporal_string)
TEMPORAL_WORKFLOW(greet, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(greet_locally, temporal_string, temporal_string)

/* The real one, which a test would rather not call. */
TEMPORAL_ACTIVITY_DEFINE(create_greeting)
temporal_error *create_greeting(temporal_activity *attempt, greeting_info info,
                                temporal_string *out)
{
    *out = temporal_activity_format(attempt, "%s, %s!", info.salutation, info.name);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_MOCK(create_greeting, mocked_greeting)
static temporal_error *mocked_greeting(temporal_activity *attempt, greeting_info info,
                                       temporal_string *out)
{
    assert_string_equal(temporal_activity_get_info(attempt)->activity_type, "Create.Greeting");
    *out = temporal_activity_format(attempt, "mocked for %s", info.name);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_MOCK(create_greeting, broken_greeting)
static temporal_error *broken_greeting(temporal_activity *attempt, greeting_info info,
                                       temporal_string *out)
{
    const temporal_application_error broken = { .struct_size = sizeof broken,
                                                .type = "Broken",
                                                .non_retryable = true };

    (void)attempt, (void)info, (void)out;
    return temporal_error_application_with(&broken, "no greeting today");
}

TEMPORAL_WORKFLOW_DEFINE(greet)
temporal_error *greet(temporal_workflow *run, temporal_string name, temporal_string *out)
{
    const greeting_info info = { "Hello", name };

    return temporal_execute_activity(run, create_greeting, info, out, .start_to_close_timeout = 60);
}

TEMPORAL_WORKFLOW_DEFINE(greet_locally)
temporal_error *greet_locally(temporal_workflow *run, temporal_string name, temporal_string *out)
{
    const greeting_info info = { "Hello", name };

    return temporal_execute_local_activity(run, create_greeting, info, out,
                                           .start_to_close_timeout = 60);
}

static temporal_test_env *env;

/* What the workflow makes of a worker with that activity on its processes (otherwise on threads).
 */
static temporal_error *run_with(const temporal_activity_def *activity, bool processes, bool locally,
                                temporal_handle **handle, temporal_string *text)
{
    const temporal_workflow_def *const workflows[] = { &greet_workflow, &greet_locally_workflow,
                                                       NULL };
    const temporal_activity_def *const activities[] = { activity, NULL };
    const char *queue = test_unique("queue");
    temporal_worker *worker =
        processes ? test_worker_start(temporal_test_env_client(env), .task_queue = queue,
                                      .workflows = workflows,
                                      .processes = { .activities = activities, .concurrency = 1 })
                  : test_worker_start(temporal_test_env_client(env), .task_queue = queue,
                                      .workflows = workflows, .threads.activities = activities);
    temporal_error *error =
        locally ? temporal_execute_workflow(temporal_test_env_client(env), greet_locally, "World",
                                            handle, text, .id = test_unique("greet"),
                                            .task_queue = queue)
                : temporal_execute_workflow(temporal_test_env_client(env), greet, "World", handle,
                                            text, .id = test_unique("greet"), .task_queue = queue);

    test_worker_stop(worker);
    return error;
}

/* As an activity and as a local one. */
static void expect(const temporal_activity_def *activity, bool processes, const char *expected)
{
    temporal_handle *handle = NULL;
    temporal_string text = NULL;

    for (int locally = 0; locally < 2; locally++) {
        assert_ok(run_with(activity, processes, locally, &handle, &text));
        assert_string_equal(text, expected);
        temporal_handle_free(handle);
    }
}

static void T2_a_worker_runs_what_it_is_given_under_the_contracts_name(void **state)
{
    (void)state;
    expect(&create_greeting_activity, false, "Hello, World!");
    expect(&mocked_greeting_activity, false, "mocked for World");
}

static void T2_a_mock_runs_on_every_executor(void **state)
{
    (void)state;
    expect(&mocked_greeting_activity, true, "mocked for World");
}

static void T2_a_mock_may_fail_in_place_of_the_real_one(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text = NULL;
    temporal_error *error;

    (void)state;
    for (int locally = 0; locally < 2; locally++) {
        error = run_with(&broken_greeting_activity, false, locally, &handle, &text);
        assert_string_equal(temporal_error_message(assert_has(error, APPLICATION)),
                            "no greeting today");
        assert_null(text);
        temporal_error_free(error);
        temporal_handle_free(handle);
    }
}

static int start(void **state)
{
    (void)state;
    assert_ok(temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_TIME_SKIPPING));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    temporal_test_env_free(env);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(T2_a_worker_runs_what_it_is_given_under_the_contracts_name),
        cmocka_unit_test(T2_a_mock_runs_on_every_executor),
        cmocka_unit_test(T2_a_mock_may_fail_in_place_of_the_real_one),
    };

    assert_ok(temporal_fork_server_start()); /* the environment starts threads */
    return cmocka_run_group_tests_name("mocks", tests, start, stop);
}
