/* SPDX-License-Identifier: MIT */
/* converter/message.h -- small words about wire messages that many rooms speak: durations, times,
 * policies. */
#ifndef TP_CONVERTER_MESSAGE_H
#define TP_CONVERTER_MESSAGE_H

#include <temporal/error.h>

#include "base/arena.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "temporal/api/common/v1/message.pb-c.h"
#include "temporal/api/enums/v1/workflow.pb-c.h"

/** NULL for zero. */
Tp__Pb__Duration *tp_message_duration(tp_arena *arena, temporal_seconds time);
temporal_seconds tp_message_seconds(const Tp__Pb__Duration *duration); /* 0 for NULL */
int64_t tp_message_nanoseconds(const Tp__Pb__Timestamp *timestamp);    /* 0 for NULL */
/** NULL for NULL. The policy must have passed tp_message_check_retry. */
Tp__Common__RetryPolicy *tp_message_retry(tp_arena *arena, const temporal_retry_policy *policy);
/** INVALID_ARGUMENT, "<what>: ...", for a policy that the server would refuse. */
temporal_error *tp_message_check_retry(const temporal_retry_policy *policy, const char *what);
Tp__Enums__WorkflowIdReusePolicy tp_message_id_reuse(temporal_id_reuse reuse);
/** INVALID_ARGUMENT, "<what>: ...", for a number that is none of them. */
temporal_error *tp_message_check_id_reuse(temporal_id_reuse reuse, const char *what);

#endif
