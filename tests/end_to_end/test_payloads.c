/* SPDX-License-Identifier: MIT */
/* test_payloads.c -- payloads of no bytes, of a megabyte, and of more than the server or a slot
 * takes, on each executor. */
#include <stdlib.h>
#include <string.h>

#include "tests/end_to_end/relay.h"

enum {
    MIB = 1 << 20
};

TEMPORAL_ACTIVITY(mirror, temporal_bytes, temporal_bytes)
TEMPORAL_ACTIVITY_DEFINE(mirror)
temporal_error *mirror(temporal_activity *attempt, temporal_bytes bytes, temporal_bytes *same)
{
    (void)attempt;
    *same = bytes;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(grow, temporal_int, temporal_bytes)
TEMPORAL_ACTIVITY_DEFINE(grow)
temporal_error *grow(temporal_activity *attempt, temporal_int size, temporal_bytes *bytes)
{
    *bytes = (temporal_bytes){ temporal_activity_alloc(attempt, (size_t)size), (size_t)size };
    return TEMPORAL_OK;
}

/* clang-format off */
#define ROUTE(FIELD)                    \
    FIELD(temporal_string, queue)       \
    FIELD(temporal_int, size)
/* clang-format on */
TEMPORAL_RECORD(route, ROUTE)

static const char *my_queue; /* of the worker with the workflows */

/* Bytes there and back again, through the workflow, twice. */
TEMPORAL_WORKFLOW(round_trip, route, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(round_trip)
temporal_error *round_trip(temporal_workflow *run, route way, temporal_int *size)
{
    temporal_bytes bytes, same;

    TEMPORAL_TRY(temporal_execute_activity(run, grow, way.size, &bytes, .task_queue = way.queue,
                                           .start_to_close_timeout = 60));
    TEMPORAL_TRY(temporal_execute_activity(run, mirror, bytes, &same, .task_queue = way.queue,
                                           .start_to_close_timeout = 60));
    if (same.size != bytes.size || (same.size > 0 && memcmp(same.data, bytes.data, same.size) != 0))
        return temporal_error_application("Wrong", "other bytes came back");
    *size = (temporal_int)same.size;
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(grow_too_large, route, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(grow_too_large)
temporal_error *grow_too_large(temporal_workflow *run, route way, temporal_none *none)
{
    static const temporal_retry_policy once = { .maximum_attempts = 1 };
    temporal_bytes bytes;

    (void)none;
    return temporal_execute_activity(run, grow, way.size, &bytes, .task_queue = way.queue,
                                     .start_to_close_timeout = 60, .retry = &once);
}

static void run_round_trip(const char *queue, temporal_int size)
{
    temporal_handle *handle = NULL;
    temporal_int back = -1;

    assert_ok(temporal_execute_workflow(client, round_trip, ((route){ queue, size }), &handle,
                                        &back, .id = test_unique("trip"), .task_queue = my_queue));
    assert_int_equal(back, size);
    temporal_handle_free(handle);
}

static void no_bytes_at_all_go_there_and_back(void **state)
{
    run_round_trip(QUEUE_OF(state), 0);
}

static void a_megabyte_goes_there_and_back(void **state)
{
    run_round_trip(QUEUE_OF(state), MIB);
}

/* The server takes two megabytes in a payload; a slot takes four here. */
static void a_result_that_is_too_large_fails_the_attempt_with_its_size(void **state)
{
    static const temporal_int sizes[] = { 3 * MIB, 6 * MIB };
    static const char *const said[] = { "exceeds size limit", "6291492 bytes" };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        temporal_handle *handle = NULL;
        temporal_error *error = temporal_execute_workflow(
            client, grow_too_large, ((route){ QUEUE_OF(state), sizes[i] }), &handle, NULL,
            .id = test_unique("large"), .task_queue = my_queue);

        assert_has(error, ACTIVITY);
        assert_contains(temporal_error_message(temporal_error_cause(assert_has(error, ACTIVITY))),
                        said[i]);
        temporal_error_free(error);
        temporal_handle_free(handle);
    }
    run_round_trip(QUEUE_OF(state), 1000); /* the worker is as it was */
}

static void an_input_that_is_too_large_is_refused_at_the_start(void **state)
{
    char *text = malloc(5 * MIB + 1);
    temporal_error *error;
    temporal_handle *handle = NULL;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', 5 * MIB);
    text[5 * MIB] = '\0';
    error = temporal_start_workflow(client, round_trip, ((route){ text, 0 }), &handle,
                                    .id = test_unique("large"), .task_queue = my_queue);
    assert_non_null(error);
    assert_null(handle);
    temporal_error_free(error);
    free(text);
    run_round_trip(relay_queues[0], 10); /* the client is as it was */
}

static temporal_worker *worker;

static int set_up(void **state)
{
    fixture_connect(state);
    relay_start_workers(
        TEMPORAL_ACTIVITIES(&mirror_activity, &grow_activity),
        &(temporal_worker_options){ .struct_size = sizeof(temporal_worker_options),
                                    .processes = { .concurrency = 1, .payload_limit = MIB / 4 } });
    my_queue = test_unique("payloads");
    worker = test_worker_start(
        client, .task_queue = my_queue,
        .workflows = TEMPORAL_WORKFLOWS(&round_trip_workflow, &grow_too_large_workflow));
    return 0;
}

static int tear_down(void **state)
{
    test_worker_stop(worker);
    relay_stop_workers();
    return fixture_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH_EXECUTOR(no_bytes_at_all_go_there_and_back),
        ON_EACH_EXECUTOR(a_megabyte_goes_there_and_back),
        ON_EACH_EXECUTOR(a_result_that_is_too_large_fails_the_attempt_with_its_size),
        cmocka_unit_test(an_input_that_is_too_large_is_refused_at_the_start),
    };

    return fixture_run(tests, set_up, tear_down);
}
