/* SPDX-License-Identifier: MIT */
/* base/clock: lengths of time in the units that others speak. */
#include "base/clock.h"

#include <float.h>
#include <math.h>

#include "tests/support/support.h"

static const double infinite = (double)INFINITY, not_a_number = (double)NAN;

static void the_clocks_go_forward_and_agree_with_the_system(void **state)
{
    int64_t first = tp_clock_monotonic(), wall = tp_clock_wall();
    time_t seconds = time(NULL);

    (void)state;
    assert_true(tp_clock_monotonic() >= first);
    assert_true(first > 0);
    assert_true(seconds >= (time_t)(wall / TP_NANOSECONDS) - 1);
    assert_true(wall > INT64_C(1577836800) * TP_NANOSECONDS); /* 2020 */
}

static void seconds_become_nanoseconds_to_the_nearest(void **state)
{
    (void)state;
    assert_int_equal(tp_clock_nanoseconds(0), 0);
    assert_int_equal(tp_clock_nanoseconds(0.1), 100000000);
    assert_int_equal(tp_clock_nanoseconds(1e-9), 1);
    assert_int_equal(tp_clock_nanoseconds(4e-10), 0);
    assert_int_equal(tp_clock_nanoseconds(24 * TEMPORAL_HOUR), 86400 * TP_NANOSECONDS);
    assert_int_equal(tp_clock_nanoseconds(-1.5), -1500000000);
}

static void what_is_out_of_range_is_saturated(void **state)
{
    (void)state;
    assert_true(tp_clock_nanoseconds(1e10) == INT64_MAX);
    assert_true(tp_clock_nanoseconds(DBL_MAX) == INT64_MAX);
    assert_true(tp_clock_nanoseconds(infinite) == INT64_MAX);
    assert_true(tp_clock_nanoseconds(-1e10) == INT64_MIN);
    assert_true(tp_clock_nanoseconds(-infinite) == INT64_MIN);
    assert_int_equal(tp_clock_nanoseconds(not_a_number), 0);
    assert_true(tp_clock_milliseconds(infinite) >= INT64_MAX / 1000000);
}

static void milliseconds_are_rounded_up_and_one_more(void **state)
{
    (void)state;
    assert_int_equal(tp_clock_milliseconds(0), 0);
    assert_int_equal(tp_clock_milliseconds(-1), 0);
    assert_int_equal(tp_clock_milliseconds(not_a_number), 0);
    assert_int_equal(tp_clock_milliseconds(1e-9), 2);
    assert_int_equal(tp_clock_milliseconds(0.001), 2);
    assert_int_equal(tp_clock_milliseconds(0.0010001), 3);
    assert_int_equal(tp_clock_milliseconds(0.57), 571);
    assert_int_equal(tp_clock_milliseconds(2.007), 2008);
}

static void points_before_1970_have_nanoseconds_that_count_forward(void **state)
{
    struct timespec time = tp_clock_timespec(-1);

    (void)state;
    assert_int_equal(time.tv_sec, -1);
    assert_int_equal(time.tv_nsec, 999999999);
    time = tp_clock_timespec(1500000000);
    assert_int_equal(time.tv_sec, 1);
    assert_int_equal(time.tv_nsec, 500000000);
    time = tp_clock_timespec(INT64_MIN);
    assert_true(time.tv_nsec >= 0 && time.tv_sec < 0);
}

static void a_length_that_is_none_is_refused_by_name(void **state)
{
    const tp_named_time named[] = { { "first", 1 }, { "second", -1 } };

    (void)state;
    assert_ok(tp_clock_check(0, "timeout"));
    assert_ok(tp_clock_check(1e300, "timeout"));
    assert_fails(tp_clock_check(-0.5, "timeout"), INVALID_ARGUMENT, "timeout: -0.5 seconds");
    assert_fails(tp_clock_check(not_a_number, "timeout"), INVALID_ARGUMENT,
                 "timeout: not a number");
    assert_fails(tp_clock_check(infinite, "timeout"), INVALID_ARGUMENT, "timeout: infinite");
    assert_fails(tp_clock_check(-infinite, "timeout"), INVALID_ARGUMENT, "timeout: infinite");
    assert_ok(tp_clock_check_all("mine.", named, 1));
    assert_fails(tp_clock_check_all("mine.", named, 2), INVALID_ARGUMENT,
                 "mine.second: -1 seconds is negative");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clocks_go_forward_and_agree_with_the_system),
        cmocka_unit_test(seconds_become_nanoseconds_to_the_nearest),
        cmocka_unit_test(what_is_out_of_range_is_saturated),
        cmocka_unit_test(milliseconds_are_rounded_up_and_one_more),
        cmocka_unit_test(points_before_1970_have_nanoseconds_that_count_forward),
        cmocka_unit_test(a_length_that_is_none_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
