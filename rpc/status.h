/* SPDX-License-Identifier: MIT */
/* rpc/status.h -- what a gRPC status means: an error of ours, and whether to try again. */
#ifndef TP_RPC_STATUS_H
#define TP_RPC_STATUS_H

#include <temporal/error.h>

#include "base/buffer.h"

/* The numbers are gRPC's own; they stand here so that other rooms need not know gRPC. */
typedef enum tp_status_code {
    TP_STATUS_OK = 0,
    TP_STATUS_CANCELLED = 1,
    TP_STATUS_UNKNOWN = 2,
    TP_STATUS_INVALID_ARGUMENT = 3,
    TP_STATUS_DEADLINE_EXCEEDED = 4,
    TP_STATUS_NOT_FOUND = 5,
    TP_STATUS_ALREADY_EXISTS = 6,
    TP_STATUS_PERMISSION_DENIED = 7,
    TP_STATUS_RESOURCE_EXHAUSTED = 8,
    TP_STATUS_FAILED_PRECONDITION = 9,
    TP_STATUS_ABORTED = 10,
    TP_STATUS_OUT_OF_RANGE = 11,
    TP_STATUS_UNIMPLEMENTED = 12,
    TP_STATUS_INTERNAL = 13,
    TP_STATUS_UNAVAILABLE = 14,
    TP_STATUS_DATA_LOSS = 15,
    TP_STATUS_UNAUTHENTICATED = 16
} tp_status_code;

typedef struct tp_status {
    int code;
    const char *message;
    tp_bytes details; /* an encoded google.rpc.Status, or empty */
} tp_status;

const char *tp_status_name(int code); /* "NOT_FOUND" */
/** Might the same call succeed a little later? A message that is too large never will. */
bool tp_status_is_retryable(const tp_status *status);
/** "<method> at <target>: NOT_FOUND: <message>" with the code that tp_call_fn documents. */
temporal_error *tp_status_error(const tp_status *status, const char *method, const char *target);

#endif
