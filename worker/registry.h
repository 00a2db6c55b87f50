/* SPDX-License-Identifier: MIT */
/* worker/registry.h -- which activity runs on which executor; what a worker was given, checked. */
#ifndef TP_WORKER_REGISTRY_H
#define TP_WORKER_REGISTRY_H

#include <temporal/worker.h>

#include "base/map.h"
#include "executor/executor.h"

enum {
    TP_ASYNC,
    TP_THREADS,
    TP_PROCESSES,
    TP_EXECUTOR_COUNT
};

typedef struct tp_registered {
    const temporal_activity_def *def;
    size_t index; /* in its executor's list */
    int executor;
} tp_registered;

typedef struct tp_registry {
    tp_registered *activities;
    size_t activity_count;
    tp_map by_name;                /* to tp_registered */
    const tp_registered *fallback; /* for every type that has no other, or NULL */
    char *names;                   /* "a, b and c": for error messages */
} tp_registry;

/** INVALID_ARGUMENT when there is nothing in the options, a name stands twice, or a definition is
 * incomplete. */
temporal_error *tp_registry_init(tp_registry *registry, const temporal_worker_options *options);
void tp_registry_done(tp_registry *registry);
/** NULL when no activity has that type. */
const tp_registered *tp_registry_find(const tp_registry *registry, const char *activity_type);

#endif
