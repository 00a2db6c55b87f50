/* SPDX-License-Identifier: MIT */
/* bench/jobs/jobs.h -- the contracts that every worker of a bench serves: bench/worker.c and those
 * of bench/peers, which say the same in their languages. bench/load.c starts them by name. */
#ifndef BENCH_JOBS_JOBS_H
#define BENCH_JOBS_JOBS_H

#include <temporal/temporal.h>

#define BENCH_ACTIVITY_TIMEOUT 60  /* start to close */
#define BENCH_RETRY_AFTER      0.2 /* seconds */

/* clang-format off */
#define PLAN(FIELD)                                                                       \
    FIELD(temporal_int, count)     /* of activities, or of heartbeats */                  \
    FIELD(temporal_int, size)      /* bytes, microseconds of work, or milliseconds */

#define CRASH_REPORT(FIELD)                                                               \
    FIELD(temporal_int, crashed)   /* attempts of the activity that crashes in its first */ \
    FIELD(temporal_int, neighbours) /* attempts of the others, all together */
/* clang-format on */

TEMPORAL_RECORD(plan, PLAN)
TEMPORAL_RECORD(crash_report, CRASH_REPORT)

TEMPORAL_ACTIVITY(nothing, temporal_int, temporal_int)
TEMPORAL_ACTIVITY(echo, temporal_string, temporal_string)
TEMPORAL_ACTIVITY(burn, temporal_int, temporal_int)             /* so many us of its CPU time */
TEMPORAL_ACTIVITY(beat, temporal_int, temporal_double)          /* ns for each of so many */
TEMPORAL_ACTIVITY(until_cancelled, temporal_none, temporal_int) /* when it knew: Unix ns */
TEMPORAL_ACTIVITY(linger, temporal_int, temporal_int)           /* ms; answers its attempt */
TEMPORAL_ACTIVITY(crash, temporal_none, temporal_int)           /* in its first attempt */

TEMPORAL_WORKFLOW(noop, temporal_int, temporal_int)
TEMPORAL_WORKFLOW(waiting, temporal_int, temporal_int) /* for the signal go */
TEMPORAL_SIGNAL(waiting, go, temporal_int)
TEMPORAL_WORKFLOW(sequence, plan, temporal_int) /* count no-ops, one after another */
TEMPORAL_WORKFLOW(fanout, plan, temporal_int)   /* count echoes of size bytes, at once */
TEMPORAL_WORKFLOW(burning, plan, temporal_int)  /* count burns of size us, at once */
TEMPORAL_WORKFLOW(beating, plan, temporal_double)
TEMPORAL_WORKFLOW(cancelling, temporal_int, temporal_int) /* cancels at the signal go */
TEMPORAL_SIGNAL(cancelling, go, temporal_int)
TEMPORAL_WORKFLOW(lingering, plan, temporal_int)
TEMPORAL_WORKFLOW(crashing, plan, crash_report) /* beside count that linger for size ms */

#endif
