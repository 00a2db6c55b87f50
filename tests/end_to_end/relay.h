/* SPDX-License-Identifier: MIT */
/* relay.h -- a workflow that does nothing but run one activity, named by the test, and answer with
 * its result; and workers that have the same activities on each of the three executors. */
#ifndef TESTS_END_TO_END_RELAY_H
#define TESTS_END_TO_END_RELAY_H

#include "tests/end_to_end/fixture.h"

/* clang-format off */
#define RELAY_TASK(FIELD)                                                        \
    FIELD(temporal_string, activity)         /* string in, string out */         \
    FIELD(temporal_string, input)                                                \
    FIELD(temporal_string, queue)                                                \
    FIELD(temporal_double, start_to_close)   /* 0: a minute */                   \
    FIELD(temporal_double, schedule_to_close)                                    \
    FIELD(temporal_double, schedule_to_start)                                    \
    FIELD(temporal_double, heartbeat)                                            \
    FIELD(temporal_int32, attempts)          /* 0: no limit */                   \
    FIELD(temporal_double, pause)            /* before the second; 0: 0.01 s */  \
    FIELD(temporal_string, non_retryable)                                        \
    FIELD(temporal_int32, cancellation)
/* clang-format on */
TEMPORAL_RECORD(relay_task, RELAY_TASK)
TEMPORAL_WORKFLOW(relay, relay_task, temporal_string)

/* The queues of a program's workers: the same activities, each on another executor. */
enum {
    ON_COROUTINES,
    ON_THREADS,
    ON_PROCESSES,
    EXECUTORS
};
extern const char *const relay_executors[EXECUTORS]; /* their names */
extern const char *relay_queues[EXECUTORS];
extern temporal_worker *relay_workers[EXECUTORS];

/** Starts the three workers. Options are those that they share; the lists in it are not looked at.
 */
void relay_start_workers(const temporal_activity_def *const *activities,
                         const temporal_worker_options *options);
void relay_stop_workers(void);

/** Starts a relay workflow on the first queue. */
#define relay_start(...) relay_start_task(&(const relay_task){ __VA_ARGS__ })
temporal_handle *relay_start_task(const relay_task *task);
/** Waits for its result and frees the handle; the text lives until the next call. */
const char *relay_result(temporal_handle *handle);
#define relay_run(...) relay_result(relay_start(__VA_ARGS__))
/** Waits for its failure and frees the handle. */
temporal_error *relay_failure(temporal_handle *handle);

/* One row of a test table for each executor; the test's *state is a pointer to its number. */
extern int relay_numbers[EXECUTORS];
#define ON_EACH_EXECUTOR(test)                                                \
    { #test " (async)", test, NULL, NULL, &relay_numbers[ON_COROUTINES] },    \
        { #test " (threads)", test, NULL, NULL, &relay_numbers[ON_THREADS] }, \
    {                                                                         \
#test " (processes)", test, NULL, NULL, &relay_numbers[ON_PROCESSES]  \
    }
#define QUEUE_OF(state) (relay_queues[*(const int *)*(state)])

#endif
