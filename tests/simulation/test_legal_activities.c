/* SPDX-License-Identifier: MIT */
/* test_legal_activities.c -- histories whose activities do what their policies and timeouts do not
 * allow are refused. */
#include <temporal/log.h>

#include "breakage.h"
#include "policy.h"
#include "tests/support/support.h"

#define SEEDS 500

/* --- what a history says of an activity ---------------------------------------------------- */

static Tp__History__ActivityTaskTimedOutEventAttributes *timed_out(tp_event *event)
{
    return tp_event_attributes(event, ACTIVITY_TASK_TIMED_OUT, activity_task_timed_out);
}

static Tp__History__ActivityTaskFailedEventAttributes *failed(tp_event *event)
{
    return tp_event_attributes(event, ACTIVITY_TASK_FAILED, activity_task_failed);
}

static Tp__History__ActivityTaskScheduledEventAttributes *scheduled(tp_event *event)
{
    return tp_event_attributes(event, ACTIVITY_TASK_SCHEDULED, activity_task_scheduled);
}

static Tp__History__ActivityTaskStartedEventAttributes *started(tp_event *event)
{
    return tp_event_attributes(event, ACTIVITY_TASK_STARTED, activity_task_started);
}

static tp_event *here(const breakage *self)
{
    return self->events[self->at - 1];
}

/* Of an event that is about an activity. */
static const Tp__History__ActivityTaskScheduledEventAttributes *options(const breakage *self)
{
    return scheduled(self->events[tp_event_origin(here(self)) - 1]);
}

static bool is_asked_to_cancel(const breakage *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->events[i]->event_type == TP_EVENT(ACTIVITY_TASK_CANCEL_REQUESTED) &&
            self->events[i]->activity_task_cancel_requested_event_attributes->scheduled_event_id ==
                tp_event_origin(here(self)))
            return true;
    return false;
}

static Tp__Enums__TimeoutType type_of(const breakage *self)
{
    return policy_timeout_type(timed_out(here(self))->failure);
}

/* --- timeouts ------------------------------------------------------------------------------ */

/* The end says that another time was up. */
static int64_t end_by(breakage *self, Tp__Enums__TimeoutType type)
{
    timed_out(breakage_own(self, self->at))->failure->timeout_failure_info->timeout_type = type;
    return self->at;
}

static int64_t lacks_a_heartbeat(breakage *self)
{
    if (!timed_out(here(self)) || type_of(self) != TIMEOUT_TYPE(START_TO_CLOSE) ||
        policy_nanoseconds(options(self)->heartbeat_timeout) > 0)
        return 0;
    return end_by(self, TIMEOUT_TYPE(HEARTBEAT));
}

static int64_t wants_no_heartbeat(breakage *self)
{
    if (!timed_out(here(self)) || type_of(self) != TIMEOUT_TYPE(HEARTBEAT))
        return 0;
    scheduled(breakage_own(self, tp_event_origin(here(self))))->heartbeat_timeout = NULL;
    return self->at;
}

static int64_t ends_by_the_whole(breakage *self)
{
    if (!timed_out(here(self)) || policy_nanoseconds(options(self)->schedule_to_close_timeout) > 0)
        return 0;
    timed_out(breakage_own(self, self->at))->retry_state = RETRY_STATE(TIMEOUT);
    return end_by(self, TIMEOUT_TYPE(SCHEDULE_TO_CLOSE));
}

static int64_t starts_too_late(breakage *self)
{
    if (!timed_out(here(self)) || timed_out(here(self))->started_event_id == 0)
        return 0;
    timed_out(breakage_own(self, self->at))->retry_state = RETRY_STATE(TIMEOUT);
    return end_by(self, TIMEOUT_TYPE(SCHEDULE_TO_START));
}

static int64_t ends_before_it_starts(breakage *self)
{
    if (!timed_out(here(self)) || timed_out(here(self))->started_event_id != 0)
        return 0;
    return end_by(self, TIMEOUT_TYPE(START_TO_CLOSE));
}

static int64_t has_no_time_to_close(breakage *self)
{
    if (!scheduled(here(self)))
        return 0;
    scheduled(breakage_own(self, self->at))->start_to_close_timeout = NULL;
    return self->at;
}

static int64_t starts_later_than_it_ends(breakage *self)
{
    const Tp__History__ActivityTaskScheduledEventAttributes *before = scheduled(here(self));

    if (!before || policy_nanoseconds(before->schedule_to_close_timeout) == 0)
        return 0;
    scheduled(breakage_own(self, self->at))->schedule_to_start_timeout->seconds =
        before->schedule_to_close_timeout->seconds + 1;
    return self->at;
}

static int64_t beats_later_than_it_ends(breakage *self)
{
    if (!scheduled(here(self)))
        return 0;
    scheduled(breakage_own(self, self->at))->heartbeat_timeout->seconds = 1000;
    return self->at;
}

/* --- policies ------------------------------------------------------------------------------ */

static int64_t has_no_policy(breakage *self)
{
    if (!scheduled(here(self)))
        return 0;
    scheduled(breakage_own(self, self->at))->retry_policy = NULL;
    return self->at;
}

static int64_t has_no_interval(breakage *self)
{
    if (!scheduled(here(self)) || scheduled(here(self))->retry_policy->maximum_attempts == 1)
        return 0;
    scheduled(breakage_own(self, self->at))->retry_policy->initial_interval = NULL;
    return self->at;
}

static int64_t is_tried_too_often(breakage *self)
{
    Tp__History__ActivityTaskStartedEventAttributes *changed;

    if (!started(here(self)) || !started(here(self))->last_failure ||
        options(self)->retry_policy->maximum_attempts == 0)
        return 0;
    changed = started(breakage_own(self, self->at));
    changed->attempt = options(self)->retry_policy->maximum_attempts + 1;
    return self->at;
}

static int64_t comes_after_no_failure(breakage *self)
{
    if (!started(here(self)) || started(here(self))->attempt == 1)
        return 0;
    started(breakage_own(self, self->at))->last_failure = NULL;
    return self->at;
}

static int64_t is_tried_again_after_the_first(breakage *self)
{
    if (!started(here(self)) || started(here(self))->attempt == 1)
        return 0;
    started(breakage_own(self, self->at))->attempt = 1;
    return self->at;
}

static int64_t is_tried_after_a_grave_failure(breakage *self)
{
    const Tp__History__ActivityTaskStartedEventAttributes *before = started(here(self));

    if (!before || !before->last_failure ||
        before->last_failure->failure_info_case !=
            TP__FAILURE__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO)
        return 0;
    started(breakage_own(self, self->at))->last_failure->application_failure_info->non_retryable =
        true;
    return self->at;
}

/* Every other one, by the event's number. */
static int64_t has_another_retry_state(breakage *self)
{
    const Tp__Enums__RetryState state = failed(here(self))      ? failed(here(self))->retry_state
                                        : timed_out(here(self)) ? timed_out(here(self))->retry_state
                                                                : RETRY_STATE(UNSPECIFIED);
    const Tp__Enums__RetryState other =
        (Tp__Enums__RetryState)(self->at % 7 + RETRY_STATE(IN_PROGRESS));

    if (state == RETRY_STATE(UNSPECIFIED) || other == state || is_asked_to_cancel(self))
        return 0;
    if (failed(here(self)))
        failed(breakage_own(self, self->at))->retry_state = other;
    else
        timed_out(breakage_own(self, self->at))->retry_state = other;
    return self->at;
}

static int64_t fails_gravely(breakage *self)
{
    if (!failed(here(self)) ||
        failed(here(self))->retry_state != RETRY_STATE(MAXIMUM_ATTEMPTS_REACHED))
        return 0;
    failed(breakage_own(self, self->at))->failure->application_failure_info->non_retryable = true;
    return self->at;
}

/* Its first attempt, of a type that its policy does not try again. */
static int64_t fails_by_a_listed_type(breakage *self)
{
    Tp__History__ActivityTaskFailedEventAttributes *end = failed(here(self));
    Tp__History__ActivityTaskScheduledEventAttributes *changed;

    if (!end || is_asked_to_cancel(self) ||
        end->retry_state == RETRY_STATE(NON_RETRYABLE_FAILURE) ||
        started(self->events[end->started_event_id - 1])->attempt > 1)
        return 0;
    changed = scheduled(breakage_own(self, end->scheduled_event_id));
    changed->retry_policy->n_non_retryable_error_types = 1;
    changed->retry_policy->non_retryable_error_types =
        &end->failure->application_failure_info->type;
    return self->at;
}

static int64_t has_another_attempt_left(breakage *self)
{
    tp_event *event = here(self);
    const Tp__Enums__RetryState state = failed(event)      ? failed(event)->retry_state
                                        : timed_out(event) ? timed_out(event)->retry_state
                                                           : RETRY_STATE(UNSPECIFIED);

    if (state != RETRY_STATE(MAXIMUM_ATTEMPTS_REACHED))
        return 0;
    scheduled(breakage_own(self, tp_event_origin(event)))->retry_policy->maximum_attempts = 100;
    return self->at;
}

static int64_t tells_of_another_attempt_before(breakage *self)
{
    Tp__Failure__Failure *changed;

    if (!timed_out(here(self)) || timed_out(here(self))->started_event_id == 0)
        return 0;
    changed = timed_out(breakage_own(self, self->at))->failure;
    changed->cause = changed->cause ? NULL : tp_message_copy(self->arena, &changed->base);
    return self->at;
}

/* --- the rules ----------------------------------------------------------------------------- */

static breakage_rule rules[] = {
    { .way = lacks_a_heartbeat },
    { .way = wants_no_heartbeat },
    { .way = ends_by_the_whole },
    { .way = starts_too_late },
    { .way = ends_before_it_starts },
    { .way = has_no_time_to_close },
    { .way = starts_later_than_it_ends },
    { .way = beats_later_than_it_ends },
    { .way = has_no_policy },
    { .way = has_no_interval },
    { .way = is_tried_too_often },
    { .way = comes_after_no_failure },
    { .way = is_tried_again_after_the_first },
    { .way = is_tried_after_a_grave_failure },
    { .way = has_another_retry_state },
    { .way = fails_gravely },
    { .way = fails_by_a_listed_type },
    { .way = has_another_attempt_left },
    { .way = tells_of_another_attempt_before },
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

static void a_timeout_that_is_not_set_ends_nothing(void **state)
{
    (void)state;
    check(lacks_a_heartbeat);
    check(wants_no_heartbeat);
    check(ends_by_the_whole);
}

static void a_timeout_ends_what_it_runs_for(void **state)
{
    (void)state;
    check(starts_too_late);
    check(ends_before_it_starts);
}

static void the_server_fills_in_the_timeouts(void **state)
{
    (void)state;
    check(has_no_time_to_close);
    check(starts_later_than_it_ends);
    check(beats_later_than_it_ends);
}

static void the_server_fills_in_the_policy(void **state)
{
    (void)state;
    check(has_no_policy);
    check(has_no_interval);
}

static void an_attempt_is_one_that_the_policy_has(void **state)
{
    (void)state;
    check(is_tried_too_often);
    check(comes_after_no_failure);
    check(is_tried_again_after_the_first);
    check(is_tried_after_a_grave_failure);
}

static void an_end_is_one_that_the_policy_has(void **state)
{
    (void)state;
    check(has_another_retry_state);
    check(fails_gravely);
    check(fails_by_a_listed_type);
    check(has_another_attempt_left);
    check(tells_of_another_attempt_before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timeout_that_is_not_set_ends_nothing),
        cmocka_unit_test(a_timeout_ends_what_it_runs_for),
        cmocka_unit_test(the_server_fills_in_the_timeouts),
        cmocka_unit_test(the_server_fills_in_the_policy),
        cmocka_unit_test(an_attempt_is_one_that_the_policy_has),
        cmocka_unit_test(an_end_is_one_that_the_policy_has),
    };

    temporal_log_set(TEMPORAL_LOG_ERROR, NULL, NULL); /* programs leave their handlers behind */
    return cmocka_run_group_tests(tests, try_them, NULL);
}
