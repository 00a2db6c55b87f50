/* SPDX-License-Identifier: MIT */
/* workflow/context.c -- what user code asks of its run without waiting: facts, memory, numbers,
 * scopes. */
#include "workflow/context.h"

#include <stdarg.h>

#include "base/error.h"
#include "base/log.h"
#include "converter/payload.h"

tp_coroutine *tp_coroutine_enter(temporal_workflow *run, const char *call, temporal_error **error)
{
    tp_coroutine *current = run->scheduler.current;
    temporal_error *refusal = NULL;

    if (run->query) {
        refusal = temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                     "%s %s: a %s only looks, it may not call %s", run->query->kind,
                                     run->query->name, run->query->kind, call);
        if (!run->query->violation)
            run->query->violation = refusal;
    } else if (!current || tp_fiber_current() != current->fiber) {
        refusal =
            temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                               "%s: only a coroutine of the run may call it, not a condition, "
                               "not another thread",
                               call);
    } else {
        return current;
    }
    if (error)
        *error = refusal;
    return NULL;
}

/* --- facts -------------------------------------------------------------------------------- */

const temporal_workflow_info *temporal_workflow_get_info(const temporal_workflow *run)
{
    return &run->info;
}

int64_t temporal_workflow_history_length(const temporal_workflow *run)
{
    return run->history_length;
}

int64_t temporal_workflow_now(const temporal_workflow *run)
{
    return run->now;
}

bool temporal_workflow_is_replaying(const temporal_workflow *run)
{
    return run->replaying;
}

bool temporal_workflow_is_cancelled(const temporal_workflow *run)
{
    return tp_scope_cancelled(run->scheduler.current ? run->scheduler.current->scope : &run->scope);
}

uint64_t temporal_workflow_random(temporal_workflow *run)
{
    /* A query that drew a number would change those that follow. */
    return !run->query || tp_coroutine_enter(run, "temporal_workflow_random", NULL)
               ? tp_prng_next(&run->prng)
               : 0;
}

const char *temporal_workflow_uuid(temporal_workflow *run)
{
    char *text;

    if (run->query && !tp_coroutine_enter(run, "temporal_workflow_uuid", NULL))
        return "";
    text = tp_arena_alloc(run->memory, TP_UUID_SIZE);
    tp_prng_uuid(&run->prng, text);
    return text;
}

/* --- memory and text ---------------------------------------------------------------------- */

void *temporal_workflow_alloc(temporal_workflow *run, size_t size)
{
    return tp_arena_alloc(run->memory, size);
}

const char *temporal_workflow_format(temporal_workflow *run, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = tp_arena_vformat(run->memory, format, arguments);
    va_end(arguments);
    return text;
}

typedef struct log_record {
    const temporal_workflow *run;
    const char *message;
} log_record;

static void write_log(void *data)
{
    const log_record *record = data;
    const temporal_workflow_info *info = &record->run->info;
    const temporal_log_field fields[] = { { "workflow_id", info->workflow_id },
                                          { "run_id", info->run_id },
                                          { "workflow_type", info->workflow_type },
                                          { NULL, NULL } };

    tp_log_with(TEMPORAL_LOG_INFO, "workflow", fields, "%s", record->message);
}

void temporal_workflow_log(temporal_workflow *run, const char *format, ...)
{
    log_record record = { .run = run };
    va_list arguments;

    if (run->replaying || !tp_log_enabled(TEMPORAL_LOG_INFO))
        return;
    va_start(arguments, format);
    record.message = tp_arena_vformat(run->scratch, format, arguments);
    va_end(arguments);
    tp_scheduler_outside(run, write_log, &record);
}

typedef struct write_call {
    temporal_workflow *run;
    temporal_value *value;
    const temporal_type *type;
    const void *in;
    temporal_error *error;
} write_call;

static void write_value(void *data)
{
    write_call *call = data;
    temporal_argument argument = { .type = call->type, .value = call->in };
    Tp__Common__Payloads *payloads = NULL;
    temporal_value *values = NULL;
    size_t count = 0;

    call->error = tp_payloads_make(call->run->memory, &argument, 1, &payloads);
    if (call->error)
        return;
    *call->value = (temporal_value){ 0 };
    if (payloads)
        tp_payloads_values(call->run->memory, payloads, &values, &count);
    if (count > 0)
        *call->value = values[0];
}

temporal_error *temporal_workflow_write(temporal_workflow *run, temporal_value *value,
                                        const temporal_type *type, const void *in)
{
    write_call call = { .run = run, .value = value, .type = type, .in = in };

    if (!value || !type || !in)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "temporal_workflow_write: value, type and in are required");
    tp_scheduler_outside(run, write_value, &call);
    return call.error;
}

void temporal_workflow_set_current_details(temporal_workflow *run, const char *text)
{
    if (!run->query || tp_coroutine_enter(run, "temporal_workflow_set_current_details", NULL))
        run->current_details = tp_arena_strdup(&run->arena, text);
}

const char *temporal_workflow_current_details(const temporal_workflow *run)
{
    return run->current_details ? run->current_details : "";
}

/* --- scopes ------------------------------------------------------------------------------- */

static temporal_scope *enter_scope(temporal_workflow *run, const char *call, bool shielded)
{
    temporal_scope *scope = tp_arena_alloc(run->memory, sizeof(*scope));
    tp_coroutine *coroutine = tp_coroutine_enter(run, call, NULL);

    tp_scope_init(scope, run, coroutine && !shielded ? coroutine->scope : NULL);
    if (coroutine) {
        scope->outer = coroutine->scope;
        coroutine->scope = scope;
    }
    return scope;
}

temporal_scope *temporal_scope_enter(temporal_workflow *run)
{
    return enter_scope(run, "temporal_scope_enter", false);
}

temporal_scope *temporal_scope_enter_shielded(temporal_workflow *run)
{
    return enter_scope(run, "temporal_scope_enter_shielded", true);
}

void temporal_scope_leave(temporal_workflow *run, temporal_scope *scope)
{
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_scope_leave", NULL);

    if (!coroutine)
        return;
    for (const temporal_scope *at = coroutine->scope; at && at->outer; at = at->outer) {
        if (at != scope)
            continue;
        coroutine->scope = scope->outer;
        tp_scope_retire(scope);
        return;
    }
}

void temporal_scope_cancel(temporal_scope *scope)
{
    if (!scope->run->query || tp_coroutine_enter(scope->run, "temporal_scope_cancel", NULL))
        tp_scope_cancel(scope);
}

bool temporal_scope_is_cancelled(const temporal_scope *scope)
{
    return tp_scope_cancelled(scope);
}
