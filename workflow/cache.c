/* SPDX-License-Identifier: MIT */
/* workflow/cache.c -- least recently used goes first. */
#include "workflow/cache.h"

void tp_cache_init(tp_cache *cache, size_t limit)
{
    *cache = (tp_cache){ .limit = limit > 0 ? limit : 1 };
    tp_list_init(&cache->order);
}

void tp_cache_done(tp_cache *cache)
{
    while (!tp_list_is_empty(&cache->order))
        tp_cache_drop(cache, tp_list_entry(cache->order.next, temporal_workflow, cached));
    tp_map_done(&cache->by_run_id);
}

temporal_workflow *tp_cache_get(const tp_cache *cache, const char *run_id)
{
    return tp_map_get(&cache->by_run_id, run_id);
}

void tp_cache_use(tp_cache *cache, temporal_workflow *run)
{
    tp_list_remove(&run->cached);
    tp_list_prepend(&cache->order, &run->cached);
    (void)tp_map_put(&cache->by_run_id, run->info.run_id, run);
    while (cache->by_run_id.count > cache->limit)
        tp_cache_drop(cache, tp_list_entry(cache->order.previous, temporal_workflow, cached));
}

void tp_cache_drop(tp_cache *cache, temporal_workflow *run)
{
    if (!run)
        return;
    if (tp_cache_get(cache, run->info.run_id) == run)
        (void)tp_map_remove(&cache->by_run_id, run->info.run_id);
    tp_run_free(run);
}
