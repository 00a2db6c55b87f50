/* SPDX-License-Identifier: MIT */
/* workflow/local_marker.h -- the marker that a local activity leaves in history. */
#ifndef TP_WORKFLOW_LOCAL_MARKER_H
#define TP_WORKFLOW_LOCAL_MARKER_H

#include <temporal/error.h>

#include "temporal/api/command/v1/message.pb-c.h"
#include "workflow/event.h"

#define TP_LOCAL_MARKER "core_local_activity"

typedef struct tp_local_marker {
    uint32_t seq;
    int32_t attempt;
    const char *activity_id, *activity_type;
    int64_t complete_time; /* Unix nanoseconds; 0: it does not say */
    int64_t backoff;       /* nanoseconds; 0: none */
    int64_t original_schedule_time;
    Tp__Common__Payloads *result; /* NULL: none */
    Tp__Failure__Failure *failure;
} tp_local_marker;

bool tp_local_marker_is(const tp_event *event);
/** Texts are taken from the arena, messages stay the event's. INVALID_ARGUMENT names the event and
 * what is wrong with it. */
temporal_error *tp_local_marker_read(tp_arena *arena, const tp_event *event,
                                     tp_local_marker *marker);
Tp__Command__RecordMarkerCommandAttributes *tp_local_marker_write(tp_arena *arena,
                                                                  const tp_local_marker *marker);

#endif
