/* SPDX-License-Identifier: MIT */
/* converter/details.c -- application errors, and the details that errors carry as payloads. */
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "converter/payload.h"

/* --- making ------------------------------------------------------------------------------------------ */

static void set_detail(temporal_error *error, const temporal_type *type, const void *detail)
{
    const temporal_argument argument = { type, detail };
    tp_buffer encoded = { 0 };
    temporal_error *refused = tp_payloads_encode(&encoded, &argument, 1);

    if (refused) /* the failure itself matters more than a detail that cannot be said */
        tp_error_set_cause(error, refused);
    else
        tp_error_set_details(error, encoded.data, encoded.size);
    tp_buffer_done(&encoded);
}

temporal_error *temporal_error_application_with(const temporal_application_error *given,
                                                const char *format, ...)
{
    temporal_application_error options = { 0 };
    temporal_error *error;
    va_list arguments;

    memcpy(&options, given, given->struct_size < sizeof options ? given->struct_size
                                                                : sizeof options);
    va_start(arguments, format);
    error = tp_error_vnew(TEMPORAL_ERROR_APPLICATION, format, arguments);
    va_end(arguments);
    tp_error_set_text(error, &error->type, options.type);
    error->non_retryable = options.non_retryable;
    error->next_retry_delay = options.next_retry_delay;
    if (options.cause)
        tp_error_set_cause(error, options.cause);
    if (options.detail && options.detail_type)
        set_detail(error, options.detail_type, options.detail);
    return error;
}

temporal_error *temporal_error_application(const char *type, const char *format, ...)
{
    temporal_error *error;
    va_list arguments;

    va_start(arguments, format);
    error = tp_error_vnew(TEMPORAL_ERROR_APPLICATION, format, arguments);
    va_end(arguments);
    tp_error_set_text(error, &error->type, type);
    return error;
}

/* --- reading ------------------------------------------------------------------------------------------ */

size_t temporal_error_detail_count(const temporal_error *error)
{
    const Tp__Common__Payloads *payloads;
    size_t count;
    tp_arena arena;

    if (!error || error->details.size == 0)
        return 0;
    tp_arena_init(&arena);
    payloads = tp_message_unpack(&arena, &tp__common__payloads__descriptor, error->details);
    count = payloads ? payloads->n_payloads : 0;
    tp_arena_done(&arena);
    return count;
}

temporal_error *temporal_error_read_detail(const temporal_error *error, size_t index,
                                           const temporal_type *type, void *out)
{
    size_t count = temporal_error_detail_count(error);

    if (index >= count)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "error detail %zu: the error has %zu", index, count);
    return tp_payloads_decode(error->memory, error->details, index, type, out);
}
