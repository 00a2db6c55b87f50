/* SPDX-License-Identifier: MIT */
/* workflow/future.c -- outcomes. */
#include "workflow/future.h"

#include "converter/payload.h"
#include "workflow/run.h"
#include "workflow/scheduler.h"
#include "workflow/scope.h"

void tp_future_init(temporal_future *future, temporal_workflow *run, temporal_scope *scope,
                    void (*on_cancel)(temporal_future *future))
{
    *future = (temporal_future){ .run = run, .on_cancel = on_cancel };
    tp_list_init(&future->in_scope);
    tp_list_init(&future->waiters);
    if (scope)
        tp_list_append(&scope->futures, &future->in_scope);
}

void tp_future_release(temporal_future *future)
{
    tp_list_remove(&future->in_scope);
    tp_buffer_done(&future->result);
}

static void finish(temporal_future *future)
{
    tp_list *link;

    future->done = true;
    future->run->scheduler.stirred = true;
    tp_list_remove(&future->in_scope);
    while ((link = tp_list_pop(&future->waiters)))
        tp_scheduler_wake(tp_list_entry(link, tp_wait_link, link));
    if (future->on_done)
        future->on_done(future, future->on_done_data);
}

void tp_future_fail(temporal_future *future, temporal_error *error)
{
    if (future->done)
        return;
    future->error = error;
    finish(future);
}

void tp_future_resolve(temporal_future *future, const Tp__Common__Payloads *result)
{
    if (future->done)
        return;
    tp_payloads_pack(&future->result, result);
    finish(future);
}

void tp_future_cancel(temporal_future *future)
{
    if (future->done || future->cancel_asked)
        return;
    future->cancel_asked = true;
    tp_list_remove(&future->in_scope);
    if (future->on_cancel)
        future->on_cancel(future);
}

temporal_future *tp_future_settled(temporal_workflow *run, temporal_error *error)
{
    temporal_future *future = tp_arena_alloc(run->memory, sizeof(*future));

    tp_future_init(future, run, NULL, NULL);
    future->error = error;
    future->done = true;
    return future;
}
