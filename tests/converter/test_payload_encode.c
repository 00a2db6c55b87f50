/* SPDX-License-Identifier: MIT */
/* tests/converter/test_payload_encode.c -- payloads that are encoded without a message in between
 * are the same, byte for byte, as those that go through one. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "converter/payload.h"
#include "tests/support/support.h"

static void check(const temporal_argument *arguments, size_t count)
{
    tp_buffer direct = { 0 }, packed = { 0 };
    Tp__Common__Payloads *payloads = NULL;
    tp_arena arena;

    tp_arena_init(&arena);
    assert_ok(tp_payloads_make(&arena, arguments, count, &payloads));
    tp_buffer_append_text(&packed, "before");
    tp_payloads_pack(&packed, payloads);
    tp_buffer_append_text(&direct, "before");
    assert_ok(tp_payloads_encode(&direct, arguments, count));
    assert_int_equal(direct.size, packed.size);
    assert_memory_equal(direct.data, packed.data, packed.size);
    tp_arena_done(&arena);
    tp_buffer_done(&direct);
    tp_buffer_done(&packed);
}

#define CHECK(T, ...)                                                \
    do {                                                             \
        T value_ = __VA_ARGS__;                                      \
        check(&(const temporal_argument){ T##_type(), &value_ }, 1); \
    } while (0)

static void values_are_encoded_as_messages_are(void **state)
{
    (void)state;
    CHECK(temporal_none, { 0 });
    CHECK(temporal_bool, true);
    CHECK(temporal_int, 0);
    CHECK(temporal_int, INT64_MAX);
    CHECK(temporal_int, INT64_MIN);
    CHECK(temporal_int32, INT32_MIN);
    CHECK(temporal_uint, UINT64_MAX);
    CHECK(temporal_double, 0.1);
    CHECK(temporal_string, NULL);
    CHECK(temporal_string, "");
    CHECK(temporal_string, "text");
}

/* Around every size at which a length takes one byte more. */
static void data_of_every_size_is_encoded(void **state)
{
    static const size_t sizes[] = { 0, 1, 90, 100, 127, 128, 129, 16000, 16383, 16384, 2100000 };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *text = tp_alloc(sizes[i] + 1);

        memset(text, 'x', sizes[i]);
        CHECK(temporal_bytes, { text, sizes[i] });
        CHECK(temporal_string, text);
        tp_free(text);
    }
}

static void values_of_the_users_own_encoding_are_encoded(void **state)
{
    (void)state;
    CHECK(temporal_value, { 0 });
    CHECK(temporal_value, { .encoding = "my/own", .data = "data", .size = 4 });
}

static void several_values_are_encoded_in_a_row(void **state)
{
    temporal_int number = -7;
    temporal_string text = "seven", nothing = NULL;
    temporal_none none = { 0 };
    const temporal_argument arguments[] = { { temporal_int_type(), &number },
                                            { temporal_none_type(), &none },
                                            { temporal_string_type(), &text },
                                            { temporal_string_type(), &nothing } };

    (void)state;
    check(arguments, 4);
    check(arguments, 0);
}

static void an_error_appends_nothing(void **state)
{
    temporal_double number = (double)NAN;
    temporal_int fine = 1;
    const temporal_argument arguments[] = { { temporal_int_type(), &fine },
                                            { temporal_double_type(), &number } };
    tp_buffer out = { 0 };

    (void)state;
    tp_buffer_append_text(&out, "before");
    assert_fails(tp_payloads_encode(&out, arguments, 2), CONVERSION, "argument 2");
    assert_int_equal(out.size, 6);
    tp_buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_encoded_as_messages_are),
        cmocka_unit_test(data_of_every_size_is_encoded),
        cmocka_unit_test(values_of_the_users_own_encoding_are_encoded),
        cmocka_unit_test(several_values_are_encoded_in_a_row),
        cmocka_unit_test(an_error_appends_nothing),
    };

    return cmocka_run_group_tests_name("converter: encoding at once", tests, NULL, NULL);
}
