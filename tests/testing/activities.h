/* SPDX-License-Identifier: MIT */
/* activities.h -- activities that are run alone, and who listens to their heartbeats. */
#ifndef TESTS_TESTING_ACTIVITIES_H
#define TESTS_TESTING_ACTIVITIES_H

#include <stdatomic.h>
#include <temporal/testing.h>

/* clang-format off */
#define ORDER(FIELD)               \
    FIELD(temporal_string, item)   \
    FIELD(temporal_int, count)
/* clang-format on */
TEMPORAL_RECORD(order, ORDER)

TEMPORAL_ACTIVITY(double_order, order, order)
TEMPORAL_ACTIVITY(describe_itself, temporal_none, temporal_string)
/* From where the attempt before had come, to the number given; beats at each. */
TEMPORAL_ACTIVITY(count_on, temporal_int, temporal_int)
TEMPORAL_ACTIVITY(wait_for_shutdown, temporal_double, temporal_bool)
TEMPORAL_ACTIVITY(give_up, temporal_string, temporal_none) /* fails with that type */
TEMPORAL_ACTIVITY(leave_it, temporal_none, temporal_none)  /* to be completed from outside */

extern atomic_int waiting; /* activities that are about to wait */

typedef struct beats {
    temporal_activity_env *env;
    const temporal_value *last;
    temporal_int count, cancel_at; /* 0: never */
} beats;

/** .on_heartbeat, with beats as its data. */
void count_beat(const temporal_value *details, size_t count, void *data);

#endif
