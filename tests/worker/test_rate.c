/* SPDX-License-Identifier: MIT */
/* test_rate.c -- the worker's limit of activities a second, on a clock of the test's own. */
#include "tests/support/support.h"

#include "worker/rate.h"

#define SECOND INT64_C(1000000000)

static void without_a_limit_everything_is_allowed(void **state)
{
    tp_rate rate;

    (void)state;
    tp_rate_init(&rate, 0, 5);
    for (int i = 0; i < 1000; i++) {
        assert_true(tp_rate_allows(&rate, 100000, 5));
        tp_rate_take(&rate, 5);
    }
}

static void one_at_a_time_where_the_rate_is_low(void **state)
{
    tp_rate rate;

    (void)state;
    tp_rate_init(&rate, 0.5, 0);
    assert_true(tp_rate_allows(&rate, 1, 0));
    assert_false(tp_rate_allows(&rate, 2, 0));
    assert_true(tp_rate_wait(&rate, 2, 0) == 0); /* never */
    tp_rate_take(&rate, 0);
    assert_false(tp_rate_allows(&rate, 1, SECOND));
    assert_true(tp_rate_wait(&rate, 1, SECOND) == 1);
    assert_true(tp_rate_allows(&rate, 1, 2 * SECOND));
    assert_false(tp_rate_allows(&rate, 2, 1000 * SECOND)); /* it does not save up */
}

static void a_high_rate_has_a_tenth_of_a_second_at_once(void **state)
{
    tp_rate rate;

    (void)state;
    tp_rate_init(&rate, 50, 0);
    assert_true(tp_rate_allows(&rate, 5, 0));
    assert_false(tp_rate_allows(&rate, 6, 0));
    for (int i = 0; i < 5; i++)
        tp_rate_take(&rate, 0);
    assert_false(tp_rate_allows(&rate, 1, 0));
    assert_true(tp_rate_allows(&rate, 1, SECOND / 50));
    assert_false(tp_rate_allows(&rate, 2, SECOND / 50));
}

static size_t take_all(tp_rate *rate, int64_t until, int64_t step)
{
    size_t taken = 0;

    for (int64_t now = 0; now <= until; now += step) {
        while (tp_rate_allows(rate, 1, now)) {
            tp_rate_take(rate, now);
            taken++;
        }
    }
    return taken;
}

static void over_a_long_time_the_rate_is_kept(void **state)
{
    static const double rates[] = { 0.3, 1, 7, 33.3, 200, 4000 };

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        tp_rate rate;
        size_t taken;

        tp_rate_init(&rate, rates[i], 0);
        taken = take_all(&rate, 100 * SECOND, SECOND / 1000);
        assert_true((double)taken <= 100 * rates[i] + rate.burst + 1);
        assert_true((double)taken >= 100 * rates[i] - 1);
    }
}

static void after_the_wait_it_allows(void **state)
{
    tp_rate rate;
    int64_t now = 0;

    (void)state;
    tp_rate_init(&rate, 3, now);
    for (int i = 0; i < 100; i++) {
        assert_true(tp_rate_allows(&rate, 1, now));
        tp_rate_take(&rate, now);
        assert_false(tp_rate_allows(&rate, 1, now));
        now += (int64_t)(tp_rate_wait(&rate, 1, now) * (double)SECOND);
    }
}

static void a_clock_that_stands_or_goes_back_gives_nothing(void **state)
{
    tp_rate rate;

    (void)state;
    tp_rate_init(&rate, 1, 10 * SECOND);
    tp_rate_take(&rate, 10 * SECOND);
    assert_false(tp_rate_allows(&rate, 1, 10 * SECOND));
    assert_false(tp_rate_allows(&rate, 1, 5 * SECOND));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_limit_everything_is_allowed),
        cmocka_unit_test(one_at_a_time_where_the_rate_is_low),
        cmocka_unit_test(a_high_rate_has_a_tenth_of_a_second_at_once),
        cmocka_unit_test(over_a_long_time_the_rate_is_kept),
        cmocka_unit_test(after_the_wait_it_allows),
        cmocka_unit_test(a_clock_that_stands_or_goes_back_gives_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
