/* SPDX-License-Identifier: MIT */
/* tests/executor/behaviours.h -- what an activity may expect of every executor: one suite, run over
 * each through the one interface. */
#ifndef TP_TESTS_EXECUTOR_BEHAVIOURS_H
#define TP_TESTS_EXECUTOR_BEHAVIOURS_H

#include "tests/executor/harness.h"

/** Runs the suite over the executors that make gives; answers with the number of failures. */
int behaviours_run(const char *name, harness_make make);

/* The cases, in two files. */
extern harness_make behaviours_make;
extern const struct CMUnitTest behaviours_of_outcomes[];
extern const size_t behaviours_of_outcomes_count;
extern const struct CMUnitTest behaviours_of_signals[];
extern const size_t behaviours_of_signals_count;

#endif
