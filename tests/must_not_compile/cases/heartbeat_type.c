/* SPDX-License-Identifier: MIT */
/* heartbeat_type.c -- heartbeats with a type that has no description. */
/* Unknown name */
#include "../case.h"

#ifdef WRONG
#define TYPE long
#else
#define TYPE temporal_int
#endif
#define BEAT(...) temporal_heartbeat(__VA_ARGS__)

temporal_error *beat(temporal_activity *activity, temporal_int offset);

temporal_error *beat(temporal_activity *activity, temporal_int offset)
{
    return BEAT(activity, TYPE, offset);
}
