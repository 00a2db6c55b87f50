/* SPDX-License-Identifier: MIT */
/* executor/invoke.h -- runs one attempt from encoded input to encoded outcome, on whatever thread,
 * coroutine or process it is called. Shared by the three executors. */
#ifndef TP_EXECUTOR_INVOKE_H
#define TP_EXECUTOR_INVOKE_H

#include "base/buffer.h"
#include "executor/context.h"
#include "executor/executor.h"

/** Decodes the input, calls the activity, encodes its result or failure into body. Input that does
 * not decode is a non-retryable failure that names the activity and the argument. */
tp_outcome_kind tp_invoke(temporal_activity *activity, tp_bytes input, tp_buffer *body);

#endif
