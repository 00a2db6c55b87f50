/* SPDX-License-Identifier: MIT */
/* converter/failure.h -- temporal_error to and from temporal.api.failure.v1.Failure, causes
 * included.
 *
 * APPLICATION, CANCELLED, TIMEOUT, TERMINATED, SERVER, ACTIVITY and CHILD_WORKFLOW errors have a
 * kind of failure of their own; every other error becomes an application failure whose type is the
 * name of its code ("CONVERSION"). The chain of causes is bounded (TP_FAILURE_DEPTH): what lies
 * deeper is left out and said so. */
#ifndef TP_CONVERTER_FAILURE_H
#define TP_CONVERTER_FAILURE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "temporal/api/failure/v1/message.pb-c.h"

#define TP_FAILURE_DEPTH  100
#define TP_FAILURE_SOURCE "CSDK"

/** Never fails: what cannot be said is left out. Taken from the arena. */
Tp__Failure__Failure *tp_failure_from_error(tp_arena *arena, const temporal_error *error);
/** Owned by this thread's error owner. NULL for NULL. */
temporal_error *tp_failure_to_error(const Tp__Failure__Failure *failure);

void tp_failure_encode(tp_buffer *out, const temporal_error *error);
/** From an encoded message; a CONVERSION error when the bytes are none. */
temporal_error *tp_failure_decode(tp_bytes encoded);

#endif
