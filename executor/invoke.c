/* SPDX-License-Identifier: MIT */
/* executor/invoke.c -- runs one attempt from encoded input to encoded outcome. */
#include "executor/invoke.h"

#include <assert.h>

#include "base/error.h"
#include "converter/failure.h"
#include "converter/payload.h"

/* What does not convert is said as an application failure, for the workflow to read. Trying again
 * would meet the same input, but perhaps not the same result. */
static temporal_error *refuse(temporal_activity *activity, const char *what,
                              const temporal_error *reason, bool non_retryable)
{
    return temporal_error_application_with(
        &(temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                       .type = "CONVERSION",
                                       .non_retryable = non_retryable },
        "activity %s: %s: %s", activity->info.activity_type, what, temporal_error_message(reason));
}

static temporal_error *encode_result(temporal_activity *activity, const temporal_type *type,
                                     const void *result, tp_buffer *body)
{
    temporal_error *error = tp_payloads_encode(body, &(temporal_argument){ type, result }, 1);

    return error ? refuse(activity, "result", error, false) : NULL;
}

static temporal_error *invoke_typed(temporal_activity *activity,
                                    const Tp__Common__Payloads *payloads, tp_buffer *body)
{
    const temporal_activity_def *def = activity->def;
    const temporal_type *in_type = def->input ? def->input() : temporal_none_type();
    const temporal_type *out_type = def->output ? def->output() : temporal_none_type();
    void *in = tp_arena_alloc(&activity->arena, in_type->size);
    void *out = tp_arena_alloc(&activity->arena, out_type->size);
    const Tp__Common__Payload *first =
        payloads && payloads->n_payloads ? payloads->payloads[0] : NULL;
    temporal_error *error = tp_payload_read_borrowed(&activity->arena, first, in_type, in);

    if (error)
        return refuse(activity, "argument 1", error, true);
    error = def->invoke(activity, in, out);
    return error ? error : encode_result(activity, out_type, out, body);
}

static temporal_error *invoke_values(temporal_activity *activity,
                                     const Tp__Common__Payloads *payloads, tp_buffer *body)
{
    temporal_value *inputs = NULL;
    temporal_value *output = tp_arena_alloc(&activity->arena, sizeof(*output));
    size_t count = 0;
    temporal_error *error;

    if (payloads)
        tp_payloads_values(&activity->arena, payloads, &inputs, &count);
    error = activity->def->invoke_values(activity, inputs, count, output);
    if (error || !output->encoding) /* nothing was written: no result */
        return error;
    return encode_result(activity, temporal_value_type(), output, body);
}

static temporal_error *invoke(temporal_activity *activity, tp_bytes input, tp_buffer *body)
{
    Tp__Common__Payloads *payloads = NULL;
    temporal_error *error = tp_payloads_unpack(&activity->arena, input, &payloads);

    if (error)
        return refuse(activity, "input", error, true);
    return activity->def->invoke_values ? invoke_values(activity, payloads, body)
                                        : invoke_typed(activity, payloads, body);
}

tp_outcome_kind tp_invoke(temporal_activity *activity, tp_bytes input, tp_buffer *body)
{
    tp_outcome_kind outcome = TP_OUTCOME_FAILED;
    temporal_error *error;

    assert(temporal_activity_current() == activity);
    tp_buffer_clear(body);
    error = invoke(activity, input, body);
    if (!error)
        return TP_OUTCOME_COMPLETED;
    tp_buffer_clear(body); /* of a result that did not encode to its end */
    if (temporal_error_get_code(error) == TEMPORAL_ERROR_COMPLETE_ASYNC)
        return TP_OUTCOME_ASYNC;
    tp_failure_encode(body, error);
    /* Only who was cancelled can end as cancelled: the server refuses it of others. */
    if (temporal_error_get_code(error) == TEMPORAL_ERROR_CANCELLED &&
        temporal_activity_is_cancelled(activity))
        outcome = TP_OUTCOME_CANCELLED;
    temporal_error_free(error); /* when another thread of the activity made it, on the heap */
    return outcome;
}
