/* SPDX-License-Identifier: MIT */
/* converter/user_metadata.c -- summary and details as payloads. */
#include "converter/user_metadata.h"

#include "converter/payload.h"

static temporal_error *make(tp_arena *arena, const char *text, const char *what,
                            Tp__Common__Payload **payload)
{
    temporal_error *error;

    *payload = NULL;
    if (!text || !*text)
        return NULL;
    error = tp_payload_make(arena, temporal_string_type(), &text, payload);
    return error ? temporal_error_wrap(error, TEMPORAL_ERROR_CONVERSION, "%s: %s", what,
                                       temporal_error_message(error))
                 : NULL;
}

temporal_error *tp_user_metadata_make(tp_arena *arena, const char *summary, const char *details,
                                      Tp__Sdk__UserMetadata **metadata)
{
    Tp__Sdk__UserMetadata *made = tp_arena_alloc(arena, sizeof(*made));

    *metadata = NULL;
    tp__sdk__user_metadata__init(made);
    TEMPORAL_TRY(make(arena, summary, "summary", &made->summary));
    TEMPORAL_TRY(make(arena, details, "details", &made->details));
    if (made->summary || made->details)
        *metadata = made;
    return NULL;
}

const char *tp_user_metadata_text(tp_arena *arena, const Tp__Common__Payload *payload)
{
    const char *text = NULL;
    temporal_error *error;

    if (!payload)
        return "";
    error = tp_payload_read(arena, payload, temporal_string_type(), &text);
    temporal_error_free(error); /* somebody else wrote it otherwise: nothing to be shown */
    return !error && text ? text : "";
}
