/* SPDX-License-Identifier: MIT */
/* policy.h -- what retry policies and timeouts say, as the server reads them: the rules that the
 * model writes by, and that every history is held against. */
#ifndef TESTS_SIMULATION_POLICY_H
#define TESTS_SIMULATION_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "temporal/api/history/v1/message.pb-c.h"

#define RETRY_STATE(name)  TP__ENUMS__RETRY_STATE__RETRY_STATE_##name
#define TIMEOUT_TYPE(name) TP__ENUMS__TIMEOUT_TYPE__TIMEOUT_TYPE_##name

/** 0: it is not set, which is the same. */
int64_t policy_nanoseconds(const Tp__Pb__Duration *time);
/** UNSPECIFIED: it is no timeout. */
Tp__Enums__TimeoutType policy_timeout_type(const Tp__Failure__Failure *failure);
/** What follows on an attempt, counted from 1, that failed so. IN_PROGRESS: another one, if there
 * is time for it; otherwise why there is none. */
Tp__Enums__RetryState policy_of_workflow(const Tp__Common__RetryPolicy *policy, int32_t attempt,
                                         const Tp__Failure__Failure *failure);
/** Cancelled: somebody has asked it to. */
Tp__Enums__RetryState policy_of_activity(const Tp__Common__RetryPolicy *policy, int32_t attempt,
                                         bool cancelled, const Tp__Failure__Failure *failure);

#endif
