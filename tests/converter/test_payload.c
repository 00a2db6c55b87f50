/* SPDX-License-Identifier: MIT */
/* Payloads: which encoding a value takes, what other SDKs write, rows of arguments, values without
 * a type. */
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "converter/payload.h"
#include "tests/support/support.h"

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

static tp_arena arena;

static int set_up(void **state)
{
    (void)state;
    tp_arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tp_arena_done(&arena);
    return 0;
}

/* A payload from elsewhere, in memory of its own. */
static Tp__Common__Payload *payload_of(const char *encoding, const char *data, size_t size)
{
    Tp__Common__Payload *payload = tp_arena_alloc(&arena, sizeof(*payload));
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(&arena, sizeof(*entry));

    tp__common__payload__init(payload);
    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(&arena, "encoding");
    entry->value.data = tp_arena_memdup(&arena, encoding, strlen(encoding));
    entry->value.len = strlen(encoding);
    payload->metadata = tp_arena_memdup(&arena, &entry, sizeof(entry));
    payload->n_metadata = 1;
    payload->data.data = size ? tp_arena_memdup(&arena, data, size) : NULL;
    payload->data.len = size;
    return payload;
}

static void add_metadata(Tp__Common__Payload *payload, const char *key, const char *value)
{
    Tp__Common__Payload__MetadataEntry **all =
        tp_arena_alloc(&arena, (payload->n_metadata + 1) * sizeof(*all));
    Tp__Common__Payload__MetadataEntry *entry = tp_arena_alloc(&arena, sizeof(*entry));

    memcpy(all, payload->metadata, payload->n_metadata * sizeof(*all));
    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(&arena, key);
    entry->value.data = tp_arena_memdup(&arena, value, strlen(value));
    entry->value.len = strlen(value);
    all[payload->n_metadata++] = entry;
    payload->metadata = all;
}

static void assert_payload(const Tp__Common__Payload *payload, const char *encoding,
                           const char *data, size_t size)
{
    assert_non_null(payload);
    assert_int_equal(payload->n_metadata, 1);
    assert_string_equal(payload->metadata[0]->key, "encoding");
    assert_int_equal(payload->metadata[0]->value.len, strlen(encoding));
    assert_memory_equal(payload->metadata[0]->value.data, encoding, strlen(encoding));
    assert_int_equal(payload->data.len, size);
    if (size)
        assert_memory_equal(payload->data.data, data, size);
}

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

static Tp__Common__Payload *json(const char *text)
{
    return payload_of("json/plain", text, strlen(text));
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

/* --- rows of arguments -------------------------------------------------------------------------
 */

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

/* --- values without a type -----------------------------------------------------------------------
 */

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
    assert_ok(read(payload, temporal_value_type(), &value));
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
        cmocka_unit_test(arguments_are_encoded_byte_for_byte_as_python_encodes_them),
        cmocka_unit_test(arguments_are_decoded_one_by_one),
        cmocka_unit_test(no_argument_is_no_payloads),
        cmocka_unit_test(an_argument_that_does_not_encode_is_named),
        cmocka_unit_test(bytes_that_are_no_payloads_are_refused),
        cmocka_unit_test(a_megabyte_comes_back_whole),
        cmocka_unit_test(untyped_values_show_what_came_and_are_read_later),
        cmocka_unit_test(a_value_without_a_payload_reads_as_zero),
        cmocka_unit_test(reading_into_nothing_or_from_nowhere_is_an_error),
        cmocka_unit_test(a_value_passes_through_with_all_of_its_metadata),
        cmocka_unit_test(a_value_of_the_users_own_encoding_is_sent),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
