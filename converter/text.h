/* SPDX-License-Identifier: MIT */
/* converter/text.h -- texts of a caller's on their way into a request. */
#ifndef TP_CONVERTER_TEXT_H
#define TP_CONVERTER_TEXT_H

#include <temporal/error.h>

/** protobuf-c knows no const; it only reads. "" for NULL. */
char *tp_text_lend(const char *text);
/** INVALID_ARGUMENT, "<call>: <what> is required", for NULL and ""; also for what is not UTF-8: the
 * server would refuse the whole message without naming the text. */
temporal_error *tp_text_check(const char *text, const char *call, const char *what);
/** The same for one that may be left out. */
temporal_error *tp_text_check_optional(const char *text, const char *call, const char *what);
/** INVALID_ARGUMENT for an object that is NULL, as a client is in an activity process. */
temporal_error *tp_text_check_object(const void *object, const char *call, const char *what);

#endif
