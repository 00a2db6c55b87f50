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
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__PauseActivityRequest request;
    char request_id[TP_UUID_SIZE];
    tp_arena arena;

    TEMPORAL_TRY(check(handle, &options, false, call));
    TEMPORAL_TRY(refuse(options.all, call, "all"));
    TEMPORAL_TRY(refuse(options.reset_attempts, call, "reset_attempts"));
    TEMPORAL_TRY(refuse(options.reset_heartbeat, call, "reset_heartbeat"));
    TEMPORAL_TRY(refuse(options.restore_options, call, "restore_options"));
    TEMPORAL_TRY(refuse(options.keep_paused, call, "keep_paused"));
    TEMPORAL_TRY(refuse(options.jitter > 0, call, "jitter"));
    execution = tp_handle_execution(handle);
    tp_arena_init(&arena);
    tp_uuid_make(request_id);
    tp__ws__pause_activity_request__init(&request);
    request.namespace_ = handle->client->namespace_name;
    request.identity = handle->client->identity;
    request.execution = &execution;
    if (options.id) {
        request.activity_case = TP__WS__PAUSE_ACTIVITY_REQUEST__ACTIVITY_ID;
        request.id = tp_text_lend(options.id);
    } else {
        request.activity_case = TP__WS__PAUSE_ACTIVITY_REQUEST__ACTIVITY_TYPE;
        request.type = tp_text_lend(options.type);
    }
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
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__UnpauseActivityRequest request;
    tp_arena arena;

    TEMPORAL_TRY(check(handle, &options, true, call));
    TEMPORAL_TRY(refuse(options.reason != NULL, call, "reason"));
    TEMPORAL_TRY(refuse(options.restore_options, call, "restore_options"));
    TEMPORAL_TRY(refuse(options.keep_paused, call, "keep_paused"));
    execution = tp_handle_execution(handle);
    tp_arena_init(&arena);
    tp__ws__unpause_activity_request__init(&request);
    request.namespace_ = handle->client->namespace_name;
    request.identity = handle->client->identity;
    request.execution = &execution;
    if (options.id) {
        request.activity_case = TP__WS__UNPAUSE_ACTIVITY_REQUEST__ACTIVITY_ID;
        request.id = tp_text_lend(options.id);
    } else if (options.type) {
        request.activity_case = TP__WS__UNPAUSE_ACTIVITY_REQUEST__ACTIVITY_TYPE;
        request.type = tp_text_lend(options.type);
    } else {
        request.activity_case = TP__WS__UNPAUSE_ACTIVITY_REQUEST__ACTIVITY_UNPAUSE_ALL;
        request.unpause_all = true;
    }
    request.jitter = tp_message_duration(&arena, options.jitter);
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
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__ResetActivityRequest request;
    tp_arena arena;

    TEMPORAL_TRY(check(handle, &options, true, call));
    TEMPORAL_TRY(refuse(options.reason != NULL, call, "reason"));
    TEMPORAL_TRY(refuse(options.reset_attempts, call, "reset_attempts (a reset always does)"));
    execution = tp_handle_execution(handle);
    tp_arena_init(&arena);
    tp__ws__reset_activity_request__init(&request);
    request.namespace_ = handle->client->namespace_name;
    request.identity = handle->client->identity;
    request.execution = &execution;
    if (options.id) {
        request.activity_case = TP__WS__RESET_ACTIVITY_REQUEST__ACTIVITY_ID;
        request.id = tp_text_lend(options.id);
    } else if (options.type) {
        request.activity_case = TP__WS__RESET_ACTIVITY_REQUEST__ACTIVITY_TYPE;
        request.type = tp_text_lend(options.type);
    } else {
        request.activity_case = TP__WS__RESET_ACTIVITY_REQUEST__ACTIVITY_MATCH_ALL;
        request.match_all = true;
    }
    request.jitter = tp_message_duration(&arena, options.jitter);
    request.reset_heartbeat = options.reset_heartbeat;
    request.keep_paused = options.keep_paused;
    request.restore_original_options = options.restore_options;
    return tell(handle, "ResetActivity", &arena, &request.base,
                &tp__ws__reset_activity_response__descriptor);
}
