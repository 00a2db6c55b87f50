/* SPDX-License-Identifier: MIT */
/* test_replay_query.c -- T4: the histories of the runs that a query finds, replayed. */
#include <string.h>

#include <temporal/replayer.h>

#include "tests/support/live.h"

enum {
    RUNS = 3
};

static temporal_client *client;
static char query[160]; /* finds the runs of this program */

TEMPORAL_WORKFLOW_NAMED(nap, "replayed-nap", temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(nap)
temporal_error *nap(temporal_workflow *run, temporal_string name, temporal_string *text)
{
    TEMPORAL_TRY(temporal_workflow_sleep(run, TEMPORAL_MILLISECOND));
    *text = name;
    return TEMPORAL_OK;
}

/* What that became, without a thought for the runs that there are. */
TEMPORAL_WORKFLOW_NAMED(hurry, "replayed-nap", temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(hurry)
temporal_error *hurry(temporal_workflow *run, temporal_string name, temporal_string *text)
{
    (void)run;
    *text = name;
    return TEMPORAL_OK;
}

static int64_t count_found(void)
{
    int64_t count = 0;

    assert_ok(temporal_client_count_workflows(client, query, &count));
    return count;
}

static int run_naps(void **state)
{
    const char *queue = test_unique("nap");
    temporal_worker *worker;

    (void)state;
    client = test_connect();
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&nap_workflow));
    for (int i = 0; i < RUNS; i++) {
        temporal_handle *handle = NULL;
        temporal_string text = NULL;

        assert_ok(temporal_execute_workflow(client, nap, "zzz", &handle, &text,
                                            .id = test_unique(queue), .task_queue = queue));
        temporal_handle_free(handle);
    }
    test_worker_stop(worker);
    snprintf(query, sizeof query, "TaskQueue = '%s' AND ExecutionStatus = 'Completed'", queue);
    test_wait_for(count_found() == RUNS);
    return 0;
}

static int disconnect(void **state)
{
    (void)state;
    temporal_client_free(client);
    return 0;
}

struct told {
    int count, failed;
};

static void count_result(const temporal_replay_result *result, void *data)
{
    struct told *told = data;

    assert_true(*result->workflow_id && *result->run_id);
    assert_string_equal(result->workflow_type, "replayed-nap");
    told->count++;
    told->failed += result->error != NULL;
}

static void T4_each_run_that_a_query_finds_is_replayed(void **state)
{
    struct told told = { 0 };

    (void)state;
    assert_ok(temporal_replay(.workflows = TEMPORAL_WORKFLOWS(&nap_workflow), .client = client,
                              .query = query, .on_result = count_result, .data = &told));
    assert_int_equal(told.count, RUNS);
    assert_int_equal(told.failed, 0);
}

static void T4_code_that_does_something_else_fails_each_or_the_first(void **state)
{
    struct told told = { 0 };

    (void)state;
    assert_fails(temporal_replay(.workflows = TEMPORAL_WORKFLOWS(&hurry_workflow), .client = client,
                                 .query = query, .on_result = count_result, .data = &told),
                 NONDETERMINISM, "event ");
    assert_int_equal(told.failed, RUNS);
    told = (struct told){ 0 };
    assert_fails(temporal_replay(.workflows = TEMPORAL_WORKFLOWS(&hurry_workflow), .client = client,
                                 .query = query, .stop_at_first_failure = true,
                                 .on_result = count_result, .data = &told),
                 NONDETERMINISM, "event ");
    assert_int_equal(told.count, 1);
}

static void T4_a_query_that_the_server_does_not_understand_is_an_error(void **state)
{
    (void)state;
    assert_fails(temporal_replay(.workflows = TEMPORAL_WORKFLOWS(&nap_workflow), .client = client,
                                 .query = "this is no query"),
                 INVALID_ARGUMENT, "");
    assert_fails(temporal_replay(.workflows = TEMPORAL_WORKFLOWS(&nap_workflow), .query = query),
                 INVALID_ARGUMENT, ".query needs .client");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(T4_each_run_that_a_query_finds_is_replayed),
        cmocka_unit_test(T4_code_that_does_something_else_fails_each_or_the_first),
        cmocka_unit_test(T4_a_query_that_the_server_does_not_understand_is_an_error),
    };

    return cmocka_run_group_tests_name("replayer: a query", tests, run_naps, disconnect);
}
