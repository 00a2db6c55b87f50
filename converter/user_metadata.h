/* SPDX-License-Identifier: MIT */
/* converter/user_metadata.h -- what a user writes beside a workflow, an activity or a timer, for
 * those who look at it: a summary of one line, and details. */
#ifndef TP_CONVERTER_USER_METADATA_H
#define TP_CONVERTER_USER_METADATA_H

#include <temporal/error.h>

#include "base/arena.h"
#include "temporal/api/sdk/v1/user_metadata.pb-c.h"

/** Both may be NULL: then *metadata is NULL, too. CONVERSION when one is no UTF-8. */
temporal_error *tp_user_metadata_make(tp_arena *arena, const char *summary, const char *details,
                                      Tp__Sdk__UserMetadata **metadata);
/** Of a payload in it; "" when it is missing or is no text. */
const char *tp_user_metadata_text(tp_arena *arena, const Tp__Common__Payload *payload);

#endif
