/* SPDX-License-Identifier: MIT */
/* workflow/facts.c -- what a run knows of itself beyond its input: its memo, its search attributes,
 * what the run before it left; and how it changes what the server shows of it. */
#include <string.h>

#include "base/error.h"
#include "converter/entries.h"
#include "converter/payload.h"
#include "converter/text.h"
#include "workflow/context.h"
#include "workflow/machine_upsert.h"
#include "workflow/run.h"

/* --- reading ------------------------------------------------------------------------------ */

typedef struct read_call {
    temporal_workflow *run;
    const tp_store *store; /* NULL: the last result */
    const char *name;
    const char *kind; /* "memo", for messages */
    const temporal_type *type;
    void *out;
    temporal_error *error;
} read_call;

static void read_value(void *data)
{
    read_call *call = data;
    const Tp__Common__Payload *payload = tp_store_get(call->store, call->run->memory, call->name);

    if (!payload) {
        call->error = temporal_error_new(TEMPORAL_ERROR_NOT_FOUND, "%s %s: this run has none",
                                         call->kind, call->name);
        return;
    }
    call->error = tp_payload_read(call->run->memory, payload, call->type, call->out);
    if (call->error)
        call->error =
            temporal_error_wrap(call->error, TEMPORAL_ERROR_CONVERSION, "%s %s: %s", call->kind,
                                call->name, temporal_error_message(call->error));
}

static temporal_error *read_named(read_call *call, const char *function)
{
    TEMPORAL_TRY(tp_text_check(call->name, function, "the name"));
    if (!call->type || !call->out)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "%s: type and out are required",
                                  function);
    tp_scheduler_outside(call->run, read_value, call);
    return call->error;
}

temporal_error *temporal_workflow_get_memo(temporal_workflow *run, const char *name,
                                           const temporal_type *type, void *out)
{
    return read_named(&(read_call){ .run = run,
                                    .store = &run->inherited.memo,
                                    .kind = "memo",
                                    .name = name,
                                    .type = type,
                                    .out = out },
                      "temporal_workflow_get_memo");
}

temporal_error *temporal_workflow_get_search_attribute(temporal_workflow *run, const char *name,
                                                       const temporal_type *type, void *out)
{
    return read_named(&(read_call){ .run = run,
                                    .store = &run->inherited.search_attributes,
                                    .kind = "search attribute",
                                    .name = name,
                                    .type = type,
                                    .out = out },
                      "temporal_workflow_get_search_attribute");
}

/* --- changing ----------------------------------------------------------------------------- */

typedef struct upsert_call {
    temporal_workflow *run;
    const temporal_entry *entries;
    temporal_error *error;
} upsert_call;

static void upsert_memo(void *data)
{
    upsert_call *call = data;
    Tp__Common__Memo *memo;

    call->error = tp_entries_memo_change(call->run->scratch, call->entries, "upsert memo", &memo);
    if (call->error || !memo)
        return;
    tp_store_put_memo(&call->run->inherited.memo, memo);
    tp_machine_upsert_memo(call->run, memo);
}

static void upsert_attributes(void *data)
{
    upsert_call *call = data;
    Tp__Common__SearchAttributes *attributes;

    call->error = tp_entries_search_attributes_change(call->run->scratch, call->entries,
                                                      "upsert search attributes", &attributes);
    if (call->error || !attributes)
        return;
    tp_store_put_attributes(&call->run->inherited.search_attributes, attributes);
    tp_machine_upsert_search_attributes(call->run, attributes);
}

static temporal_error *check_names(const temporal_entry *entries, const char *what)
{
    for (const temporal_entry *entry = entries; entry && entry->name; entry++) {
        if (strcmp(entry->name, TP_CHANGE_VERSION) == 0)
            return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                      "%s: " TP_CHANGE_VERSION " is what temporal_workflow_patched "
                                      "writes, and nobody else",
                                      what);
        for (const temporal_entry *other = entries; other < entry; other++)
            if (strcmp(other->name, entry->name) == 0)
                return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "%s: %s is there twice",
                                          what, entry->name);
    }
    return NULL;
}

static temporal_error *upsert(temporal_workflow *run, const char *function, const char *what,
                              const temporal_entry *entries, void (*make)(void *data))
{
    upsert_call call = { .run = run, .entries = entries };
    temporal_error *error = NULL;

    if (!tp_coroutine_enter(run, function, &error))
        return error;
    TEMPORAL_TRY(check_names(entries, what));
    tp_scheduler_outside(run, make, &call);
    return call.error;
}

temporal_error *temporal_workflow_upsert_memo(temporal_workflow *run, const temporal_entry *entries)
{
    return upsert(run, "temporal_workflow_upsert_memo", "upsert memo", entries, upsert_memo);
}

temporal_error *temporal_workflow_upsert_search_attributes(temporal_workflow *run,
                                                           const temporal_entry *entries)
{
    return upsert(run, "temporal_workflow_upsert_search_attributes", "upsert search attributes",
                  entries, upsert_attributes);
}

/* --- history, and the run before ---------------------------------------------------------- */

bool temporal_workflow_continue_suggested(const temporal_workflow *run)
{
    return run->continue_suggested;
}

int64_t temporal_workflow_history_size(const temporal_workflow *run)
{
    return run->history_size;
}

static void read_last_result(void *data)
{
    read_call *call = data;
    const Tp__Common__Payloads *result = call->run->inherited.last_result;

    call->error = tp_payloads_read(call->run->memory, result, 0, call->type, call->out);
    if (call->error)
        call->error =
            temporal_error_wrap(call->error, TEMPORAL_ERROR_CONVERSION, "the last result: %s",
                                temporal_error_message(call->error));
}

temporal_error *temporal_workflow_last_result(temporal_workflow *run, const temporal_type *type,
                                              void *out)
{
    const Tp__Common__Payloads *result = run->inherited.last_result;
    read_call call = { .run = run, .type = type, .out = out };

    if (!type || !out)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "temporal_workflow_last_result: type and out are required");
    if (!result || result->n_payloads == 0)
        return temporal_error_new(TEMPORAL_ERROR_NOT_FOUND,
                                  "the last result: no run before this one has left any");
    tp_scheduler_outside(run, read_last_result, &call);
    return call.error;
}

const temporal_error *temporal_workflow_last_failure(const temporal_workflow *run)
{
    return run->inherited.last_failure;
}
