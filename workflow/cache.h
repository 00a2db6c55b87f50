/* SPDX-License-Identifier: MIT */
/* workflow/cache.h -- the runs of an engine: by run id, and by when they were last used. */
#ifndef TP_WORKFLOW_CACHE_H
#define TP_WORKFLOW_CACHE_H

#include "base/list.h"
#include "base/map.h"
#include "workflow/run.h"

typedef struct tp_cache {
    tp_map by_run_id;
    tp_list order; /* most recently used first */
    size_t limit;
    size_t byte_limit;                                    /* 0: none */
    size_t bytes;                                         /* of all runs, when there is a limit */
    void (*dropping)(void *data, temporal_workflow *run); /* NULL: nobody needs to know */
    void *data;
} tp_cache;

void tp_cache_init(tp_cache *cache, size_t limit, size_t byte_limit);
void tp_cache_done(tp_cache *cache); /* frees every run */
temporal_workflow *tp_cache_get(const tp_cache *cache, const char *run_id);
/** Puts it first, and frees the last ones as long as either limit is passed; never this one. */
void tp_cache_use(tp_cache *cache, temporal_workflow *run);
/** Frees it, whether it is in the cache or not. */
void tp_cache_drop(tp_cache *cache, temporal_workflow *run);

#endif
