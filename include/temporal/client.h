/* SPDX-License-Identifier: MIT */
/* client.h -- talk to a Temporal server: connect, start, signal, query, wait.
 *
 * A temporal_client may be used from any thread; a temporal_handle from one at a time. Every call
 * blocks a plain thread and yields on the coroutine of an async activity. In an activity process
 * there is no client, and a workflow may not use one: both get a clear error. Strings in options
 * are copied. */
#ifndef TEMPORAL_CLIENT_H
#define TEMPORAL_CLIENT_H

#include "base.h"
#include "error.h"
#include "value.h"

TEMPORAL_BEGIN

typedef struct temporal_client temporal_client;
typedef struct temporal_handle temporal_handle; /* one workflow execution */

typedef struct temporal_tls {
    bool on;
    const char *ca, *certificate, *key; /* PEM texts */
    const char *server_name;
} temporal_tls;

/** A name and a value that travel beside a call, or as a memo or header entry. */
typedef struct temporal_pair {
    const char *name, *value;
} temporal_pair;

typedef struct temporal_client_options {
    size_t struct_size;
    const char *target;         /* "localhost:7233" */
    const char *namespace_name; /* "default" */
    const char *identity;       /* "<pid>@<host>" */
    temporal_tls tls;           /* INVALID_ARGUMENT when on: this release speaks plaintext only */
    const temporal_pair *metadata; /* sent with every call; ends with a NULL name */
    temporal_seconds rpc_timeout;  /* for one call with all of its retries: 10 s */
    bool lazy;                     /* connect at the first call instead of now */
} temporal_client_options;

/** Eagerly: one call (GetSystemInfo) proves that a Temporal server answers there within
 * rpc_timeout, otherwise UNAVAILABLE names the target; a namespace that does not exist is
 * NOT_FOUND. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_client_connect_with(temporal_client **client, const temporal_client_options *options);
/** temporal_client_connect(&client, "localhost:7233", .namespace_name = "mine") */
#define temporal_client_connect(client, ...) \
    temporal_client_connect_with((client),   \
                                 TEMPORAL_OPTIONS(temporal_client_options, .target = __VA_ARGS__))

/** What a copied client does otherwise; NULL and zero keep what the original has. */
typedef struct temporal_client_changes {
    size_t struct_size;
    const char *namespace_name;
    const char *identity;
    const temporal_pair *metadata;
    temporal_seconds rpc_timeout;
} temporal_client_changes;

/** Another client over the same connection. Free both, in any order. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_client_copy_with(temporal_client **copy, temporal_client *client,
                          const temporal_client_changes *changes);
#define temporal_client_copy(copy, client, ...) \
    temporal_client_copy_with((copy), (client), \
                              TEMPORAL_OPTIONS(temporal_client_changes, __VA_ARGS__))
/** Handles, updates and lists keep what they need of it. NULL is accepted. */
TEMPORAL_API void temporal_client_free(temporal_client *client);

/** What happens when a workflow with that id is running. */
typedef enum temporal_id_conflict {
    TEMPORAL_ID_CONFLICT_FAIL = 0, /* ALREADY_STARTED */
    TEMPORAL_ID_CONFLICT_USE_EXISTING,
    TEMPORAL_ID_CONFLICT_TERMINATE_EXISTING
} temporal_id_conflict;

typedef struct temporal_start_options {
    size_t struct_size;
    const char *id;         /* required */
    const char *task_queue; /* required */
    temporal_seconds execution_timeout;
    temporal_seconds run_timeout;
    temporal_seconds task_timeout;
    temporal_seconds start_delay;
    temporal_id_reuse id_reuse;
    temporal_id_conflict id_conflict;
    const temporal_retry_policy *retry;
    const char *cron;
    const temporal_entry *memo;
    const temporal_entry *search_attributes; /* of type string (Keyword), text, datetime, int,
                                                double, bool or string_list */
    /* Signal-with-start: starts it unless it runs, and sends this signal in the same call. */
    const char *signal;
    const temporal_argument *signal_inputs;
    size_t signal_input_count;
    const char *summary, *details; /* for those who look at it: one line, and Markdown */
} temporal_start_options;

/* The calls by name: what the typed verbs of contract.h, and dynamic callers, stand on. */

/** ALREADY_STARTED when the id policies say so. *handle is set only on success. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_client_start_workflow(temporal_client *client, const char *workflow,
                               const temporal_argument *inputs, size_t input_count,
                               temporal_handle **handle, const temporal_start_options *options);
/** A handle for an id that exists already; run_id NULL means the current run. No call is made. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_client_get_handle(temporal_client *client,
                                                                         const char *id,
                                                                         const char *run_id,
                                                                         temporal_handle **handle);

/** The workflow's id; lives as long as the handle. */
TEMPORAL_API const char *temporal_handle_id(const temporal_handle *handle);
/** The run that the handle is bound to, or that it was started as; NULL when it is by id only. A
 * handle from a start follows the workflow: calls go to whatever run is the current one. */
TEMPORAL_API const char *temporal_handle_run_id(const temporal_handle *handle);

/** Waits for the end, for as long as it takes, through continue-as-new, retries and cron. WORKFLOW,
 * with the failure as its cause, when it failed, was cancelled or timed out; TERMINATED. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_handle_result(temporal_handle *handle, const temporal_type *type, void *output);
/** The same, but TIMEOUT after so many seconds; the workflow goes on. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_handle_result_within(temporal_handle *handle, temporal_seconds timeout,
                              const temporal_type *type, void *output);
/** Returns when the server has written the signal down, not when it was handled. NOT_FOUND when the
 * workflow has ended. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_handle_signal(temporal_handle *handle, const char *signal, const temporal_argument *inputs,
                       size_t input_count);
/** QUERY_REJECTED, with the worker's message, when the query failed; TIMEOUT when no worker
 * answers. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_handle_query(temporal_handle *handle, const char *query, const temporal_argument *inputs,
                      size_t input_count, const temporal_type *output_type, void *output);
/** Asks it to cancel: its result tells how it ends. NOT_FOUND when it has ended. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_handle_cancel(temporal_handle *handle);
/** Ends it at once: its code is not asked. reason may be NULL. NOT_FOUND when it has ended. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_handle_terminate(temporal_handle *handle, const char *reason,
                          const temporal_argument *details, size_t detail_count);

typedef enum temporal_workflow_status { /* the wire's WorkflowExecutionStatus */
    TEMPORAL_STATUS_UNSPECIFIED = 0,
    TEMPORAL_STATUS_RUNNING = 1,
    TEMPORAL_STATUS_COMPLETED = 2,
    TEMPORAL_STATUS_FAILED = 3,
    TEMPORAL_STATUS_CANCELLED = 4,
    TEMPORAL_STATUS_TERMINATED = 5,
    TEMPORAL_STATUS_CONTINUED_AS_NEW = 6,
    TEMPORAL_STATUS_TIMED_OUT = 7,
    TEMPORAL_STATUS_PAUSED = 8
} temporal_workflow_status;

typedef struct temporal_pending_activity {
    const char *activity_id, *activity_type;
    int32_t attempt;
    bool started, cancel_requested, paused;
    const char *last_failure; /* message; "" when none */
    const char *last_worker_identity;
    const temporal_value *heartbeat_details; /* the newest that the server has */
    size_t heartbeat_details_count;
} temporal_pending_activity;

/** One entry of a memo, or one search attribute, as it was read; see temporal_value_get. */
typedef struct temporal_named_value {
    const char *name;
    temporal_value value;
} temporal_named_value;

/** The value of that name; NULL when there is none. */
TEMPORAL_API const temporal_value *temporal_named_value_find(const temporal_named_value *values,
                                                             size_t count, const char *name);

typedef struct temporal_workflow_description {
    const char *id, *run_id, *workflow_type, *task_queue;
    temporal_workflow_status status;
    int64_t start_time, close_time, execution_time; /* Unix nanoseconds; close_time 0: running */
    int64_t history_length;
    const char *parent_id, *parent_run_id; /* NULL: none */
    const temporal_pending_activity *pending_activities;
    size_t pending_activity_count;
    const char *summary, *details; /* as it was started with; "" when none */
    const temporal_named_value *memo;
    size_t memo_count;
    const temporal_named_value *search_attributes;
    size_t search_attribute_count;
} temporal_workflow_description;

/** The description lives until the handle's results are released. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_handle_describe(temporal_handle *handle,
                         const temporal_workflow_description **description);
/** The history as a temporal.api.history.v1.History message, encoded, all pages of it. Lives like a
 * description. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_handle_fetch_history(temporal_handle *handle, temporal_bytes *history);
/** Frees what was read through the handle so far (a program that queries for hours calls it now and
 * then); the handle goes on. */
TEMPORAL_API void temporal_handle_release_results(temporal_handle *handle);
/** What was read through a handle goes with it. */
TEMPORAL_API void temporal_handle_free(temporal_handle *handle);

/* --- lists and counts ------------------------------------------------------------------------- */

/* query is the server's own language ("WorkflowType = 'order' AND ExecutionStatus = 'Running'");
 * NULL: every workflow of the namespace. INVALID_ARGUMENT, with what the server says, for one that
 * it does not understand. What has just been started or has just ended may be missing for a moment:
 * the server indexes it behind the calls. */

typedef struct temporal_workflow_list temporal_workflow_list; /* one thread at a time */

typedef struct temporal_list_options {
    size_t struct_size;
    int32_t page_size; /* that one call asks for; 0: the server's own */
} temporal_list_options;

/** No call is made yet. options may be NULL. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_client_list_workflows(temporal_client *client, const char *query,
                               temporal_workflow_list **list, const temporal_list_options *options);
/** The next run, or NULL behind the last; it lives until the next one, and says nothing of pending
 * activities, summary and details (describe does). Asks the server for one page after the other;
 * after an error the same page may be asked for again. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_list_next(temporal_workflow_list *list,
                            const temporal_workflow_description **description);
/** With the run that it gave last. NULL is accepted. */
TEMPORAL_API void temporal_workflow_list_free(temporal_workflow_list *list);

/** How many runs the query finds. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_client_count_workflows(temporal_client *client, const char *query, int64_t *count);

typedef struct temporal_workflow_group {
    const temporal_value *values; /* of the attributes that are grouped by, in their order */
    size_t value_count;
    int64_t count;
} temporal_workflow_group;

typedef struct temporal_workflow_groups {
    int64_t count; /* of all */
    const temporal_workflow_group *items;
    size_t item_count;
} temporal_workflow_groups;

/** For a query that ends with GROUP BY ("GROUP BY ExecutionStatus"). Free *groups. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_client_group_workflows(temporal_client *client, const char *query,
                                temporal_workflow_groups **groups);
/** With all that stands in them. NULL is accepted. */
TEMPORAL_API void temporal_workflow_groups_free(temporal_workflow_groups *groups);

/* --- updates ---------------------------------------------------------------------------------- */

typedef struct temporal_update temporal_update; /* an update that was asked for */

typedef enum temporal_update_stage {
    TEMPORAL_UPDATE_ACCEPTED = 0, /* by the workflow's validator */
    TEMPORAL_UPDATE_COMPLETED
} temporal_update_stage;

typedef struct temporal_update_options {
    size_t struct_size;
    const char *id; /* the same id again is the same update, not a second one. NULL: a UUID */
    temporal_update_stage wait_for; /* what start waits for; execute always waits for the end */
    temporal_seconds
        timeout; /* TIMEOUT after so long; the update goes on. 0: as long as it takes */
} temporal_update_options;

/* options may be NULL. NOT_FOUND when there is no such workflow, or it has ended. */

/** Waits for the handler's end. UPDATE, with the failure as its cause, when the validator rejected
 * it or the handler failed. What output points to lives like the handle's other results. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_handle_execute_update(temporal_handle *handle, const char *update,
                               const temporal_argument *inputs, size_t input_count,
                               const temporal_type *output_type, void *output,
                               const temporal_update_options *options);
/** Waits until it is accepted (or .wait_for). An update that was rejected by then is a success
 * here: its result says so. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_handle_start_update(temporal_handle *handle, const char *name,
                             const temporal_argument *inputs, size_t input_count,
                             temporal_update **update, const temporal_update_options *options);
/** One that was asked for already. No call is made. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_handle_get_update(temporal_handle *handle, const char *id, temporal_update **update);

/** Waits for the end, as execute does; any number of times. What output points to lives as long as
 * the update. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_update_result(temporal_update *update, const temporal_type *type, void *output);
/** The same, but TIMEOUT after so many seconds; the update goes on. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_update_result_within(temporal_update *update, temporal_seconds timeout,
                              const temporal_type *type, void *output);
/** Lives as long as the update. */
TEMPORAL_API const char *temporal_update_id(const temporal_update *update);
/** The run that it is an update of; NULL when that is not known. */
TEMPORAL_API const char *temporal_update_run_id(const temporal_update *update);
/** Does not end the update. An update may outlive its handle. */
TEMPORAL_API void temporal_update_free(temporal_update *update);

/** What is called by name, and with what. */
typedef struct temporal_named_call {
    const char *name;
    const temporal_argument *inputs;
    size_t input_count;
} temporal_named_call;

/* Update-with-start: starts the workflow and sends it the update, in one call: both or none. When
 * the workflow runs already, .id_conflict decides: ALREADY_STARTED, or, with USE_EXISTING, an
 * update of the one that runs. *handle is set as soon as the workflow was started or found: free it
 * also after an error. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_client_execute_update_with_start(
    temporal_client *client, const temporal_named_call *workflow,
    const temporal_start_options *start_options, const temporal_named_call *update,
    const temporal_update_options *options, temporal_handle **handle,
    const temporal_type *output_type, void *output);
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_client_start_update_with_start(
    temporal_client *client, const temporal_named_call *workflow,
    const temporal_start_options *start_options, const temporal_named_call *update,
    const temporal_update_options *options, temporal_handle **handle, temporal_update **started);

/** An activity that is completed from outside: by its task token, or by ids. */
typedef struct temporal_activity_target {
    temporal_bytes task_token; /* when set, the ids are not looked at */
    const char *workflow_id, *run_id /* NULL: current */, *activity_id;
} temporal_activity_target;

/** NOT_FOUND when the activity has ended (timed out, cancelled, its workflow closed). */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_client_complete_activity(temporal_client *client, const temporal_activity_target *target,
                                  const temporal_type *type, const void *result);
/** Does not take failure. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_client_fail_activity(temporal_client *client, const temporal_activity_target *target,
                              const temporal_error *failure);
/** Says that it ended because it was cancelled. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_client_cancel_activity(temporal_client *client, const temporal_activity_target *target,
                                const temporal_argument *details, size_t detail_count);
/** *reason (temporal_cancel_reason of activity.h, 0: go on) tells whether it should stop. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_client_heartbeat_activity(temporal_client *client, const temporal_activity_target *target,
                                   const temporal_argument *details, size_t detail_count,
                                   int *reason);

/* --- pending activities, paused and reset -------------------------------------------------- */

/* Which activities of a workflow, and how. What a call does not know it refuses. */
typedef struct temporal_activity_control {
    size_t struct_size;
    const char *id;          /* one of these: an activity's, ... */
    const char *type;        /* ... all that are pending of a type, ... */
    bool all;                /* ... or, but for a pause, all that are pending */
    const char *reason;      /* of a pause: for those who look at it */
    bool reset_attempts;     /* unpause: the next attempt is the first again */
    bool reset_heartbeat;    /* unpause, reset: the next attempt finds no heartbeat details */
    bool keep_paused;        /* reset: an activity that is paused stays so */
    bool restore_options;    /* reset: those that the workflow gave it */
    temporal_seconds jitter; /* unpause, reset: the next attempts begin spread over so long */
} temporal_activity_control;

/* All of them: NOT_FOUND when the workflow has ended, or has no such activity pending. */

/** No attempt begins any more; one that runs is told at its next heartbeat (its cancel reason is
 * TEMPORAL_CANCEL_PAUSED). */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_activity_pause_with(temporal_handle *handle, const temporal_activity_control *options);
#define temporal_activity_pause(handle, ...) \
    temporal_activity_pause_with((handle), TEMPORAL_OPTIONS(temporal_activity_control, __VA_ARGS__))
/** The next attempt begins. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_activity_unpause_with(temporal_handle *handle, const temporal_activity_control *options);
#define temporal_activity_unpause(handle, ...) \
    temporal_activity_unpause_with((handle),   \
                                   TEMPORAL_OPTIONS(temporal_activity_control, __VA_ARGS__))
/** Begins again with the first attempt; one that runs is told (TEMPORAL_CANCEL_RESET). A paused one
 * goes on. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_activity_reset_with(temporal_handle *handle, const temporal_activity_control *options);
#define temporal_activity_reset(handle, ...) \
    temporal_activity_reset_with((handle), TEMPORAL_OPTIONS(temporal_activity_control, __VA_ARGS__))

TEMPORAL_END
#endif
