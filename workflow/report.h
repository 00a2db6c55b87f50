/* SPDX-License-Identifier: MIT */
/* workflow/report.h -- where code and history part, as a temporal_nondeterminism for the user. */
#ifndef TP_WORKFLOW_REPORT_H
#define TP_WORKFLOW_REPORT_H

#include "workflow/history.h"
#include "workflow/run.h"

/** A NONDETERMINISM error that run->mismatch tells of comes back with the report as its first
 * detail and the last commands in its message; any other error as it is. */
temporal_error *tp_report_error(temporal_workflow *run, const tp_history *history,
                                temporal_error *error);

#endif
