/* SPDX-License-Identifier: MIT */
/* Any bytes as an encoded Failure and as encoded Payloads, read as far as they go. What was read as
 * a failure must be written, read again and written the same. A libFuzzer target, as fuzz_json.c.
 */
#include <stdlib.h>
#include <string.h>

#include "converter/failure.h"
#include "converter/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_details(const temporal_error *error)
{
    size_t count = temporal_error_detail_count(error);

    for (size_t i = 0; i < count; i++) {
        temporal_json json;
        temporal_value value;

        temporal_error_free(temporal_error_detail(error, i, temporal_json, &json));
        if (temporal_error_detail(error, i, temporal_value, &value))
            abort(); /* anything is a value */
    }
}

static void fuzz_failure(tp_bytes encoded)
{
    temporal_error *error = tp_failure_decode(encoded), *again;
    tp_buffer first = { 0 }, second = { 0 };

    if (!error)
        abort(); /* no bytes are an empty failure, not no error */
    for (const temporal_error *link = error; link; link = temporal_error_cause(link))
        fuzz_details(link);
    tp_failure_encode(&first, error);
    again = tp_failure_decode(tp_buffer_bytes(&first));
    tp_failure_encode(&second, again);
    if (first.size != second.size || memcmp(first.data, second.data, first.size) != 0)
        abort();
    tp_buffer_done(&first);
    tp_buffer_done(&second);
    temporal_error_free(error);
    temporal_error_free(again);
}

static void fuzz_value(const temporal_value *value)
{
    static const temporal_type_fn types[] = { temporal_string_type, temporal_bytes_type,
                                              temporal_int_type, temporal_json_type,
                                              temporal_int_list_type };
    union {
        temporal_string string;
        temporal_bytes bytes;
        temporal_int number;
        temporal_json json;
        temporal_int_list list;
    } out;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        temporal_error_free(temporal_value_read(value, types[i](), &out));
}

static void fuzz_payloads(tp_bytes encoded)
{
    Tp__Common__Payloads *payloads = NULL;
    temporal_value *values;
    temporal_error *error;
    tp_arena arena;
    size_t count;

    tp_arena_init(&arena);
    error = tp_payloads_unpack(&arena, encoded, &payloads);
    if (!error) {
        tp_payloads_values(&arena, payloads, &values, &count);
        for (size_t i = 0; i < count; i++)
            fuzz_value(&values[i]);
    }
    temporal_error_free(error);
    tp_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tp_bytes encoded = { data, size };

    fuzz_failure(encoded);
    fuzz_payloads(encoded);
    return 0;
}
