/* SPDX-License-Identifier: MIT */
/* workflow/handling.c -- the list of handlers under way. */
#include "workflow/handling.h"

#include "base/log.h"
#include "workflow/context.h"

tp_handling *tp_handling_begin(temporal_workflow *run, tp_handling *handling, const char *name,
                               const char *update_id)
{
    *handling = (tp_handling){ .name = name, .update_id = update_id };
    tp_list_append(&run->updates.handlings, &handling->link);
    return handling;
}

void tp_handling_end(tp_handling *handling)
{
    tp_list_remove(&handling->link);
}

static char *describe(tp_arena *arena, const tp_handling *handling)
{
    return handling->update_id
               ? tp_arena_format(arena, "update %s (%s)", handling->name, handling->update_id)
               : tp_arena_format(arena, "signal %s", handling->name);
}

void tp_handlings_warn(temporal_workflow *run)
{
    tp_list *handlings = &run->updates.handlings;
    char *names = NULL;

    for (tp_list *at = handlings->next; !run->replaying && at != handlings; at = at->next) {
        const tp_handling *handling = tp_list_entry(at, tp_handling, link);
        char *name;

        if (handling->policy != TEMPORAL_UNFINISHED_WARN)
            continue;
        name = describe(run->scratch, handling);
        names = names ? tp_arena_format(run->scratch, "%s, %s", names, name) : name;
    }
    if (names)
        tp_log(TEMPORAL_LOG_WARN, "workflow",
               "workflow %s (run %s) ends before its handlers do: %s; wait until "
               "temporal_workflow_all_handlers_finished, or give them "
               "TEMPORAL_UNFINISHED_ABANDON",
               run->info.workflow_id, run->info.run_id, names);
}

/* --- what user code sees ------------------------------------------------------------------- */

const temporal_update_info *temporal_workflow_current_update(const temporal_workflow *run)
{
    return run->scheduler.current ? run->scheduler.current->update : NULL;
}

bool temporal_workflow_all_handlers_finished(const temporal_workflow *run)
{
    return tp_list_is_empty(&run->updates.handlings);
}

void temporal_workflow_set_unfinished_policy(temporal_workflow *run,
                                             temporal_unfinished_policy policy)
{
    tp_coroutine *coroutine =
        tp_coroutine_enter(run, "temporal_workflow_set_unfinished_policy", NULL);

    if (coroutine && coroutine->handling)
        coroutine->handling->policy = policy;
}
