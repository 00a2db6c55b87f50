/* SPDX-License-Identifier: MIT */
/* caller.h -- a loop with a channel on it, and calls that a test waits for. */
#ifndef TESTS_RPC_CALLER_H
#define TESTS_RPC_CALLER_H

#include "base/waiter.h"
#include "rpc/channel.h"
#include "tests/rpc/scripted_server.h"
#include "tests/support/support.h"

typedef struct caller {
    tp_loop *loop;
    tp_channel *channel;
} caller;

/** One call of GetSystemInfo that follows a script. */
typedef struct made_call {
    caller *from;
    tp_call_options options;
    temporal_pair metadata[5];
    const char *key; /* of the attempts */
    tp_waiter ended;

    tp_call *call; /* on the loop */
    bool done;     /* on the loop */
    temporal_error *error;
    char *answer; /* server_version, a copy */
} made_call;

void caller_open(caller *self, const char *target);
void caller_open_with(caller *self, const tp_channel_options *options);
/** Closes channel and loop, and waits for the end of gRPC's own threads when it was the last. */
void caller_close(caller *self);

/** What a call is made of before it starts: change the options then. */
void made_call_init(made_call *call, caller *from, const char *script);
void made_call_start(made_call *call);
void made_call_cancel(made_call *call);
/** Returns the error, which belongs to the test. */
temporal_error *made_call_wait(made_call *call);
void made_call_done(made_call *call);

/** Start, wait, and on success compare the answer. */
#define assert_answer(call, text)                    \
    do {                                             \
        made_call_start(call);                       \
        assert_ok(made_call_wait(call));             \
        assert_string_equal((call)->answer, (text)); \
        made_call_done(call);                        \
    } while (0)

/** Waits until gRPC has nothing left in this process. */
void wait_for_grpc_end(void);

#endif
