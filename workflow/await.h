/* SPDX-License-Identifier: MIT */
/* workflow/await.h -- the outcome of a future that is done. */
#ifndef TP_WORKFLOW_AWAIT_H
#define TP_WORKFLOW_AWAIT_H

#include <temporal/workflow.h>

/** Its error, or its result decoded into output; type or output NULL: nobody wants it. */
temporal_error *tp_await_outcome(temporal_future *future, const temporal_type *type, void *output);

#endif
