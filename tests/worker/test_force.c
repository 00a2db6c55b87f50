/* SPDX-License-Identifier: MIT */
/* test_force.c -- a worker that is ended by force while calls of its activities are under way: W3.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "tests/support/live.h"
#include "tests/worker/poll_server.h"

TEMPORAL_ACTIVITY(note, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(note)
temporal_error *note(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    temporal_string where = "here";

    (void)in, (void)out;
    TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_string, where));
    temporal_activity_wait_for_cancelled(attempt, 0);
    return temporal_activity_cancelled(attempt);
}

typedef struct running {
    temporal_worker *worker;
    temporal_client *client;
    temporal_error *error;
} running;

static void *run(void *data)
{
    running *self = data;

    self->error = temporal_worker_run(self->worker, self->client);
    return NULL;
}

/* The attempt ends because of the force, and its heartbeat after that. */
static void W3_an_attempt_that_ends_by_force_waits_for_its_heartbeat(void **state)
{
    poll_server *server = poll_server_start(&(const poll_server_rules){ .opening_task = true });
    running self = { .client = test_connect_to(poll_server_target(server)) };
    pthread_t thread;

    (void)state;
    assert_ok(temporal_worker_new(&self.worker, .task_queue = "q",
                                  .async.activities = TEMPORAL_ACTIVITIES(&note_activity),
                                  .graceful_shutdown_timeout = TEST_PATIENCE));
    assert_int_equal(pthread_create(&thread, NULL, run, &self), 0);
    test_wait_for(poll_server_count(server).heartbeats == 1);
    kill(getpid(), SIGTERM);
    kill(getpid(), SIGINT);
    pthread_join(thread, NULL);
    assert_fails(self.error, SHUTDOWN, "by force");
    assert_int_equal(poll_server_count(server).completed, 0);
    temporal_worker_free(self.worker);
    temporal_client_free(self.client);
    poll_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(W3_an_attempt_that_ends_by_force_waits_for_its_heartbeat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
