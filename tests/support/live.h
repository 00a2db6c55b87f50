/* SPDX-License-Identifier: MIT */
/* live.h -- clients and workers of a test against a real server. */
#ifndef TESTS_SUPPORT_LIVE_H
#define TESTS_SUPPORT_LIVE_H

#include "tests/support/support.h"

static inline temporal_client *test_connect_to(const char *address)
{
    temporal_client *client = NULL;

    assert_ok(temporal_client_connect(&client, address));
    return client;
}

/** Connected to the test server. */
static inline temporal_client *test_connect(void)
{
    return test_connect_to(test_server_address());
}

/** A worker that runs until test_worker_stop, which fails the test when it ends with an error. */
#define test_worker_start(client, ...) \
    test_worker_start_with((client), TEMPORAL_OPTIONS(temporal_worker_options, __VA_ARGS__))

static inline temporal_worker *test_worker_start_with(temporal_client *client,
                                                      const temporal_worker_options *options)
{
    temporal_worker *worker = NULL;

    assert_ok(temporal_worker_new_with(&worker, options));
    assert_ok(temporal_worker_start(worker, client));
    return worker;
}

static inline void test_worker_stop(temporal_worker *worker)
{
    temporal_worker_shutdown(worker);
    assert_ok(temporal_worker_wait(worker));
    temporal_worker_free(worker);
}

/** What describe says at this moment; it lives until the next one, or until a result is released.
 */
static inline const temporal_workflow_description *test_describe(temporal_handle *handle)
{
    const temporal_workflow_description *description = NULL;

    temporal_handle_release_results(handle);
    assert_ok(temporal_handle_describe(handle, &description));
    return description;
}

#endif
