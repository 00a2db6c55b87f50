/* SPDX-License-Identifier: MIT */
/* replayer.h -- does today's code still do what the histories of its workflows hold?
 *
 *     error = temporal_replay(.workflows = TEMPORAL_WORKFLOWS(&greet_workflow),
 *                             .files = (const char *const[]){ "greet-1.json", NULL });
 *
 * On the calling thread, and without a server, unless the histories are to be fetched from one. Not
 * part of temporal.h: include it where tests are. */
#ifndef TEMPORAL_REPLAYER_H
#define TEMPORAL_REPLAYER_H

#include "base.h"
#include "contract.h"
#include "error.h"
#include "value.h"
#include "worker.h"

TEMPORAL_BEGIN

/** A history: either JSON or encoded. What it does not say itself may be said beside it. */
typedef struct temporal_replay_history_source {
    const char *json;       /* as the web UI and `temporal workflow show --output json` write it */
    temporal_bytes encoded; /* as temporal_handle_fetch_history gives it */
    const char *workflow_id, *run_id; /* NULL: those that it says */
} temporal_replay_history_source;

/** What became of one history; lives during the call that tells it. */
typedef struct temporal_replay_result {
    const char *file;                                 /* that it was read from, or NULL */
    const char *workflow_id, *run_id, *workflow_type; /* "" when it could not be read */
    /** NULL: the code does what the history holds, up to its end. NONDETERMINISM: it does not (see
     * diagnosis.h). NOT_FOUND: no definition has that type. CONVERSION or INVALID_ARGUMENT: it is
     * no history. Others: what failed the workflow task. */
    const temporal_error *error;
} temporal_replay_result;

typedef struct temporal_replay_options {
    size_t struct_size;
    const temporal_workflow_def *const *workflows; /* the worker's; ends with NULL */
    const char *const *files;                      /* of JSON; ends with NULL */
    const temporal_replay_history_source *histories;
    size_t history_count;
    temporal_client *client; /* with query: fetches the histories of the runs that it finds; ... */
    const char *query;       /* ... "WorkflowType = 'greet'"; see temporal_client_list_workflows */
    bool stop_at_first_failure;
    /** Is told of each history as it is done: files first, then histories, then runs. */
    void (*on_result)(const temporal_replay_result *result, void *data);
    void *data;
    const char *namespace_name; /* what workflows are told; "default" */
} temporal_replay_options;

/** Replays each history; answers with a copy of the first failure, when there is one. A run whose
 * history the server does not give is a failure, too. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_replay_with(const temporal_replay_options *options);
#define temporal_replay(...) \
    temporal_replay_with(TEMPORAL_OPTIONS(temporal_replay_options, __VA_ARGS__))

/** One workflow, one history as JSON text. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_replay_history(const temporal_workflow_def *workflow, const char *history_json);

TEMPORAL_END
#endif
