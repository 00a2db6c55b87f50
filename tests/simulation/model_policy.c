/* SPDX-License-Identifier: MIT */
/* model_policy.c -- what the server makes of retry policies and timeouts before it writes them
 * down: it fills in what is missing. See model.h. */
#include "base/message.h"
#include "model.h"
#include "policy.h"

#define SECOND INT64_C(1000000000)

static Tp__Pb__Duration *duration(model *server, int64_t nanoseconds)
{
    Tp__Pb__Duration *made = tp_arena_alloc(&server->arena, sizeof(*made));

    tp__pb__duration__init(made);
    made->seconds = nanoseconds / SECOND;
    made->nanos = (int32_t)(nanoseconds % SECOND);
    return made;
}

static Tp__Pb__Duration *least(model *server, const Tp__Pb__Duration *one,
                               const Tp__Pb__Duration *other)
{
    const int64_t a = policy_nanoseconds(one), b = policy_nanoseconds(other);

    return duration(server, a < b ? a : b);
}

static bool is_sound(const Tp__Common__RetryPolicy *policy)
{
    if (policy->maximum_attempts == 1)
        return true;
    return policy->maximum_attempts >= 0 && policy->backoff_coefficient >= 1 &&
           policy_nanoseconds(policy->initial_interval) > 0 &&
           policy_nanoseconds(policy->maximum_interval) >=
               policy_nanoseconds(policy->initial_interval);
}

bool model_fill_retry(model *server, const Tp__Common__RetryPolicy *given,
                      Tp__Common__RetryPolicy **filled)
{
    Tp__Common__RetryPolicy *made;

    if (given) {
        made = tp_message_copy(&server->arena, &given->base);
    } else {
        made = tp_arena_alloc(&server->arena, sizeof(*made));
        tp__common__retry_policy__init(made);
    }
    if (policy_nanoseconds(made->initial_interval) == 0)
        made->initial_interval = duration(server, SECOND);
    if (policy_nanoseconds(made->maximum_interval) == 0)
        made->maximum_interval = duration(server, 100 * policy_nanoseconds(made->initial_interval));
    if (made->backoff_coefficient == 0)
        made->backoff_coefficient = 2;
    *filled = made;
    return is_sound(made) || model_refuse(server, "a retry policy that is not sound");
}

/* The run itself has no timeout, which would bound them all. */
bool model_fill_timeouts(model *server,
                         const Tp__Command__ScheduleActivityTaskCommandAttributes *given,
                         Tp__History__ActivityTaskScheduledEventAttributes *filled)
{
    const bool to_start = policy_nanoseconds(given->schedule_to_start_timeout) > 0;
    const bool to_close = policy_nanoseconds(given->start_to_close_timeout) > 0;
    const Tp__Pb__Duration *whole = given->schedule_to_close_timeout;

    filled->schedule_to_close_timeout = duration(server, policy_nanoseconds(whole));
    filled->schedule_to_start_timeout =
        duration(server, policy_nanoseconds(given->schedule_to_start_timeout));
    filled->start_to_close_timeout =
        duration(server, policy_nanoseconds(given->start_to_close_timeout));
    if (policy_nanoseconds(whole) > 0) {
        filled->schedule_to_start_timeout =
            least(server, to_start ? given->schedule_to_start_timeout : whole, whole);
        filled->start_to_close_timeout =
            least(server, to_close ? given->start_to_close_timeout : whole, whole);
    } else if (!to_close) {
        return model_refuse(server, "activity %s has no timeout that closes it",
                            given->activity_id);
    }
    filled->heartbeat_timeout =
        least(server, given->heartbeat_timeout, filled->start_to_close_timeout);
    return true;
}

/* No longer than the whole; a task no longer than the run. */
void model_fill_run_timeouts(
    model *server, const Tp__Command__StartChildWorkflowExecutionCommandAttributes *given,
    Tp__History__StartChildWorkflowExecutionInitiatedEventAttributes *filled)
{
    const int64_t whole = policy_nanoseconds(given->workflow_execution_timeout);
    int64_t run = policy_nanoseconds(given->workflow_run_timeout);
    int64_t task = policy_nanoseconds(given->workflow_task_timeout);

    if (whole > 0 && (run == 0 || run > whole))
        run = whole;
    if (task == 0)
        task = 10 * SECOND;
    if (run > 0 && task > run)
        task = run;
    if (given->workflow_execution_timeout)
        filled->workflow_execution_timeout = duration(server, whole);
    filled->workflow_run_timeout = duration(server, run);
    filled->workflow_task_timeout = duration(server, task);
}
