/* SPDX-License-Identifier: MIT */
/* What is JSON and what is not; tokens, numbers and texts, both ways. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "converter/json.h"
#include "converter/utf8.h"
#include "tests/support/support.h"

#define TEXT(literal) ((tp_bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static tp_bytes bytes_of(const char *text)
{
    return (tp_bytes){ (const uint8_t *)text, strlen(text) };
}

/* From memory of exactly that size, so that a sanitizer sees a byte too many. */
static const char *check(tp_bytes text, unsigned depth, size_t *at)
{
    uint8_t *copy = tp_memdup(text.data, text.size);
    const char *problem = tp_json_check((tp_bytes){ copy, text.size }, depth, at);

    tp_free(copy);
    return problem;
}

static void assert_json(const char *text)
{
    size_t at;
    const char *problem = check(bytes_of(text), TP_JSON_DEPTH, &at);

    if (problem)
        fail_msg("%s: %s at byte %zu", text, problem, at);
}

static void assert_no_json(tp_bytes text, const char *expected, size_t expected_at)
{
    size_t at;
    const char *problem = check(text, TP_JSON_DEPTH, &at);

    if (!problem)
        fail_msg("%.*s: passes", (int)text.size, (const char *)text.data);
    assert_string_equal(problem, expected);
    assert_int_equal(at, expected_at);
}

static void every_form_of_a_value_is_json(void **state)
{
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12",
        "-7.5",
        "1e5",
        "1E+5",
        "0.5e-3",
        "\"\"",
        "\"a\\n\\u0041\\\"\\\\\\/\\b\\f\\r\\t\"",
        "\"\\ud83d\\ude00\"",
        "\"\xf0\x9f\x98\x80\"",
        "[]",
        "{}",
        " [ 1 , 2 ] ",
        "\t{\"a\" : [ { } , null ] ,\r\n \"b\":\"c\"}\n",
        "[[[]],{}]",
        "\"\\u0000\"",
        "\"\x7f\"",
        "\"\xef\xbf\xbf\"",
        "123456789012345678901234567890",
        "1e999999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_json(texts[i]);
}

static void what_is_no_json_is_named_with_its_place(void **state)
{
    (void)state;
    assert_no_json(TEXT(""), "the text ends where a value is expected", 0);
    assert_no_json(TEXT("  "), "the text ends where a value is expected", 2);
    assert_no_json(TEXT("[1,]"), "expected a value", 3);
    assert_no_json(TEXT("[1 2]"), "expected ',' or ']'", 3);
    assert_no_json(TEXT("[1}"), "expected ',' or ']'", 2);
    assert_no_json(TEXT("[1"), "expected ',' or ']'", 2);
    assert_no_json(TEXT("{\"a\":1]"), "expected ',' or '}'", 6);
    assert_no_json(TEXT("{\"a\"}"), "expected ':'", 4);
    assert_no_json(TEXT("{\"a\":}"), "expected a value", 5);
    assert_no_json(TEXT("{a:1}"), "expected a name in quotes", 1);
    assert_no_json(TEXT("{\"a\":1,}"), "expected a name in quotes", 7);
    assert_no_json(TEXT("{,}"), "expected a name in quotes", 1);
    assert_no_json(TEXT("[,1]"), "expected a value", 1);
    assert_no_json(TEXT("1 2"), "more text behind the value", 2);
    assert_no_json(TEXT("nul"), "expected a value", 0);
    assert_no_json(TEXT("nulll"), "more text behind the value", 4);
    assert_no_json(TEXT("True"), "expected a value", 0);
    assert_no_json(TEXT("'a'"), "expected a value", 0);
    assert_no_json(TEXT("]"), "expected a value", 0);
    assert_no_json(TEXT("01"), "more text behind the value", 1);
    assert_no_json(TEXT("-"), "expected a digit", 1);
    assert_no_json(TEXT("+1"), "expected a value", 0);
    assert_no_json(TEXT(".5"), "expected a value", 0);
    assert_no_json(TEXT("1."), "expected a digit", 2);
    assert_no_json(TEXT("1e"), "expected a digit", 2);
    assert_no_json(TEXT("0x1"), "more text behind the value", 1);
    assert_no_json(TEXT("NaN"), "NaN and infinity are no JSON", 0);
    assert_no_json(TEXT("Infinity"), "NaN and infinity are no JSON", 0);
    assert_no_json(TEXT("[1] // no"), "more text behind the value", 4);
    assert_no_json(TEXT("\xef\xbb\xbf{}"), "expected a value", 0);
    assert_no_json(TEXT("\0"), "a NUL byte", 0);
    assert_no_json(TEXT("1\0"), "more text behind the value", 1);
}

static void texts_with_wrong_bytes_are_no_json(void **state)
{
    static const char *const invalid[] = {
        "\x80",         "\xc0\x80",     "\xc1\xbf",     "\xe0\x80\x80",     "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80", "\xff",         "\xe2\x82",     "\xf0\x9f\x98",     "\xc3(",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        char text[16];
        size_t at;

        snprintf(text, sizeof(text), "[\"%s\"]", invalid[i]);
        assert_string_equal(check(bytes_of(text), TP_JSON_DEPTH, &at), "invalid UTF-8 in a text");
        assert_int_equal(at, 2);
    }
    assert_no_json(TEXT("\"a\x01\""), "a control character in a text", 2);
    assert_no_json(TEXT("\"a\nb\""), "a control character in a text", 2);
    assert_no_json(TEXT("\"a\0b\""), "a control character in a text", 2);
    assert_no_json(TEXT("\"\\x\""), "an unknown escape in a text", 1);
    assert_no_json(TEXT("\"\\u12g4\""), "an unknown escape in a text", 1);
    assert_no_json(TEXT("\"\\u12"), "an unknown escape in a text", 1);
    assert_no_json(TEXT("\"\\"), "an unknown escape in a text", 1);
    assert_no_json(TEXT("\"\\ud83d\""), "half of a surrogate pair in a text", 1);
    assert_no_json(TEXT("\"\\ude00\""), "half of a surrogate pair in a text", 1);
    assert_no_json(TEXT("\"\\ud83d\\u0041\""), "half of a surrogate pair in a text", 1);
    assert_no_json(TEXT("\"\\ud83d\\ud83d\""), "half of a surrogate pair in a text", 1);
    assert_no_json(TEXT("\"\\ud800\""), "half of a surrogate pair in a text", 1);
    assert_no_json(TEXT("\"\\udbff\""), "half of a surrogate pair in a text", 1);
    assert_no_json(TEXT("\"\\udc00\""), "half of a surrogate pair in a text", 1);
    assert_no_json(TEXT("\"\\udfff\""), "half of a surrogate pair in a text", 1);
    assert_no_json(TEXT("\"\\ud800\\ue000\""), "half of a surrogate pair in a text", 1);
    assert_no_json(TEXT("\"a"), "a text without its closing quote", 2);
    assert_no_json(TEXT("\"a\xe2"), "invalid UTF-8 in a text", 2);
}

/* count times open, then as often close. */
static tp_bytes nest(char *room, size_t count, const char *open, char close)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        for (const char *at = open; *at; at++)
            room[size++] = *at;
    if (strlen(open) > 1)
        room[size++] = '1';
    memset(room + size, close, count);
    return (tp_bytes){ (uint8_t *)room, size + count };
}

static void nesting_is_bounded(void **state)
{
    char room[1000];
    size_t at;

    (void)state;
    assert_null(check(nest(room, TP_JSON_DEPTH, "[", ']'), TP_JSON_DEPTH, &at));
    assert_null(check(nest(room, TP_JSON_DEPTH, "{\"a\":", '}'), TP_JSON_DEPTH, &at));
    assert_no_json(nest(room, TP_JSON_DEPTH + 1, "[", ']'), "nests too deeply", TP_JSON_DEPTH);
    assert_string_equal(check(nest(room, TP_JSON_DEPTH + 1, "{\"a\":", '}'), TP_JSON_DEPTH, &at),
                        "nests too deeply");
    assert_null(check(TEXT("[1]"), 1, &at));
    assert_string_equal(check(TEXT("[1]"), 0, &at), "nests too deeply");
    assert_null(check(TEXT("1"), 0, &at));
    assert_null(check(TEXT("[[],[],{}]"), 2, &at)); /* depth, not count */
}

static void assert_token(tp_json_reader *reader, const char *text)
{
    tp_bytes token = tp_json_token(reader);

    assert_int_equal(token.size, strlen(text));
    assert_memory_equal(token.data, text, token.size);
}

static void members_are_walked_in_order_and_skipped_whole(void **state)
{
    tp_json_reader reader = tp_json_reader_make(TEXT(
        " { \"a\" : [1, [\"]}\\\"\"], {}] , \"b\":-1.5e3,\"c\" : \"x\" ,\"d\":{\"e\":null} } "));

    (void)state;
    assert_int_equal(tp_json_count(&reader), 4);
    assert_int_equal(tp_json_peek(&reader), TP_JSON_OBJECT);
    tp_json_open(&reader);
    assert_true(tp_json_more(&reader));
    assert_true(tp_json_equals(tp_json_name(&reader), "a"));
    assert_int_equal(tp_json_count(&reader), 3);
    assert_token(&reader, "[1, [\"]}\\\"\"], {}]");
    assert_true(tp_json_more(&reader));
    assert_true(tp_json_equals(tp_json_name(&reader), "b"));
    assert_int_equal(tp_json_peek(&reader), TP_JSON_NUMBER);
    assert_token(&reader, "-1.5e3");
    assert_true(tp_json_more(&reader));
    assert_true(tp_json_equals(tp_json_name(&reader), "c"));
    assert_token(&reader, "\"x\"");
    assert_true(tp_json_more(&reader));
    assert_true(tp_json_equals(tp_json_name(&reader), "d"));
    tp_json_open(&reader);
    assert_true(tp_json_more(&reader));
    tp_json_name(&reader);
    assert_int_equal(tp_json_peek(&reader), TP_JSON_NULL);
    assert_token(&reader, "null");
    assert_false(tp_json_more(&reader));
    assert_false(tp_json_more(&reader));
}

static size_t count_of(const char *text)
{
    tp_json_reader reader = tp_json_reader_make(bytes_of(text));

    return tp_json_count(&reader);
}

static void members_are_counted_without_their_own_members(void **state)
{
    (void)state;
    assert_int_equal(count_of("[]"), 0);
    assert_int_equal(count_of("{ \n}"), 0);
    assert_int_equal(count_of("[[]]"), 1);
    assert_int_equal(count_of("[\"\"]"), 1);
    assert_int_equal(count_of("[0]"), 1);
    assert_int_equal(count_of("[{\"a\":[1,2,3]},\",\",[4,5]]"), 3);
    assert_int_equal(count_of("{\"a,b\":\"\\\",\",\"c\":2}"), 2);
}

static void names_compare_by_what_their_escapes_mean(void **state)
{
    (void)state;
    assert_true(tp_json_equals(TEXT("\"price\""), "price"));
    assert_true(tp_json_equals(TEXT("\"pr\\u0069ce\""), "price"));
    assert_true(tp_json_equals(TEXT("\"\\ud83d\\ude00\""), "\xf0\x9f\x98\x80"));
    assert_true(tp_json_equals(TEXT("\"\""), ""));
    assert_false(tp_json_equals(TEXT("\"price\""), "prices"));
    assert_false(tp_json_equals(TEXT("\"prices\""), "price"));
    assert_false(tp_json_equals(TEXT("\"a\\u0000\""), "a"));
    assert_false(tp_json_equals(TEXT("\"\\u0000\""), ""));
}

static void escapes_are_taken_out(void **state)
{
    static const char expected[] = "a\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\0b";
    tp_bytes token = TEXT("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9\\u20ac\\uD83D\\ude00\\u0000b\"");
    uint8_t out[128];
    size_t size;

    (void)state;
    tp_json_unescape(token, out, &size);
    assert_int_equal(size, sizeof(expected) - 1);
    assert_memory_equal(out, expected, size);
}

static void assert_int_is(const char *text, int64_t expected)
{
    int64_t number = 42;

    assert_null(tp_json_read_int(bytes_of(text), &number));
    assert_true(number == expected);
}

static void escapes_at_the_edges_of_utf8_are_taken_out(void **state)
{
    static const struct {
        const char *token, *text;
    } rows[] = {
        { "\"\\u007f\"", "\x7f" },
        { "\"\\u0080\"", "\xc2\x80" },
        { "\"\\u07ff\"", "\xdf\xbf" },
        { "\"\\u0800\"", "\xe0\xa0\x80" },
        { "\"\\ud7ff\"", "\xed\x9f\xbf" },
        { "\"\\ue000\"", "\xee\x80\x80" },
        { "\"\\uffff\"", "\xef\xbf\xbf" },
        { "\"\\ud800\\udc00\"", "\xf0\x90\x80\x80" },
        { "\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[16];
        size_t size;

        assert_json(rows[i].token);
        tp_json_unescape(bytes_of(rows[i].token), out, &size);
        assert_int_equal(size, strlen(rows[i].text));
        assert_memory_equal(out, rows[i].text, size);
    }
}

static void whole_numbers_are_read_exactly_however_written(void **state)
{
    (void)state;
    assert_int_is("0", 0);
    assert_int_is("-0", 0);
    assert_int_is("-0.0e5", 0);
    assert_int_is("0e999999999999999999999", 0);
    assert_int_is("3.0", 3);
    assert_int_is("-3.00", -3);
    assert_int_is("300e-2", 3);
    assert_int_is("3e2", 300);
    assert_int_is("1.50e1", 15);
    assert_int_is("0.000001e6", 1);
    assert_int_is("9007199254740993", INT64_C(9007199254740993)); /* 2^53 + 1: no double has it */
    assert_int_is("9007199254740993.0", INT64_C(9007199254740993));
    assert_int_is("9223372036854775807", INT64_MAX);
    assert_int_is("-9223372036854775808", INT64_MIN);
    assert_int_is("-9223372036854775808.000", INT64_MIN);
}

static void assert_not_int(const char *text, const char *problem)
{
    int64_t number;

    assert_string_equal(tp_json_read_int(bytes_of(text), &number), problem);
}

static void numbers_that_do_not_fit_an_integer_are_refused(void **state)
{
    static const char too_large[] = "the number is too large for its type";
    uint64_t number;

    (void)state;
    assert_not_int("3.5", "expected a whole number");
    assert_not_int("1e-1", "expected a whole number");
    assert_not_int("1e-99999999999999999999", "expected a whole number");
    assert_not_int("123456789012345678901234567890.5", "expected a whole number");
    assert_not_int("9223372036854775808", too_large);
    assert_not_int("-9223372036854775809", too_large);
    assert_not_int("1e19", too_large);
    assert_not_int("1e99999999999999999999", too_large);
    assert_null(tp_json_read_uint(TEXT("18446744073709551615"), &number));
    assert_true(number == UINT64_MAX);
    assert_null(tp_json_read_uint(TEXT("-0"), &number));
    assert_true(number == 0);
    assert_string_equal(tp_json_read_uint(TEXT("18446744073709551616"), &number), too_large);
    assert_string_equal(tp_json_read_uint(TEXT("-1"), &number),
                        "expected a number that is not negative");
}

static void doubles_are_read_as_strtod_reads_them(void **state)
{
    char many[200] = "0.";
    double number;

    (void)state;
    assert_null(tp_json_read_double(TEXT("0.1"), &number));
    assert_true(number == 0.1);
    assert_null(tp_json_read_double(TEXT("3"), &number));
    assert_true(number == 3.0);
    assert_null(tp_json_read_double(TEXT("-1.7976931348623157e308"), &number));
    assert_true(number == -DBL_MAX);
    assert_null(tp_json_read_double(TEXT("1e-999"), &number));
    assert_true(number == 0);
    memset(many + 2, '3', sizeof(many) - 3);
    assert_null(tp_json_read_double(bytes_of(many), &number));
    assert_true(number == 1.0 / 3);
    assert_string_equal(tp_json_read_double(TEXT("1e400"), &number),
                        "the number is too large for a double");
}

static void assert_written(double number, const char *expected)
{
    tp_buffer out = { 0 };

    tp_json_write_double(&out, number);
    assert_int_equal(out.size, strlen(expected));
    assert_memory_equal(out.data, expected, out.size);
    tp_buffer_done(&out);
}

static void doubles_are_written_in_the_fewest_digits_that_read_back(void **state)
{
    (void)state;
    assert_written(0.0, "0.0");
    assert_written(-0.0, "-0.0");
    assert_written(1.0, "1.0");
    assert_written(0.1, "0.1");
    assert_written(0.1 + 0.2, "0.30000000000000004");
    assert_written(1.0 / 3, "0.3333333333333333");
    assert_written(1e15, "1e+15");
    assert_written(123456789012345.0, "123456789012345.0");
    assert_written(9007199254740993.0, "9007199254740992.0");
    assert_written(1e100, "1e+100");
    assert_written(DBL_MAX, "1.7976931348623157e+308");
    assert_written(DBL_MIN, "2.2250738585072014e-308");
    assert_written(5e-324, "5e-324");
}

static void any_double_reads_back_as_it_was_and_is_json(void **state)
{
    uint64_t bits = 88172645463325252;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        tp_buffer out = { 0 };
        double number, again;
        size_t at;

        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        memcpy(&number, &bits, sizeof(number));
        if (!isfinite(number))
            continue;
        tp_json_write_double(&out, number);
        assert_null(tp_json_check(tp_buffer_bytes(&out), 0, &at));
        assert_null(tp_json_read_double(tp_buffer_bytes(&out), &again));
        assert_memory_equal(&number, &again, sizeof(number));
        tp_buffer_done(&out);
    }
}

/* Makes a locale that differs from C's in one thing, and takes it: 1.5 is written 1,5. */
static void use_commas(const char *folder)
{
    char command[200], text[8];
    FILE *source;

    snprintf(command, sizeof(command), "%s/source", folder);
    source = fopen(command, "w");
    assert_non_null(source);
    fputs("comment_char %\nescape_char /\nLC_NUMERIC\ndecimal_point \",\"\nthousands_sep \"\"\n"
          "grouping -1\nEND LC_NUMERIC\n",
          source);
    assert_int_equal(fclose(source), 0);
    snprintf(command, sizeof(command), "localedef -c -i %s/source %s/commas >/dev/null 2>&1",
             folder, folder);
    assert_true(system(command) >= 0); /* it warns of all that the locale does not define */
    setenv("LOCPATH", folder, 1);
    assert_non_null(setlocale(LC_NUMERIC, "commas"));
    snprintf(text, sizeof(text), "%g", 1.5);
    assert_string_equal(text, "1,5");
}

static void the_programs_locale_changes_nothing(void **state)
{
    char folder[] = "/tmp/test_json_XXXXXX", command[64];
    double number;

    (void)state;
    assert_non_null(mkdtemp(folder));
    use_commas(folder);
    assert_written(1.5, "1.5");
    assert_null(tp_json_read_double(TEXT("2.75"), &number));
    assert_true(number == 2.75);
    setlocale(LC_NUMERIC, "C");
    snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void texts_are_written_with_the_least_escapes(void **state)
{
    static const char expected[] = "\"a\\\"\\\\/\\n\\r\\t\\b\\f\\u0001\\u001f\\u0000\x7f\xc3\xa9\"";
    tp_buffer out = { 0 };

    (void)state;
    tp_json_write_text(&out, TEXT("a\"\\/\n\r\t\b\f\x01\x1f\0\x7f\xc3\xa9"));
    assert_int_equal(out.size, sizeof(expected) - 1);
    assert_memory_equal(out.data, expected, out.size);
    tp_buffer_clear(&out);
    tp_json_write_text(&out, (tp_bytes){ NULL, 0 });
    assert_memory_equal(out.data, "\"\"", 2);
    tp_buffer_done(&out);
}

static void plain_bytes_end_at_the_first_that_is_not_plain(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < 20; at++) {
            bool plain = byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\';
            uint8_t *text = tp_memdup("abcdefghijklmnopqrst", 20);

            text[at] = (uint8_t)byte;
            assert_int_equal(tp_utf8_plain(text, 20), plain ? 20 : at);
            assert_int_equal(tp_utf8_plain(text, at), at);
            assert_int_equal(tp_utf8_prefix((tp_bytes){ text, 20 }), byte < 0x80 ? 20 : at);
            tp_free(text);
        }
}

static void clean_texts_stay_and_others_lose_only_their_wrong_bytes(void **state)
{
    char good[] = "gr\xc3\xbc\xc3\x9f", bad[] = "a\xff\xe2\x82z\xed\xa0\x80", *clean;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    assert_ptr_equal(tp_utf8_clean(&arena, good), good);
    assert_null(tp_utf8_clean(&arena, NULL));
    clean = tp_utf8_clean(&arena, bad);
#define FFFD "\xef\xbf\xbd"
    assert_string_equal(clean, "a" FFFD FFFD FFFD "z" FFFD FFFD FFFD);
    tp_arena_done(&arena);
}

/* --- another reader as the judge -------------------------------------------------------------- */

/* What jansson cannot hold although it is JSON. */
static bool is_beyond_jansson(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);

    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

static void compare(const char *text, size_t size)
{
    json_error_t error;
    json_t *theirs = json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    size_t at;
    const char *ours = check((tp_bytes){ (const uint8_t *)text, size }, TP_JSON_DEPTH, &at);

    if (!theirs && !ours && is_beyond_jansson(&error))
        return;
    if (!theirs != !!ours)
        fail_msg("%.*s: %s against %s", (int)size, text, ours ? ours : "ok",
                 theirs ? "ok" : error.text);
    json_decref(theirs);
}

static void another_reader_agrees_on_what_is_json(void **state)
{
    static const char alphabet[] = "{}[],:\"\"\"0123.-+eE \\ubfnrtalse\n\x01\xc3\xa9\xed\xa0";
    static const char *const seeds[] = {
        "{\"a\":[1,2.5e3,-0],\"b\":{\"c\":null},\"d\":\"\\u00e9\\ud83d\\ude00x\"}",
        "[true,false,null,\"\",[],{},[[[]]],12345678901234567890]",
        "{\"a\":1,\"a\":2}",
        "\"\xc3\xa9\xf0\x9f\x98\x80\"",
        "-12.5E-7",
    };
    uint32_t random = 12345;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        const char *seed = seeds[(unsigned)round % (sizeof(seeds) / sizeof(seeds[0]))];
        size_t size = strlen(seed);
        char text[128];

        memcpy(text, seed, size);
        for (int edits = 1 + round % 3; edits > 0; edits--) {
            size_t where;

            random = random * 1664525 + 1013904223;
            where = (random >> 8) % size;
            if (random >> 30 == 0 && size > 1) /* cut one out, or put another there */
                memmove(text + where, text + where + 1, --size - where);
            else
                text[where] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
        }
        compare(text, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_a_value_is_json),
        cmocka_unit_test(what_is_no_json_is_named_with_its_place),
        cmocka_unit_test(texts_with_wrong_bytes_are_no_json),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(members_are_walked_in_order_and_skipped_whole),
        cmocka_unit_test(members_are_counted_without_their_own_members),
        cmocka_unit_test(names_compare_by_what_their_escapes_mean),
        cmocka_unit_test(escapes_are_taken_out),
        cmocka_unit_test(escapes_at_the_edges_of_utf8_are_taken_out),
        cmocka_unit_test(whole_numbers_are_read_exactly_however_written),
        cmocka_unit_test(numbers_that_do_not_fit_an_integer_are_refused),
        cmocka_unit_test(doubles_are_read_as_strtod_reads_them),
        cmocka_unit_test(doubles_are_written_in_the_fewest_digits_that_read_back),
        cmocka_unit_test(any_double_reads_back_as_it_was_and_is_json),
        cmocka_unit_test(the_programs_locale_changes_nothing),
        cmocka_unit_test(texts_are_written_with_the_least_escapes),
        cmocka_unit_test(plain_bytes_end_at_the_first_that_is_not_plain),
        cmocka_unit_test(clean_texts_stay_and_others_lose_only_their_wrong_bytes),
        cmocka_unit_test(another_reader_agrees_on_what_is_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
