/* SPDX-License-Identifier: MIT */
/* workflow/local_retry.h -- why a local activity that failed is not tried again. */
#ifndef TP_WORKFLOW_LOCAL_RETRY_H
#define TP_WORKFLOW_LOCAL_RETRY_H

#include <temporal/base.h>
#include <temporal/error.h>

/** After that attempt (from 1); IN_PROGRESS when the policy, which may be NULL, lets it be tried
 * again. */
temporal_retry_state tp_local_retry_state(const temporal_retry_policy *policy, int32_t attempt,
                                          const temporal_error *failure);

#endif
