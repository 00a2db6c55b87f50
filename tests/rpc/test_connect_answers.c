/* SPDX-License-Identifier: MIT */
/* test_connect_answers.c -- what a connecting client makes of answers that no dev server gives. */
#include "tests/rpc/caller.h"

static scripted_server *server;

/* The first step answers GetSystemInfo, the second DescribeNamespace. */
static temporal_error *connect_within(temporal_seconds timeout, const char *script,
                                      temporal_client **client)
{
    const temporal_pair metadata[] = { { "x-script", script },
                                       { "x-key", test_unique("key") },
                                       { NULL, NULL } };

    return temporal_client_connect(client, scripted_server_target(server), .metadata = metadata,
                                   .rpc_timeout = timeout);
}

static temporal_error *connect_to(const char *script, temporal_client **client)
{
    return connect_within(TEST_PATIENCE, script, client);
}

static void a_server_that_knows_no_temporal_is_said_to_be_none(void **state)
{
    temporal_client *client = NULL;

    (void)state;
    assert_fails(connect_to("fail 12 unknown service", &client), UNAVAILABLE,
                 "is no Temporal server");
    assert_null(client);
}

static void a_server_that_is_starting_is_waited_for(void **state)
{
    temporal_client *client = NULL;

    (void)state;
    assert_ok(connect_to("fail 14 starting;ok;fail 14 starting;ok", &client));
    temporal_client_free(client);
}

static void a_server_that_never_is_ready_is_unavailable(void **state)
{
    temporal_client *client = NULL;

    (void)state;
    assert_fails(connect_within(1, "fail 14 starting", &client), UNAVAILABLE,
                 "no Temporal server answered");
    assert_fails(connect_within(1, "hang", &client), UNAVAILABLE, "no Temporal server answered");
    assert_null(client);
}

static void who_may_not_describe_a_namespace_may_use_it_all_the_same(void **state)
{
    temporal_client *client = NULL;

    (void)state;
    assert_ok(connect_to("ok;fail 7 not for you", &client));
    temporal_client_free(client);
}

static void who_is_not_let_in_is_told_so(void **state)
{
    temporal_client *client = NULL;
    temporal_error *error;

    (void)state;
    error = connect_to("fail 16 who are you", &client);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_RPC);
    assert_contains(temporal_error_message(temporal_error_cause(error)), "who are you");
    temporal_error_free(error);
    assert_fails(connect_to("ok;fail 16 who are you", &client), RPC, "who are you");
    assert_null(client);
}

static int start_server(void **state)
{
    (void)state;
    server = scripted_server_start(0);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    scripted_server_stop(server);
    wait_for_grpc_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_knows_no_temporal_is_said_to_be_none),
        cmocka_unit_test(a_server_that_is_starting_is_waited_for),
        cmocka_unit_test(a_server_that_never_is_ready_is_unavailable),
        cmocka_unit_test(who_may_not_describe_a_namespace_may_use_it_all_the_same),
        cmocka_unit_test(who_is_not_let_in_is_told_so),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
