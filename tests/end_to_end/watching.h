/* SPDX-License-Identifier: MIT */
/* watching.h -- a worker in a program of its own, and temporal-top, which looks at it.
 *
 * The program is the test's: its main passes "worker" on to watching_program. The worker runs
 * relay_workflow, "watched_nod" (answers with its input) on coroutines, and "watched_hold" in its
 * pool: it beats twice and waits for its cancellation. */
#ifndef TESTS_END_TO_END_WATCHING_H
#define TESTS_END_TO_END_WATCHING_H

#include <jansson.h>

#include "tests/end_to_end/fixture.h"

#define WATCHING_PROCESSES 2

typedef struct watched_worker {
    test_process *program;
    const char *queue;
    char pid[16];
} watched_worker;

extern char
    watching_runtime[64]; /* the folder of the program's run-time files, of this test alone */

int watching_set_up(void **state);
int watching_tear_down(void **state);
/** Before each test: a program that was killed leaves its socket to the next one. */
int watching_tidy(void **state);
int watching_program(const char *address, const char *queue, const char *how);

/** how: "seen", "unseen" (it does not want to be watched), or the number of the user that it runs
 * as. */
watched_worker watching_start(const char *how);
void watching_stop(watched_worker *watched);
/** Begins with an activity that holds, and answers with the pid of its process. */
pid_t watching_begin_to_hold(watched_worker *watched, temporal_handle **handle);
size_t watching_count_sockets(void);

/* What temporal-top prints; it lives until the next call. */
#define TOP(...) watching_top(0, (const char *const[]){ __VA_ARGS__, NULL })
#define TOP_FAILS(status, text, ...) \
    assert_contains(watching_top((status), (const char *const[]){ __VA_ARGS__, NULL }), (text))
const char *watching_top(int expected, const char *const *words);

/** What --json says of that worker; json_decref it. NULL: it is not there. */
json_t *watching_read(const watched_worker *watched);
json_t *watching_process(json_t *worker, pid_t pid); /* NULL: it has no such process */
json_int_t watching_integer(json_t *object, const char *name);
const char *watching_text(json_t *object, const char *name);
json_int_t watching_sum(const watched_worker *watched, const char *name);
size_t watching_count_in(const watched_worker *watched, const char *state);

#endif
