/* SPDX-License-Identifier: MIT */
/* tiny_worker.h -- a worker of a few calls: takes a task from the real server, and answers it.
 *
 * What a test of the client needs of the other side, without workflow code: each call takes the
 * next task of a queue, waits for it, and answers with the one command that it is named after. */
#ifndef TESTS_CLIENT_TINY_WORKER_H
#define TESTS_CLIENT_TINY_WORKER_H

#include "client/client.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "tests/support/live.h"

/** Starts a workflow of type "work" without input. */
#define tiny_start(client, handle, ...)                                 \
    temporal_client_start_workflow((client), "work", NULL, 0, (handle), \
                                   TEMPORAL_OPTIONS(temporal_start_options, __VA_ARGS__))

/* --- workflow tasks ------------------------------------------------------------------------- */

void tiny_complete(temporal_client *client, const char *queue, const temporal_type *type,
                   const void *result);
/** Does not take failure. */
void tiny_fail(temporal_client *client, const char *queue, const temporal_error *failure);
/** Answers a request to cancel. */
void tiny_cancel(temporal_client *client, const char *queue, const temporal_type *type,
                 const void *details);
void tiny_continue_as_new(temporal_client *client, const char *queue, const char *workflow);
/** One activity on the same queue, with these heartbeat timeout (0: none) and attempts. */
void tiny_schedule(temporal_client *client, const char *queue, const char *activity_id,
                   temporal_seconds heartbeat_timeout, int attempts);
/** Asks the server to cancel the activity that was scheduled, in answer to a task of another cause
 * (a signal). */
void tiny_cancel_activity(temporal_client *client, const char *queue);
/** Takes a task and asks for nothing. */
void tiny_wait(temporal_client *client, const char *queue);

/* --- queries ---------------------------------------------------------------------------------- */

/** Takes a query and answers it; fails the test when it has another name. */
void tiny_answer(temporal_client *client, const char *queue, const char *query,
                 const temporal_type *type, const void *answer);
void tiny_refuse(temporal_client *client, const char *queue, const char *message);

/* --- activity tasks --------------------------------------------------------------------------- */

typedef struct tiny_activity {
    tp_arena arena;
    const Tp__Ws__PollActivityTaskQueueResponse *task;
    temporal_activity_target by_token, by_id;
} tiny_activity;

void tiny_take(tiny_activity *activity, temporal_client *client, const char *queue);
void tiny_activity_done(tiny_activity *activity);

/* --- beside workers ----------------------------------------------------------------------------
 */

/** The history of the handle's workflow, taken apart; lives as long as the arena. */
const Tp__History__History *tiny_history(temporal_handle *handle, tp_arena *arena);
/** Its first event, that of the start. */
const Tp__History__WorkflowExecutionStartedEventAttributes *tiny_started(temporal_handle *handle,
                                                                         tp_arena *arena);
/** How many events of that type it has. */
size_t tiny_count_events(temporal_handle *handle, Tp__Enums__EventType type);

/** Registers it and waits until it is served. */
void tiny_register_namespace(temporal_client *client, const char *name);

/** Runs fn(data) beside the test; tiny_join returns when it has returned. */
typedef struct tiny_thread tiny_thread;
tiny_thread *tiny_run(void (*fn)(void *data), void *data);
void tiny_join(tiny_thread *thread);

#endif
