/* SPDX-License-Identifier: MIT */
/* test_restart.c -- a server that is killed and comes back under waiting clients. */
#include <stdatomic.h>
#include <string.h>

#include "tests/client/tiny_worker.h"

static atomic_uint retries;

static void count_retries(const temporal_log_record *record, void *data)
{
    (void)data;
    if (strstr(record->message, "trying again"))
        atomic_fetch_add(&retries, 1);
}

typedef struct waiting {
    temporal_handle *handle;
    temporal_int heard;
    temporal_error *error;
} waiting;

static void wait_for_ever(void *data)
{
    waiting *self = data;

    self->error = temporal_handle_result(self->handle, temporal_int_type(), &self->heard);
}

static void wait_for_long(void *data)
{
    waiting *self = data;

    self->error = temporal_handle_result_within(self->handle, 2 * TEST_PATIENCE,
                                                temporal_int_type(), &self->heard);
}

static void waiting_for_a_result_survives_the_server(void **state)
{
    test_dev_server *server = test_dev_server_start();
    temporal_client *client = test_connect_to(test_dev_server_address(server));
    const char *queue = test_unique("queue"), *id = test_unique("workflow");
    const temporal_int said = 7;
    waiting waits[2] = { { 0 } };
    tiny_thread *threads[2];

    (void)state;
    assert_ok(tiny_start(client, &waits[0].handle, .id = id, .task_queue = queue));
    assert_ok(temporal_client_get_handle(client, id, NULL, &waits[1].handle));
    threads[0] = tiny_run(wait_for_ever, &waits[0]);
    threads[1] = tiny_run(wait_for_long, &waits[1]);

    test_dev_server_kill(server);
    test_wait_for(atomic_load(&retries) >= 10); /* in vain */
    test_dev_server_restart(server);
    tiny_complete(client, queue, temporal_int_type(), &said);
    for (int i = 0; i < 2; i++) {
        tiny_join(threads[i]);
        assert_ok(waits[i].error);
        assert_int_equal(waits[i].heard, 7);
        temporal_handle_free(waits[i].handle);
    }
    temporal_client_free(client);
    test_dev_server_free(server);
}

static void call_it(void *data)
{
    waiting *self = data;

    self->error = temporal_handle_signal(self->handle, "hello", NULL, 0);
}

static void a_call_made_while_the_server_is_away_waits_for_it(void **state)
{
    test_dev_server *server = test_dev_server_start();
    temporal_client *client = NULL;
    waiting self = { 0 };
    tiny_thread *thread;

    (void)state;
    assert_ok(temporal_client_connect(&client, test_dev_server_address(server),
                                      .rpc_timeout = TEST_PATIENCE));
    assert_ok(tiny_start(client, &self.handle, .id = test_unique("workflow"),
                         .task_queue = test_unique("queue")));
    test_dev_server_kill(server);
    thread = tiny_run(call_it, &self);
    test_dev_server_restart(server);
    tiny_join(thread);
    assert_ok(self.error);
    assert_int_equal(
        tiny_count_events(self.handle,
                          TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED),
        1);
    temporal_handle_free(self.handle);
    temporal_client_free(client);
    test_dev_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_for_a_result_survives_the_server),
        cmocka_unit_test(a_call_made_while_the_server_is_away_waits_for_it),
    };

    temporal_log_set(TEMPORAL_LOG_DEBUG, count_retries, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
