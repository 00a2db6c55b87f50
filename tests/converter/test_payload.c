/* SPDX-License-Identifier: MIT */
/* Payloads: which encoding a value takes, and what other SDKs write. */
#include <string.h>

#include "tests/converter/payloads.h"

/* clang-format off */
#define ITEM(FIELD)              \
    FIELD(temporal_int, x)       \
    FIELD(temporal_string, y)    \
    FIELD(temporal_double, f)    \
    FIELD(temporal_bytes, b)
TEMPORAL_RECORD(item, ITEM)
TEMPORAL_OPTIONAL(temporal_int)
TEMPORAL_OPTIONAL(temporal_string)
TEMPORAL_OPTIONAL(temporal_bytes)
TEMPORAL_OPTIONAL(item)
/* clang-format on */

#define assert_makes(T, value, encoding, data)                                       \
    do {                                                                             \
        Tp__Common__Payload *made_;                                                  \
        assert_ok(tp_payload_make(&arena, T##_type(), &(const T){ value }, &made_)); \
        assert_payload(made_, (encoding), (data), strlen(data));                     \
    } while (0)

static temporal_error *read(const Tp__Common__Payload *payload, const temporal_type *type,
                            void *out)
{
    return tp_payload_read(&arena, payload, type, out);
}

/* --- making ---------------------------------------------------------------------------------- */

static void values_are_encoded_as_the_other_sdks_encode_them(void **state)
{
    (void)state;
    assert_makes(temporal_bool, true, "json/plain", "true");
    assert_makes(temporal_int, -1, "json/plain", "-1");
    assert_makes(temporal_double, 1, "json/plain", "1.0");
    assert_makes(temporal_string, "a", "json/plain", "\"a\"");
    assert_makes(temporal_string, "", "json/plain", "\"\"");
    assert_makes(temporal_string_list, 0, "json/plain", "[]");
    assert_makes(temporal_json, "{\"a\": 1}", "json/plain", "{\"a\": 1}");
}

static void nothing_is_encoded_as_null(void **state)
{
    const temporal_string none = NULL;

    (void)state;
    assert_makes(temporal_string, NULL, "binary/null", "");
    assert_makes(temporal_json, NULL, "binary/null", "");
    assert_makes(temporal_int_optional, NULL, "binary/null", "");
    assert_makes(item_optional, NULL, "binary/null", "");
    assert_makes(temporal_string_optional, &none, "binary/null", "");
}

static void bytes_alone_are_encoded_as_they_are(void **state)
{
    const temporal_bytes bytes = { "a\0\xff", 3 };
    Tp__Common__Payload *payload;

    (void)state;
    assert_ok(tp_payload_make(&arena, temporal_bytes_type(), &bytes, &payload));
    assert_payload(payload, "binary/plain", "a\0\xff", 3);
    assert_ptr_not_equal(payload->data.data, bytes.data);
    assert_makes(temporal_bytes, 0, "binary/plain", "");
}

static void optional_bytes_that_are_there_are_bytes(void **state)
{
    const temporal_bytes bytes = { "xyz", 3 };
    const temporal_bytes_optional optional = &bytes;
    Tp__Common__Payload *payload;
    temporal_bytes_optional found;

    (void)state;
    assert_ok(tp_payload_make(&arena, temporal_bytes_optional_type(), &optional, &payload));
    assert_payload(payload, "binary/plain", "xyz", 3);
    assert_ok(read(payload, temporal_bytes_optional_type(), &found));
    assert_memory_equal(found->data, "xyz", 3);
    assert_ok(read(payload_of("binary/null", NULL, 0), temporal_bytes_optional_type(), &found));
    assert_null(found);
}

static void none_makes_no_payload(void **state)
{
    Tp__Common__Payload *payload;

    (void)state;
    assert_ok(tp_payload_make(&arena, temporal_none_type(), &TEMPORAL_NONE, &payload));
    assert_null(payload);
    assert_ok(tp_payload_make(&arena, temporal_value_type(), &(temporal_value){ 0 }, &payload));
    assert_null(payload);
}

/* --- reading: bytes that Python's and Go's default converters wrote --------------------------- */

static void what_python_writes_is_read(void **state)
{
    temporal_string text;
    temporal_double number;
    item found;

    (void)state;
    assert_ok(read(json("\"h\\u00e9\\u00e9\\u0001\\\"/\\\\\""), temporal_string_type(), &text));
    assert_string_equal(text, "h\xc3\xa9\xc3\xa9\x01\"/\\");
    assert_ok(read(json("1e+100"), temporal_double_type(), &number));
    assert_true(number == 1e100);
    assert_ok(read(json("{\"b\":[97,98],\"f\":0.0,\"x\":1,\"y\":null}"), item_type(), &found));
    assert_true(found.x == 1);
    assert_null(found.y);
    assert_memory_equal(found.b.data, "ab", 2);
    assert_fails(read(json("NaN"), temporal_double_type(), &number), CONVERSION,
                 "NaN and infinity are no JSON");
}

static void what_go_writes_is_read(void **state)
{
    temporal_string_list texts;
    temporal_string text;
    item found;

    (void)state;
    assert_ok(read(json("{\"x\":1,\"y\":\"a\\u003cb\\u2028\",\"f\":2,\"b\":\"YWI=\"}"), item_type(),
                   &found));
    assert_string_equal(found.y, "a<b\xe2\x80\xa8");
    assert_true(found.f == 2);
    assert_memory_equal(found.b.data, "ab", 2);
    assert_ok(read(json("null"), temporal_string_list_type(), &texts)); /* a nil slice */
    assert_int_equal(texts.count, 0);
    assert_ok(read(json("\"x\"\n"), temporal_string_type(), &text));
    assert_string_equal(text, "x");
}

static void null_gives_the_zero_of_any_type(void **state)
{
    const Tp__Common__Payload *null = payload_of("binary/null", NULL, 0);
    const Tp__Common__Payload *odd = payload_of("binary/null", "xx", 2);
    temporal_int number = 1;
    temporal_string text = "x";
    temporal_bytes bytes = { "x", 1 };
    temporal_json any = { "x" };

    (void)state;
    assert_ok(read(null, temporal_int_type(), &number));
    assert_true(number == 0);
    assert_ok(read(null, temporal_string_type(), &text));
    assert_null(text);
    assert_ok(read(null, temporal_bytes_type(), &bytes));
    assert_int_equal(bytes.size, 0);
    assert_ok(read(null, temporal_json_type(), &any));
    assert_null(any.text);
    text = "x";
    assert_ok(read(odd, temporal_string_type(), &text)); /* null is null, whatever comes with it */
    assert_null(text);
}

static void a_missing_payload_gives_the_zero_of_any_type(void **state)
{
    temporal_int number = 1;
    item found;
    Tp__Common__Payloads *payloads = NULL;
    const temporal_int seven = 7;

    (void)state;
    memset(&found, 0x55, sizeof(found));
    assert_ok(read(NULL, temporal_int_type(), &number));
    assert_true(number == 0);
    assert_ok(tp_payloads_read(&arena, NULL, 0, item_type(), &found));
    assert_null(found.y);
    assert_ok(tp_payloads_make(&arena, &(temporal_argument){ temporal_int_type(), &seven }, 1,
                               &payloads));
    number = 1;
    assert_ok(tp_payloads_read(&arena, payloads, 1, temporal_int_type(), &number));
    assert_true(number == 0);
    assert_ok(tp_payloads_read(&arena, payloads, 0, temporal_int_type(), &number));
    assert_true(number == 7);
    assert_ok(tp_payloads_decode(&arena, (tp_bytes){ 0 }, 0, temporal_int_type(), &number));
    assert_true(number == 0);
}

static void none_reads_no_payload(void **state)
{
    (void)state;
    assert_ok(read(payload_of("what/ever", "x", 1), temporal_none_type(), NULL));
}

static void bytes_are_read_from_raw_bytes_and_from_json(void **state)
{
    const Tp__Common__Payload *payload = payload_of("binary/plain", "a\0b", 3);
    temporal_bytes bytes;

    (void)state;
    assert_ok(read(payload, temporal_bytes_type(), &bytes));
    assert_int_equal(bytes.size, 3);
    assert_memory_equal(bytes.data, "a\0b", 3);
    assert_ptr_not_equal(bytes.data, payload->data.data);
    assert_ok(tp_payload_read_borrowed(&arena, payload, temporal_bytes_type(), &bytes));
    assert_ptr_equal(bytes.data, payload->data.data);
    assert_ok(read(payload_of("binary/plain", NULL, 0), temporal_bytes_type(), &bytes));
    assert_int_equal(bytes.size, 0);
    assert_ok(read(json("\"YWI=\""), temporal_bytes_type(), &bytes));
    assert_memory_equal(bytes.data, "ab", 2);
}

static void what_is_not_for_the_type_is_refused_and_leaves_out_alone(void **state)
{
    temporal_int number = 5;
    temporal_string text = "before";
    item found = { .x = 5 };

    (void)state;
    assert_fails(read(json("\"x\""), temporal_int_type(), &number), CONVERSION,
                 "expected a number, not a string");
    assert_true(number == 5);
    assert_fails(read(json("{\"x\":1,\"y\":2}"), item_type(), &found), CONVERSION,
                 "y: expected a string, not a number");
    assert_true(found.x == 5);
    assert_fails(read(payload_of("binary/plain", "x", 1), temporal_string_type(), &text),
                 CONVERSION,
                 "expected json/plain for a temporal_string, not raw bytes (binary/plain)");
    assert_fails(read(json(""), temporal_string_type(), &text), CONVERSION, "not JSON: ");
    assert_string_equal(text, "before");
}

static void encodings_that_nobody_knows_are_named(void **state)
{
    Tp__Common__Payload *payload = payload_of("binary/encrypted", "{}", 2), *bare;
    temporal_json any;

    (void)state;
    assert_fails(read(payload, temporal_json_type(), &any), CONVERSION,
                 "payloads of encoding \"binary/encrypted\" cannot be read");
    add_metadata(payload, "messageType", "acme.Order");
    assert_fails(
        read(payload, temporal_json_type(), &any), CONVERSION,
        "payloads of encoding \"binary/encrypted\" with message acme.Order cannot be read: have "
        "its sender write json/plain, binary/plain or binary/null, or take it as a "
        "temporal_value");
    assert_fails(read(payload_of("json/plain2", "1", 1), temporal_json_type(), &any), CONVERSION,
                 "\"json/plain2\"");
    assert_fails(read(payload_of("json/plai", "1", 1), temporal_json_type(), &any), CONVERSION,
                 "\"json/plai\"");
    assert_fails(read(payload_of("\x1b[2J\xff", "1", 1), temporal_json_type(), &any), CONVERSION,
                 "\"?[2J\xef\xbf\xbd\"");
    bare = payload_of("", NULL, 0);
    bare->n_metadata = 0;
    assert_fails(read(bare, temporal_json_type(), &any), CONVERSION,
                 "the payload does not say its encoding");
}

static void of_metadata_that_stands_twice_the_last_counts(void **state)
{
    Tp__Common__Payload *payload = payload_of("what/ever", "7", 1);
    temporal_int number;

    (void)state;
    add_metadata(payload, "other", "x");
    add_metadata(payload, "encoding", "json/plain");
    assert_ok(read(payload, temporal_int_type(), &number));
    assert_true(number == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_encoded_as_the_other_sdks_encode_them),
        cmocka_unit_test(nothing_is_encoded_as_null),
        cmocka_unit_test(bytes_alone_are_encoded_as_they_are),
        cmocka_unit_test(optional_bytes_that_are_there_are_bytes),
        cmocka_unit_test(none_makes_no_payload),
        cmocka_unit_test(what_python_writes_is_read),
        cmocka_unit_test(what_go_writes_is_read),
        cmocka_unit_test(null_gives_the_zero_of_any_type),
        cmocka_unit_test(a_missing_payload_gives_the_zero_of_any_type),
        cmocka_unit_test(none_reads_no_payload),
        cmocka_unit_test(bytes_are_read_from_raw_bytes_and_from_json),
        cmocka_unit_test(what_is_not_for_the_type_is_refused_and_leaves_out_alone),
        cmocka_unit_test(encodings_that_nobody_knows_are_named),
        cmocka_unit_test(of_metadata_that_stands_twice_the_last_counts),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
