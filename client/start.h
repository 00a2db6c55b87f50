/* SPDX-License-Identifier: MIT */
/* client/start.h -- the request that starts a workflow, for every call that has it inside. */
#ifndef TP_CLIENT_START_H
#define TP_CLIENT_START_H

#include "base/uuid.h"
#include "client/handle.h"

/* What the requests have in common stands in that of a start; the others are made from it. It does
 * not move. */
typedef struct tp_start_parts {
    tp_arena arena;
    char request_id[TP_UUID_SIZE]; /* the same for every attempt: it is started once */
    Tp__Common__WorkflowType type;
    Tp__Taskqueue__TaskQueue queue;
    Tp__Ws__StartWorkflowExecutionRequest request;
} tp_start_parts;

/** Checks and makes it; the arena is to be ended after an error, too. options: of full size. */
temporal_error *tp_start_make(tp_start_parts *parts, temporal_client *client, const char *workflow,
                              const temporal_argument *inputs, size_t input_count,
                              const temporal_start_options *options);
/** An ALREADY_STARTED error says what to do about it; others are given back as they are. Takes
 * error. */
temporal_error *tp_start_explain(temporal_error *error, const char *workflow, const char *id);

#endif
