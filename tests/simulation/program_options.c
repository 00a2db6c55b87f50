/* SPDX-License-Identifier: MIT */
/* program_options.c -- with which options an operation begins what it begins: policies and timeouts
 * of all sorts. See program.h. */
#include "program_life.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const grave[] = { "Grave", NULL }, *const timeouts[] = {
    "TemporalTimeout:StartToClose", "TemporalTimeout:Heartbeat", NULL
};
/* NULL: the server's own. The intervals are no units of the program: nothing waits for them long.
 */
static const temporal_retry_policy once = { .maximum_attempts = 1 },
                                   twice = { .maximum_attempts = 2 },
                                   thrice = { .maximum_attempts = 3, .non_retryable_types = grave },
                                   patient = { .initial_interval = 0.05,
                                               .backoff_coefficient = 1,
                                               .maximum_interval = 1,
                                               .maximum_attempts = 4,
                                               .non_retryable_types = timeouts },
                                   stubborn = { .initial_interval = 0.01,
                                                .maximum_attempts = 9,
                                                .non_retryable_types = grave };
static const temporal_retry_policy *const policies[] = { NULL,    &once,    &once,    &twice,
                                                         &thrice, &patient, &stubborn };

typedef struct timeout_set {
    unsigned start_to_close, schedule_to_close, schedule_to_start, heartbeat;
} timeout_set;

static const timeout_set sets[] = {
    { 5, 0, 0, 0 },   { 5, 0, 0, 2 },  { 0, 30, 0, 0 },
    { 5, 30, 10, 2 }, { 5, 0, 10, 0 }, { 40, 20, 60, 60 } /* the server takes the least */
};

/* Of children. */
static const temporal_retry_policy *const kin_policies[] = { NULL, NULL, &once, &thrice, &patient };

typedef struct time_set {
    unsigned whole, run;
} time_set;

static const time_set runs[] = { { 0, 0 }, { 0, 20 }, { 40, 0 }, { 40, 20 }, { 20, 40 } };

temporal_activity_options program_activity_options(const op *what)
{
    const timeout_set *times = &sets[what->choice / 3 % COUNT(sets)];

    return (temporal_activity_options){
        .struct_size = sizeof(temporal_activity_options),
        .start_to_close_timeout = program_time(times->start_to_close),
        .schedule_to_close_timeout = program_time(times->schedule_to_close),
        .schedule_to_start_timeout = program_time(times->schedule_to_start),
        .heartbeat_timeout = program_time(times->heartbeat),
        .retry = policies[what->choice % COUNT(policies)],
        .cancellation = (temporal_cancellation_type)(what->choice % 3),
    };
}

/* Half of them take one id. Such a one is never asked to cancel: no server
 * takes a task that asks one child to cancel and starts another one of the same id. */
temporal_child_options program_child_options(temporal_workflow *run, const op *what)
{
    const time_set *times = &runs[what->choice / 7 % COUNT(runs)];
    const bool shares = what->choice / 3 % 2 == 0;
    const char *family = temporal_workflow_get_info(run)->workflow_id;

    return (temporal_child_options){
        .struct_size = sizeof(temporal_child_options),
        .id = shares ? temporal_workflow_format(run, "%s/kid", family) : NULL,
        .execution_timeout = program_time(times->whole),
        .run_timeout = program_time(times->run),
        .id_reuse = (temporal_id_reuse)(what->choice / 13 % 3),
        .parent_close = (temporal_parent_close)(what->choice % 3),
        .cancellation = shares ? TEMPORAL_CHILD_CANCELLATION_ABANDON
                               : (temporal_child_cancellation)(what->choice % 4),
        .retry = kin_policies[what->choice % COUNT(kin_policies)],
    };
}

temporal_local_options program_local_options(const op *what)
{
    return (temporal_local_options){
        .struct_size = sizeof(temporal_local_options),
        .start_to_close_timeout = program_time(5),
        .retry = policies[1 + what->choice % (COUNT(policies) - 1)],
        .cancellation = (temporal_cancellation_type)(what->choice % 3),
    };
}
