/* SPDX-License-Identifier: MIT */
/* client/update_call.h -- what is inside a temporal_update, and the request that asks for it. */
#ifndef TP_CLIENT_UPDATE_CALL_H
#define TP_CLIENT_UPDATE_CALL_H

#include "base/uuid.h"
#include "client/handle.h"

struct temporal_update {
    temporal_client *client; /* a reference */
    char *workflow_id;
    char *run_id; /* NULL: not known */
    char *id;
    char *name;       /* NULL: of one that was asked for elsewhere */
    tp_arena arena;   /* of the texts above */
    tp_arena answer;  /* of the newest response */
    tp_arena results; /* of what was read */
    bool accepted;    /* or rejected: it is no longer on its way to the validator */
    const Tp__Update__Outcome *outcome; /* in answer; NULL: not known yet */
};

/* The request does not move: its parts point to each other. */
typedef struct tp_update_call_request {
    tp_arena arena;
    Tp__Common__WorkflowExecution execution;
    Tp__Update__WaitPolicy wait;
    Tp__Update__Meta meta;
    Tp__Update__Input input;
    Tp__Update__Request update;
    Tp__Ws__UpdateWorkflowExecutionRequest request;
} tp_update_call_request;

/** A copy of full size; zeros for NULL. */
temporal_update_options tp_update_call_options(const temporal_update_options *given);
/** When it is over, on the monotonic clock. */
int64_t tp_update_call_deadline(temporal_seconds timeout);

/** id NULL: a new one. */
temporal_update *tp_update_call_new(temporal_client *client, const char *workflow_id,
                                    const char *run_id, const char *id, const char *name);
/** Checks the options and makes the request of that update; its arena is to be ended after an
 * error, too. */
temporal_error *tp_update_call_make(tp_update_call_request *self, const temporal_update *update,
                                    const temporal_named_call *call,
                                    const temporal_update_options *options);
/** Keeps what the server said of it; the response is in update->answer. */
void tp_update_call_keep(temporal_update *update,
                         const Tp__Ws__UpdateWorkflowExecutionResponse *response);
/** Asks, as far as that is not known, until it has come to that stage. */
temporal_error *tp_update_call_submit(temporal_update *update, tp_update_call_request *request,
                                      temporal_update_stage wait_for, int64_t deadline);
/** Waits for the end and reads it into that arena. */
temporal_error *tp_update_call_finish(temporal_update *update, int64_t deadline, tp_arena *arena,
                                      const temporal_type *type, void *output);

#endif
