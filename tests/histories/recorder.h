/* SPDX-License-Identifier: MIT */
/* recorder.h -- runs workflows of workflows.h on the real server, and keeps what it then holds.
 *
 * With TEMPORAL_TEST_RECORD=1 in the environment, each history is also written into this folder, as
 * <workflow>.json, without the names of machines. Do so when a workflow here has changed, or a new
 * one has come, and look at what git says has changed. */
#ifndef TESTS_HISTORIES_RECORDER_H
#define TESTS_HISTORIES_RECORDER_H

#include <temporal/temporal.h>

extern temporal_client *recorder_client;
extern const char *recorder_queue;

/* With a worker that has all of workflows.h. */
int recorder_set_up(void **state);
int recorder_tear_down(void **state);

temporal_handle *recorder_begin(const char *workflow, const char *input);
/** Replays the first run, which has ended, and writes it if that is wished. Frees the handle. */
void recorder_keep(const char *name, temporal_handle *handle);
/** Both, and the output is compared in between; expected may be NULL. */
void recorder_run_to_its_end(const char *workflow, const char *input, const char *expected);

#endif
