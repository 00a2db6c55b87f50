/* SPDX-License-Identifier: MIT */
/* workflow/arguments.c -- options as this library knows them, and inputs as payloads. */
#include "workflow/arguments.h"

#include <string.h>

#include "converter/payload.h"
#include "converter/user_metadata.h"

temporal_error *tp_arguments_copy(void *to, size_t size, const void *from, size_t from_size,
                                  const char *what)
{
    if (from && from_size < sizeof(size_t))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%s: the options lack their struct_size; make them with "
                                  "TEMPORAL_OPTIONS",
                                  what);
    if (from)
        memcpy(to, from, from_size < size ? from_size : size);
    return NULL;
}

typedef struct encode_call {
    tp_arena *arena;
    const temporal_argument *inputs;
    size_t count;
    Tp__Common__Payloads *payloads;
    temporal_error *error;
} encode_call;

static void encode(void *data)
{
    encode_call *call = data;

    call->error = tp_payloads_make(call->arena, call->inputs, call->count, &call->payloads);
}

temporal_error *tp_arguments_encode(temporal_workflow *run, const char *kind, const char *name,
                                    const temporal_argument *inputs, size_t count,
                                    Tp__Common__Payloads **payloads)
{
    encode_call call = { .arena = run->scratch, .inputs = inputs, .count = count };

    tp_scheduler_outside(run, encode, &call);
    *payloads = call.payloads;
    return call.error ? temporal_error_wrap(call.error, TEMPORAL_ERROR_CONVERSION, "%s %s: %s",
                                            kind, name, temporal_error_message(call.error))
                      : NULL;
}

typedef struct metadata_call {
    tp_arena *arena;
    const char *summary, *details;
    Tp__Sdk__UserMetadata *metadata;
    temporal_error *error;
} metadata_call;

static void make_metadata(void *data)
{
    metadata_call *call = data;

    call->error = tp_user_metadata_make(call->arena, call->summary, call->details, &call->metadata);
}

temporal_error *tp_arguments_metadata(temporal_workflow *run, const char *kind, const char *name,
                                      const char *summary, const char *details,
                                      Tp__Sdk__UserMetadata **metadata)
{
    metadata_call call = { .arena = run->scratch, .summary = summary, .details = details };

    *metadata = NULL;
    if (!summary && !details)
        return NULL;
    tp_scheduler_outside(run, make_metadata, &call);
    *metadata = call.metadata;
    return call.error ? temporal_error_wrap(call.error, TEMPORAL_ERROR_CONVERSION, "%s %s: %s",
                                            kind, name, temporal_error_message(call.error))
                      : NULL;
}
