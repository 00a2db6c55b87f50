/* SPDX-License-Identifier: MIT */
/* outside.h -- what programs call when they run on a real server: activities, children and another
 * workflow, which end in every way there is. */
#ifndef TESTS_SIMULATION_OUTSIDE_H
#define TESTS_SIMULATION_OUTSIDE_H

#include <temporal/worker.h>

/* Those of a worker, the programs among them; NULL stands behind the last. */
extern const temporal_activity_def *const outside_activities[];
extern const temporal_workflow_def *const outside_workflows[];

#endif
