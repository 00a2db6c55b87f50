/* SPDX-License-Identifier: MIT */
/* test_sizes.c -- payloads of no bytes, of a megabyte, and beyond what the server stores or a
 * message carries: to activities, from workflows, with signals. */
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/end_to_end/fixture.h"

enum {
    MIB = 1 << 20
};

TEMPORAL_ACTIVITY(measure, temporal_bytes, temporal_int)
TEMPORAL_WORKFLOW(heavy, temporal_int, temporal_bytes)
TEMPORAL_WORKFLOW(mailbox, temporal_none, temporal_int)
TEMPORAL_SIGNAL(mailbox, put, temporal_bytes)
TEMPORAL_SIGNAL(mailbox, close, temporal_none)

static atomic_bool mended; /* the code was, as if another version had been deployed */

TEMPORAL_ACTIVITY_DEFINE(measure)
temporal_error *measure(temporal_activity *attempt, temporal_bytes bytes, temporal_int *size)
{
    (void)attempt;
    *size = (temporal_int)bytes.size;
    return TEMPORAL_OK;
}

/* A payload of that size goes to an activity; one of minus that size is the result. */
TEMPORAL_WORKFLOW_DEFINE(heavy)
temporal_error *heavy(temporal_workflow *run, temporal_int size, temporal_bytes *result)
{
    const size_t length = (size_t)(size < 0 ? -size : size);
    const temporal_bytes bytes = { temporal_workflow_alloc(run, length + 1), length };
    temporal_int seen = 0;

    if (atomic_load(&mended) || size < 0) {
        *result = atomic_load(&mended) ? (temporal_bytes){ "mended", 6 } : bytes;
        return TEMPORAL_OK;
    }
    TEMPORAL_TRY(
        temporal_execute_activity(run, measure, bytes, &seen, .start_to_close_timeout = 100));
    *result = (temporal_bytes){ bytes.data, (size_t)seen };
    return TEMPORAL_OK;
}

typedef struct letters {
    temporal_int size;
    bool closed;
} letters;

TEMPORAL_SIGNAL_DEFINE(mailbox, letters, put)
TEMPORAL_SIGNAL_DEFINE(mailbox, letters, close)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(mailbox, letters, &mailbox_put_handler, &mailbox_close_handler)

temporal_error *mailbox_put(temporal_workflow *run, letters *self, temporal_bytes bytes)
{
    (void)run;
    self->size += (temporal_int)bytes.size;
    return TEMPORAL_OK;
}

temporal_error *mailbox_close(temporal_workflow *run, letters *self, temporal_none none)
{
    (void)run, (void)none;
    self->closed = true;
    return TEMPORAL_OK;
}

temporal_error *mailbox(temporal_workflow *run, letters *self, temporal_none in, temporal_int *size)
{
    (void)in;
    TEMPORAL_WAIT_UNTIL(run, self->closed);
    *size = self->size;
    return TEMPORAL_OK;
}

/* --- the tests ----------------------------------------------------------------------------------
 */

static const char *queue;
static temporal_worker *worker;

static int set_up(void **state)
{
    fixture_connect(state);
    queue = test_unique("sizes");
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&heavy_workflow, &mailbox_workflow),
                               .threads.activities = TEMPORAL_ACTIVITIES(&measure_activity));
    return 0;
}

static int tear_down(void **state)
{
    test_worker_stop(worker);
    return fixture_close(state);
}

static temporal_handle *start_heavy(temporal_int size)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, heavy, size, &handle, .id = test_unique("heavy"),
                                      .task_queue = queue, .task_timeout = 1));
    return handle;
}

static void run_heavy(temporal_int size)
{
    temporal_handle *handle = start_heavy(size);
    temporal_bytes result = { 0 };

    assert_ok(temporal_get_result(handle, heavy, &result));
    assert_int_equal(result.size, llabs(size));
    temporal_handle_free(handle);
}

static void payloads_of_no_bytes_and_of_a_megabyte_pass_in_each_direction(void **state)
{
    (void)state;
    run_heavy(0);
    run_heavy(MIB);
    run_heavy(-MIB);
}

/* The server ends such a run, and says why. */
static void expect_end_by_server(temporal_int size, const char *reason)
{
    temporal_handle *handle = start_heavy(size);
    temporal_bytes result = { 0 };

    assert_fails(temporal_get_result(handle, heavy, &result), TERMINATED, reason);
    temporal_handle_free(handle);
}

static void what_the_server_refuses_to_store_ends_the_run_with_its_reason(void **state)
{
    (void)state;
    expect_end_by_server(3 * MIB, "Input exceeds size limit");
    expect_end_by_server(-3 * MIB, "Result exceeds size limit");
    run_heavy(10);
}

static void what_no_message_can_carry_fails_the_task_until_it_is_mended(void **state)
{
    static const temporal_int sizes[] = { 6 * MIB, -6 * MIB };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        temporal_handle *handle = start_heavy(sizes[i]);
        temporal_bytes result = { 0 };

        fixture_wait_for_event(handle, EVENT_TASK_FAILED);
        assert_contains(fixture_task_failure(handle), "larger than max");
        run_heavy(10); /* the worker serves others */
        atomic_store(&mended, true);
        assert_ok(temporal_get_result(handle, heavy, &result));
        assert_int_equal(result.size, 6);
        temporal_handle_free(handle);
        atomic_store(&mended, false);
    }
}

static void a_signal_that_is_too_large_is_refused_to_who_sends_it(void **state)
{
    temporal_handle *handle = NULL;
    temporal_int size = 0;
    char *data = calloc(6, MIB);

    (void)state;
    assert_non_null(data);
    assert_ok(temporal_start_workflow(client, mailbox, TEMPORAL_NONE, &handle,
                                      .id = test_unique("mailbox"), .task_queue = queue));
    assert_ok(temporal_signal(handle, mailbox, put, ((temporal_bytes){ data, MIB })));
    assert_fails(temporal_signal(handle, mailbox, put, ((temporal_bytes){ data, 3 * MIB })),
                 INVALID_ARGUMENT, "size exceeds limit");
    assert_fails(temporal_signal(handle, mailbox, put, ((temporal_bytes){ data, 6 * MIB })), RPC,
                 "larger than max");
    assert_ok(temporal_signal(handle, mailbox, put, ((temporal_bytes){ "", 0 })));
    assert_ok(temporal_signal(handle, mailbox, close, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, mailbox, &size));
    assert_int_equal(size, MIB);
    temporal_handle_free(handle);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_of_no_bytes_and_of_a_megabyte_pass_in_each_direction),
        cmocka_unit_test(what_the_server_refuses_to_store_ends_the_run_with_its_reason),
        cmocka_unit_test(what_no_message_can_carry_fails_the_task_until_it_is_mended),
        cmocka_unit_test(a_signal_that_is_too_large_is_refused_to_who_sends_it),
    };

    return fixture_run(tests, set_up, tear_down);
}
