/* SPDX-License-Identifier: MIT */
/* worker/local_attempt.h -- whether and when a local activity that failed is tried again. */
#ifndef TP_WORKER_LOCAL_ATTEMPT_H
#define TP_WORKER_LOCAL_ATTEMPT_H

#include <temporal/workflow.h>

typedef enum tp_local_next {
    TP_LOCAL_NO_MORE, /* the failure is its outcome */
    TP_LOCAL_PAUSE,   /* again, here, after the pause */
    TP_LOCAL_BACKOFF  /* again, by a timer of the server's */
} tp_local_next;

/** After that attempt (from 1), so many nanoseconds after it was scheduled first. *pause is set
 * for the latter two. */
tp_local_next tp_local_attempt_next(const temporal_local_options *options, int32_t attempt,
                                    int64_t passed, const temporal_error *failure,
                                    temporal_seconds *pause);

#endif
