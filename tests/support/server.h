/* SPDX-License-Identifier: MIT */
/* server.h -- the real Temporal dev server, for tests.
 *
 * Started from $TEMPORAL_TEST_CLI, build/venv/bin/temporal or `temporal` in $PATH: without its web
 * page, on a free port, in memory, with the limits lifted that would make a test wait, and with the
 * search attributes TestKeyword, TestInt, TestBool, TestList (of keywords) and TestText. It is
 * stopped when the test program ends, however it ends. */
#ifndef TESTS_SUPPORT_SERVER_H
#define TESTS_SUPPORT_SERVER_H

#include <sys/types.h>

/** $TEMPORAL_TEST_ADDRESS, or that of a server started at the first call. */
const char *test_server_address(void);

/** A server of the test's own, which it may kill and start again on the same port: it keeps its
 * state in a database file. */
typedef struct test_dev_server test_dev_server;
test_dev_server *test_dev_server_start(void);
/** With more dynamic settings ("frontend.rps=1"), a NULL behind the last; at most 6. Its state is
 * in memory: it cannot be restarted. */
test_dev_server *test_dev_server_start_with(const char *const *settings);
const char *test_dev_server_address(const test_dev_server *server);
/** Stands still: it is there and does not answer. It may be killed. */
void test_dev_server_freeze(test_dev_server *server);
void test_dev_server_kill(test_dev_server *server); /* SIGKILL */
void test_dev_server_restart(test_dev_server *server);
void test_dev_server_free(test_dev_server *server);

/** The command line tool that servers are started with. */
const char *test_server_cli(void);

/** A port of localhost on which nobody listens. */
int test_free_port(void);

/** True for the process id of a server that this folder runs. */
int test_server_owns(pid_t pid);

#endif
