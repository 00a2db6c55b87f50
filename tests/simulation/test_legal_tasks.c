/* SPDX-License-Identifier: MIT */
/* test_legal_tasks.c -- histories that are closed from outside in a way in which no server closes
 * them are refused. */
#include <temporal/log.h>

#include "breakage.h"
#include "tests/support/support.h"

#define SEEDS  500
#define FORCED TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND

static Tp__History__WorkflowTaskFailedEventAttributes *failed(const breakage *self)
{
    return tp_event_attributes(self->events[self->at - 1], WORKFLOW_TASK_FAILED,
                               workflow_task_failed);
}

/* The end comes at once, and the task is still under way. */
static int64_t is_terminated_within_a_task(breakage *self)
{
    tp_event *event;

    if (!failed(self) || failed(self)->cause != FORCED)
        return 0;
    event = self->events[self->at - 1] = breakage_own(self, (int64_t)self->count);
    event->event_id = self->at;
    self->count = (size_t)self->at;
    return self->at;
}

/* One task fails as if the run ended, but it goes on. */
static int64_t goes_on_after_its_end(breakage *self)
{
    if (!failed(self) || failed(self)->cause == FORCED)
        return 0;
    for (int64_t id = self->at + 1; id <= (int64_t)self->count; id++) {
        if (self->events[id - 1]->event_type != TP_EVENT(WORKFLOW_TASK_SCHEDULED))
            continue;
        breakage_own(self, self->at)->workflow_task_failed_event_attributes->cause = FORCED;
        return id;
    }
    return 0;
}

static breakage_rule rules[] = {
    { .way = is_terminated_within_a_task },
    { .way = goes_on_after_its_end },
};

static int try_them(void **state)
{
    (void)state;
    breakage_try(rules, sizeof(rules) / sizeof(rules[0]), SEEDS);
    return 0;
}

static void a_run_that_is_terminated_fails_its_task_first(void **state)
{
    (void)state;
    breakage_check(rules, 2, is_terminated_within_a_task);
}

static void no_task_follows_one_that_failed_because_the_run_ends(void **state)
{
    (void)state;
    breakage_check(rules, 2, goes_on_after_its_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_is_terminated_fails_its_task_first),
        cmocka_unit_test(no_task_follows_one_that_failed_because_the_run_ends),
    };

    temporal_log_set(TEMPORAL_LOG_ERROR, NULL, NULL); /* programs leave their handlers behind */
    return cmocka_run_group_tests(tests, try_them, NULL);
}
