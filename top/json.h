/* SPDX-License-Identifier: MIT */
/* top/json.h -- a snapshot as JSON, for scripts. */
#ifndef TP_TOP_JSON_H
#define TP_TOP_JSON_H

#include "base/buffer.h"
#include "top/snapshot.h"

/** Appends one object on one line. Times are seconds; what is not known is null. */
void tp_top_json_write(tp_buffer *out, const tp_top_snapshot *snapshot);

#endif
