/* SPDX-License-Identifier: MIT */
/* client/connect.c -- clients: connected, copied with changes, freed. */
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/waiter.h"
#include "client/client.h"
#include "converter/text.h"
#include "rpc/status.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"

#define DEFAULT_NAMESPACE   "default"
#define DEFAULT_RPC_TIMEOUT (10 * TEMPORAL_SECOND)

/* --- making ----------------------------------------------------------------------------------- */

static temporal_pair *copy_metadata(tp_arena *arena, const temporal_pair *metadata)
{
    temporal_pair *copy;
    size_t count = 0;

    while (metadata && metadata[count].name)
        count++;
    copy = tp_arena_alloc(arena, (count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = (temporal_pair){ tp_arena_strdup(arena, metadata[i].name),
                                   tp_arena_strdup(arena, metadata[i].value) };
    return copy;
}

static char *default_identity(tp_arena *arena)
{
    char host[256] = "";

    if (gethostname(host, sizeof host - 1) != 0)
        memcpy(host, "localhost", sizeof "localhost");
    return tp_arena_format(arena, "%d@%s", (int)getpid(), host);
}

static temporal_error *check(const char *namespace_name, const char *identity,
                             const temporal_pair *metadata, temporal_seconds rpc_timeout)
{
    if (namespace_name)
        TEMPORAL_TRY(tp_channel_check_namespace(namespace_name));
    TEMPORAL_TRY(tp_text_check_optional(identity, "client", ".identity"));
    TEMPORAL_TRY(tp_clock_check(rpc_timeout, "client: .rpc_timeout"));
    return tp_channel_check_metadata(metadata);
}

static temporal_client *make_client(tp_connection *connection, const char *namespace_name,
                                    const char *identity, const temporal_pair *metadata,
                                    temporal_seconds rpc_timeout)
{
    temporal_client *client = tp_alloc(sizeof *client);

    atomic_init(&client->references, 1);
    tp_arena_init(&client->arena);
    client->connection = connection;
    client->namespace_name = tp_arena_strdup(&client->arena, namespace_name);
    client->identity =
        identity ? tp_arena_strdup(&client->arena, identity) : default_identity(&client->arena);
    client->metadata = copy_metadata(&client->arena, metadata);
    client->rpc_timeout = rpc_timeout > 0 ? rpc_timeout : DEFAULT_RPC_TIMEOUT;
    return client;
}

/* --- connecting ------------------------------------------------------------------------------- */

static temporal_error *prove_server(temporal_client *client, tp_arena *arena)
{
    Tp__Ws__GetSystemInfoRequest request;

    tp__ws__get_system_info_request__init(&request);
    return tp_client_call(client,
                          &(const tp_call_options){
                              .method = "GetSystemInfo",
                              .request = &request.base,
                              .response = &tp__ws__get_system_info_response__descriptor,
                              .retry = TP_RETRY_DEADLINE,
                          },
                          arena, NULL);
}

static temporal_error *prove_namespace(temporal_client *client, tp_arena *arena)
{
    Tp__Ws__DescribeNamespaceRequest request;
    temporal_error *error;

    tp__ws__describe_namespace_request__init(&request);
    request.namespace_ = client->namespace_name;
    error = tp_client_call(client,
                           &(const tp_call_options){
                               .method = "DescribeNamespace",
                               .request = &request.base,
                               .response = &tp__ws__describe_namespace_response__descriptor,
                               .retry = TP_RETRY_DEADLINE,
                           },
                           arena, NULL);
    switch (temporal_error_rpc_status(error)) {
    case TP_STATUS_NOT_FOUND:
        return temporal_error_wrap(error, TEMPORAL_ERROR_NOT_FOUND,
                                   "connect: the server at %s has no namespace \"%s\": register "
                                   "it, or name another in .namespace_name",
                                   tp_connection_target(client->connection),
                                   client->namespace_name);
    case TP_STATUS_PERMISSION_DENIED: /* to describe it, which says nothing about using it */
    case TP_STATUS_UNIMPLEMENTED:
        temporal_error_free(error);
        return TEMPORAL_OK;
    default:
        return error;
    }
}

/* Whatever keeps the first call from being answered: there is no Temporal server to be had. */
static temporal_error *explain(const temporal_client *client, temporal_error *error)
{
    const char *target = tp_connection_target(client->connection);
    temporal_error_code code = temporal_error_get_code(error);

    if (temporal_error_rpc_status(error) == TP_STATUS_UNIMPLEMENTED)
        return temporal_error_wrap(error, TEMPORAL_ERROR_UNAVAILABLE,
                                   "connect: what answers at %s is no Temporal server", target);
    if (code == TEMPORAL_ERROR_TIMEOUT)
        code = TEMPORAL_ERROR_UNAVAILABLE;
    return temporal_error_wrap(error, code,
                               "connect: no Temporal server answered at %s within %g s", target,
                               client->rpc_timeout);
}

static temporal_error *prove(temporal_client *client)
{
    tp_arena arena;
    temporal_error *error;

    tp_arena_init(&arena);
    error = prove_server(client, &arena);
    error = error ? explain(client, error) : prove_namespace(client, &arena);
    tp_arena_done(&arena);
    return error;
}

temporal_error *temporal_client_connect_with(temporal_client **result,
                                             const temporal_client_options *given)
{
    temporal_client_options options = { 0 };
    tp_connection *connection;
    temporal_client *client;
    temporal_error *error;

    memcpy(&options, given,
           given->struct_size < sizeof options ? given->struct_size : sizeof options);
    TEMPORAL_TRY(tp_waiter_check("connect"));
    TEMPORAL_TRY(
        check(options.namespace_name, options.identity, options.metadata, options.rpc_timeout));
    TEMPORAL_TRY(tp_connection_new(
        &connection, &(const tp_channel_options){ .target = options.target, .tls = options.tls }));
    client =
        make_client(connection, options.namespace_name ? options.namespace_name : DEFAULT_NAMESPACE,
                    options.identity, options.metadata, options.rpc_timeout);
    error = options.lazy ? TEMPORAL_OK : prove(client);
    if (error) {
        temporal_client_free(client);
        return error;
    }
    *result = client;
    return TEMPORAL_OK;
}

temporal_error *temporal_client_copy_with(temporal_client **copy, temporal_client *client,
                                          const temporal_client_changes *given)
{
    temporal_client_changes changes = { 0 };

    memcpy(&changes, given,
           given->struct_size < sizeof changes ? given->struct_size : sizeof changes);
    TEMPORAL_TRY(tp_text_check_object(client, "copy client", "client"));
    TEMPORAL_TRY(
        check(changes.namespace_name, changes.identity, changes.metadata, changes.rpc_timeout));
    *copy = make_client(tp_connection_ref(client->connection),
                        changes.namespace_name ? changes.namespace_name : client->namespace_name,
                        changes.identity ? changes.identity : client->identity,
                        changes.metadata ? changes.metadata : client->metadata,
                        changes.rpc_timeout > 0 ? changes.rpc_timeout : client->rpc_timeout);
    (*copy)->result_waits = tp_result_waits_ref(client->result_waits);
    return TEMPORAL_OK;
}

/* --- references ------------------------------------------------------------------------------- */

temporal_client *tp_client_ref(temporal_client *client)
{
    atomic_fetch_add(&client->references, 1);
    return client;
}

tp_result_waits *tp_result_waits_ref(tp_result_waits *waits)
{
    if (waits)
        atomic_fetch_add(&waits->references, 1);
    return waits;
}

void tp_result_waits_unref(tp_result_waits *waits)
{
    if (waits && atomic_fetch_sub(&waits->references, 1) == 1)
        waits->free(waits);
}

void temporal_client_free(temporal_client *client)
{
    if (!client || atomic_fetch_sub(&client->references, 1) != 1)
        return;
    tp_result_waits_unref(client->result_waits);
    tp_connection_unref(client->connection);
    tp_arena_done(&client->arena);
    tp_free(client);
}
