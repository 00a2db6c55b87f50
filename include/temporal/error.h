/* SPDX-License-Identifier: MIT */
/* error.h -- one object for every failure: ours, the server's, and the user's own.
 *
 * A call that can fail returns a temporal_error *; NULL is success. The caller owns what it gets
 * and frees it with temporal_error_free. Inside an activity or a workflow the attempt or the run
 * owns it: return it, or forget it (freeing it there is harmless). */
#ifndef TEMPORAL_ERROR_H
#define TEMPORAL_ERROR_H

#include <stdio.h>

#include "base.h"

TEMPORAL_BEGIN

typedef struct temporal_error temporal_error;
struct temporal_type;

#define TEMPORAL_OK NULL

/* clang-format off */
#define TEMPORAL_ERRORS(X)                                                   \
    /* this process */                                                       \
    X(INVALID_ARGUMENT, "invalid argument")                                  \
    X(NO_MEMORY,        "out of memory")                                     \
    X(SYSTEM,           "a system call failed")                              \
    X(CONVERSION,       "a value does not fit its type")                     \
    X(CANCELLED,        "cancelled")                                         \
    X(TIMEOUT,          "timed out")                                         \
    X(SHUTDOWN,         "the worker is shutting down")                       \
    /* the service */                                                        \
    X(UNAVAILABLE,      "the server cannot be reached")                      \
    X(NOT_FOUND,        "not found")                                         \
    X(ALREADY_STARTED,  "the workflow is already running")                   \
    X(QUERY_REJECTED,   "the query was rejected")                            \
    X(RPC,              "the server refused the call")                       \
    /* what user code did */                                                 \
    X(APPLICATION,      "application error")                                 \
    X(ACTIVITY,         "activity failed")                                   \
    X(CHILD_WORKFLOW,   "child workflow failed")                             \
    X(WORKFLOW,         "workflow failed")                                   \
    X(UPDATE,           "workflow update failed")                            \
    X(TERMINATED,       "workflow terminated")                               \
    X(SERVER,           "the server failed it")                              \
    X(NONDETERMINISM,   "workflow code does not match its history")          \
    X(DEADLOCK,         "workflow code holds its thread")                    \
    /* outcomes that are not failures, but end a run: return them */         \
    X(CONTINUE_AS_NEW,  "continue as new")                                   \
    X(COMPLETE_ASYNC,   "the activity completes later")
/* clang-format on */

typedef enum temporal_error_code {
    TEMPORAL_ERROR_NONE = 0,
#define X(name, text) TEMPORAL_ERROR_##name,
    TEMPORAL_ERRORS(X)
#undef X
} temporal_error_code;

/** Which timeout ended an activity or a workflow (of a TIMEOUT error). The numbers are the wire's
 * (temporal.api.enums.v1.TimeoutType). */
typedef enum temporal_timeout_type {
    TEMPORAL_TIMEOUT_UNSPECIFIED = 0,
    TEMPORAL_TIMEOUT_START_TO_CLOSE = 1,
    TEMPORAL_TIMEOUT_SCHEDULE_TO_START = 2,
    TEMPORAL_TIMEOUT_SCHEDULE_TO_CLOSE = 3,
    TEMPORAL_TIMEOUT_HEARTBEAT = 4
} temporal_timeout_type;

/** Why the server does not retry (of an ACTIVITY or CHILD_WORKFLOW error). The numbers are the
 * wire's (temporal.api.enums.v1.RetryState). */
typedef enum temporal_retry_state {
    TEMPORAL_RETRY_STATE_UNSPECIFIED = 0,
    TEMPORAL_RETRY_STATE_IN_PROGRESS = 1,
    TEMPORAL_RETRY_STATE_NON_RETRYABLE_FAILURE = 2,
    TEMPORAL_RETRY_STATE_TIMEOUT = 3,
    TEMPORAL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED = 4,
    TEMPORAL_RETRY_STATE_RETRY_POLICY_NOT_SET = 5,
    TEMPORAL_RETRY_STATE_INTERNAL_SERVER_ERROR = 6,
    TEMPORAL_RETRY_STATE_CANCEL_REQUESTED = 7
} temporal_retry_state;

/* Readers. Each accepts NULL: the code of no error is NONE, its message is "ok". What they return
 * lives as long as the error. Any thread, but one at a time for one error. */
TEMPORAL_API temporal_error_code temporal_error_get_code(const temporal_error *error);
TEMPORAL_API const char *temporal_error_message(const temporal_error *error);
/** The type of an APPLICATION error, as retry policies name it; "" when there is none. */
TEMPORAL_API const char *temporal_error_type(const temporal_error *error);
/** NULL when there is none. */
TEMPORAL_API const temporal_error *temporal_error_cause(const temporal_error *error);
/** The first error of that code in the chain, this one included; NULL when there is none. */
TEMPORAL_API const temporal_error *temporal_error_find(const temporal_error *error,
                                                       temporal_error_code code);
/** Whether the same thing, tried again, may well succeed: as the server judges failures of a
 * workflow or activity, and a client the answers of a server. */
TEMPORAL_API bool temporal_error_is_retryable(const temporal_error *error);
/** Of a TIMEOUT error, and why an ACTIVITY or CHILD_WORKFLOW one was not tried again; UNSPECIFIED
 * where the server has not said it. */
TEMPORAL_API temporal_timeout_type temporal_error_timeout_type(const temporal_error *error);
TEMPORAL_API temporal_retry_state temporal_error_retry_state(const temporal_error *error);
/** The stack trace text that the other side sent along; "" when there is none. */
TEMPORAL_API const char *temporal_error_stack_trace(const temporal_error *error);
/** The gRPC status code of an error that the server sent; 0 when it is none. */
TEMPORAL_API int temporal_error_rpc_status(const temporal_error *error);

/** Details of an APPLICATION or CANCELLED error, and the last heartbeat of a TIMEOUT one. Reading
 * one decodes it; what it points to lives as long as the error. CONVERSION when it does not fit. */
TEMPORAL_API size_t temporal_error_detail_count(const temporal_error *error);
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_error_read_detail(const temporal_error *error, size_t index,
                           const struct temporal_type *type, void *out);
/** temporal_error_detail(error, 0, temporal_int, &offset) */
#define temporal_error_detail(error, index, T, out) \
    temporal_error_read_detail((error), (index), T##_type(), TEMPORAL_OUT_(T, out))

TEMPORAL_API void temporal_error_print(const temporal_error *error, FILE *to); /* whole chain */
/** The last line of main: prints to stderr, frees, and answers with an exit status. Takes error. */
TEMPORAL_API int temporal_error_report(temporal_error *error);
/** Causes included. NULL is accepted; what an attempt or a run owns is left to it. */
TEMPORAL_API void temporal_error_free(temporal_error *error);

/* Made in an activity or a workflow, an error belongs to the attempt or run; elsewhere to the
 * caller, who frees it or passes it on. */
TEMPORAL_API temporal_error *temporal_error_new(temporal_error_code code, const char *format, ...)
    TEMPORAL_PRINTF(2, 3);
/** Takes cause. */
TEMPORAL_API temporal_error *temporal_error_wrap(temporal_error *cause, temporal_error_code code,
                                                 const char *format, ...) TEMPORAL_PRINTF(3, 4);

/** What a failure of the user's own says beyond its message. */
typedef struct temporal_application_error {
    size_t struct_size;
    const char *type; /* what retry policies name; NULL: none */
    bool non_retryable;
    temporal_seconds next_retry_delay; /* overrides the retry policy's; 0: does not */
    temporal_error *cause;             /* taken */
    const struct temporal_type *detail_type;
    const void *detail; /* a value of that type, encoded at once; NULL: none */
} temporal_application_error;

TEMPORAL_API temporal_error *
temporal_error_application_with(const temporal_application_error *options, const char *format, ...)
    TEMPORAL_PRINTF(2, 3);
/** temporal_error_application("Insufficient", "only %d left", left): type, then the message. */
TEMPORAL_API temporal_error *temporal_error_application(const char *type, const char *format, ...)
    TEMPORAL_PRINTF(2, 3);

/* Pass a failure on. Use it only where there is nothing to put away. */
#define TEMPORAL_TRY(call)                      \
    do {                                        \
        temporal_error *temporal_try_ = (call); \
        if (temporal_try_)                      \
            return temporal_try_;               \
    } while (0)

TEMPORAL_END
#endif
