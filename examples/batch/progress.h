/* SPDX-License-Identifier: MIT */
/* progress.h -- shows how far a job is: a bar and a line for each process on a terminal, else a
 * line now and then. */
#ifndef BATCH_PROGRESS_H
#define BATCH_PROGRESS_H

#include "batch.h"

enum {
    PROGRESS_PROCESSES = 64
};

typedef struct progress {
    bool terminal;
    double start, shown; /* seconds of the monotonic clock */
    size_t lines;        /* on the terminal, to be drawn over */
    temporal_int bytes;  /* shown last: it does not go back */
} progress;

double progress_clock(void);
void progress_start(progress *self);
/** Asks the workflow (query), the server (heartbeats of what runs) and the pool, and shows it,
 * unless it did so just now. */
temporal_error *progress_show(progress *self, temporal_handle *handle, temporal_worker *worker);

#endif
