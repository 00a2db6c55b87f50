/* SPDX-License-Identifier: MIT */
/* base/map: both kinds of keys, churn against a plain model, walks. */
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

static int values[1000];

static void an_empty_map_answers_every_question(void **state)
{
    tp_map map = { 0 };
    size_t at = 0;
    void *value;

    (void)state;
    assert_null(tp_map_get(&map, "a"));
    assert_null(tp_map_get_number(&map, 0));
    assert_null(tp_map_remove(&map, "a"));
    assert_null(tp_map_remove_number(&map, 0));
    assert_false(tp_map_next(&map, &at, &value));
    tp_map_done(&map);
    tp_map_done(&map);
}

static void putting_answers_with_what_stood_there(void **state)
{
    tp_map map = { 0 };

    (void)state;
    assert_null(tp_map_put(&map, "a", &values[0]));
    assert_ptr_equal(tp_map_put(&map, "a", &values[1]), &values[0]);
    assert_ptr_equal(tp_map_get(&map, "a"), &values[1]);
    assert_int_equal(map.count, 1);
    assert_ptr_equal(tp_map_remove(&map, "a"), &values[1]);
    assert_null(tp_map_get(&map, "a"));
    assert_null(tp_map_remove(&map, "a"));
    assert_int_equal(map.count, 0);
    tp_map_done(&map);
}

static void keys_are_copied(void **state)
{
    tp_map map = { 0 };
    char key[] = "key";

    (void)state;
    tp_map_put(&map, key, &values[0]);
    key[0] = 'x';
    assert_ptr_equal(tp_map_get(&map, "key"), &values[0]);
    assert_null(tp_map_get(&map, key));
    tp_map_done(&map);
}

static void texts_that_differ_in_their_last_byte_or_length_are_different_keys(void **state)
{
    tp_map map = { 0 };
    char key[40] = "";

    (void)state;
    for (size_t length = 0; length < 39; length++) {
        tp_map_put(&map, key, &values[length]);
        key[length] = 'a';
    }
    key[38] = 'b';
    tp_map_put(&map, key, &values[100]);
    assert_int_equal(map.count, 40);
    memset(key, 0, sizeof(key));
    for (size_t length = 0; length < 39; length++) {
        assert_ptr_equal(tp_map_get(&map, key), &values[length]);
        key[length] = 'a';
    }
    tp_map_done(&map);
}

static void numbers_and_texts_do_not_meet(void **state)
{
    const int64_t numbers[] = { 0, 1, -1, INT64_MIN, INT64_MAX, 49 /* '1' */ };
    const size_t count = sizeof(numbers) / sizeof(numbers[0]);
    tp_map map = { 0 };

    (void)state;
    tp_map_put(&map, "", &values[100]);
    tp_map_put(&map, "1", &values[101]);
    for (size_t i = 0; i < count; i++)
        assert_null(tp_map_put_number(&map, numbers[i], &values[i]));
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(tp_map_get_number(&map, numbers[i]), &values[i]);
    assert_ptr_equal(tp_map_get(&map, ""), &values[100]);
    assert_ptr_equal(tp_map_get(&map, "1"), &values[101]);
    assert_int_equal(map.count, count + 2);
    tp_map_done(&map);
}

/* Puts and removes at random, as often as not over tombstones, and asks an array what must be so.
 */
static void churn(bool text)
{
    enum {
        KEYS = 500,
        STEPS = 200000
    };
    void *model[KEYS] = { NULL };
    tp_map map = { 0 };
    size_t count = 0;
    char key[32];

    srand(42);
    for (int step = 0; step < STEPS; step++) {
        int k = rand() % KEYS, action = rand() % 4;
        void *value = &values[rand() % 1000], *before;

        snprintf(key, sizeof(key), "workflow-%d", k);
        if (action == 0) {
            before = text ? tp_map_put(&map, key, value) : tp_map_put_number(&map, k, value);
            assert_ptr_equal(before, model[k]);
            count += !model[k];
            model[k] = value;
        } else if (action == 1) {
            before = text ? tp_map_remove(&map, key) : tp_map_remove_number(&map, k);
            assert_ptr_equal(before, model[k]);
            count -= model[k] != NULL;
            model[k] = NULL;
        } else {
            assert_ptr_equal(text ? tp_map_get(&map, key) : tp_map_get_number(&map, k), model[k]);
        }
        assert_int_equal(map.count, count);
    }
    assert_in_range(map.capacity, 8, 4 * KEYS);
    tp_map_done(&map);
}

static void churn_over_texts_agrees_with_a_model(void **state)
{
    (void)state;
    churn(true);
}

static void churn_over_numbers_agrees_with_a_model(void **state)
{
    (void)state;
    churn(false);
}

static void a_map_whose_keys_come_and_go_does_not_grow(void **state)
{
    tp_map map = { 0 };

    (void)state;
    for (int64_t i = 0; i < 100000; i++) {
        tp_map_put_number(&map, i, &values[0]);
        if (i >= 3)
            assert_ptr_equal(tp_map_remove_number(&map, i - 3), &values[0]);
    }
    assert_int_equal(map.count, 3);
    assert_in_range(map.capacity, 4, 16);
    tp_map_done(&map);
}

static void a_walk_meets_each_value_once_and_may_remove_it(void **state)
{
    bool seen[1000] = { false };
    tp_map map = { 0 };
    size_t at = 0, met = 0;
    void *value;

    (void)state;
    for (int i = 0; i < 1000; i++)
        tp_map_put_number(&map, i, &values[i]);
    while (tp_map_next(&map, &at, &value)) {
        ptrdiff_t i = (int *)value - values;

        assert_false(seen[i]);
        seen[i] = true;
        met++;
        if (i % 2)
            assert_ptr_equal(tp_map_remove_number(&map, i), value);
    }
    assert_int_equal(met, 1000);
    assert_int_equal(map.count, 500);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(tp_map_get_number(&map, i) != NULL, i % 2 == 0);
    tp_map_done(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_answers_every_question),
        cmocka_unit_test(putting_answers_with_what_stood_there),
        cmocka_unit_test(keys_are_copied),
        cmocka_unit_test(texts_that_differ_in_their_last_byte_or_length_are_different_keys),
        cmocka_unit_test(numbers_and_texts_do_not_meet),
        cmocka_unit_test(churn_over_texts_agrees_with_a_model),
        cmocka_unit_test(churn_over_numbers_agrees_with_a_model),
        cmocka_unit_test(a_map_whose_keys_come_and_go_does_not_grow),
        cmocka_unit_test(a_walk_meets_each_value_once_and_may_remove_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
