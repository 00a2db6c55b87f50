/* SPDX-License-Identifier: MIT */
/* heartbeat_value.c -- heartbeats with an array of characters, which is no temporal_string. */
#include "../case.h"

temporal_error *beat(temporal_activity *activity);

temporal_error *beat(temporal_activity *activity)
{
    temporal_string text = "half";

    (void)text;
    return temporal_heartbeat(activity, temporal_string, CHOOSE(text, "half"));
}
