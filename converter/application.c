/* SPDX-License-Identifier: MIT */
/* converter/application.c -- failures of the user's own, and what an error carries as payloads. */
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "converter/payload.h"

/* What does not encode must not hide the failure that it belongs to: the message says so instead.
 */
static void add_detail(temporal_error *error, const temporal_type *type, const void *detail)
{
    tp_buffer encoded = { 0 };
    temporal_error *problem =
        tp_payloads_encode(&encoded, &(const temporal_argument){ type, detail }, 1);

    if (!problem)
        tp_error_set_details(error, encoded.data, encoded.size);
    else
        error->message = tp_arena_format(error->memory, "%s (its detail is left out: %s)",
                                         error->message, temporal_error_message(problem));
    temporal_error_free(problem);
    tp_buffer_done(&encoded);
}

TEMPORAL_PRINTF(2, 0)
static temporal_error *make(const temporal_application_error *options, const char *format,
                            va_list arguments)
{
    temporal_error *error = tp_clock_check(options->next_retry_delay,
                                           "temporal_error_application_with: next_retry_delay");

    if (!error) {
        error = tp_error_vnew(TEMPORAL_ERROR_APPLICATION, format, arguments);
        tp_error_set_text(error, &error->type, options->type);
        error->non_retryable = options->non_retryable;
        error->next_retry_delay = options->next_retry_delay;
        if (options->detail_type && options->detail)
            add_detail(error, options->detail_type, options->detail);
    }
    tp_error_set_cause(error, options->cause);
    return error;
}

temporal_error *temporal_error_application_with(const temporal_application_error *options,
                                                const char *format, ...)
{
    temporal_application_error known = { 0 };
    temporal_error *error;
    va_list arguments;

    if (options) /* of an older program: what it does not know is zero */
        memcpy(&known, options,
               options->struct_size < sizeof(known) ? options->struct_size : sizeof(known));
    va_start(arguments, format);
    error = make(&known, format, arguments);
    va_end(arguments);
    return error;
}

temporal_error *temporal_error_application(const char *type, const char *format, ...)
{
    temporal_application_error options = { .type = type };
    temporal_error *error;
    va_list arguments;

    va_start(arguments, format);
    error = make(&options, format, arguments);
    va_end(arguments);
    return error;
}

size_t temporal_error_detail_count(const temporal_error *error)
{
    Tp__Common__Payloads *details = NULL;
    temporal_error *unreadable;
    tp_arena scratch;
    size_t count;

    if (!error || !error->details.size)
        return 0;
    tp_arena_init(&scratch);
    unreadable = tp_payloads_unpack(&scratch, error->details, &details);
    count = details ? details->n_payloads : 0;
    temporal_error_free(unreadable);
    tp_arena_done(&scratch);
    return count;
}

temporal_error *temporal_error_read_detail(const temporal_error *error, size_t index,
                                           const temporal_type *type, void *out)
{
    size_t count = temporal_error_detail_count(error);

    if (!type || (!out && type->kind != TEMPORAL_KIND_NONE))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "temporal_error_read_detail: type and out are required");
    if (index >= count)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "temporal_error_read_detail: there is no detail %zu: the error "
                                  "has %zu",
                                  index, count);
    return tp_payloads_decode(error->memory, error->details, index, type, out);
}
