/* SPDX-License-Identifier: MIT */
/* workflow/update_requests.h -- the updates that a workflow task brings.
 *
 * The open task has them as messages, or, after a reset, as UpdateAdmitted events. When it is
 * replayed the messages are gone: those that were accepted are read from the events which their
 * acceptance became, and those that were rejected have left no trace. */
#ifndef TP_WORKFLOW_UPDATE_REQUESTS_H
#define TP_WORKFLOW_UPDATE_REQUESTS_H

#include "temporal/api/protocol/v1/message.pb-c.h"
#include "workflow/history.h"

/** The messages of a task, unpacked into the arena. INVALID_ARGUMENT says which one is no request
 * for an update, or does not say which update it is about. */
temporal_error *tp_update_requests_open(tp_update_requests *requests, tp_arena *arena,
                                        Tp__Protocol__Message *const *messages, size_t count);
/** All of the chunk's, in the order in which they came; from the arena. */
temporal_error *tp_update_requests_of(tp_update_requests *requests, tp_arena *arena,
                                      const tp_history *history, const tp_chunk *chunk);
/** The next of those that came before that event; NULL: none. */
const tp_update_request *tp_update_requests_next(tp_update_requests *requests, int64_t event_id);

#endif
