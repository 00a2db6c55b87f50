/* SPDX-License-Identifier: MIT */
/* testing/time_skipping.h -- when the time of a test server skips.
 *
 * The server counts locks: its time skips while the count is 0, and it refuses to go below. It
 * starts with one. Any number of threads may wait for results and sleep at once, so the environment
 * counts them itself: the first that waits unlocks, the last locks again. */
#ifndef TP_TESTING_TIME_SKIPPING_H
#define TP_TESTING_TIME_SKIPPING_H

#include "client/client.h"

typedef struct tp_time_skipping tp_time_skipping;

/** The caller holds a reference, which tp_time_skipping_unref gives back. */
tp_time_skipping *tp_time_skipping_new(void);
void tp_time_skipping_unref(tp_time_skipping *skipping);
/** From now on waits for results through this client, and copies made of it later, skip time. */
void tp_time_skipping_attach(tp_time_skipping *skipping, temporal_client *client);
/** Answers what it was. */
bool tp_time_skipping_set_automatic(tp_time_skipping *skipping, bool on);

temporal_error *tp_time_skipping_sleep(tp_time_skipping *skipping, temporal_client *client,
                                       temporal_seconds time);
/** Needs no tp_time_skipping: a server that answers is one whose time can be skipped. */
temporal_error *tp_time_skipping_now(temporal_client *client, int64_t *now);

#endif
