/* SPDX-License-Identifier: MIT */
/* base/error.c -- errors: made, owned, read, chained. */
#include "base/error.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

static _Thread_local tp_arena *owner;

/* The texts of fixed errors, in memory of their own type: message is a plain char *. */
#define X(name, text) static char text_##name[] = text;
TEMPORAL_ERRORS(X)
#undef X

/* clang-format off */
static temporal_error fixed_errors[] = {
    [TEMPORAL_ERROR_NONE] = { .fixed = true },
#define X(name, text) \
    [TEMPORAL_ERROR_##name] = { .code = TEMPORAL_ERROR_##name, .fixed = true, .message = text_##name },
    TEMPORAL_ERRORS(X)
#undef X
};
/* clang-format on */

#define CODE_COUNT (sizeof(fixed_errors) / sizeof(fixed_errors[0]))

tp_arena *tp_error_set_owner(tp_arena *arena)
{
    tp_arena *before = owner;

    owner = arena;
    return before;
}

static bool is_code(temporal_error_code code)
{
    return (int)code > TEMPORAL_ERROR_NONE && (size_t)code < CODE_COUNT;
}

/* Without a message. */
static temporal_error *make(temporal_error_code code)
{
    temporal_error *error;

    if (owner) {
        error = tp_arena_alloc(owner, sizeof(*error));
        error->in_arena = true;
        error->memory = owner;
    } else {
        error = tp_alloc(sizeof(*error));
        tp_arena_init(&error->own);
        error->memory = &error->own;
    }
    error->code = code;
    return error;
}

temporal_error *tp_error_vnew(temporal_error_code code, const char *format, va_list arguments)
{
    temporal_error *error;
    char *message;

    if (!is_code(code)) { /* never NULL: that would be success */
        error = make(TEMPORAL_ERROR_INVALID_ARGUMENT);
        message = tp_arena_vformat(error->memory, format, arguments);
        error->message =
            tp_arena_format(error->memory, "%d is no temporal_error_code: it was given with \"%s\"",
                            (int)code, message);
        return error;
    }
    error = make(code);
    error->message = tp_arena_vformat(error->memory, format, arguments);
    return error;
}

temporal_error *temporal_error_new(temporal_error_code code, const char *format, ...)
{
    temporal_error *error;
    va_list arguments;

    va_start(arguments, format);
    error = tp_error_vnew(code, format, arguments);
    va_end(arguments);
    return error;
}

temporal_error *tp_error_system(int number, const char *format, ...)
{
    temporal_error *error;
    va_list arguments;
    char reason[128];

    va_start(arguments, format);
    error = tp_error_vnew(TEMPORAL_ERROR_SYSTEM, format, arguments);
    va_end(arguments);
    error->message = tp_arena_format(error->memory, "%s: %s", error->message,
                                     strerror_r(number, reason, sizeof(reason)));
    return error;
}

temporal_error *tp_error_fixed(temporal_error_code code)
{
    assert(is_code(code));
    return &fixed_errors[code];
}

/* One link of a chain. */
static temporal_error *copy_one(const temporal_error *error)
{
    temporal_error *copy = make(error->code);
    tp_arena *memory = copy->memory;

    copy->message = tp_arena_strdup(memory, error->message);
    copy->type = tp_arena_strdup(memory, error->type);
    copy->stack_trace = tp_arena_strdup(memory, error->stack_trace);
    copy->source = tp_arena_strdup(memory, error->source);
    copy->non_retryable = error->non_retryable;
    copy->next_retry_delay = error->next_retry_delay;
    copy->timeout_type = error->timeout_type;
    copy->retry_state = error->retry_state;
    copy->rpc_status = error->rpc_status;
    tp_error_set_details(copy, error->details.data, error->details.size);
    copy->activity_type = tp_arena_strdup(memory, error->activity_type);
    copy->activity_id = tp_arena_strdup(memory, error->activity_id);
    copy->identity = tp_arena_strdup(memory, error->identity);
    copy->workflow_type = tp_arena_strdup(memory, error->workflow_type);
    copy->workflow_id = tp_arena_strdup(memory, error->workflow_id);
    copy->run_id = tp_arena_strdup(memory, error->run_id);
    copy->namespace_name = tp_arena_strdup(memory, error->namespace_name);
    copy->scheduled_event_id = error->scheduled_event_id;
    copy->started_event_id = error->started_event_id;
    if (error->payload.size)
        copy->payload =
            (tp_bytes){ tp_arena_memdup(memory, error->payload.data, error->payload.size),
                        error->payload.size };
    return copy;
}

temporal_error *tp_error_copy(const temporal_error *error)
{
    temporal_error *first = NULL, **link = &first;

    for (; error; error = error->cause) {
        if (error->fixed) { /* has no cause, and lives for ever */
            *link = &fixed_errors[error->code];
            break;
        }
        *link = copy_one(error);
        link = &(*link)->cause;
    }
    return first;
}

void tp_error_set_text(temporal_error *error, char **member, const char *text)
{
    assert(!error->fixed);
    *member = tp_arena_strdup(error->memory, text);
}

void tp_error_set_details(temporal_error *error, const void *data, size_t size)
{
    assert(!error->fixed);
    error->details = (tp_bytes){ 0 };
    if (size)
        error->details = (tp_bytes){ tp_arena_memdup(error->memory, data, size), size };
}

void temporal_error_free(temporal_error *error)
{
    while (error && !error->fixed && !error->in_arena) {
        temporal_error *cause = error->cause;

        tp_arena_done(&error->own);
        tp_free(error);
        error = cause;
    }
}

static void release(void *error)
{
    temporal_error_free(error);
}

void tp_error_set_cause(temporal_error *error, temporal_error *cause)
{
    assert(!error->fixed && !error->cause);
    if (!cause || cause->fixed || (cause->in_arena && cause->memory == error->memory)) {
        error->cause = cause;
    } else if (cause->in_arena) {
        /* That arena may go before the wrapper does. */
        tp_arena *before = tp_error_set_owner(error->in_arena ? error->memory : NULL);

        error->cause = tp_error_copy(cause);
        tp_error_set_owner(before);
    } else {
        error->cause = cause;
        if (error->in_arena)
            tp_arena_defer(error->memory, release, cause);
    }
}

temporal_error *temporal_error_wrap(temporal_error *cause, temporal_error_code code,
                                    const char *format, ...)
{
    temporal_error *error;
    va_list arguments;

    va_start(arguments, format);
    error = tp_error_vnew(code, format, arguments);
    va_end(arguments);
    tp_error_set_cause(error, cause);
    return error;
}

temporal_error_code temporal_error_get_code(const temporal_error *error)
{
    return error ? error->code : TEMPORAL_ERROR_NONE;
}

const char *temporal_error_message(const temporal_error *error)
{
    if (!error)
        return "ok";
    return error->message ? error->message : "";
}

const char *temporal_error_type(const temporal_error *error)
{
    return error && error->type ? error->type : "";
}

const temporal_error *temporal_error_cause(const temporal_error *error)
{
    return error ? error->cause : NULL;
}

const temporal_error *temporal_error_find(const temporal_error *error, temporal_error_code code)
{
    while (error && error->code != code)
        error = error->cause;
    return error;
}

/* Which answers of a server may be another one the next time, by their gRPC code. */
static bool is_passing_status(int status)
{
    switch (status) {
    case 2:  /* unknown */
    case 8:  /* resource exhausted */
    case 10: /* aborted */
    case 11: /* out of range */
    case 13: /* internal */
    case 14: /* unavailable */
    case 15: /* data loss */
        return true;
    default:
        return false;
    }
}

bool temporal_error_is_retryable(const temporal_error *error)
{
    if (!error || error->non_retryable)
        return false;
    switch (error->code) {
    case TEMPORAL_ERROR_RPC:
        return is_passing_status(error->rpc_status);
    case TEMPORAL_ERROR_TIMEOUT: /* the schedule ones span all attempts */
        return error->timeout_type != TEMPORAL_TIMEOUT_SCHEDULE_TO_START &&
               error->timeout_type != TEMPORAL_TIMEOUT_SCHEDULE_TO_CLOSE;
    case TEMPORAL_ERROR_NO_MEMORY:
    case TEMPORAL_ERROR_SYSTEM:
    case TEMPORAL_ERROR_SHUTDOWN:
    case TEMPORAL_ERROR_UNAVAILABLE:
    case TEMPORAL_ERROR_APPLICATION:
    case TEMPORAL_ERROR_ACTIVITY:
    case TEMPORAL_ERROR_CHILD_WORKFLOW:
    case TEMPORAL_ERROR_WORKFLOW:
    case TEMPORAL_ERROR_UPDATE:
    case TEMPORAL_ERROR_SERVER:
        return true;
    case TEMPORAL_ERROR_NONE:
    case TEMPORAL_ERROR_INVALID_ARGUMENT:
    case TEMPORAL_ERROR_CONVERSION:
    case TEMPORAL_ERROR_CANCELLED:
    case TEMPORAL_ERROR_NOT_FOUND:
    case TEMPORAL_ERROR_ALREADY_STARTED:
    case TEMPORAL_ERROR_QUERY_REJECTED:
    case TEMPORAL_ERROR_TERMINATED:
    case TEMPORAL_ERROR_NONDETERMINISM:
    case TEMPORAL_ERROR_DEADLOCK:
    case TEMPORAL_ERROR_CONTINUE_AS_NEW:
    case TEMPORAL_ERROR_COMPLETE_ASYNC:
        return false;
    }
    return false;
}

temporal_timeout_type temporal_error_timeout_type(const temporal_error *error)
{
    return error ? error->timeout_type : TEMPORAL_TIMEOUT_UNSPECIFIED;
}

temporal_retry_state temporal_error_retry_state(const temporal_error *error)
{
    return error ? error->retry_state : TEMPORAL_RETRY_STATE_UNSPECIFIED;
}

const char *temporal_error_stack_trace(const temporal_error *error)
{
    return error && error->stack_trace ? error->stack_trace : "";
}

int temporal_error_rpc_status(const temporal_error *error)
{
    return error ? error->rpc_status : 0;
}
