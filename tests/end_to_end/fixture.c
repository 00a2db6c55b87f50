/* SPDX-License-Identifier: MIT */
/* fixture.c -- what every end-to-end test program starts with. */
#include "tests/end_to_end/fixture.h"

temporal_client *client;

int fixture_connect(void **state)
{
    (void)state;
    client = test_connect();
    return 0;
}

int fixture_close(void **state)
{
    (void)state;
    temporal_client_free(client);
    client = NULL;
    return 0;
}

int fixture_run_group(const char *name, const struct CMUnitTest *tests, size_t count,
                      CMFixtureFunction set_up, CMFixtureFunction tear_down)
{
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    return _cmocka_run_group_tests(name, tests, count, set_up, tear_down);
}

Tp__History__History *fixture_fetch_history(temporal_handle *handle)
{
    temporal_bytes bytes;
    ProtobufCMessage *history;

    assert_ok(temporal_handle_fetch_history(handle, &bytes));
    history =
        protobuf_c_message_unpack(&tp__history__history__descriptor, NULL, bytes.size, bytes.data);
    assert_non_null(history);
    temporal_handle_release_results(handle);
    return (Tp__History__History *)history;
}

size_t fixture_count_events(temporal_handle *handle, int type)
{
    Tp__History__History *history = fixture_fetch_history(handle);
    size_t count = 0;

    for (size_t i = 0; i < history->n_events; i++)
        count += (int)history->events[i]->event_type == type;
    protobuf_c_message_free_unpacked(&history->base, NULL);
    return count;
}

const char *fixture_task_failure(temporal_handle *handle)
{
    static char message[4096];
    Tp__History__History *history = fixture_fetch_history(handle);

    message[0] = '\0';
    for (size_t i = 0; i < history->n_events; i++)
        if ((int)history->events[i]->event_type == EVENT_TASK_FAILED)
            snprintf(message, sizeof message, "%s",
                     history->events[i]->workflow_task_failed_event_attributes->failure->message);
    protobuf_c_message_free_unpacked(&history->base, NULL);
    return message;
}

void fixture_wait_for_event(temporal_handle *handle, int type)
{
    test_wait_for(fixture_count_events(handle, type) > 0);
}
