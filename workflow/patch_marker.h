/* SPDX-License-Identifier: MIT */
/* workflow/patch_marker.h -- the marker that a patch leaves in history, as other SDKs write it. */
#ifndef TP_WORKFLOW_PATCH_MARKER_H
#define TP_WORKFLOW_PATCH_MARKER_H

#include <temporal/error.h>

#include "temporal/api/command/v1/message.pb-c.h"
#include "workflow/event.h"

#define TP_PATCH_MARKER "core_patch"

typedef struct tp_patch_marker {
    const char *id;
    bool deprecated;
} tp_patch_marker;

bool tp_patch_marker_is(const tp_event *event);
/** The id is taken from the arena. INVALID_ARGUMENT names the event and what is wrong with it. */
temporal_error *tp_patch_marker_read(tp_arena *arena, const tp_event *event,
                                     tp_patch_marker *marker);
/** Not on a coroutine's stack. */
Tp__Command__RecordMarkerCommandAttributes *tp_patch_marker_write(tp_arena *arena,
                                                                  const tp_patch_marker *marker);

#endif
