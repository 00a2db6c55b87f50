/* SPDX-License-Identifier: MIT */
/* base/error.h -- what is inside a temporal_error, and who owns it.
 *
 * While user code of an attempt or a run is on a thread, that attempt's or run's arena is the
 * thread's error owner: every error made meanwhile is taken from it and goes with it, and freeing
 * it does nothing. Otherwise an error is a heap object of its own. A cause is always owned like its
 * wrapper or longer. */
#ifndef TP_BASE_ERROR_H
#define TP_BASE_ERROR_H

#include <stdarg.h>

#include <temporal/error.h>

#include "base/arena.h"
#include "base/buffer.h"

struct temporal_error {
    temporal_error_code code;
    bool fixed;       /* a static object: never freed, never changed */
    bool in_arena;    /* belongs to an error owner */
    tp_arena own;     /* of a heap error: all of the texts below */
    tp_arena *memory; /* &own, or the owner's arena */

    char *message;
    char *type;        /* APPLICATION: its type, else NULL */
    char *stack_trace; /* as the other side sent it, or NULL */
    char *source;      /* which SDK made it ("CSDK", "PythonSDK", "Server"), or NULL */
    bool non_retryable;
    temporal_seconds next_retry_delay;
    temporal_timeout_type timeout_type;
    temporal_retry_state retry_state;
    int rpc_status;   /* gRPC code of a service error */
    tp_bytes details; /* an encoded temporal.api.common.v1.Payloads, or empty */

    /* ACTIVITY and CHILD_WORKFLOW: which one; texts or NULL */
    char *activity_type, *activity_id, *identity;
    char *workflow_type, *workflow_id, *run_id, *namespace_name;
    int64_t scheduled_event_id, started_event_id; /* of a child: initiated */

    tp_bytes payload; /* CONTINUE_AS_NEW: what the engine keeps there */
    temporal_error *cause;
};

/** Sets this thread's error owner (NULL: the heap) and returns the one before. */
tp_arena *tp_error_set_owner(tp_arena *arena);

temporal_error *tp_error_vnew(temporal_error_code code, const char *format, va_list arguments)
    TEMPORAL_PRINTF(2, 0);
/** SYSTEM with strerror(number): "<what>: No space left on device". */
temporal_error *tp_error_system(int number, const char *format, ...) TEMPORAL_PRINTF(2, 3);
/** The static error of a code, which costs nothing: for NO_MEMORY, CANCELLED, SHUTDOWN. */
temporal_error *tp_error_fixed(temporal_error_code code);
/** A copy, causes included, owned by this thread's error owner. NULL for NULL. */
temporal_error *tp_error_copy(const temporal_error *error);
/** Takes cause, for an error that has none yet: its owner's arena frees a heap cause, and a cause
 * of an arena other than this error's is copied. */
void tp_error_set_cause(temporal_error *error, temporal_error *cause);
/** Replaces a text member of this error by a copy that lives as long: not for fixed ones. */
void tp_error_set_text(temporal_error *error, char **member, const char *text);
void tp_error_set_details(temporal_error *error, const void *data, size_t size);

#endif
