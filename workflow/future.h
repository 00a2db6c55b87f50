/* SPDX-License-Identifier: MIT */
/* workflow/future.h -- something that will have an outcome, and who waits for it. */
#ifndef TP_WORKFLOW_FUTURE_H
#define TP_WORKFLOW_FUTURE_H

#include <temporal/workflow.h>

#include "base/buffer.h"
#include "base/list.h"
#include "temporal/api/common/v1/message.pb-c.h"

struct temporal_future {
    temporal_workflow *run;
    tp_list in_scope; /* of the scope that it was begun in, while that may cancel it */
    tp_list waiters;  /* tp_wait_link, first come first served */
    void (*on_cancel)(temporal_future *future); /* once; NULL: nothing can be done */
    temporal_error *error;                      /* the outcome: of the run's arena, ... */
    tp_buffer result;                           /* ... or an encoded Payloads message */
    bool cancel_asked, done;
    void (*on_done)(temporal_future *future, void *data); /* once, or NULL */
    void *on_done_data;
};

/** Pending, in that scope. */
void tp_future_init(temporal_future *future, temporal_workflow *run, temporal_scope *scope,
                    void (*on_cancel)(temporal_future *future));
void tp_future_release(temporal_future *future); /* its result's memory */
/** Done: who waits becomes ready. The result is copied and may be NULL. */
void tp_future_fail(temporal_future *future, temporal_error *error);
void tp_future_resolve(temporal_future *future, const Tp__Common__Payloads *result);
/** Asks for its cancellation, the first time. */
void tp_future_cancel(temporal_future *future);
/** One that was done before it began; error NULL: well. */
temporal_future *tp_future_settled(temporal_workflow *run, temporal_error *error);

#endif
