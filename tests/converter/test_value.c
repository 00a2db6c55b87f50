/* SPDX-License-Identifier: MIT */
/* Values without a type: they show what came, are read later, and pass through. */
#include <string.h>

#include "tests/converter/payloads.h"

static void untyped_values_show_what_came_and_are_read_later(void **state)
{
    Tp__Common__Payload *items[] = { json("[1,2]"), payload_of("binary/plain", "ab", 2),
                                     payload_of("x/y", "zz", 2) };
    Tp__Common__Payloads payloads = TP__COMMON__PAYLOADS__INIT;
    temporal_int_list numbers;
    temporal_value *values, same;
    temporal_string text;
    size_t count;

    (void)state;
    payloads.payloads = items;
    payloads.n_payloads = 3;
    tp_payloads_values(&arena, &payloads, &values, &count);
    assert_int_equal(count, 3);
    assert_string_equal(values[0].encoding, "json/plain");
    assert_int_equal(values[0].size, 5);
    assert_memory_equal(values[0].data, "[1,2]", 5);
    assert_string_equal(values[2].encoding, "x/y");
    assert_ok(temporal_value_get(&values[0], temporal_int_list, &numbers));
    assert_int_equal(numbers.count, 2);
    assert_fails(temporal_value_get(&values[0], temporal_string, &text), CONVERSION,
                 "expected a string, not a list");
    assert_ok(temporal_value_get(&values[2], temporal_value, &same));
    assert_string_equal(same.encoding, "x/y");
    tp_payloads_values(&arena, NULL, &values, &count);
    assert_int_equal(count, 0);
}

static void a_value_without_a_payload_reads_as_zero(void **state)
{
    temporal_value nothing = { 0 };
    temporal_int number = 5;

    (void)state;
    assert_ok(temporal_value_get(&nothing, temporal_int, &number));
    assert_true(number == 0);
    number = 5;
    assert_ok(temporal_value_read(NULL, temporal_int_type(), &number));
    assert_true(number == 0);
}

static void reading_into_nothing_or_from_nowhere_is_an_error(void **state)
{
    const temporal_value own = { .encoding = "json/plain", .data = "7", .size = 1 };
    const temporal_value kept = { "json/plain", "7", 1, NULL, &arena };
    temporal_int number = 5;

    (void)state;
    assert_fails(temporal_value_read(&kept, temporal_int_type(), NULL), INVALID_ARGUMENT, "out");
    assert_fails(temporal_value_read(&kept, NULL, &number), INVALID_ARGUMENT, "type");
    assert_fails(temporal_value_read(&own, temporal_int_type(), &number), INVALID_ARGUMENT,
                 "memory");
    assert_ok(temporal_value_read(&kept, temporal_int_type(), &number));
    assert_true(number == 7);
}

static void a_value_passes_through_with_all_of_its_metadata(void **state)
{
    Tp__Common__Payload *payload = payload_of("json/protobuf", "{}", 2), *made;
    Tp__Common__Payloads *back;
    tp_buffer first = { 0 }, second = { 0 };
    temporal_argument argument;
    temporal_value value;

    (void)state;
    add_metadata(payload, "messageType", "acme.Order");
    assert_ok(tp_payload_read(&arena, payload, temporal_value_type(), &value));
    assert_ptr_not_equal(value.payload, payload);
    assert_ok(tp_payload_make(&arena, temporal_value_type(), &value, &made));
    assert_ptr_not_equal(made, value.payload);
    tp_message_pack(&first, &payload->base);
    tp_message_pack(&second, &made->base);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    tp_buffer_clear(&second);
    argument = (temporal_argument){ temporal_value_type(), &value };
    assert_ok(tp_payloads_encode(&second, &argument, 1));
    assert_ok(tp_payloads_unpack(&arena, tp_buffer_bytes(&second), &back));
    assert_int_equal(back->payloads[0]->n_metadata, 2);
    tp_buffer_done(&first);
    tp_buffer_done(&second);
}

static void a_value_of_the_users_own_encoding_is_sent(void **state)
{
    const temporal_value value = { .encoding = "acme/zip", .data = "zz", .size = 2 };
    Tp__Common__Payload *payload;

    (void)state;
    assert_ok(tp_payload_make(&arena, temporal_value_type(), &value, &payload));
    assert_payload(payload, "acme/zip", "zz", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untyped_values_show_what_came_and_are_read_later),
        cmocka_unit_test(a_value_without_a_payload_reads_as_zero),
        cmocka_unit_test(reading_into_nothing_or_from_nowhere_is_an_error),
        cmocka_unit_test(a_value_passes_through_with_all_of_its_metadata),
        cmocka_unit_test(a_value_of_the_users_own_encoding_is_sent),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
