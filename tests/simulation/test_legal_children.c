/* SPDX-License-Identifier: MIT */
/* test_legal_children.c -- histories whose children start or end as their policies and timeouts do
 * not allow are refused. */
#include <string.h>

#include <temporal/log.h>

#include "breakage.h"
#include "policy.h"
#include "tests/support/support.h"

#define SEEDS       800
#define REUSE(name) TP__ENUMS__WORKFLOW_ID_REUSE_POLICY__WORKFLOW_ID_REUSE_POLICY_##name

typedef Tp__History__StartChildWorkflowExecutionInitiatedEventAttributes initiated_options;

/* --- what a history says of a child -------------------------------------------------------- */

static initiated_options *initiated(tp_event *event)
{
    return tp_event_attributes(event, START_CHILD_WORKFLOW_EXECUTION_INITIATED,
                               start_child_workflow_execution_initiated);
}

static Tp__History__ChildWorkflowExecutionFailedEventAttributes *failed(tp_event *event)
{
    return tp_event_attributes(event, CHILD_WORKFLOW_EXECUTION_FAILED,
                               child_workflow_execution_failed);
}

static Tp__History__ChildWorkflowExecutionTimedOutEventAttributes *timed_out(tp_event *event)
{
    return tp_event_attributes(event, CHILD_WORKFLOW_EXECUTION_TIMED_OUT,
                               child_workflow_execution_timed_out);
}

static tp_event *here(const breakage *self)
{
    return self->events[self->at - 1];
}

/* Of an event that is about a child. */
static const initiated_options *options(const breakage *self)
{
    return initiated(self->events[tp_event_origin(here(self)) - 1]);
}

static initiated_options *own_options(breakage *self)
{
    return initiated(breakage_own(self, tp_event_origin(here(self))));
}

static bool is_start(const tp_event *event)
{
    return event->event_type == TP_EVENT(CHILD_WORKFLOW_EXECUTION_STARTED);
}

static bool is_refusal(const tp_event *event)
{
    return event->event_type == TP_EVENT(START_CHILD_WORKFLOW_EXECUTION_FAILED);
}

/* The first event from there on that belongs to the same command event; 0: there is none. */
static int64_t next_of(const breakage *self, int64_t origin, int64_t from)
{
    for (int64_t id = from; id <= (int64_t)self->count; id++)
        if (tp_event_classify(self->events[id - 1]) == TP_EVENT_OUTCOME &&
            tp_event_origin(self->events[id - 1]) == origin)
            return id;
    return 0;
}

/* The child that took the id before this one was started or refused: its start. 0: none did. */
static int64_t predecessor(const breakage *self)
{
    for (int64_t id = self->at - 1; id > 0; id--) {
        tp_event *event = self->events[id - 1];

        if (is_start(event) &&
            strcmp(initiated(self->events[tp_event_origin(event) - 1])->workflow_id,
                   options(self)->workflow_id) == 0)
            return id;
    }
    return 0;
}

/* When that one ended, by what the history says; 0: it did not. */
static int64_t end_of(const breakage *self, int64_t start)
{
    return next_of(self, tp_event_origin(self->events[start - 1]), start + 1);
}

/* The run was reset after that child began: of those that came later its history does not tell. */
static bool may_be_lost(const breakage *self, int64_t start)
{
    for (int64_t id = tp_event_origin(self->events[start - 1]); id < self->at; id++)
        if (self->events[id - 1]->event_type == TP_EVENT(WORKFLOW_TASK_FAILED) &&
            self->events[id - 1]->workflow_task_failed_event_attributes->cause ==
                TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW)
            return true;
    return false;
}

/* --- starts -------------------------------------------------------------------------------- */

static int64_t takes_an_id_that_it_must_not_take(breakage *self)
{
    if (!is_start(here(self)) || predecessor(self) == 0)
        return 0;
    own_options(self)->workflow_id_reuse_policy = REUSE(REJECT_DUPLICATE);
    return self->at;
}

static int64_t takes_the_id_of_one_that_completed(breakage *self)
{
    int64_t end;

    if (!is_start(here(self)) || predecessor(self) == 0 || may_be_lost(self, predecessor(self)))
        return 0;
    end = end_of(self, predecessor(self));
    if (end == 0 ||
        self->events[end - 1]->event_type != TP_EVENT(CHILD_WORKFLOW_EXECUTION_COMPLETED))
        return 0;
    own_options(self)->workflow_id_reuse_policy = REUSE(ALLOW_DUPLICATE_FAILED_ONLY);
    return end > self->at ? end : self->at; /* an end that was buffered comes behind the start */
}

static int64_t is_refused_though_it_terminates(breakage *self)
{
    if (!is_refusal(here(self)))
        return 0;
    own_options(self)->workflow_id_reuse_policy = REUSE(TERMINATE_IF_RUNNING);
    return self->at;
}

/* Whoever had the id has ended, and by the policy that is enough. */
static int64_t is_refused_by_nothing(breakage *self)
{
    if (!is_refusal(here(self)) || predecessor(self) == 0 || may_be_lost(self, predecessor(self)) ||
        options(self)->workflow_id_reuse_policy == REUSE(ALLOW_DUPLICATE))
        return 0;
    for (int64_t id = 1; id < self->at; id++) {
        const initiated_options *other = initiated(self->events[id - 1]);
        int64_t last = other ? next_of(self, id, id + 1) : 0;

        if (!other || id == tp_event_origin(here(self)) ||
            strcmp(other->workflow_id, options(self)->workflow_id) != 0)
            continue;
        if (last > 0 && is_start(self->events[last - 1]))
            last = next_of(self, id, last + 1);
        if (last == 0 || last > self->at)
            return 0;
    }
    own_options(self)->workflow_id_reuse_policy = REUSE(ALLOW_DUPLICATE);
    return self->at;
}

/* --- ends ---------------------------------------------------------------------------------- */

static int64_t times_out_by_nothing(breakage *self)
{
    initiated_options *changed;

    if (!timed_out(here(self)))
        return 0;
    changed = own_options(self);
    changed->workflow_run_timeout = changed->workflow_execution_timeout = NULL;
    return self->at;
}

/* Every other one, by the event's number; of children whose attempts have no common end. */
static int64_t has_another_retry_state(breakage *self)
{
    const Tp__Enums__RetryState other =
        (Tp__Enums__RetryState)(self->at % 7 + RETRY_STATE(IN_PROGRESS));
    const Tp__Enums__RetryState state = failed(here(self))      ? failed(here(self))->retry_state
                                        : timed_out(here(self)) ? timed_out(here(self))->retry_state
                                                                : RETRY_STATE(UNSPECIFIED);

    if (state == RETRY_STATE(UNSPECIFIED) || other == state ||
        policy_nanoseconds(options(self)->workflow_execution_timeout) > 0)
        return 0;
    if (failed(here(self)))
        failed(breakage_own(self, self->at))->retry_state = other;
    else
        timed_out(breakage_own(self, self->at))->retry_state = other;
    return self->at;
}

static bool has_used_its_attempts(const breakage *self)
{
    return failed(here(self)) &&
           failed(here(self))->retry_state == RETRY_STATE(MAXIMUM_ATTEMPTS_REACHED);
}

static int64_t has_no_policy_to_end_it(breakage *self)
{
    if (!has_used_its_attempts(self))
        return 0;
    own_options(self)->retry_policy = NULL;
    return self->at;
}

static int64_t has_attempts_without_end(breakage *self)
{
    if (!has_used_its_attempts(self))
        return 0;
    own_options(self)->retry_policy->maximum_attempts = 0;
    return self->at;
}

static int64_t fails_gravely(breakage *self)
{
    if (!has_used_its_attempts(self))
        return 0;
    failed(breakage_own(self, self->at))->failure->application_failure_info->non_retryable = true;
    return self->at;
}

/* --- what they are begun with -------------------------------------------------------------- */

static int64_t says_nothing_of_the_parents_close(breakage *self)
{
    if (!initiated(here(self)))
        return 0;
    initiated(breakage_own(self, self->at))->parent_close_policy = 0;
    return self->at;
}

static int64_t says_nothing_of_its_id(breakage *self)
{
    if (!initiated(here(self)))
        return 0;
    initiated(breakage_own(self, self->at))->workflow_id_reuse_policy = 0;
    return self->at;
}

static int64_t runs_longer_than_all(breakage *self)
{
    const initiated_options *before = initiated(here(self));

    if (!before || policy_nanoseconds(before->workflow_execution_timeout) == 0)
        return 0;
    initiated(breakage_own(self, self->at))->workflow_run_timeout->seconds =
        before->workflow_execution_timeout->seconds + 1;
    return self->at;
}

static int64_t has_tasks_longer_than_it_runs(breakage *self)
{
    const initiated_options *before = initiated(here(self));

    if (!before || policy_nanoseconds(before->workflow_run_timeout) == 0)
        return 0;
    initiated(breakage_own(self, self->at))->workflow_task_timeout->seconds =
        before->workflow_run_timeout->seconds + 1;
    return self->at;
}

/* --- the rules ----------------------------------------------------------------------------- */

static breakage_rule rules[] = {
    { .way = takes_an_id_that_it_must_not_take },
    { .way = takes_the_id_of_one_that_completed },
    { .way = is_refused_though_it_terminates },
    { .way = is_refused_by_nothing },
    { .way = times_out_by_nothing },
    { .way = has_another_retry_state },
    { .way = has_no_policy_to_end_it },
    { .way = has_attempts_without_end },
    { .way = fails_gravely },
    { .way = says_nothing_of_the_parents_close },
    { .way = says_nothing_of_its_id },
    { .way = runs_longer_than_all },
    { .way = has_tasks_longer_than_it_runs },
};

static int try_them(void **state)
{
    (void)state;
    breakage_try(rules, sizeof(rules) / sizeof(rules[0]), SEEDS);
    return 0;
}

static void check(breakage_way way)
{
    breakage_check(rules, sizeof(rules) / sizeof(rules[0]), way);
}

static void a_child_takes_no_id_that_its_policy_leaves_alone(void **state)
{
    (void)state;
    check(takes_an_id_that_it_must_not_take);
    check(takes_the_id_of_one_that_completed);
}

static void a_child_is_refused_only_by_what_is_in_its_way(void **state)
{
    (void)state;
    check(is_refused_though_it_terminates);
    check(is_refused_by_nothing);
}

static void a_child_times_out_only_by_a_timeout_that_is_set(void **state)
{
    (void)state;
    check(times_out_by_nothing);
}

static void the_end_of_a_child_is_one_that_its_policy_has(void **state)
{
    (void)state;
    check(has_another_retry_state);
    check(has_no_policy_to_end_it);
    check(has_attempts_without_end);
    check(fails_gravely);
}

static void the_server_fills_in_what_a_child_is_begun_with(void **state)
{
    (void)state;
    check(says_nothing_of_the_parents_close);
    check(says_nothing_of_its_id);
    check(runs_longer_than_all);
    check(has_tasks_longer_than_it_runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_takes_no_id_that_its_policy_leaves_alone),
        cmocka_unit_test(a_child_is_refused_only_by_what_is_in_its_way),
        cmocka_unit_test(a_child_times_out_only_by_a_timeout_that_is_set),
        cmocka_unit_test(the_end_of_a_child_is_one_that_its_policy_has),
        cmocka_unit_test(the_server_fills_in_what_a_child_is_begun_with),
    };

    temporal_log_set(TEMPORAL_LOG_ERROR, NULL, NULL); /* programs leave their handlers behind */
    return cmocka_run_group_tests(tests, try_them, NULL);
}
