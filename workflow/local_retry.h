/* SPDX-License-Identifier: MIT */
/* workflow/local_retry.h -- the retry policy of a local activity: why one that failed is not tried
 * again. */
#ifndef TP_WORKFLOW_LOCAL_RETRY_H
#define TP_WORKFLOW_LOCAL_RETRY_H

#include <temporal/base.h>
#include <temporal/error.h>

#include "base/arena.h"

/** After that attempt (from 1); IN_PROGRESS when the policy, which may be NULL, lets it be tried
 * again. */
temporal_retry_state tp_local_retry_state(const temporal_retry_policy *policy, int32_t attempt,
                                          const temporal_error *failure);

/** Of a policy, which may be NULL, that its owner may not keep. */
const temporal_retry_policy *tp_local_retry_copy(tp_arena *arena,
                                                 const temporal_retry_policy *from);

#endif
