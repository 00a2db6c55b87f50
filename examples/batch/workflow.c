/* SPDX-License-Identifier: MIT */
/* workflow.c -- lists the files, then lets several lanes work on the ranges until none is left. */
#include <string.h>

#include "batch.h"

typedef struct compress_state {
    batch_job job;
    batch_plan plan;
    batch_summary summary;
    batch_resumption *resumptions; /* room for one a range */
    size_t next;                   /* range that no lane has taken */
    bool failed;
} compress_state;

TEMPORAL_QUERY_DEFINE(compress_tree, compress_state, progress)
temporal_error *compress_tree_progress(temporal_workflow *run, const compress_state *self,
                                       temporal_none none, batch_summary *summary)
{
    (void)run, (void)none;
    *summary = self->summary;
    return TEMPORAL_OK;
}

static void add(compress_state *self, const batch_state *done)
{
    batch_summary *summary = &self->summary;

    summary->files_done += done->files;
    summary->bytes_in += done->bytes_in;
    summary->bytes_out += done->bytes_out;
    summary->attempts += done->attempts;
    if (done->resumed && done->resumed[0]) {
        self->resumptions[summary->resumptions.count++] =
            (batch_resumption){ done->resumed, done->resumed_at };
        summary->resumptions.items = self->resumptions;
    }
}

/* A coroutine: its turn comes again whenever its activity has ended. */
static temporal_error *lane(temporal_workflow *run, void *data)
{
    static const temporal_retry_policy retry = { .initial_interval = 0.2, .maximum_attempts = 5 };
    compress_state *self = data;

    while (!self->failed && self->next < self->plan.ranges.count) {
        const batch_task task = { self->job.source, self->job.target,
                                  self->plan.ranges.items[self->next++] };
        batch_state done;
        temporal_error *error;

        error = temporal_execute_activity(
            run, compress_files, task, &done, .start_to_close_timeout = 10 * TEMPORAL_MINUTE,
            .heartbeat_timeout = 30, .retry = &retry, .cancellation = TEMPORAL_CANCELLATION_WAIT);
        if (error) {
            self->failed = true;
            return error;
        }
        add(self, &done);
    }
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(compress_tree, compress_state, &compress_tree_progress_handler)
temporal_error *compress_tree(temporal_workflow *run, compress_state *self, batch_job job,
                              batch_summary *summary)
{
    const size_t lanes = job.lanes > 0 ? (size_t)job.lanes : 1;
    temporal_future **futures = temporal_workflow_alloc(run, lanes * sizeof(temporal_future *));
    temporal_error *first = NULL;

    self->job = job;
    TEMPORAL_TRY(temporal_execute_activity(run, list_files, job, &self->plan,
                                           .start_to_close_timeout = 5 * TEMPORAL_MINUTE));
    self->summary.files = self->plan.files;
    self->summary.bytes = self->plan.bytes;
    self->summary.ranges = (temporal_int)self->plan.ranges.count;
    self->resumptions =
        temporal_workflow_alloc(run, self->plan.ranges.count * sizeof *self->resumptions);

    for (size_t i = 0; i < lanes; i++)
        futures[i] = temporal_workflow_spawn(run, lane, self);
    for (size_t i = 0; i < lanes; i++) { /* all of them, so that no activity is left behind */
        temporal_error *error =
            temporal_workflow_await(run, futures[i], temporal_none_type(), NULL);

        if (error && !first)
            first = error;
    }
    *summary = self->summary;
    return first;
}
