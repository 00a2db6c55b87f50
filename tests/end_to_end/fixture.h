/* SPDX-License-Identifier: MIT */
/* fixture.h -- what every end-to-end test program starts with. */
#ifndef TESTS_END_TO_END_FIXTURE_H
#define TESTS_END_TO_END_FIXTURE_H

#include "temporal/api/history/v1/message.pb-c.h"
#include "tests/support/live.h"

/** Connected to the test server, from fixture_connect to fixture_close. */
extern temporal_client *client;

int fixture_connect(void **state); /* a group's set-up, ... */
int fixture_close(void **state);   /* ... and its end */

/** Runs the tests between set_up and tear_down, each of which may be NULL; the fork server is
 * started before there is a thread. */
#define fixture_run(tests, set_up, tear_down) \
    fixture_run_group(#tests, (tests), sizeof(tests) / sizeof((tests)[0]), (set_up), (tear_down))
int fixture_run_group(const char *name, const struct CMUnitTest *tests, size_t count,
                      CMFixtureFunction set_up, CMFixtureFunction tear_down);

/** The history of the current run; free it with protobuf_c_message_free_unpacked. */
Tp__History__History *fixture_fetch_history(temporal_handle *handle);
/** How many events of that type (the wire's number) the history of the current run has. */
size_t fixture_count_events(temporal_handle *handle, int type);
/** The message with which a workflow task failed last; lives until the next call. */
const char *fixture_task_failure(temporal_handle *handle);
/** Waits until there is at least one. */
void fixture_wait_for_event(temporal_handle *handle, int type);

enum { /* numbers of event types */
    EVENT_TASK_COMPLETED = 7,
    EVENT_TASK_TIMED_OUT = 8,
    EVENT_TASK_FAILED = 9,
    EVENT_ACTIVITY_SCHEDULED = 10,
    EVENT_ACTIVITY_STARTED = 11,
    EVENT_ACTIVITY_COMPLETED = 12,
    EVENT_TIMER_STARTED = 17,
    EVENT_TIMER_FIRED = 18,
    EVENT_TIMER_CANCELED = 19,
    EVENT_MARKER = 25,
    EVENT_SIGNALED = 26,
    EVENT_CHILD_STARTED = 31,
    EVENT_ATTRIBUTES_UPSERTED = 40,
    EVENT_UPDATE_ACCEPTED = 41,
    EVENT_UPDATE_COMPLETED = 43
};

#endif
