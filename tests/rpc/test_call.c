/* SPDX-License-Identifier: MIT */
/* test_call.c -- one attempt of a call: what goes there, what comes back, how it ends. */
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/version.h"
#include "rpc/status.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "tests/rpc/caller.h"

#define MIB (1024 * 1024)

static scripted_server *server;
static caller from;

/* --- answers ---------------------------------------------------------------------------------- */

static void an_answer_arrives(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "ok");
    assert_answer(&call, "attempt 1");
    assert_int_equal(scripted_server_attempts(server, call.key), 1);
}

static const Tp__Ws__GetSystemInfoResponse *kept;
static tp_waiter kept_one;

static void keep(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    (void)data;
    assert_null(error);
    kept = (const Tp__Ws__GetSystemInfoResponse *)response;
    tp_waiter_wake(&kept_one);
}

static void start_kept(void *data)
{
    const made_call *call = data;

    tp_call_start(from.channel, &call->options, keep, NULL);
}

static void an_answer_lives_in_the_arena_that_was_given(void **state)
{
    made_call call;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    made_call_init(&call, &from, "ok");
    call.options.arena = &arena;
    tp_waiter_init(&kept_one);
    tp_loop_post(from.loop, start_kept, &call);
    tp_waiter_wait(&kept_one);
    tp_waiter_done(&kept_one);
    assert_string_equal(kept->server_version, "attempt 1");
    tp_arena_done(&arena);
}

static void bytes_that_are_no_message_are_an_error(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "garbage");
    made_call_start(&call);
    assert_fails(made_call_wait(&call), RPC, "GetSystemInfo at 127.0.0.1");
    made_call_done(&call);
}

static void the_server_sees_who_calls(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "metadata");
    call.options.namespace_name = "mine";
    call.metadata[2] = (temporal_pair){ "authorization", "Bearer of news" };
    call.metadata[3] = (temporal_pair){ "x-empty", NULL };
    made_call_start(&call);
    assert_ok(made_call_wait(&call));
    assert_contains(call.answer, "client-name=temporal-c\n");
    assert_contains(call.answer, "client-version=" TP_SDK_VERSION "\n");
    assert_contains(call.answer, "temporal-namespace=mine\n");
    assert_contains(call.answer, "authorization=Bearer of news\n");
    assert_contains(call.answer, "x-empty=\n");
    made_call_done(&call);
}

/* --- errors ----------------------------------------------------------------------------------- */

static void an_error_says_what_was_tried_where_and_why(void **state)
{
    made_call call;
    temporal_error *error;

    (void)state;
    made_call_init(&call, &from, "fail 7 not for you");
    made_call_start(&call);
    error = made_call_wait(&call);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_RPC);
    assert_int_equal(temporal_error_rpc_status(error), TP_STATUS_PERMISSION_DENIED);
    assert_contains(temporal_error_message(error), "GetSystemInfo");
    assert_contains(temporal_error_message(error), scripted_server_target(server));
    assert_contains(temporal_error_message(error), "PERMISSION_DENIED: not for you");
    temporal_error_free(error);
    made_call_done(&call);
}

static void each_status_has_its_code(void **state)
{
    static const struct {
        const char *script;
        temporal_error_code code;
    } cases[] = {
        { "fail 1 x", TEMPORAL_ERROR_CANCELLED },
        { "fail 2 x", TEMPORAL_ERROR_RPC },
        { "fail 3 x", TEMPORAL_ERROR_INVALID_ARGUMENT },
        { "fail 4 x", TEMPORAL_ERROR_TIMEOUT },
        { "fail 5 x", TEMPORAL_ERROR_NOT_FOUND },
        { "fail 6 x", TEMPORAL_ERROR_RPC },
        { "fail 7 x", TEMPORAL_ERROR_RPC },
        { "fail 8 x", TEMPORAL_ERROR_RPC },
        { "fail 9 x", TEMPORAL_ERROR_RPC },
        { "fail 10 x", TEMPORAL_ERROR_RPC },
        { "fail 11 x", TEMPORAL_ERROR_RPC },
        { "fail 12 x", TEMPORAL_ERROR_RPC },
        { "fail 13 x", TEMPORAL_ERROR_RPC },
        { "fail 14 x", TEMPORAL_ERROR_UNAVAILABLE },
        { "fail 15 x", TEMPORAL_ERROR_RPC },
        { "fail 16 x", TEMPORAL_ERROR_RPC },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        made_call call;
        temporal_error *error;

        made_call_init(&call, &from, cases[i].script);
        made_call_start(&call);
        error = made_call_wait(&call);
        assert_int_equal(temporal_error_get_code(error), cases[i].code);
        assert_int_equal(temporal_error_rpc_status(error), (int)i + 1);
        assert_int_equal(scripted_server_attempts(server, call.key), 1);
        temporal_error_free(error);
        made_call_done(&call);
    }
}

static void details_name_the_run_that_is_running(void **state)
{
    made_call call;
    temporal_error *error;

    (void)state;
    made_call_init(&call, &from, "started run-4711");
    call.options.retry = TP_RETRY_FOREVER;
    made_call_start(&call);
    error = made_call_wait(&call);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_ALREADY_STARTED);
    assert_string_equal(error->run_id, "run-4711");
    temporal_error_free(error);
    made_call_done(&call);
}

static void details_tell_a_failed_query_from_a_bad_request(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "query no such thing");
    made_call_start(&call);
    assert_fails(made_call_wait(&call), QUERY_REJECTED, "no such thing");
    made_call_done(&call);
}

static void a_call_that_grpc_refuses_is_answered_all_the_same(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "ok");
    call.metadata[2] = (temporal_pair){ "x-lines", "one\ntwo" };
    call.options.retry = TP_RETRY_FOREVER;
    made_call_start(&call);
    assert_fails(made_call_wait(&call), INVALID_ARGUMENT, "GetSystemInfo");
    made_call_done(&call);
}

static void nobody_at_the_target_is_unavailable(void **state)
{
    char target[32];
    made_call call;
    caller nobody;

    (void)state;
    snprintf(target, sizeof target, "127.0.0.1:%d", test_free_port());
    caller_open(&nobody, target);
    made_call_init(&call, &nobody, "ok");
    made_call_start(&call);
    assert_fails(made_call_wait(&call), UNAVAILABLE, target);
    made_call_done(&call);
    caller_close(&nobody);
}

/* --- time ------------------------------------------------------------------------------------- */

static void a_deadline_ends_a_call(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "hang");
    call.options.timeout = 50 * TEMPORAL_MILLISECOND;
    call.options.retry = TP_RETRY_DEADLINE;
    made_call_start(&call);
    assert_fails(made_call_wait(&call), TIMEOUT, "DEADLINE_EXCEEDED");
    made_call_done(&call);
}

static void a_time_beyond_all_clocks_is_no_deadline(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "fail 14 once;ok");
    call.options.timeout = 1e300;
    call.options.retry = TP_RETRY_DEADLINE;
    assert_answer(&call, "attempt 2");
}

static void a_long_poll_in_vain_asks_again(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "hang;hang;hang;ok");
    call.options.timeout = 50 * TEMPORAL_MILLISECOND;
    call.options.retry = TP_RETRY_FOREVER;
    call.options.long_poll = true;
    made_call_start(&call);
    assert_ok(made_call_wait(&call));
    assert_in_range(scripted_server_attempts(server, call.key), 4, UINT32_MAX);
    made_call_done(&call);
}

/* Its deadline travels with the call, and servers look at it, too. */
static void a_long_poll_that_the_server_ends_at_its_deadline_has_timed_out(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "fail 1 context canceled");
    call.options.long_poll = true;
    made_call_start(&call);
    assert_fails(made_call_wait(&call), TIMEOUT, "context canceled");
    made_call_done(&call);
}

/* --- cancellation ----------------------------------------------------------------------------- */

static void a_call_under_way_is_cancelled(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "hang");
    call.options.retry = TP_RETRY_FOREVER;
    made_call_start(&call);
    test_wait_for(scripted_server_hanging(server) == 1);
    made_call_cancel(&call);
    assert_fails(made_call_wait(&call), CANCELLED, "GetSystemInfo");
    test_wait_for(scripted_server_hanging(server) == 0); /* the server hears of it */
    made_call_done(&call);
}

static void a_call_is_cancelled_before_it_left(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "hang");
    made_call_start(&call);
    made_call_cancel(&call);
    made_call_cancel(&call); /* a second time does nothing */
    assert_fails(made_call_wait(&call), CANCELLED, "");
    made_call_done(&call);
}

static void a_call_that_waits_for_its_next_attempt_is_cancelled(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "fail 8 too often"); /* pauses for about a second */
    call.options.retry = TP_RETRY_FOREVER;
    made_call_start(&call);
    test_wait_for(scripted_server_attempts(server, call.key) == 1);
    made_call_cancel(&call);
    assert_fails(made_call_wait(&call), CANCELLED, "");
    made_call_done(&call);
}

/* --- sizes ------------------------------------------------------------------------------------ */

static void a_large_answer_arrives(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "size 20000000");
    made_call_start(&call);
    assert_ok(made_call_wait(&call));
    assert_int_equal(strlen(call.answer), 20000000);
    made_call_done(&call);
}

static void a_request_over_the_servers_limit_is_not_tried_again(void **state)
{
    Tp__Ws__SignalWorkflowExecutionRequest request;
    made_call call;
    temporal_error *error;

    (void)state;
    tp__ws__signal_workflow_execution_request__init(&request);
    request.signal_name = tp_alloc(5 * MIB);
    memset(request.signal_name, 'x', 5 * MIB - 1);
    made_call_init(&call, &from, "ok");
    call.options.request = &request.base;
    call.options.retry = TP_RETRY_FOREVER;
    made_call_start(&call);
    error = made_call_wait(&call);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_RPC);
    assert_contains(temporal_error_message(error), "RESOURCE_EXHAUSTED");
    assert_contains(temporal_error_message(error), "vs. 4194304"); /* the limit */
    assert_false(temporal_error_is_retryable(error));
    temporal_error_free(error);
    made_call_done(&call);
    tp_free(request.signal_name);
}

static void an_answer_over_our_limit_is_not_asked_for_again(void **state)
{
    made_call call;
    caller small;

    (void)state;
    caller_open_with(&small, &(const tp_channel_options){ .target = scripted_server_target(server),
                                                          .receive_limit = MIB });
    made_call_init(&call, &small, "size 2000000");
    call.options.retry = TP_RETRY_FOREVER;
    made_call_start(&call);
    assert_fails(made_call_wait(&call), RPC, "vs. 1048576");
    assert_int_equal(scripted_server_attempts(server, call.key), 1);
    made_call_done(&call);
    caller_close(&small);
}

/* ---------------------------------------------------------------------------------------------- */

static int open_all(void **state)
{
    (void)state;
    server = scripted_server_start(0);
    caller_open(&from, scripted_server_target(server));
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    caller_close(&from);
    scripted_server_stop(server);
    wait_for_grpc_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_arrives),
        cmocka_unit_test(an_answer_lives_in_the_arena_that_was_given),
        cmocka_unit_test(bytes_that_are_no_message_are_an_error),
        cmocka_unit_test(the_server_sees_who_calls),
        cmocka_unit_test(an_error_says_what_was_tried_where_and_why),
        cmocka_unit_test(each_status_has_its_code),
        cmocka_unit_test(details_name_the_run_that_is_running),
        cmocka_unit_test(details_tell_a_failed_query_from_a_bad_request),
        cmocka_unit_test(a_call_that_grpc_refuses_is_answered_all_the_same),
        cmocka_unit_test(nobody_at_the_target_is_unavailable),
        cmocka_unit_test(a_deadline_ends_a_call),
        cmocka_unit_test(a_time_beyond_all_clocks_is_no_deadline),
        cmocka_unit_test(a_long_poll_in_vain_asks_again),
        cmocka_unit_test(a_long_poll_that_the_server_ends_at_its_deadline_has_timed_out),
        cmocka_unit_test(a_call_under_way_is_cancelled),
        cmocka_unit_test(a_call_is_cancelled_before_it_left),
        cmocka_unit_test(a_call_that_waits_for_its_next_attempt_is_cancelled),
        cmocka_unit_test(a_large_answer_arrives),
        cmocka_unit_test(a_request_over_the_servers_limit_is_not_tried_again),
        cmocka_unit_test(an_answer_over_our_limit_is_not_asked_for_again),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
