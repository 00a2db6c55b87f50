/* SPDX-License-Identifier: MIT */
/* Payloads in a row: the arguments of a call. */
#include <string.h>

#include "base/alloc.h"
#include "tests/converter/payloads.h"

/* clang-format off */
#define ITEM(FIELD)              \
    FIELD(temporal_int, x)       \
    FIELD(temporal_string, y)    \
    FIELD(temporal_double, f)    \
    FIELD(temporal_bytes, b)
TEMPORAL_RECORD(item, ITEM)
/* clang-format on */

static void arguments_are_encoded_byte_for_byte_as_python_encodes_them(void **state)
{
    /* Payloads(payloads=converter.to_payloads(["ab", 5, None, b"\x00\xff"])).SerializeToString() */
    static const uint8_t python[] = "\x0a\x1e\x0a\x16\x0a\x08"
                                    "encoding\x12\x0ajson/plain\x12\x04\"ab\""
                                    "\x0a\x1b\x0a\x16\x0a\x08"
                                    "encoding\x12\x0ajson/plain\x12\x01"
                                    "5"
                                    "\x0a\x19\x0a\x17\x0a\x08"
                                    "encoding\x12\x0b"
                                    "binary/null"
                                    "\x0a\x1e\x0a\x18\x0a\x08"
                                    "encoding\x12\x0c"
                                    "binary/plain\x12\x02\x00\xff";
    const temporal_string text = "ab", nothing = NULL;
    const temporal_int number = 5;
    const temporal_bytes bytes = { "\x00\xff", 2 };
    const temporal_argument arguments[] = { { temporal_string_type(), &text },
                                            { temporal_int_type(), &number },
                                            { temporal_none_type(), NULL },
                                            { temporal_string_type(), &nothing },
                                            { temporal_bytes_type(), &bytes } };
    tp_buffer out = { 0 };

    (void)state;
    assert_ok(tp_payloads_encode(&out, arguments, 5));
    assert_int_equal(out.size, sizeof(python) - 1);
    assert_memory_equal(out.data, python, out.size);
    tp_buffer_done(&out);
}

static void arguments_are_decoded_one_by_one(void **state)
{
    const temporal_string text = "a";
    const item record = { 5, "b", 1.5, { "c", 1 } };
    const temporal_argument arguments[] = { { temporal_string_type(), &text },
                                            { item_type(), &record } };
    tp_buffer encoded = { 0 };
    temporal_string found_text;
    item found;
    temporal_value value;

    (void)state;
    assert_ok(tp_payloads_encode(&encoded, arguments, 2));
    assert_ok(tp_payloads_decode(&arena, tp_buffer_bytes(&encoded), 0, temporal_string_type(),
                                 &found_text));
    assert_ok(tp_payloads_decode(&arena, tp_buffer_bytes(&encoded), 1, item_type(), &found));
    assert_ok(
        tp_payloads_decode(&arena, tp_buffer_bytes(&encoded), 1, temporal_value_type(), &value));
    memset(encoded.data, 0, encoded.size); /* what was read lives on its own */
    tp_buffer_done(&encoded);
    assert_string_equal(found_text, "a");
    assert_string_equal(found.y, "b");
    assert_memory_equal(found.b.data, "c", 1);
    assert_string_equal(value.encoding, "json/plain");
    assert_memory_equal(value.data, "{\"x\":5", 6);
}

static void no_argument_is_no_payloads(void **state)
{
    Tp__Common__Payloads *payloads = (void *)&arena;
    const temporal_argument none = { temporal_none_type(), NULL };
    tp_buffer out = { 0 };

    (void)state;
    assert_ok(tp_payloads_make(&arena, NULL, 0, &payloads));
    assert_null(payloads);
    payloads = (void *)&arena;
    assert_ok(tp_payloads_make(&arena, &none, 1, &payloads));
    assert_null(payloads);
    assert_ok(tp_payloads_encode(&out, &none, 1));
    assert_int_equal(out.size, 0);
    payloads = (void *)&arena;
    assert_ok(tp_payloads_unpack(&arena, tp_buffer_bytes(&out), &payloads));
    assert_null(payloads);
    tp_payloads_pack(&out, NULL);
    assert_int_equal(out.size, 0);
}

static void an_argument_that_does_not_encode_is_named(void **state)
{
    const temporal_string good = "a", bad = "\xff";
    const item record = { .y = "\xff" };
    const temporal_argument arguments[] = { { temporal_string_type(), &good },
                                            { item_type(), &record } };
    const temporal_argument single = { temporal_string_type(), &bad };
    Tp__Common__Payloads *payloads = NULL;
    temporal_error *error;
    tp_buffer out = { 0 };

    (void)state;
    assert_fails(tp_payloads_make(&arena, arguments, 2, &payloads), CONVERSION,
                 "argument 2: y: invalid UTF-8 at byte 0 of a string");
    error = tp_payloads_encode(&out, &single, 1); /* which one is no question */
    assert_string_equal(temporal_error_message(error), "invalid UTF-8 at byte 0 of a string");
    temporal_error_free(error);
    assert_null(payloads);
    assert_int_equal(out.size, 0);
    tp_buffer_done(&out);
}

static void bytes_that_are_no_payloads_are_refused(void **state)
{
    static const char *const wrong[] = { "\x0a", "\x0a\x05xy", "\x0a\x02\x0a\x05", "\x0b", "xyz" };
    Tp__Common__Payloads *payloads = NULL;
    temporal_int number;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        tp_bytes bytes = { (const uint8_t *)wrong[i], strlen(wrong[i]) };

        assert_fails(tp_payloads_unpack(&arena, bytes, &payloads), CONVERSION,
                     "no encoded payloads");
        assert_null(payloads);
        assert_fails(tp_payloads_decode(&arena, bytes, 0, temporal_int_type(), &number), CONVERSION,
                     "no encoded payloads");
    }
}

static void a_megabyte_comes_back_whole(void **state)
{
    enum {
        SIZE = 1 << 20
    };
    char *raw = tp_alloc(SIZE + 1);
    temporal_bytes bytes = { raw, SIZE }, found;
    temporal_string text = raw, found_text;
    const temporal_argument arguments[] = { { temporal_bytes_type(), &bytes },
                                            { temporal_string_type(), &text } };
    tp_buffer encoded = { 0 };

    (void)state;
    for (int i = 0; i < SIZE; i++)
        raw[i] = (char)('a' + i % 26);
    assert_ok(tp_payloads_encode(&encoded, arguments, 2));
    assert_true(encoded.size > 2 * SIZE);
    assert_ok(
        tp_payloads_decode(&arena, tp_buffer_bytes(&encoded), 0, temporal_bytes_type(), &found));
    assert_ok(tp_payloads_decode(&arena, tp_buffer_bytes(&encoded), 1, temporal_string_type(),
                                 &found_text));
    assert_int_equal(found.size, SIZE);
    assert_memory_equal(found.data, raw, SIZE);
    assert_string_equal(found_text, raw);
    tp_buffer_done(&encoded);
    tp_free(raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_encoded_byte_for_byte_as_python_encodes_them),
        cmocka_unit_test(arguments_are_decoded_one_by_one),
        cmocka_unit_test(no_argument_is_no_payloads),
        cmocka_unit_test(an_argument_that_does_not_encode_is_named),
        cmocka_unit_test(bytes_that_are_no_payloads_are_refused),
        cmocka_unit_test(a_megabyte_comes_back_whole),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
