/* SPDX-License-Identifier: MIT */
/* Values of C types and JSON that do not fit, or nest too deeply, or are very many. */
#include <math.h>
#include <string.h>

#include "converter/json.h"
#include "tests/converter/typed.h"

/* --- what does not fit -------------------------------------------------------------------------
 */

static void a_wrong_type_is_named_with_the_path_of_its_field(void **state)
{
    (void)state;
    assert_refused("{\"lines\":[{},{},{},{\"price\":\"1\"}]}", order,
                   "lines[3].price: expected a number, not a string");
    assert_refused("{\"lines\":{}}", order, "lines: expected a list, not an object");
    assert_refused("{\"gift\":{\"name\":5}}", order, "gift.name: expected a string, not a number");
    assert_refused("{\"extra\":{\"count\":1.5}}", order,
                   "extra.count: expected a whole number: 1.5 as temporal_int32");
    assert_refused("{\"by_name\":{\"a\\u0062\":{\"count\":true}}}", order,
                   "by_name[\"ab\"].count: expected a number, not a bool");
    assert_refused("{\"synonyms\":{\"x\":[\"a\",[]]}}", order,
                   "synonyms[\"x\"][1]: expected a string, not a list");
    assert_refused("{\"paid\":1}", order, "paid: expected a bool, not a number");
    assert_refused("{\"total\":-1}", order,
                   "total: expected a number that is not negative: -1 as temporal_uint");
    assert_refused("{\"tags\":[\"a\",1]}", order, "tags[1]: expected a string, not a number");
    assert_refused("{\"colour\":\"green\"}", order, "colour: expected one of colour (red, blue)");
    assert_refused(
        "[[{}],[{},{\"count\":2147483648}]]", line_list_list,
        "[1][1].count: the number is too large for its type: 2147483648 as temporal_int32");
    assert_refused("\"x\"", order, "expected an object, not a string");
    assert_refused("5", temporal_string, "expected a string, not a number");
    assert_refused("true", temporal_int, "expected a number, not a bool");
    assert_refused("\"1\"", temporal_double, "expected a number, not a string");
    assert_refused("1e400", temporal_double,
                   "the number is too large for a double: 1e400 as temporal_double");
}

static void keys_in_paths_are_cut_and_made_harmless(void **state)
{
    (void)state;
    assert_refused("{\"\\u001b[31m\":true}", temporal_int_map,
                   "[\"?[31m\"]: expected a number, not a bool");
    assert_refused(
        "{\"0123456789012345678901234567890123456789012345678901234567890123456789\":[]}",
        temporal_int_map,
        "[\"0123456789012345678901234567890123456789012345678901234567890123...\"]: "
        "expected a number, not a list");
}

static void a_string_with_a_nul_is_refused_not_cut(void **state)
{
    (void)state;
    assert_refused(
        "{\"name\":\"a\\u0000b\"}", line,
        "name: the string holds a NUL, which a C string cannot; read it as temporal_json "
        "or ask for bytes");
    assert_refused("{\"a\\u0000b\":1}", temporal_int_map,
                   "[\"a\\u0000b\"]: the string holds a NUL, which a C string cannot; read it as "
                   "temporal_json or ask for bytes");
}

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    assert_refused("", temporal_int, "not JSON: the text ends where a value is expected at byte 0");
    assert_refused("{\"lines\":[}", order, "not JSON: expected a value at byte 10");
    assert_refused("\"\xff\"", temporal_string, "not JSON: invalid UTF-8 in a text at byte 1");
    /* Even where nobody looks. */
    assert_refused("{\"unknown\":\"\xff\"}", line, "not JSON: invalid UTF-8 in a text at byte 12");
}

static void values_that_cannot_be_written_are_named_with_their_path(void **state)
{
    line lines[2] = { { .name = "ok" }, { .name = "a\xff" } };
    const line_map_entry entries[] = { { "k", { .price = HUGE_VAL } } };
    const line_map_entry keys[] = { { "k\xc0", { .price = 1 } } };
    const line_map_entry nameless[] = { { "k", { .price = 1 } }, { NULL, { .price = 1 } } };
    order value = { .lines = { lines, 2 } };

    (void)state;
    typed_assert_write_fails(order_type(), &value,
                             "lines[1].name: invalid UTF-8 at byte 1 of a string");
    lines[1] = (line){ .price = nan("") };
    typed_assert_write_fails(order_type(), &value, "lines[1].price: NaN cannot be written as JSON");
    value = (order){ .by_name = { entries, 1 } };
    typed_assert_write_fails(order_type(), &value,
                             "by_name[\"k\"].price: infinity cannot be written as JSON");
    value = (order){ .by_name = { keys, 1 } };
    typed_assert_write_fails(order_type(), &value,
                             "by_name[\"k...\"]: invalid UTF-8 at byte 1 of a string");
    value = (order){ .by_name = { nameless, 2 } };
    typed_assert_write_fails(order_type(), &value, "by_name[1]: the key is NULL");
    value = (order){ .notes = { "[1" } };
    typed_assert_write_fails(order_type(), &value,
                             "notes: not JSON: expected ',' or ']' at byte 2");
    typed_assert_write_fails(temporal_value_list_type(),
                             &(temporal_value_list){ &(temporal_value){ 0 }, 1 },
                             "[0]: a temporal_value cannot stand within another value");
    assert_refused("null", temporal_value, "a temporal_value cannot stand within another value");
    assert_refused("[1]", temporal_value_list,
                   "[0]: a temporal_value cannot stand within another value");
}

/* --- depth ---------------------------------------------------------------------------------------
 */

/* A list of itself, which the macros cannot make: as deep as one likes. */
struct tree {
    const struct tree *items;
    size_t count;
};

static const temporal_type *tree_type(void)
{
    static const temporal_type type = { .kind = TEMPORAL_KIND_LIST,
                                        .name = "tree",
                                        .size = sizeof(struct tree),
                                        .element = tree_type };

    return &type;
}

static void nesting_is_bounded_both_ways(void **state)
{
    struct tree trees[TP_JSON_DEPTH + 1] = { 0 };
    char text[2 * TP_JSON_DEPTH + 3] = "";
    struct tree found;

    (void)state;
    for (size_t i = 0; i < TP_JSON_DEPTH; i++)
        trees[i] = (struct tree){ &trees[i + 1], 1 };
    memset(text, '[', TP_JSON_DEPTH);
    memset(text + TP_JSON_DEPTH, ']', TP_JSON_DEPTH);
    typed_assert_written(tree_type(), &trees[1], text);
    assert_ok(typed_read(text, tree_type(), &found));
    for (size_t i = 0; i < TP_JSON_DEPTH - 1; i++)
        found = found.items[0];
    assert_int_equal(found.count, 0);
    memset(text, '[', TP_JSON_DEPTH + 1);
    memset(text + TP_JSON_DEPTH + 1, ']', TP_JSON_DEPTH + 1);
    typed_assert_read_fails(text, tree_type(), "not JSON: nests too deeply at byte 64");
}

static void a_value_that_nests_too_deeply_is_not_written(void **state)
{
    struct tree trees[TP_JSON_DEPTH + 1] = { 0 };
    tp_buffer out = { 0 };
    temporal_error *error;

    (void)state;
    for (size_t i = 0; i < TP_JSON_DEPTH; i++)
        trees[i] = (struct tree){ &trees[i + 1], 1 };
    error = tp_typed_write(&out, tree_type(), &trees[0]);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_CONVERSION);
    assert_contains(temporal_error_message(error), "[0][0][0]");
    assert_contains(temporal_error_message(error), ": nests deeper than 64 levels");
    temporal_error_free(error);
    tp_buffer_done(&out);
}

static void json_within_counts_the_levels_around_it(void **state)
{
    char text[2 * TP_JSON_DEPTH + 1] = "";
    temporal_json json = { text };
    temporal_json_list list = { &json, 1 };

    (void)state;
    memset(text, '[', TP_JSON_DEPTH);
    memset(text + TP_JSON_DEPTH, ']', TP_JSON_DEPTH);
    typed_assert_written(temporal_json_type(), &json, text);
    typed_assert_write_fails(temporal_json_list_type(), &list,
                             "[0]: not JSON: nests too deeply at byte 63");
}

static void large_lists_are_read_whole(void **state)
{
    enum {
        COUNT = 100000
    };
    tp_buffer text = { 0 };
    temporal_int_list numbers;

    (void)state;
    tp_buffer_append_text(&text, "[");
    for (int i = 0; i < COUNT; i++)
        tp_buffer_format(&text, "%s%d", i ? "," : "", i);
    tp_buffer_append(&text, "]", 2);
    assert_reads((const char *)text.data, temporal_int_list, &numbers);
    assert_int_equal(numbers.count, COUNT);
    assert_true(numbers.items[COUNT - 1] == COUNT - 1);
    typed_assert_written(temporal_int_list_type(), &numbers, (const char *)text.data);
    tp_buffer_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_type_is_named_with_the_path_of_its_field),
        cmocka_unit_test(keys_in_paths_are_cut_and_made_harmless),
        cmocka_unit_test(a_string_with_a_nul_is_refused_not_cut),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(values_that_cannot_be_written_are_named_with_their_path),
        cmocka_unit_test(nesting_is_bounded_both_ways),
        cmocka_unit_test(a_value_that_nests_too_deeply_is_not_written),
        cmocka_unit_test(json_within_counts_the_levels_around_it),
        cmocka_unit_test(large_lists_are_read_whole),
    };

    return cmocka_run_group_tests(tests, typed_set_up, typed_tear_down);
}
