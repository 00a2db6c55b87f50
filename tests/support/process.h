/* SPDX-License-Identifier: MIT */
/* process.h -- programs that a test starts: an example, a Python script, this program in another
 * role.
 *
 * Each is killed with the test program, however that ends. Its stdout is read line by line, its
 * stderr goes where the test's own goes. */
#ifndef TESTS_SUPPORT_PROCESS_H
#define TESTS_SUPPORT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct test_process test_process;

/** argv ends with NULL; argv[0] is a path, or a name that is looked for in $PATH. */
test_process *test_process_start(const char *const *argv);
#define test_process_run(...) test_process_start((const char *const[]){ __VA_ARGS__, NULL })
/** A script of this source tree, "tests/interop/orders.py", with $TEMPORAL_TEST_PYTHON
 * (build/venv's, or python3). */
#define test_python_run(script, ...) \
    test_process_run(test_python(), "-u", test_source_path(script), __VA_ARGS__)

pid_t test_process_pid(const test_process *process);
/** The next line without its newline, NULL at the end of its output. Lives until the next one is
 * read. Fails the test when none comes. */
const char *test_process_line(test_process *process);
/** Reads lines until one starts with that text, and answers with what follows it. Fails the test at
 * the end of the output. */
const char *test_process_expect(test_process *process, const char *start);
/** Writes a line to its stdin. */
void test_process_write(test_process *process, const char *line);
/** SIGSTOP: returns when it has stopped. */
void test_process_signal(test_process *process, int number);
/** Waits for its end: the exit status, or 128 + the number of the signal that killed it, as a shell
 * says it. Reads on, so that a full pipe does not hold it. */
int test_process_wait(test_process *process);
/** Kills it when it still runs. NULL is fine. */
void test_process_free(test_process *process);

const char *test_python(void);
/** Where a file of the source tree, or of the build folder of this test program, is. */
const char *test_source_path(const char *name);
const char *test_build_path(const char *name);
/** This test program, to start it again in another role. */
const char *test_program_path(void);

/** Starts a program with these files as stdin, stdout and stderr (-1: /dev/null), to be killed when
 * this program dies. */
pid_t test_spawn(const char *const *argv, int in, int out, int err);
/** waitpid as test_process_wait tells it. */
int test_reap(pid_t pid);

#endif
