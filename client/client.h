/* SPDX-License-Identifier: MIT */
/* client/client.h -- what is inside a temporal_client, for the rooms above. */
#ifndef TP_CLIENT_CLIENT_H
#define TP_CLIENT_CLIENT_H

#include <stdatomic.h>

#include <temporal/client.h>

#include "base/arena.h"
#include "client/connection.h"

/* What is done around each wait for a result: the test environment lets a server's time skip
 * meanwhile. Shared by a client and its copies, which hold a reference each. */
typedef struct tp_result_waits {
    atomic_int references;
    /** Before the wait, whose error its own becomes. *begun: end is wanted. */
    temporal_error *(*begin)(struct tp_result_waits *waits, temporal_client *client, bool *begun);
    void (*end)(struct tp_result_waits *waits, temporal_client *client);
    void (*free)(struct tp_result_waits *waits);
} tp_result_waits;

/* Does not change once it is made, and lives as long as its last reference: handles and workers
 * hold one each, the user's own ends with temporal_client_free. */
struct temporal_client {
    atomic_int references;
    tp_connection *connection;
    char *namespace_name, *identity;
    temporal_pair *metadata; /* ends with a NULL name */
    temporal_seconds rpc_timeout;
    tp_result_waits *result_waits; /* NULL: nothing is done */
    tp_arena arena;                /* of the texts above */
};

temporal_client *tp_client_ref(temporal_client *client);

/* NULL is accepted by both, and given back. */
tp_result_waits *tp_result_waits_ref(tp_result_waits *waits);
void tp_result_waits_unref(tp_result_waits *waits);

/** One call, waited for: blocks a thread, yields on a coroutine. Fills in namespace and metadata; a
 * zero timeout is the client's. *response (NULL: not wanted) is unpacked into the
 * arena; the error belongs to the calling thread's error owner. */
temporal_error *tp_client_call(temporal_client *client, const tp_call_options *options,
                               tp_arena *arena, void **response);
/** One long poll, asked again as long as the server does not answer; TIMEOUT when the deadline (of
 * the monotonic clock; INT64_MAX: none) is over. Of the options, how to wait is filled in. */
temporal_error *tp_client_long_poll(temporal_client *client, const tp_call_options *options,
                                    int64_t deadline, tp_arena *arena, void **response);

#endif
