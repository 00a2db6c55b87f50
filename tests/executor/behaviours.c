/* SPDX-License-Identifier: MIT */
/* tests/executor/behaviours.c -- what an activity may expect of every executor. */
#include "tests/executor/behaviours.h"

#include <string.h>

harness_make behaviours_make;

int behaviours_run(const char *name, harness_make make)
{
    struct CMUnitTest tests[64];

    assert_true(behaviours_of_outcomes_count + behaviours_of_signals_count <= 64);
    memcpy(tests, behaviours_of_outcomes, behaviours_of_outcomes_count * sizeof(tests[0]));
    memcpy(tests + behaviours_of_outcomes_count, behaviours_of_signals,
           behaviours_of_signals_count * sizeof(tests[0]));
    behaviours_make = make;
    return _cmocka_run_group_tests(
        name, tests, behaviours_of_outcomes_count + behaviours_of_signals_count, NULL, NULL);
}
