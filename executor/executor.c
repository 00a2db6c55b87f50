/* SPDX-License-Identifier: MIT */
/* executor/executor.c -- what all executors have in common. */
#include "executor/executor.h"

#include <assert.h>
#include <unistd.h>

/* The converter may use 64 KiB on an activity's stack; as much again is for the activity. */
#define STACK_MINIMUM (128 * 1024)

void tp_executor_submit(tp_executor *executor, tp_attempt *attempt)
{
    assert(attempt->events && attempt->events->done && attempt->task.def);
    attempt->executor = executor;
    attempt->state = NULL;
    tp_list_init(&attempt->link);
    executor->running++;
    executor->ops->submit(executor, attempt);
}

void tp_executor_end(tp_executor *executor, tp_attempt *attempt, const tp_outcome *outcome)
{
    assert(executor->running);
    executor->running--;
    executor->ended[outcome->kind]++;
    attempt->events->done(attempt, outcome);
}

void tp_executor_free(tp_executor *executor)
{
    if (executor)
        executor->ops->free(executor);
}

temporal_error *tp_executor_check(const temporal_activity_def *const *definitions, const char *who)
{
    if (!definitions || !definitions[0])
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "executor %s: no activities: list at least one", who);
    for (size_t i = 0; definitions[i]; i++) {
        if (!definitions[i]->invoke == !definitions[i]->invoke_values)
            return temporal_error_new(
                TEMPORAL_ERROR_INVALID_ARGUMENT,
                "executor %s: activity %s: set either invoke or invoke_values", who,
                definitions[i]->name ? definitions[i]->name : "(dynamic)");
    }
    return NULL;
}

temporal_error *tp_executor_check_stack(size_t stack_size, const char *who)
{
    if (!stack_size || stack_size >= STACK_MINIMUM)
        return NULL;
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "executor %s: a stack of %zu bytes is too small: at least %d", who,
                              stack_size, STACK_MINIMUM);
}

size_t tp_executor_concurrency(uint32_t asked)
{
    long processors = asked ? (long)asked : sysconf(_SC_NPROCESSORS_ONLN);

    return processors > 0 ? (size_t)processors : 1;
}
