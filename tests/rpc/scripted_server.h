/* SPDX-License-Identifier: MIT */
/* scripted_server.h -- a gRPC server that answers each call as the call itself tells it to.
 *
 * Metadata x-script has the steps, separated by ';'. The first attempt under the same x-key takes
 * the first one, the next attempt the second; the last one is for all that follow.
 *
 *     ok               a GetSystemInfoResponse whose server_version is "attempt 1"
 *     metadata         the same, with the metadata that arrived: "name=value\n" each
 *     size N           the same, with a text of N bytes
 *     garbage          bytes that are no message
 *     hang             nothing, until the call ends
 *     fail CODE TEXT   that status
 *     started RUN      ALREADY_EXISTS, with details that name a running run
 *     query TEXT       INVALID_ARGUMENT, with details that say that a query failed
 */
#ifndef TESTS_RPC_SCRIPTED_SERVER_H
#define TESTS_RPC_SCRIPTED_SERVER_H

typedef struct scripted_server scripted_server;

/** On a port of localhost; 0: a free one. */
scripted_server *scripted_server_start(int port);
const char *scripted_server_target(const scripted_server *server);
int scripted_server_port(const scripted_server *server);
/** How many attempts came in under that key. */
unsigned scripted_server_attempts(scripted_server *server, const char *key);
/** How many calls it lets hang now. */
unsigned scripted_server_hanging(scripted_server *server);
/** Cancels what hangs. */
void scripted_server_stop(scripted_server *server);

#endif
