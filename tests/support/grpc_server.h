/* SPDX-License-Identifier: MIT */
/* grpc_server.h -- a gRPC server on localhost: what becomes of a call is up to the test.
 *
 * It has one thread, and on that the functions of the test are called. So a test that forks starts
 * it after the fork server. */
#ifndef TESTS_SUPPORT_GRPC_SERVER_H
#define TESTS_SUPPORT_GRPC_SERVER_H

#include <grpc/grpc.h>
#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#include "tests/support/support.h"

typedef struct test_grpc_server test_grpc_server;
typedef struct test_call test_call;

typedef struct test_grpc_service {
    /** A call has come in. It is answered here, later, or never. */
    void (*serve)(void *data, test_call *call);
    /** A call is over: its answer is sent, or the other side has given it up. NULL: nobody cares.
     */
    void (*end)(void *data, test_call *call);
    void *data;
} test_grpc_service;

/** port 0: a free one. args may be NULL. */
test_grpc_server *test_grpc_start(const test_grpc_service *service, int port,
                                  const grpc_channel_args *args);
const char *test_grpc_target(const test_grpc_server *server);
int test_grpc_port(const test_grpc_server *server);
/** Cancels the calls that have no answer yet. */
void test_grpc_stop(test_grpc_server *server);

/* --- a call: on the server's thread ----------------------------------------------------------- */

/** "PollActivityTaskQueue". */
const char *test_call_method(const test_call *call);
const grpc_metadata_array *test_call_metadata(const test_call *call);
/** To be freed by protobuf-c; fails the test when the request is no such message. */
void *test_call_request(const test_call *call, const ProtobufCMessageDescriptor *type);
/** Whatever belongs to the call. */
void test_call_set_data(test_call *call, void *data);
void *test_call_data(const test_call *call);

typedef struct test_answer {
    const void *message; /* its bytes, when the status is 0 */
    size_t size;
    int status;
    const char *text;    /* of the status; may be NULL */
    const void *details; /* grpc-status-details-bin; may be NULL */
    size_t details_size;
} test_answer;

/** At most once. Copies what it is given. */
void test_call_answer(test_call *call, const test_answer *answer);

#endif
