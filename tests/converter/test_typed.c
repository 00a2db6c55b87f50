/* SPDX-License-Identifier: MIT */
/* Values of C types to JSON and back: every kind, nested in any way. */
#include <string.h>

#include "tests/converter/typed.h"

/* --- every kind ------------------------------------------------------------------------------ */

static void scalars_are_written_and_read(void **state)
{
    temporal_bool yes = false;
    temporal_int32 small;
    temporal_int large;
    temporal_uint huge;
    temporal_double real;
    temporal_string text;

    (void)state;
    assert_writes(temporal_bool, true, "true");
    assert_writes(temporal_bool, false, "false");
    assert_writes(temporal_int, INT64_MIN, "-9223372036854775808");
    assert_writes(temporal_int32, INT32_MIN, "-2147483648");
    assert_writes(temporal_uint, UINT64_MAX, "18446744073709551615");
    assert_writes(temporal_double, 0.1, "0.1");
    assert_writes(temporal_string, "gr\xc3\xbc\xc3\x9f \"dich\"\n",
                  "\"gr\xc3\xbc\xc3\x9f \\\"dich\\\"\\n\"");
    assert_reads("true", temporal_bool, &yes);
    assert_true(yes);
    assert_reads("false", temporal_bool, &yes);
    assert_false(yes);
    assert_reads("-2147483648", temporal_int32, &small);
    assert_true(small == INT32_MIN);
    assert_reads("-9223372036854775808", temporal_int, &large);
    assert_true(large == INT64_MIN);
    assert_reads("18446744073709551615", temporal_uint, &huge);
    assert_true(huge == UINT64_MAX);
    assert_reads("3", temporal_double, &real);
    assert_true(real == 3.0);
    assert_reads("3.0", temporal_int, &large); /* as Python; Go refuses it */
    assert_true(large == 3);
    assert_reads("\"\\u00e9\\n\"", temporal_string, &text);
    assert_string_equal(text, "\xc3\xa9\n");
    assert_reads("\"\"", temporal_string, &text);
    assert_string_equal(text, "");
}

static void bytes_are_base64_and_read_as_numbers_too(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = { { "", "\"\"" },
                 { "f", "\"Zg==\"" },
                 { "fo", "\"Zm8=\"" },
                 { "foo", "\"Zm9v\"" },
                 { "foob", "\"Zm9vYg==\"" },
                 { "fooba", "\"Zm9vYmE=\"" },
                 { "foobar", "\"Zm9vYmFy\"" },
                 { "\xff\xef\xbe", "\"/+++\"" } };
    temporal_bytes bytes;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = strlen(rows[i].bytes);

        bytes = (temporal_bytes){ rows[i].bytes, size };
        typed_assert_written(temporal_bytes_type(), &bytes, rows[i].text);
        bytes = (temporal_bytes){ 0 };
        assert_reads(rows[i].text, temporal_bytes, &bytes);
        assert_int_equal(bytes.size, size);
        assert_memory_equal(bytes.data, rows[i].bytes, size);
    }
    assert_reads("[0, 104, 255]", temporal_bytes, &bytes); /* Python's dataclasses */
    assert_int_equal(bytes.size, 3);
    assert_memory_equal(bytes.data, "\0h\xff", 3);
    assert_reads("[]", temporal_bytes, &bytes);
    assert_int_equal(bytes.size, 0);
}

static void wrong_base64_is_refused(void **state)
{
    static const char *const wrong[] = { "\"Z\"",    "\"Zg\"",    "\"Zg=\"",  "\"Zg=a\"",
                                         "\"=Zg=\"", "\"Zm9v=\"", "\"Zm9!\"", "\"Zg==Zg==\"",
                                         "\"====\"", "\"Zh==\"",  "\"Zm9=\"", "\"Zm9v\\n\"",
                                         "\"Z===\"" };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_refused(wrong[i], temporal_bytes, "expected bytes as base64");
    assert_refused("[256]", temporal_bytes, "[0]: expected a byte, a number from 0 to 255");
    assert_refused("[1,-1]", temporal_bytes, "[1]: expected a byte, a number from 0 to 255");
    assert_refused("[1,\"1\"]", temporal_bytes, "[1]: expected a byte, a number from 0 to 255");
    assert_refused("true", temporal_bytes, "expected a string of base64, not a bool");
}

static void enums_are_written_as_names_and_read_as_names_or_numbers(void **state)
{
    colour found;

    (void)state;
    assert_writes(colour, COLOUR_BLUE, "\"blue\"");
    assert_writes(colour, 5, "5"); /* has no name, is not lost */
    assert_reads("\"blue\"", colour, &found);
    assert_int_equal(found, COLOUR_BLUE);
    assert_reads("7", colour, &found);
    assert_int_equal(found, COLOUR_BLUE);
    assert_reads("5", colour, &found);
    assert_int_equal(found, 5);
    assert_refused("\"green\"", colour, "expected one of colour (red, blue)");
    assert_refused("7.5", colour, "expected a whole number: 7.5 as colour");
    assert_refused("2147483648", colour,
                   "the number is too large for its type: 2147483648 as colour");
    assert_refused("[]", colour, "expected a name or a number, not a list");
}

static void optionals_are_null_or_there(void **state)
{
    const int64_t seven = 7;
    const temporal_string word = "word", none = NULL;
    temporal_int_optional number;
    temporal_string_optional text;

    (void)state;
    assert_writes(temporal_int_optional, NULL, "null");
    assert_writes(temporal_int_optional, &seven, "7");
    assert_writes(temporal_string_optional, &word, "\"word\"");
    assert_writes(temporal_string_optional, &none, "null");
    assert_reads("null", temporal_int_optional, &number);
    assert_null(number);
    assert_reads("7", temporal_int_optional, &number);
    assert_true(*number == 7);
    assert_reads("\"word\"", temporal_string_optional, &text);
    assert_string_equal(*text, "word");
    assert_refused("\"7\"", temporal_int_optional, "expected a number, not a string");
}

static void sets_keep_the_first_of_what_stands_twice(void **state)
{
    const temporal_string words[] = { "b", "a", "b", "a", "c" };
    temporal_string_set texts = { words, 5 };
    temporal_int_set numbers;
    line_set lines;

    (void)state;
    typed_assert_written(temporal_string_set_type(), &texts, "[\"b\",\"a\",\"c\"]");
    assert_reads("[\"b\",\"a\",\"\\u0062\"]", temporal_string_set, &texts);
    assert_int_equal(texts.count, 2);
    assert_string_equal(texts.items[0], "b");
    assert_string_equal(texts.items[1], "a");
    assert_reads("[3,1,3.0,2,1]", temporal_int_set, &numbers);
    assert_int_equal(numbers.count, 3);
    assert_true(numbers.items[0] == 3 && numbers.items[1] == 1 && numbers.items[2] == 2);
    assert_reads("[{\"name\":\"x\",\"count\":1},{\"count\":1,\"name\":\"x\"},{\"name\":\"y\"}]",
                 line_set, &lines);
    assert_int_equal(lines.count, 2);
    assert_string_equal(lines.items[1].name, "y");
    assert_reads("[]", temporal_int_set, &numbers);
    assert_int_equal(numbers.count, 0);
}

static void maps_are_written_by_key_and_the_last_of_a_key_counts(void **state)
{
    const temporal_int_map_entry entries[] = { { "b", 1 }, { "a", 2 }, { "b", 3 }, { "", 4 } };
    temporal_int_map map = { entries, 4 };

    (void)state;
    typed_assert_written(temporal_int_map_type(), &map, "{\"\":4,\"a\":2,\"b\":3}");
    assert_writes(temporal_int_map, 0, "{}");
    assert_reads("{\"b\":1,\"a\":2,\"\\u0062\":3}", temporal_int_map, &map);
    assert_int_equal(map.count, 2);
    assert_string_equal(map.entries[0].key, "b");
    assert_true(map.entries[0].value == 3);
    assert_string_equal(map.entries[1].key, "a");
    assert_true(map.entries[1].value == 2);
    assert_reads("{}", temporal_int_map, &map);
    assert_int_equal(map.count, 0);
}

static void json_of_any_kind_stays_as_it_came(void **state)
{
    temporal_json json;
    temporal_json_list list;

    (void)state;
    assert_reads(" { \"b\" : 1.50, \"a\":[1e5, 18446744073709551616] } ", temporal_json, &json);
    assert_string_equal(json.text, "{ \"b\" : 1.50, \"a\":[1e5, 18446744073709551616] }");
    typed_assert_written(temporal_json_type(), &json,
                         "{ \"b\" : 1.50, \"a\":[1e5, 18446744073709551616] }");
    assert_reads("[\"\\u0000\", null , 1.0]", temporal_json_list, &list);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].text, "\"\\u0000\"");
    assert_null(list.items[1].text);
    assert_string_equal(list.items[2].text, "1.0");
    typed_assert_written(temporal_json_list_type(), &list, "[\"\\u0000\",null,1.0]");
    typed_assert_write_fails(temporal_json_type(), &(temporal_json){ "{a:1}" },
                             "not JSON: expected a name in quotes at byte 1");
    typed_assert_write_fails(temporal_json_type(), &(temporal_json){ "" },
                             "not JSON: the text ends where a value is expected at byte 0");
}

/* --- records -----------------------------------------------------------------------------------
 */

static void records_nest_in_any_way(void **state)
{
    static const char text[] =
        "{\"paid\":true,\"number\":-5,\"total\":18446744073709551615,\"seal\":\"AAE=\","
        "\"colour\":\"blue\",\"lines\":[{\"name\":\"nut\",\"price\":0.25,\"count\":3},"
        "{\"name\":null,\"price\":1e+20,\"count\":-1}],\"gift\":{\"name\":\"bow\",\"price\":0.0,"
        "\"count\":1},\"extra\":{\"name\":\"\",\"price\":2.5,\"count\":0},\"discount\":10,"
        "\"by_name\":{\"nut\":{\"name\":\"nut\",\"price\":0.25,\"count\":3}},\"tags\":[\"new\","
        "\"red\"],"
        "\"notes\":[1,{\"x\":null}],\"synonyms\":{\"a\":[],\"nut\":[\"n\",\"u\"]}}";
    order found;

    (void)state;
    assert_reads(text, order, &found);
    assert_true(found.paid);
    assert_true(found.number == -5);
    assert_true(found.total == UINT64_MAX);
    assert_memory_equal(found.seal.data, "\0\1", 2);
    assert_int_equal(found.lines.count, 2);
    assert_string_equal(found.lines.items[0].name, "nut");
    assert_null(found.lines.items[1].name);
    assert_int_equal(found.lines.items[1].count, -1);
    assert_string_equal(found.gift.name, "bow");
    assert_true(found.extra->price == 2.5);
    assert_true(*found.discount == 10);
    assert_string_equal(found.by_name.entries[0].key, "nut");
    assert_int_equal(found.by_name.entries[0].value.count, 3);
    assert_int_equal(found.synonyms.entries[1].value.count, 2);
    typed_assert_written(order_type(), &found, text);
}

static void missing_fields_are_zero_and_unknown_ones_ignored(void **state)
{
    static const order zero;
    order found;

    (void)state;
    memset(&found, 0x55, sizeof(found));
    assert_reads("{\"later\":{\"lines\":[{}],\"number\":5},\"total\":1,\"\":[[]],"
                 "\"big\":99999999999999999999999,\"huge\":1e999,\"nul\":\"\\u0000\","
                 "\"n\\u0000\":2,\"Number\":7}",
                 order, &found);
    assert_true(found.total == 1);
    found.total = 0;
    assert_memory_equal(&found.number, &zero.number, sizeof(found.number));
    assert_int_equal(found.lines.count, 0);
    assert_null(found.lines.items);
    assert_null(found.extra);
    assert_null(found.gift.name);
    assert_null(found.notes.text);
    assert_false(found.paid);
}

static void null_is_the_zero_of_every_kind(void **state)
{
    order found;
    temporal_int number = 5;

    (void)state;
    assert_reads("{\"paid\":null,\"number\":null,\"total\":null,\"seal\":null,\"colour\":null,"
                 "\"lines\":null,\"gift\":null,\"extra\":null,\"discount\":null,\"by_name\":null,"
                 "\"tags\":null,\"notes\":null,\"synonyms\":null}",
                 order, &found);
    assert_true(found.number == 0 && found.total == 0 && found.seal.size == 0);
    assert_int_equal(found.lines.count + found.by_name.count + found.tags.count, 0);
    assert_null(found.extra);
    assert_null(found.discount);
    assert_reads("null", temporal_int, &number); /* as Go; Python refuses it */
    assert_true(number == 0);
}

static void the_last_of_a_field_that_stands_twice_counts_alone(void **state)
{
    line found;
    order whole;

    (void)state;
    assert_reads("{\"count\":1,\"name\":\"a\",\"count\":2,\"name\":null}", line, &found);
    assert_int_equal(found.count, 2);
    assert_null(found.name);
    assert_reads("{\"gift\":{\"name\":\"a\",\"count\":5},\"gift\":{\"count\":6}}", order, &whole);
    assert_null(whole.gift.name);
    assert_int_equal(whole.gift.count, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_written_and_read),
        cmocka_unit_test(bytes_are_base64_and_read_as_numbers_too),
        cmocka_unit_test(wrong_base64_is_refused),
        cmocka_unit_test(enums_are_written_as_names_and_read_as_names_or_numbers),
        cmocka_unit_test(optionals_are_null_or_there),
        cmocka_unit_test(sets_keep_the_first_of_what_stands_twice),
        cmocka_unit_test(maps_are_written_by_key_and_the_last_of_a_key_counts),
        cmocka_unit_test(json_of_any_kind_stays_as_it_came),
        cmocka_unit_test(records_nest_in_any_way),
        cmocka_unit_test(missing_fields_are_zero_and_unknown_ones_ignored),
        cmocka_unit_test(null_is_the_zero_of_every_kind),
        cmocka_unit_test(the_last_of_a_field_that_stands_twice_counts_alone),
    };

    return cmocka_run_group_tests(tests, typed_set_up, typed_tear_down);
}
