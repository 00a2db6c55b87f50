/* SPDX-License-Identifier: MIT */
/* test_close.c -- what becomes of calls, threads and files when a channel is closed. */
#include <pthread.h>

#include "base/alloc.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "tests/rpc/caller.h"

#define CALLS 100

static scripted_server *server;

/* --- calls ------------------------------------------------------------------------------------ */

static void closing_answers_each_call_under_way(void **state)
{
    static made_call calls[CALLS];
    caller from;

    (void)state;
    caller_open(&from, scripted_server_target(server));
    for (int i = 0; i < CALLS; i++) {
        made_call_init(&calls[i], &from, "hang");
        calls[i].options.retry = TP_RETRY_FOREVER;
        made_call_start(&calls[i]);
    }
    test_wait_for(scripted_server_hanging(server) == CALLS);
    caller_close(&from);
    for (int i = 0; i < CALLS; i++) { /* each has been answered by now */
        assert_true(calls[i].done);
        assert_fails(made_call_wait(&calls[i]), CANCELLED, "GetSystemInfo");
        made_call_done(&calls[i]);
    }
}

static void closing_answers_calls_that_wait_for_their_next_attempt(void **state)
{
    static made_call calls[CALLS];
    caller from;

    (void)state;
    caller_open(&from, scripted_server_target(server));
    for (int i = 0; i < CALLS; i++) {
        made_call_init(&calls[i], &from, "fail 8 too often");
        calls[i].options.retry = TP_RETRY_FOREVER;
        made_call_start(&calls[i]);
    }
    for (int i = 0; i < CALLS; i++)
        test_wait_for(scripted_server_attempts(server, calls[i].key) > 0);
    caller_close(&from);
    for (int i = 0; i < CALLS; i++) {
        assert_fails(made_call_wait(&calls[i]), CANCELLED, "");
        made_call_done(&calls[i]);
    }
}

static void a_channel_without_calls_closes(void **state)
{
    caller from;

    (void)state;
    caller_open(&from, scripted_server_target(server));
    caller_close(&from);
}

/* --- calls that come late --------------------------------------------------------------------- */

typedef struct latecomer {
    caller from;
    tp_call_options options;
    int left, cancelled;
    bool closed;
    tp_waiter end;
} latecomer;

static void on_late_answer(void *data, temporal_error *error, const ProtobufCMessage *response)
{
    latecomer *self = data;

    assert_null(response);
    assert_false(self->closed);
    if (temporal_error_get_code(error) == TEMPORAL_ERROR_CANCELLED)
        self->cancelled++;
    temporal_error_free(error);
    if (self->left-- > 0) /* as a poller would that has not heard of the end */
        tp_call_start(self->from.channel, &self->options, on_late_answer, self);
}

static void on_closed(void *data)
{
    latecomer *self = data;

    self->closed = true;
    tp_waiter_wake(&self->end);
}

static void close_and_call(void *data)
{
    latecomer *self = data;

    tp_channel_close(self->from.channel, on_closed, self);
    tp_call_start(self->from.channel, &self->options, on_late_answer, self);
}

static void calls_started_while_it_closes_are_answered(void **state)
{
    Tp__Ws__GetSystemInfoRequest request;
    latecomer self = { .left = 10 };

    (void)state;
    tp__ws__get_system_info_request__init(&request);
    self.options = (tp_call_options){
        .method = "GetSystemInfo",
        .request = &request.base,
        .response = &tp__ws__get_system_info_response__descriptor,
        .timeout = TEST_PATIENCE,
        .retry = TP_RETRY_FOREVER,
    };
    caller_open(&self.from, scripted_server_target(server));
    tp_waiter_init(&self.end);
    tp_loop_post(self.from.loop, close_and_call, &self);
    tp_waiter_wait(&self.end);
    tp_waiter_done(&self.end);
    assert_int_equal(self.cancelled, 11);
    tp_loop_free(self.from.loop);
}

/* --- what is left ----------------------------------------------------------------------------- */

static size_t threads_at_start;

static void *nothing(void *data)
{
    return data;
}

/* Behind a first thread, for which a sanitizer may start one of its own. */
static void count_threads_at_start(void)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, nothing, NULL), 0);
    pthread_join(thread, NULL);
    threads_at_start = test_count_threads();
}

static void nothing_is_left_behind(void **state)
{
    size_t files;
    made_call call;
    caller from;

    (void)state;
    scripted_server_stop(server);
    server = NULL;
    wait_for_grpc_end();
    test_wait_for(test_count_threads() <= threads_at_start);
    files = test_count_files();
    for (int i = 0; i < 3; i++) {
        scripted_server *own = scripted_server_start(0);

        caller_open(&from, scripted_server_target(own));
        made_call_init(&call, &from, "ok");
        assert_answer(&call, "attempt 1");
        caller_close(&from);
        scripted_server_stop(own);
        wait_for_grpc_end();
        test_wait_for(test_count_threads() <= threads_at_start);
    }
    assert_int_equal(test_count_files(), files);
}

static void a_bad_target_is_refused(void **state)
{
    static const char *const bad[] = { NULL,           "",
                                       "localhost",    ":7233",
                                       "localhost:",   "a:b",
                                       "localhost:0",  "localhost:65536",
                                       "local host:1", "http://localhost:7233" };
    tp_channel *channel = NULL;
    tp_loop *loop;

    (void)state;
    assert_ok(tp_loop_new(&loop, "test-rpc"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_fails(tp_channel_new(&channel, loop, &(tp_channel_options){ .target = bad[i] }),
                     INVALID_ARGUMENT, "localhost:7233");
    assert_fails(tp_channel_new(&channel, loop,
                                &(tp_channel_options){ .target = "localhost:1", .tls.on = true }),
                 INVALID_ARGUMENT, "plaintext");
    assert_null(channel);
    tp_loop_free(loop);
}

/* ---------------------------------------------------------------------------------------------- */

static int start_server(void **state)
{
    (void)state;
    server = scripted_server_start(0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_answers_each_call_under_way),
        cmocka_unit_test(closing_answers_calls_that_wait_for_their_next_attempt),
        cmocka_unit_test(a_channel_without_calls_closes),
        cmocka_unit_test(calls_started_while_it_closes_are_answered),
        cmocka_unit_test(a_bad_target_is_refused),
        cmocka_unit_test(nothing_is_left_behind),
    };

    count_threads_at_start();
    return cmocka_run_group_tests(tests, start_server, NULL);
}
