/* SPDX-License-Identifier: MIT */
/* top/gather.h -- finds the workers of this user, looks at them again and again, and brings them
 * commands. */
#ifndef TP_TOP_GATHER_H
#define TP_TOP_GATHER_H

#include "top/snapshot.h"

typedef struct tp_top_gather tp_top_gather;

/** folder: where sockets are; NULL: where this user's are. */
tp_top_gather *tp_top_gather_new(const char *folder);
void tp_top_gather_free(tp_top_gather *gather);
/** Asks every worker, waits for answers, at most so long, and looks. What it answers with lives
 * until the next call. Workers are sorted by name. */
const tp_top_snapshot *tp_top_gather_take(tp_top_gather *gather, double patience);
/** SYSTEM when a folder is there that cannot be looked into; without one there is just nobody. */
temporal_error *tp_top_gather_check(const tp_top_gather *gather);

/** worker: a pid, or a name when a program has several. INVALID_ARGUMENT with the worker's own
 * words when it refuses. */
temporal_error *tp_top_gather_command(tp_top_gather *gather, const char *worker,
                                      tp_meeting_kind kind, int64_t argument);

#endif
