/* SPDX-License-Identifier: MIT */
/* updates.h -- updates as the server's own calls say it, so that what a worker answered is seen as
 * it is. */
#ifndef TESTS_END_TO_END_UPDATES_H
#define TESTS_END_TO_END_UPDATES_H

#include "tests/end_to_end/fixture.h"

/** Waits until the update of that name has ended: "ok <JSON>", "failed <type>: <message>", or
 * "refused <message>" when the server takes none. Its id may be that of one under way, which is
 * then waited for. Input NULL: none. Lives until the next call. */
const char *updates_execute(temporal_handle *handle, const char *id, const char *name,
                            const char *json);
/** Waits until it is accepted, which it must be. */
void updates_start(temporal_handle *handle, const char *id, const char *name, const char *json);
/** Starts the workflow with the update in the same call; *handle is the run's. */
const char *updates_execute_with_start(const char *workflow, const char *workflow_id,
                                       const char *queue, const char *input, const char *name,
                                       const char *json, temporal_handle **handle);

#endif
