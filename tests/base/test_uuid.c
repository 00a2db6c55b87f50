/* SPDX-License-Identifier: MIT */
/* base/uuid: random numbers and UUIDs. */
#include "base/uuid.h"

#include <string.h>

#include "base/map.h"
#include "tests/support/support.h"

static void a_uuid_has_the_form_of_version_4(void **state)
{
    char text[TP_UUID_SIZE];

    (void)state;
    tp_uuid_format(text, 0, 0);
    assert_string_equal(text, "00000000-0000-4000-8000-000000000000");
    tp_uuid_format(text, UINT64_MAX, UINT64_MAX);
    assert_string_equal(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    tp_uuid_format(text, UINT64_C(0x0123456789abcdef), UINT64_C(0x0123456789abcdef));
    assert_string_equal(text, "01234567-89ab-4def-8123-456789abcdef");
}

static void no_two_uuids_are_the_same(void **state)
{
    char text[TP_UUID_SIZE];
    tp_map seen = { 0 };

    (void)state;
    for (int i = 0; i < 10000; i++) {
        tp_uuid_make(text);
        assert_int_equal(strlen(text), TP_UUID_SIZE - 1);
        assert_null(tp_map_put(&seen, text, &seen));
    }
    tp_map_done(&seen);
}

static void random_numbers_use_every_bit_and_units_stay_below_one(void **state)
{
    uint64_t all_set = UINT64_MAX, any_set = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint64_t number = tp_random();
        double unit = tp_random_unit();

        all_set &= number;
        any_set |= number;
        assert_true(unit >= 0 && unit < 1);
    }
    assert_true(all_set == 0); /* each bit was 0 once and 1 once: wrong in one of 2^990 runs */
    assert_true(any_set == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uuid_has_the_form_of_version_4),
        cmocka_unit_test(no_two_uuids_are_the_same),
        cmocka_unit_test(random_numbers_use_every_bit_and_units_stay_below_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
