/* SPDX-License-Identifier: MIT */
/* workflow/cache.c -- least recently used goes first. */
#include "workflow/cache.h"

void tp_cache_init(tp_cache *cache, size_t limit, size_t byte_limit)
{
    *cache = (tp_cache){ .limit = limit > 0 ? limit : 1, .byte_limit = byte_limit };
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

static bool is_over(const tp_cache *cache)
{
    size_t count = cache->by_run_id.count;

    return count > cache->limit ||
           (count > 1 && cache->byte_limit > 0 && cache->bytes > cache->byte_limit);
}

/* A run changes while it is worked on: it is counted anew whenever it comes back. */
static void count(tp_cache *cache, temporal_workflow *run)
{
    if (cache->byte_limit == 0)
        return;
    cache->bytes -= run->cached_size;
    run->cached_size = tp_run_size(run);
    cache->bytes += run->cached_size;
}

void tp_cache_use(tp_cache *cache, temporal_workflow *run)
{
    tp_list *previous;

    tp_list_remove(&run->cached);
    tp_list_prepend(&cache->order, &run->cached);
    (void)tp_map_put(&cache->by_run_id, run->info.run_id, run);
    count(cache, run);
    /* A run whose task waits for local activities stays: it is worked on. */
    for (tp_list *at = cache->order.previous; at != &run->cached && is_over(cache); at = previous) {
        temporal_workflow *last = tp_list_entry(at, temporal_workflow, cached);

        previous = at->previous;
        if (!last->locals.task)
            tp_cache_drop(cache, last);
    }
}

void tp_cache_drop(tp_cache *cache, temporal_workflow *run)
{
    if (!run)
        return;
    if (cache->dropping)
        cache->dropping(cache->data, run);
    if (tp_cache_get(cache, run->info.run_id) == run)
        (void)tp_map_remove(&cache->by_run_id, run->info.run_id);
    cache->bytes -= run->cached_size;
    tp_run_free(run);
}
