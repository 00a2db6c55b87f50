/* SPDX-License-Identifier: MIT */
/* executor/rules.h -- by which rules the attempts of each activity of a pool are ended. */
#ifndef TP_EXECUTOR_RULES_H
#define TP_EXECUTOR_RULES_H

#include <temporal/error.h>
#include <temporal/processes.h>

/** *rules has one entry for each of options->activities, in which nothing is left to be defaulted;
 * tp_free it. INVALID_ARGUMENT for a time that is none, and for exceptions of an activity that is
 * not in the pool or has some already. */
temporal_error *tp_rules_make(temporal_process_rules **rules,
                              const temporal_process_executor *options);

#endif
