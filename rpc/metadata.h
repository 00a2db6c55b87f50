/* SPDX-License-Identifier: MIT */
/* rpc/metadata.h -- the names and values that travel beside a call. */
#ifndef TP_RPC_METADATA_H
#define TP_RPC_METADATA_H

#include <grpc/grpc.h>

#include <temporal/client.h>

typedef struct tp_metadata {
    grpc_metadata *items;
    size_t count;
} tp_metadata;

/** Who we are, the namespace unless it is NULL, and the user's own. */
void tp_metadata_init(tp_metadata *metadata, const char *namespace_name, const temporal_pair *own);
void tp_metadata_done(tp_metadata *metadata);

#endif
