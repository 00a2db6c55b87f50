/* SPDX-License-Identifier: MIT */
/* workflow/await.c -- what user code waits for. */
#include "workflow/await.h"
#include "base/clock.h"
#include "base/error.h"
#include "converter/payload.h"
#include "workflow/context.h"
#include "workflow/machine_timer.h"

temporal_error *temporal_workflow_sleep(temporal_workflow *run, temporal_seconds time)
{
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_workflow_sleep", &error);
    temporal_future *future;
    tp_machine *timer;

    if (!coroutine)
        return error;
    TEMPORAL_TRY(tp_clock_check(time, "temporal_workflow_sleep"));
    if (tp_scope_cancelled(coroutine->scope))
        return tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    if (time <= 0) { /* others get their turn */
        tp_scheduler_pass(coroutine);
        return NULL;
    }
    timer = tp_machine_timer_start(run, coroutine->scope, time);
    future = &timer->future;
    tp_scheduler_wait_all(coroutine, &future, 1);
    error = future->error;
    tp_machine_release(timer);
    return error;
}

/* --- conditions --------------------------------------------------------------------------- */

typedef struct condition_wait {
    temporal_condition condition;
    const void *data;
    const temporal_scope *scope;
    const tp_machine *timer; /* NULL: for ever */
} condition_wait;

static bool condition_is_over(const void *data)
{
    const condition_wait *wait = data;

    return wait->condition(wait->data) || tp_scope_cancelled(wait->scope) ||
           (wait->timer && wait->timer->future.done);
}

temporal_error *temporal_workflow_wait_condition(temporal_workflow *run,
                                                 temporal_condition condition, const void *data,
                                                 temporal_seconds timeout)
{
    condition_wait wait = { .condition = condition, .data = data };
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_workflow_wait_condition", &error);
    tp_machine *timer = NULL;

    if (!coroutine)
        return error;
    if (!condition)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "temporal_workflow_wait_condition: a condition is required");
    TEMPORAL_TRY(tp_clock_check(timeout, "temporal_workflow_wait_condition: timeout"));
    if (condition(data))
        return NULL;
    wait.scope = coroutine->scope;
    if (timeout > 0 && !tp_scope_cancelled(wait.scope))
        wait.timer = timer = tp_machine_timer_start(run, coroutine->scope, timeout);
    tp_scheduler_wait_until(coroutine, condition_is_over, &wait);
    if (!condition(data))
        error = tp_scope_cancelled(wait.scope)
                    ? tp_error_fixed(TEMPORAL_ERROR_CANCELLED)
                    : temporal_error_new(TEMPORAL_ERROR_TIMEOUT,
                                         "the condition did not come true within %g s", timeout);
    if (timer) {
        tp_future_cancel(&timer->future);
        tp_machine_release(timer);
    }
    return error;
}

temporal_error *temporal_workflow_park(temporal_workflow *run, bool looked)
{
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_workflow_park", &error);

    if (!coroutine)
        return error;
    if (tp_scope_cancelled(coroutine->scope))
        return tp_error_fixed(TEMPORAL_ERROR_CANCELLED);
    /* Whoever comes back looks at its condition first, even when it was cancelled meanwhile. */
    tp_scheduler_park(coroutine, looked);
    return NULL;
}

/* --- futures ------------------------------------------------------------------------------ */

typedef struct outcome_read {
    const temporal_future *future;
    const temporal_type *type;
    void *output;
    temporal_error *error;
} outcome_read;

static void read_outcome(void *data)
{
    outcome_read *read = data;
    const temporal_future *future = read->future;

    read->error = tp_payloads_decode(future->run->memory, tp_buffer_bytes(&future->result), 0,
                                     read->type, read->output);
}

temporal_error *tp_await_outcome(temporal_future *future, const temporal_type *type, void *output)
{
    outcome_read read = { .future = future, .type = type, .output = output };

    if (future->error)
        return future->error;
    if (type && output)
        tp_scheduler_outside(future->run, read_outcome, &read);
    return read.error;
}

static temporal_error *check(const temporal_workflow *run, temporal_future *const *futures,
                             size_t count, const char *call)
{
    for (size_t i = 0; i < count; i++)
        if (!futures[i] || futures[i]->run != run)
            return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                      "%s: future %zu of %zu is %s", call, i + 1, count,
                                      futures[i] ? "another run's" : "NULL");
    return NULL;
}

temporal_error *temporal_workflow_await(temporal_workflow *run, temporal_future *future,
                                        const temporal_type *type, void *output)
{
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_workflow_await", &error);

    if (!coroutine)
        return error;
    TEMPORAL_TRY(check(run, &future, 1, "temporal_workflow_await"));
    tp_scheduler_wait_all(coroutine, &future, 1);
    return tp_await_outcome(future, type, output);
}

temporal_error *temporal_workflow_await_any(temporal_workflow *run, temporal_future *const *futures,
                                            size_t count, size_t *first)
{
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_workflow_await_any", &error);

    if (!coroutine)
        return error;
    if (count == 0)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "temporal_workflow_await_any: none of no futures is ever done");
    TEMPORAL_TRY(check(run, futures, count, "temporal_workflow_await_any"));
    tp_scheduler_wait_any(coroutine, futures, count);
    for (size_t i = 0; first && i < count; i++) {
        if (futures[i]->done) {
            *first = i;
            break;
        }
    }
    return NULL;
}

temporal_error *temporal_workflow_await_all(temporal_workflow *run, temporal_future *const *futures,
                                            size_t count)
{
    temporal_error *error = NULL;
    tp_coroutine *coroutine = tp_coroutine_enter(run, "temporal_workflow_await_all", &error);

    if (!coroutine)
        return error;
    TEMPORAL_TRY(check(run, futures, count, "temporal_workflow_await_all"));
    tp_scheduler_wait_all(coroutine, futures, count);
    return NULL;
}

bool temporal_future_is_done(const temporal_future *future)
{
    return future->done;
}

void temporal_future_cancel(temporal_future *future)
{
    if (!future->run->query || tp_coroutine_enter(future->run, "temporal_future_cancel", NULL))
        tp_future_cancel(future);
}
