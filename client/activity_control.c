/* SPDX-License-Identifier: MIT */
/* client/activity_control.c -- pauses, resumes and resets pending activities of a workflow. */
#include <temporal/client.h>

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "client/handle.h"
#include "converter/message.h"
#include "converter/text.h"

/* The caller's options at their full size. */
static temporal_activity_control complete(const temporal_activity_control *options)
{
    temporal_activity_control all = { .struct_size = sizeof all };

    if (options)
        memcpy(&all, options,
               options->struct_size < sizeof all ? options->struct_size : sizeof all);
    return all;
}

static temporal_error *check(const temporal_handle *handle,
                             const temporal_activity_control *options, bool may_all,
                             const char *call)
{
    TEMPORAL_TRY(tp_text_check_object(handle, call, "handle"));
    TEMPORAL_TRY(tp_text_check_optional(options->id, call, ".id"));
    TEMPORAL_TRY(tp_text_check_optional(options->type, call, ".type"));
    TEMPORAL_TRY(tp_text_check_optional(options->reason, call, ".reason"));
    TEMPORAL_TRY(tp_clock_check(options->jitter, call));
    if (!!options->id + !!options->type + options->all == 1)
        return TEMPORAL_OK;
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "%s: set one of .id, .type%s, and not more", call,
                              may_all ? " and .all" : "");
}

static temporal_error *refuse(bool set, const char *call, const char *option)
{
    if (!set)
        return TEMPORAL_OK;
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "%s: it has no .%s", call, option);
}

/* The three requests are types of their own, in which all this has the same names and numbers. */
typedef struct fields {
    char **namespace_name, **identity;
    Tp__Common__WorkflowExecution **execution;
    char **activity;         /* its id or its type, which share their place */
    protobuf_c_boolean *all; /* NULL: there is no such field, ... */
    int all_number;          /* ... else its number */
    Tp__Pb__Duration **jitter;
} fields;

enum {
    BY_ID = TP__WS__PAUSE_ACTIVITY_REQUEST__ACTIVITY_ID,
    BY_TYPE = TP__WS__PAUSE_ACTIVITY_REQUEST__ACTIVITY_TYPE
};
_Static_assert((int)TP__WS__UNPAUSE_ACTIVITY_REQUEST__ACTIVITY_ID == BY_ID &&
                   (int)TP__WS__UNPAUSE_ACTIVITY_REQUEST__ACTIVITY_TYPE == BY_TYPE &&
                   (int)TP__WS__RESET_ACTIVITY_REQUEST__ACTIVITY_ID == BY_ID &&
                   (int)TP__WS__RESET_ACTIVITY_REQUEST__ACTIVITY_TYPE == BY_TYPE,
               "an activity is chosen by the same numbers everywhere");

/* Says whose activity it is, and answers with the number of the field that says which one. */
static int address(const temporal_handle *handle, const temporal_activity_control *options,
                   tp_arena *arena, const fields *in)
{
    *in->namespace_name = handle->client->namespace_name;
    *in->identity = handle->client->identity;
    *in->execution = tp_arena_alloc(arena, sizeof **in->execution);
    **in->execution = tp_handle_execution(handle);
    if (in->jitter)
        *in->jitter = tp_message_duration(arena, options->jitter);
    if (options->all) {
        *in->all = true;
        return in->all_number;
    }
    *in->activity = tp_text_lend(options->id ? options->id : options->type);
    return options->id ? BY_ID : BY_TYPE;
}

/* Ends the arena. */
static temporal_error *tell(temporal_handle *handle, const char *method, tp_arena *arena,
                            const ProtobufCMessage *request,
                            const ProtobufCMessageDescriptor *response)
{
    temporal_error *error = tp_client_call(handle->client,
                                           &(const tp_call_options){ .method = method,
                                                                     .request = request,
                                                                     .response = response,
                                                                     .retry = TP_RETRY_DEADLINE },
                                           arena, NULL);

    tp_arena_done(arena);
    return error;
}

temporal_error *temporal_activity_pause_with(temporal_handle *handle,
                                             const temporal_activity_control *given)
{
    static const char *const call = "pause activity";
    const temporal_activity_control options = complete(given);
    Tp__Ws__PauseActivityRequest request;
    char request_id[TP_UUID_SIZE];
    tp_arena arena;
    int by;

    TEMPORAL_TRY(check(handle, &options, false, call));
    TEMPORAL_TRY(refuse(options.all, call, "all"));
    TEMPORAL_TRY(refuse(options.reset_attempts, call, "reset_attempts"));
    TEMPORAL_TRY(refuse(options.reset_heartbeat, call, "reset_heartbeat"));
    TEMPORAL_TRY(refuse(options.restore_options, call, "restore_options"));
    TEMPORAL_TRY(refuse(options.keep_paused, call, "keep_paused"));
    TEMPORAL_TRY(refuse(options.jitter > 0, call, "jitter"));
    tp_arena_init(&arena);
    tp_uuid_make(request_id);
    tp__ws__pause_activity_request__init(&request);
    by = address(handle, &options, &arena,
                 &(fields){ .namespace_name = &request.namespace_,
                            .identity = &request.identity,
                            .execution = &request.execution,
                            .activity = &request.id });
    request.activity_case = (Tp__Ws__PauseActivityRequest__ActivityCase)by;
    request.reason = tp_text_lend(options.reason);
    request.request_id = request_id;
    return tell(handle, "PauseActivity", &arena, &request.base,
                &tp__ws__pause_activity_response__descriptor);
}

temporal_error *temporal_activity_unpause_with(temporal_handle *handle,
                                               const temporal_activity_control *given)
{
    static const char *const call = "unpause activity";
    const temporal_activity_control options = complete(given);
    Tp__Ws__UnpauseActivityRequest request;
    tp_arena arena;
    int by;

    TEMPORAL_TRY(check(handle, &options, true, call));
    TEMPORAL_TRY(refuse(options.reason != NULL, call, "reason"));
    TEMPORAL_TRY(refuse(options.restore_options, call, "restore_options"));
    TEMPORAL_TRY(refuse(options.keep_paused, call, "keep_paused"));
    tp_arena_init(&arena);
    tp__ws__unpause_activity_request__init(&request);
    by = address(handle, &options, &arena,
                 &(fields){ .namespace_name = &request.namespace_,
                            .identity = &request.identity,
                            .execution = &request.execution,
                            .activity = &request.id,
                            .all = &request.unpause_all,
                            .all_number = TP__WS__UNPAUSE_ACTIVITY_REQUEST__ACTIVITY_UNPAUSE_ALL,
                            .jitter = &request.jitter });
    request.activity_case = (Tp__Ws__UnpauseActivityRequest__ActivityCase)by;
    request.reset_attempts = options.reset_attempts;
    request.reset_heartbeat = options.reset_heartbeat;
    return tell(handle, "UnpauseActivity", &arena, &request.base,
                &tp__ws__unpause_activity_response__descriptor);
}

temporal_error *temporal_activity_reset_with(temporal_handle *handle,
                                             const temporal_activity_control *given)
{
    static const char *const call = "reset activity";
    const temporal_activity_control options = complete(given);
    Tp__Ws__ResetActivityRequest request;
    tp_arena arena;
    int by;

    TEMPORAL_TRY(check(handle, &options, true, call));
    TEMPORAL_TRY(refuse(options.reason != NULL, call, "reason"));
    TEMPORAL_TRY(refuse(options.reset_attempts, call, "reset_attempts (a reset always does)"));
    tp_arena_init(&arena);
    tp__ws__reset_activity_request__init(&request);
    by = address(handle, &options, &arena,
                 &(fields){ .namespace_name = &request.namespace_,
                            .identity = &request.identity,
                            .execution = &request.execution,
                            .activity = &request.id,
                            .all = &request.match_all,
                            .all_number = TP__WS__RESET_ACTIVITY_REQUEST__ACTIVITY_MATCH_ALL,
                            .jitter = &request.jitter });
    request.activity_case = (Tp__Ws__ResetActivityRequest__ActivityCase)by;
    request.reset_heartbeat = options.reset_heartbeat;
    request.keep_paused = options.keep_paused;
    request.restore_original_options = options.restore_options;
    return tell(handle, "ResetActivity", &arena, &request.base,
                &tp__ws__reset_activity_response__descriptor);
}
