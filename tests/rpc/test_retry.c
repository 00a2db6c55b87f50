/* SPDX-License-Identifier: MIT */
/* test_retry.c -- which calls are tried again, for how long, and what becomes of them when the
 * server goes away. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rpc/status.h"
#include "tests/rpc/caller.h"

static scripted_server *server;
static caller from;

/* --- which ------------------------------------------------------------------------------------ */

static void a_call_is_tried_again_until_it_succeeds(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "fail 14 a;fail 13 b;fail 2 c;ok");
    call.options.retry = TP_RETRY_DEADLINE;
    assert_answer(&call, "attempt 4");
}

static void the_server_may_fail_often_under_a_call_that_goes_on_for_ever(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "fail 14 a;fail 15 b;fail 10 c;fail 11 d;fail 14 e;ok");
    call.options.retry = TP_RETRY_FOREVER;
    assert_answer(&call, "attempt 6");
}

static void a_call_of_one_attempt_is_not_tried_again(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "fail 14 away;ok");
    call.options.retry = TP_RETRY_ONCE;
    made_call_start(&call);
    assert_fails(made_call_wait(&call), UNAVAILABLE, "away");
    assert_int_equal(scripted_server_attempts(server, call.key), 1);
    made_call_done(&call);
}

/* The attempts that a call makes which fails once, and would then succeed. */
static unsigned attempts_after(int code, tp_retry retry, bool long_poll)
{
    char script[32];
    made_call call;
    unsigned attempts;

    snprintf(script, sizeof script, "fail %d x;ok", code);
    made_call_init(&call, &from, script);
    call.options.retry = retry;
    call.options.long_poll = long_poll;
    made_call_start(&call);
    temporal_error_free(made_call_wait(&call));
    attempts = scripted_server_attempts(server, call.key);
    made_call_done(&call);
    return attempts;
}

static void what_may_pass_is_tried_again_and_nothing_else(void **state)
{
    static const int passing[] = { TP_STATUS_UNKNOWN,  TP_STATUS_RESOURCE_EXHAUSTED,
                                   TP_STATUS_ABORTED,  TP_STATUS_OUT_OF_RANGE,
                                   TP_STATUS_INTERNAL, TP_STATUS_UNAVAILABLE,
                                   TP_STATUS_DATA_LOSS };
    static const int final[] = { TP_STATUS_INVALID_ARGUMENT,    TP_STATUS_NOT_FOUND,
                                 TP_STATUS_ALREADY_EXISTS,      TP_STATUS_PERMISSION_DENIED,
                                 TP_STATUS_FAILED_PRECONDITION, TP_STATUS_UNIMPLEMENTED,
                                 TP_STATUS_UNAUTHENTICATED };

    (void)state;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        assert_int_equal(attempts_after(passing[i], TP_RETRY_DEADLINE, false), 2);
    for (size_t i = 0; i < sizeof final / sizeof final[0]; i++) {
        assert_int_equal(attempts_after(final[i], TP_RETRY_DEADLINE, false), 1);
        assert_int_equal(attempts_after(final[i], TP_RETRY_FOREVER, true), 1);
    }
}

static void what_a_server_cancels_is_tried_again_where_it_waits_for_something(void **state)
{
    (void)state;
    assert_int_equal(attempts_after(TP_STATUS_CANCELLED, TP_RETRY_DEADLINE, false), 1);
    assert_int_equal(attempts_after(TP_STATUS_CANCELLED, TP_RETRY_DEADLINE, true), 2);
    assert_int_equal(attempts_after(TP_STATUS_CANCELLED, TP_RETRY_FOREVER, false), 2);
}

static void retries_end_with_the_time_and_the_last_error(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "fail 14 away");
    call.options.retry = TP_RETRY_DEADLINE;
    call.options.timeout = 2;
    made_call_start(&call);
    assert_fails(made_call_wait(&call), UNAVAILABLE, "away");
    assert_in_range(scripted_server_attempts(server, call.key), 2, UINT32_MAX);
    made_call_done(&call);
}

static void an_attempt_that_hangs_is_given_up_and_made_again(void **state)
{
    made_call call;

    (void)state;
    made_call_init(&call, &from, "hang;ok");
    call.options.retry = TP_RETRY_FOREVER;
    call.options.timeout = 1;
    made_call_start(&call);
    assert_ok(made_call_wait(&call));
    made_call_done(&call);
}

/* --- a server that goes away ------------------------------------------------------------------ */

static void calls_for_ever_survive_a_restart_of_the_server(void **state)
{
    enum {
        CALLS = 20
    };
    static made_call calls[CALLS];
    scripted_server *other = scripted_server_start(0);
    int port = scripted_server_port(other);
    caller there;

    (void)state;
    caller_open(&there, scripted_server_target(other));
    for (int i = 0; i < CALLS; i++) {
        made_call_init(&calls[i], &there, "hang;ok");
        calls[i].options.retry = TP_RETRY_FOREVER;
        calls[i].options.long_poll = true;
        made_call_start(&calls[i]);
    }
    test_wait_for(scripted_server_hanging(other) == CALLS);
    scripted_server_stop(other);
    other = scripted_server_start(port); /* it has forgotten the attempts: they hang again */
    test_wait_for(scripted_server_hanging(other) == CALLS);
    scripted_server_stop(other);
    other = scripted_server_start(port);
    test_wait_for(scripted_server_hanging(other) == CALLS);
    for (int i = 0; i < CALLS; i++) {
        made_call_cancel(&calls[i]);
        assert_fails(made_call_wait(&calls[i]), CANCELLED, "");
        made_call_done(&calls[i]);
    }
    caller_close(&there);
    scripted_server_stop(other);
}

/* What the library says meanwhile; written on loops, read by the test. */
static atomic_uint retries, warnings, relieved;

static void count_records(const temporal_log_record *record, void *data)
{
    (void)data;
    if (strstr(record->message, "trying again"))
        atomic_fetch_add(&retries, 1);
    if (record->level >= TEMPORAL_LOG_WARN)
        atomic_fetch_add(&warnings, 1);
    if (strstr(record->message, "works again"))
        atomic_fetch_add(&relieved, 1);
}

static void calls_outlive_a_server_that_is_away_and_one_speaks_for_them(void **state)
{
    enum {
        CALLS = 20,
        IN_VAIN = 100
    };
    static made_call calls[CALLS];
    scripted_server *other = scripted_server_start(0);
    int port = scripted_server_port(other);
    unsigned before, warned, spoke;
    made_call call;
    caller there;

    (void)state;
    caller_open(&there, scripted_server_target(other));
    made_call_init(&call, &there, "ok");
    assert_answer(&call, "attempt 1"); /* connected */
    scripted_server_stop(other);

    before = atomic_load(&retries);
    warned = atomic_load(&warnings);
    spoke = atomic_load(&relieved);
    for (int i = 0; i < CALLS; i++) {
        made_call_init(&calls[i], &there, "ok");
        calls[i].options.retry = TP_RETRY_FOREVER;
        made_call_start(&calls[i]);
    }
    test_wait_for(atomic_load(&retries) - before >= IN_VAIN);
    assert_in_range(atomic_load(&warnings) - warned, 1, IN_VAIN / 10);
    other = scripted_server_start(port);
    for (int i = 0; i < CALLS; i++) {
        assert_ok(made_call_wait(&calls[i]));
        made_call_done(&calls[i]);
    }
    assert_in_range(atomic_load(&relieved) - spoke, 1, CALLS / 2);
    caller_close(&there);
    scripted_server_stop(other);
}

/* This program in the role of a server, which the test may freeze. */
static _Noreturn void serve(void)
{
    scripted_server *self = scripted_server_start(0);

    printf("target %s\n", scripted_server_target(self));
    fflush(stdout);
    for (;;)
        pause();
}

static void a_frozen_server_is_found_out_by_keepalive(void **state)
{
    test_process *process = test_process_run(test_program_path(), "serve");
    const tp_channel_options options = { .target = test_process_expect(process, "target "),
                                         .keepalive = 1,
                                         .keepalive_reply = 1 };
    made_call call;
    caller there;

    (void)state;
    caller_open_with(&there, &options);
    made_call_init(&call, &there, "ok");
    assert_answer(&call, "attempt 1");
    test_process_signal(process, SIGSTOP);
    made_call_init(&call, &there, "ok");
    made_call_start(&call);
    assert_fails(made_call_wait(&call), UNAVAILABLE, ""); /* well before its own deadline */
    made_call_done(&call);

    /* And it is spoken to again when it goes on. */
    made_call_init(&call, &there, "ok");
    call.options.retry = TP_RETRY_FOREVER;
    made_call_start(&call);
    test_process_signal(process, SIGCONT);
    assert_ok(made_call_wait(&call));
    made_call_done(&call);
    caller_close(&there);
    test_process_free(process);
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

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_tried_again_until_it_succeeds),
        cmocka_unit_test(the_server_may_fail_often_under_a_call_that_goes_on_for_ever),
        cmocka_unit_test(a_call_of_one_attempt_is_not_tried_again),
        cmocka_unit_test(what_may_pass_is_tried_again_and_nothing_else),
        cmocka_unit_test(what_a_server_cancels_is_tried_again_where_it_waits_for_something),
        cmocka_unit_test(retries_end_with_the_time_and_the_last_error),
        cmocka_unit_test(an_attempt_that_hangs_is_given_up_and_made_again),
        cmocka_unit_test(calls_for_ever_survive_a_restart_of_the_server),
        cmocka_unit_test(calls_outlive_a_server_that_is_away_and_one_speaks_for_them),
        cmocka_unit_test(a_frozen_server_is_found_out_by_keepalive),
    };

    if (count > 1 && strcmp(arguments[1], "serve") == 0)
        serve();
    temporal_log_set(TEMPORAL_LOG_DEBUG, count_records, NULL);
    return cmocka_run_group_tests(tests, open_all, close_all);
}
