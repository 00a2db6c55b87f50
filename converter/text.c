/* SPDX-License-Identifier: MIT */
/* converter/text.c -- texts of a caller's on their way into a request. */
#include "converter/text.h"

#include <string.h>

#include "converter/utf8.h"

char *tp_text_lend(const char *text)
{
    return (char *)(uintptr_t)(text ? text : "");
}

temporal_error *tp_text_check_optional(const char *text, const char *call, const char *what)
{
    tp_bytes bytes = { (const uint8_t *)text, text ? strlen(text) : 0 };
    size_t good = tp_utf8_prefix(bytes);

    if (good == bytes.size)
        return TEMPORAL_OK;
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "%s: %s is not UTF-8 (from its byte %zu)", call, what, good);
}

temporal_error *tp_text_check(const char *text, const char *call, const char *what)
{
    if (!text || !*text)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "%s: %s is required", call,
                                  what);
    return tp_text_check_optional(text, call, what);
}

temporal_error *tp_text_check_object(const void *object, const char *call, const char *what)
{
    if (object)
        return TEMPORAL_OK;
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "%s: the %s is NULL (in an activity process there is none)", call,
                              what);
}
