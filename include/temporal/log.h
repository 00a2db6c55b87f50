/* SPDX-License-Identifier: MIT */
/* log.h -- what the library has to say while it works: one callback for the whole program. */
#ifndef TEMPORAL_LOG_H
#define TEMPORAL_LOG_H

#include "base.h"

TEMPORAL_BEGIN

typedef enum temporal_log_level {
    TEMPORAL_LOG_TRACE,
    TEMPORAL_LOG_DEBUG,
    TEMPORAL_LOG_INFO,
    TEMPORAL_LOG_WARN,
    TEMPORAL_LOG_ERROR,
    TEMPORAL_LOG_OFF
} temporal_log_level;

/** One thing said with a record: {"workflow_id", "wf-1"}. */
typedef struct temporal_log_field {
    const char *name, *value;
} temporal_log_field;

typedef struct temporal_log_record {
    temporal_log_level level;
    int64_t time;       /* Unix nanoseconds */
    const char *target; /* "worker", "rpc", "workflow", "activity", ... */
    const char *message;
    const temporal_log_field *fields;
    size_t field_count;
} temporal_log_record;

/** Called from any thread, and in activity processes; must not call back into the library. The
 * record is valid during the call only. */
typedef void (*temporal_log_fn)(const temporal_log_record *record, void *data);

/** Sends records of at least that level to sink; a NULL sink writes lines to stderr, which is also
 * what happens, from WARN on, before the first call. The environment variable TEMPORAL_LOG (trace,
 * debug, info, warn, error, off) sets the level until then. Call before other threads start. */
TEMPORAL_API void temporal_log_set(temporal_log_level level, temporal_log_fn sink, void *data);
/** "info": a static text. */
TEMPORAL_API const char *temporal_log_level_name(temporal_log_level level);

TEMPORAL_END
#endif
