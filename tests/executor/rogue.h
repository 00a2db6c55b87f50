/* SPDX-License-Identifier: MIT */
/* tests/executor/rogue.h -- one activity that does, in an activity process, whatever it is told:
 * what no activity should do, and what tells a test where it runs. */
#ifndef TP_TESTS_EXECUTOR_ROGUE_H
#define TP_TESTS_EXECUTOR_ROGUE_H

#include <temporal/temporal.h>

#include "tests/executor/harness.h"

TEMPORAL_ACTIVITY(rogue, temporal_string, temporal_string)
/* With a state, made once in each process: answers with "pid number-of-calls". */
TEMPORAL_ACTIVITY(counting, temporal_none, temporal_string)
/* With a state whose end never comes. */
TEMPORAL_ACTIVITY(clinging, temporal_none, temporal_none)
/* As large as asked for, both ways. */
TEMPORAL_ACTIVITY(echo, temporal_bytes, temporal_bytes)

extern const temporal_activity_def *const rogue_activities[];

/* Options of the pools that rogue_make makes, and what it makes them of. */
extern temporal_process_executor rogue_options;
temporal_error *rogue_make(tp_executor **executor, const temporal_activity_def *const *activities,
                           uint32_t concurrency);
/** A harness over such a pool with default options, or over one with those in rogue_options. */
void rogue_open(struct harness *harness, uint32_t concurrency);

/** An attempt that does deed. */
void rogue_init(struct subject *subject, struct harness *harness, const char *deed);
/** Runs it to its end and checks that it completed with that text. */
void rogue_expect(struct harness *harness, const char *deed, const char *text);
/** Runs it, and answers with the pid that it tells. */
pid_t rogue_pid(struct harness *harness);
/** Begins with one that beats its pid and then does what deed says; answers with the pid. */
pid_t rogue_begin(struct subject *subject, struct harness *harness, const char *deed);
/** Begins with one that starts a program of its own ("spawn", "daemon") and waits; answers with its
 * pid. */
pid_t rogue_spawn(struct subject *subject, struct harness *harness, const char *deed,
                  pid_t *started);
/** Cancels it, waits for its end and frees it. */
void rogue_end(struct subject *subject);
/** Checks that it failed with that type and text, and frees it. */
void rogue_failed(struct subject *subject, const char *type, const char *text);

/** The first of encoded payloads. */
void rogue_decode(tp_arena *arena, const tp_buffer *encoded, const temporal_type *type, void *out);
bool rogue_is_alive(pid_t pid);
pid_t rogue_parent(pid_t pid); /* 0: there is no such process */
/** Snapshot of the pool. */
size_t rogue_status(struct harness *harness, temporal_process_status *status, size_t capacity);

#endif
