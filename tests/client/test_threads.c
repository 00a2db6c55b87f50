/* SPDX-License-Identifier: MIT */
/* test_threads.c -- one client of many threads. */
#include <stdatomic.h>
#include <string.h>

#include <grpc/grpc.h>

#include "base/uuid.h"
#include "tests/client/tiny_worker.h"

#define THREADS 8
#define ROUNDS  10

static temporal_client *client;

/* --- the same client -------------------------------------------------------------------------- */

static void start_and_end_workflows(void *data)
{
    atomic_int *done = data;

    for (int i = 0; i < ROUNDS; i++) {
        temporal_handle *handle = NULL;
        const temporal_workflow_description *description = NULL;
        char id[TP_UUID_SIZE];

        tp_uuid_make(id);
        assert_ok(tiny_start(client, &handle, .id = id, .task_queue = "queue"));
        assert_ok(temporal_handle_signal(handle, "go", NULL, 0));
        assert_ok(temporal_handle_describe(handle, &description));
        assert_string_equal(description->id, id);
        assert_ok(temporal_handle_terminate(handle, id, NULL, 0));
        assert_fails(temporal_handle_result(handle, temporal_none_type(), NULL), TERMINATED, id);
        temporal_handle_free(handle);
        atomic_fetch_add(done, 1);
    }
}

static void many_threads_share_a_client(void **state)
{
    tiny_thread *threads[THREADS];
    atomic_int done = 0;

    (void)state;
    for (int i = 0; i < THREADS; i++)
        threads[i] = tiny_run(start_and_end_workflows, &done);
    for (int i = 0; i < THREADS; i++)
        tiny_join(threads[i]);
    assert_int_equal(atomic_load(&done), THREADS * ROUNDS);
}

/* --- many waits at once ----------------------------------------------------------------------- */

typedef struct waiting {
    temporal_handle *handle;
    temporal_error *error;
} waiting;

static void wait_for_result(void *data)
{
    waiting *self = data;

    self->error = temporal_handle_result(self->handle, temporal_none_type(), NULL);
}

static void many_threads_wait_while_another_works(void **state)
{
    waiting waits[THREADS];
    tiny_thread *threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        waits[i] = (waiting){ 0 };
        assert_ok(tiny_start(client, &waits[i].handle, .id = test_unique("workflow"),
                             .task_queue = "queue"));
        threads[i] = tiny_run(wait_for_result, &waits[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        temporal_handle *other = NULL;

        assert_ok(
            temporal_client_get_handle(client, temporal_handle_id(waits[i].handle), NULL, &other));
        assert_ok(temporal_handle_terminate(other, "enough", NULL, 0));
        temporal_handle_free(other);
    }
    for (int i = 0; i < THREADS; i++) {
        tiny_join(threads[i]);
        assert_fails(waits[i].error, TERMINATED, "enough");
        temporal_handle_free(waits[i].handle);
    }
}

/* --- each with clients of its own ------------------------------------------------------------- */

static void connect_copy_and_free(void *data)
{
    temporal_client *shared = data;

    for (int i = 0; i < ROUNDS; i++) {
        temporal_client *own = NULL, *copy = NULL, *copy_of_shared = NULL;

        assert_ok(temporal_client_connect(&own, test_server_address()));
        assert_ok(temporal_client_copy(&copy, own, .identity = "copy"));
        assert_ok(temporal_client_copy(&copy_of_shared, shared, .identity = "copy"));
        temporal_client_free(own);
        temporal_client_free(copy_of_shared);
        temporal_client_free(copy);
    }
    temporal_client_free(shared); /* each thread has a reference; one of them is the last */
}

static void the_last_reference_may_go_on_any_thread(void **state)
{
    temporal_client *shared = test_connect();
    tiny_thread *threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        threads[i] = tiny_run(connect_copy_and_free, tp_client_ref(shared));
    temporal_client_free(shared);
    for (int i = 0; i < THREADS; i++)
        tiny_join(threads[i]);
}

/* ---------------------------------------------------------------------------------------------- */

static int open_client(void **state)
{
    (void)state;
    client = test_connect();
    return 0;
}

static int close_client(void **state)
{
    (void)state;
    temporal_client_free(client);
    test_wait_for(!grpc_is_initialized());
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads_share_a_client),
        cmocka_unit_test(many_threads_wait_while_another_works),
        cmocka_unit_test(the_last_reference_may_go_on_any_thread),
    };

    return cmocka_run_group_tests(tests, open_client, close_client);
}
