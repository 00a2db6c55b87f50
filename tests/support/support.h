/* SPDX-License-Identifier: MIT */
/* support.h -- what the test programs share: cmocka, waiting for events, checks of errors, counts
 * for leaks. Includes the other headers of this folder.
 *
 * Nothing here starts a thread, so a test may start a server first and the fork server afterwards;
 * the usual order is temporal_fork_server_start() at the top of main. */
#ifndef TESTS_SUPPORT_SUPPORT_H
#define TESTS_SUPPORT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <temporal/temporal.h>

#include "tests/support/process.h"
#include "tests/support/server.h"

/* How long a test waits for something that must happen: far longer than it takes on a busy machine.
 * Whether a test passes never depends on it. */
#define TEST_PATIENCE 60.0

/** Waits until the condition is true, looking again every few milliseconds. */
#define test_wait_for(condition)                                                  \
    do {                                                                          \
        const double test_deadline_ = test_clock() + TEST_PATIENCE;               \
        while (!(condition)) {                                                    \
            if (test_clock() > test_deadline_)                                    \
                test_fail(__FILE__, __LINE__, "waited in vain for: " #condition); \
            test_pause();                                                         \
        }                                                                         \
    } while (0)

double test_clock(void); /* seconds, of the monotonic clock */
void test_pause(void);   /* a few milliseconds, between two looks */
void test_fail(const char *file, int line, const char *message);

/** A name that no other test, run or program uses: "greet-4711-1-5f3a". Lives until the program
 * ends. */
const char *test_unique(const char *prefix);

/* --- errors -------------------------------------------------------------------------------- */

/** Fails with the whole chain when there is an error. */
#define assert_ok(call) test_assert_ok((call), #call, __FILE__, __LINE__)
/** Fails unless the error has that code and its message contains that text ("" is in every one);
 * frees it. */
#define assert_fails(call, code, text) \
    test_assert_fails((call), TEMPORAL_ERROR_##code, (text), #call, __FILE__, __LINE__)
/** The first error of that code in the chain; fails when there is none. */
#define assert_has(error, code) test_assert_has((error), TEMPORAL_ERROR_##code, __FILE__, __LINE__)

void test_assert_ok(temporal_error *error, const char *call, const char *file, int line);
void test_assert_fails(temporal_error *error, temporal_error_code code, const char *text,
                       const char *call, const char *file, int line);
const temporal_error *test_assert_has(const temporal_error *error, temporal_error_code code,
                                      const char *file, int line);

#define assert_contains(text, part) test_assert_contains((text), (part), __FILE__, __LINE__)
void test_assert_contains(const char *text, const char *part, const char *file, int line);

/* --- what this program holds: compared before and after ----------------------------------- */

size_t test_count_threads(void);
size_t test_count_files(void);    /* open file descriptors */
size_t test_count_children(void); /* and their children, but for servers of this folder */

#endif
