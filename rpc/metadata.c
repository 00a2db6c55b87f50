/* SPDX-License-Identifier: MIT */
/* rpc/metadata.c -- the names and values that travel beside a call. */
#include "rpc/metadata.h"

#include <string.h>

#include "base/alloc.h"
#include "base/version.h"
#include "rpc/channel.h"

#define OWN_ITEMS 3 /* client-name, client-version, temporal-namespace */

/* Names that this library or gRPC itself gives a value: a second one would be sent beside it. */
static bool is_taken(const char *name)
{
    static const char *const taken[] = {
        "client-name", "client-version", "temporal-namespace", "content-type", "te", "user-agent"
    };

    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(name, taken[i]) == 0)
            return true;
    }
    return strncmp(name, "grpc-", strlen("grpc-")) == 0;
}

static bool is_binary(const char *name)
{
    size_t size = strlen(name);

    return size > strlen("-bin") && strcmp(name + size - strlen("-bin"), "-bin") == 0;
}

static temporal_error *check_pair(const char *name, const char *value)
{
    if (!grpc_header_key_is_legal(grpc_slice_from_static_string(name)))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "metadata name \"%s\": only lower-case letters, digits and "
                                  "- _ . may stand in it",
                                  name);
    if (is_taken(name))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "metadata name \"%s\": the library sends that one itself", name);
    if (!is_binary(name) &&
        !grpc_header_nonbin_value_is_legal(grpc_slice_from_static_string(value ? value : "")))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "metadata %s: the value has a character that is not printable "
                                  "ASCII",
                                  name);
    return TEMPORAL_OK;
}

temporal_error *tp_channel_check_metadata(const temporal_pair *metadata)
{
    for (; metadata && metadata->name; metadata++)
        TEMPORAL_TRY(check_pair(metadata->name, metadata->value));
    return TEMPORAL_OK;
}

temporal_error *tp_channel_check_namespace(const char *namespace_name)
{
    if (!*namespace_name)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "the namespace's name is empty");
    if (!grpc_header_nonbin_value_is_legal(grpc_slice_from_static_string(namespace_name)))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "namespace \"%s\": only printable ASCII may stand in a name",
                                  namespace_name);
    return TEMPORAL_OK;
}

static void add(tp_metadata *metadata, const char *name, const char *value)
{
    grpc_metadata *item = &metadata->items[metadata->count++];

    memset(item, 0, sizeof *item);
    item->key = grpc_slice_from_copied_string(name);
    item->value = grpc_slice_from_copied_string(value ? value : "");
}

void tp_metadata_init(tp_metadata *metadata, const char *namespace_name, const temporal_pair *own)
{
    size_t count = 0;

    while (own && own[count].name)
        count++;
    metadata->items = tp_alloc_array(OWN_ITEMS + count, sizeof *metadata->items);
    metadata->count = 0;
    add(metadata, "client-name", TP_SDK_NAME);
    add(metadata, "client-version", TP_SDK_VERSION);
    if (namespace_name)
        add(metadata, "temporal-namespace", namespace_name);
    for (size_t i = 0; i < count; i++)
        add(metadata, own[i].name, own[i].value);
}

void tp_metadata_done(tp_metadata *metadata)
{
    for (size_t i = 0; i < metadata->count; i++) {
        grpc_slice_unref(metadata->items[i].key);
        grpc_slice_unref(metadata->items[i].value);
    }
    tp_free(metadata->items);
}
