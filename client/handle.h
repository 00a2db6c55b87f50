/* SPDX-License-Identifier: MIT */
/* client/handle.h -- what is inside a temporal_handle. */
#ifndef TP_CLIENT_HANDLE_H
#define TP_CLIENT_HANDLE_H

#include "client/client.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"

struct temporal_handle {
    temporal_client *client; /* a reference */
    char *id;
    char *run_id;       /* the run that calls go to; NULL: the current one, whatever came before */
    char *first_run_id; /* the run that the handle's workflow was started as; NULL: not known */
    tp_arena arena;     /* of the texts above */
    tp_arena results;   /* of what was read */
};

temporal_handle *tp_handle_new(temporal_client *client, const char *id, const char *run_id,
                               const char *first_run_id);
/** The execution that a request names; its texts are the handle's. */
Tp__Common__WorkflowExecution tp_handle_execution(const temporal_handle *handle);

#endif
