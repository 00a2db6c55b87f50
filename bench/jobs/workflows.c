/* SPDX-License-Identifier: MIT */
/* bench/jobs/workflows.c -- the workflows that benches run. */
#include <string.h>

#include "bench/jobs/jobs.h"

static const temporal_retry_policy once = { .maximum_attempts = 1 };
static const temporal_retry_policy thrice = { .initial_interval = BENCH_RETRY_AFTER,
                                              .backoff_coefficient = 1,
                                              .maximum_attempts = 3 };

TEMPORAL_WORKFLOW_DEFINE(noop)
temporal_error *noop(temporal_workflow *run, temporal_int number, temporal_int *out)
{
    (void)run;
    *out = number;
    return TEMPORAL_OK;
}

typedef struct told {
    bool yes;
    temporal_int number;
} told;

TEMPORAL_SIGNAL_DEFINE(waiting, told, go)
temporal_error *waiting_go(temporal_workflow *run, told *self, temporal_int number)
{
    (void)run;
    *self = (told){ true, number };
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(waiting, told, &waiting_go_handler)
temporal_error *waiting(temporal_workflow *run, told *self, temporal_int number, temporal_int *out)
{
    TEMPORAL_WAIT_UNTIL(run, self->yes);
    *out = number + self->number;
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(sequence)
temporal_error *sequence(temporal_workflow *run, plan in, temporal_int *out)
{
    temporal_int same;

    for (temporal_int i = 0; i < in.count; i++)
        TEMPORAL_TRY(temporal_execute_activity(run, nothing, i, &same,
                                               .start_to_close_timeout = BENCH_ACTIVITY_TIMEOUT,
                                               .retry = &once));
    *out = in.count;
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(fanout)
temporal_error *fanout(temporal_workflow *run, plan in, temporal_int *out)
{
    temporal_future **futures = temporal_workflow_alloc(run, (size_t)in.count * sizeof(*futures));
    char *text = temporal_workflow_alloc(run, (size_t)in.size + 1);
    temporal_string echoed;

    memset(text, 'x', (size_t)in.size);
    for (temporal_int i = 0; i < in.count; i++)
        futures[i] = temporal_start_activity(
            run, echo, text, .start_to_close_timeout = BENCH_ACTIVITY_TIMEOUT, .retry = &once);
    *out = 0;
    for (temporal_int i = 0; i < in.count; i++) {
        TEMPORAL_TRY(temporal_await_activity(run, echo, futures[i], &echoed));
        *out += (temporal_int)strlen(echoed);
    }
    return TEMPORAL_OK;
}

/* Starts count activities that take a number and give one. */
static temporal_future **start_all(temporal_workflow *run, const char *activity, plan in,
                                   const temporal_retry_policy *retry)
{
    temporal_future **futures = temporal_workflow_alloc(run, (size_t)in.count * sizeof(*futures));
    const temporal_argument size = { temporal_int_type(), &in.size };
    const temporal_activity_options options = { .struct_size = sizeof options,
                                                .start_to_close_timeout = BENCH_ACTIVITY_TIMEOUT,
                                                .retry = retry };

    for (temporal_int i = 0; i < in.count; i++)
        futures[i] = temporal_workflow_start_activity(run, activity, &size, 1, &options);
    return futures;
}

static temporal_error *sum_up(temporal_workflow *run, temporal_future **futures, temporal_int count,
                              temporal_int *sum)
{
    temporal_int one;

    *sum = 0;
    for (temporal_int i = 0; i < count; i++) {
        TEMPORAL_TRY(temporal_workflow_await(run, futures[i], temporal_int_type(), &one));
        *sum += one;
    }
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(burning)
temporal_error *burning(temporal_workflow *run, plan in, temporal_int *out)
{
    return sum_up(run, start_all(run, "burn", in, &once), in.count, out);
}

TEMPORAL_WORKFLOW_DEFINE(lingering)
temporal_error *lingering(temporal_workflow *run, plan in, temporal_int *out)
{
    return sum_up(run, start_all(run, "linger", in, &once), in.count, out);
}

TEMPORAL_WORKFLOW_DEFINE(beating)
temporal_error *beating(temporal_workflow *run, plan in, temporal_double *out)
{
    return temporal_execute_activity(
        run, beat, in.count, out, .start_to_close_timeout = BENCH_ACTIVITY_TIMEOUT, .retry = &once);
}

TEMPORAL_SIGNAL_DEFINE(cancelling, told, go)
temporal_error *cancelling_go(temporal_workflow *run, told *self, temporal_int number)
{
    (void)run;
    *self = (told){ true, number };
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(cancelling, told, &cancelling_go_handler)
temporal_error *cancelling(temporal_workflow *run, told *self, temporal_int number,
                           temporal_int *when)
{
    temporal_future *future = temporal_start_activity(
        run, until_cancelled, TEMPORAL_NONE, .start_to_close_timeout = BENCH_ACTIVITY_TIMEOUT,
        .heartbeat_timeout = 1, .cancellation = TEMPORAL_CANCELLATION_WAIT);

    (void)number;
    TEMPORAL_WAIT_UNTIL(run, self->yes);
    temporal_future_cancel(future);
    return temporal_await_activity(run, until_cancelled, future, when);
}

TEMPORAL_WORKFLOW_DEFINE(crashing)
temporal_error *crashing(temporal_workflow *run, plan in, crash_report *report)
{
    temporal_future **others = start_all(run, "linger", in, &thrice);

    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.5));
    /* A worker that goes down with its activity leaves it to this timeout to notice. */
    TEMPORAL_TRY(temporal_execute_activity(run, crash, TEMPORAL_NONE, &report->crashed,
                                           .start_to_close_timeout = BENCH_ACTIVITY_TIMEOUT,
                                           .heartbeat_timeout = 2, .retry = &thrice));
    return sum_up(run, others, in.count, &report->neighbours);
}
