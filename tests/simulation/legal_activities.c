/* SPDX-License-Identifier: MIT */
/* legal_activities.c -- activities: each attempt, and how the last one ended, must be what the
 * policy and the timeouts of the scheduled event allow. See legal.h. */
#include "legal_walk.h"
#include "policy.h"

typedef Tp__History__ActivityTaskScheduledEventAttributes scheduled_options;

static const scheduled_options *options_of(const begun *activity)
{
    return activity->origin->activity_task_scheduled_event_attributes;
}

/* --- what it was scheduled with ------------------------------------------------------------ */

bool legal_retry_policy(walk *self, const Tp__Common__RetryPolicy *policy)
{
    if (policy->maximum_attempts == 1)
        return true;
    if (policy_nanoseconds(policy->initial_interval) <= 0 || policy->backoff_coefficient < 1 ||
        policy_nanoseconds(policy->maximum_interval) <
            policy_nanoseconds(policy->initial_interval) ||
        policy->maximum_attempts < 0)
        return legal_wrong(self, "its retry policy is not sound");
    return true;
}

/* The server fills in what is missing, and takes the least. */
static bool check_timeouts(walk *self, const scheduled_options *options)
{
    const int64_t whole = policy_nanoseconds(options->schedule_to_close_timeout);
    const int64_t to_start = policy_nanoseconds(options->schedule_to_start_timeout);
    const int64_t to_close = policy_nanoseconds(options->start_to_close_timeout);

    if (to_close <= 0)
        return legal_wrong(self, "the server gives each activity a start-to-close timeout");
    if (whole > 0 && (to_start <= 0 || to_start > whole || to_close > whole))
        return legal_wrong(self, "a timeout is longer than that of the whole");
    if (policy_nanoseconds(options->heartbeat_timeout) > to_close)
        return legal_wrong(self, "a heartbeat may come later than the end");
    return true;
}

bool legal_activity_scheduled(walk *self, const tp_event *event)
{
    const scheduled_options *options = event->activity_task_scheduled_event_attributes;

    if (!options->retry_policy)
        return legal_wrong(self, "the server gives each activity a retry policy");
    return legal_retry_policy(self, options->retry_policy) && check_timeouts(self, options);
}

bool legal_activity_cancel_requested(walk *self, const tp_event *event)
{
    begun *activity = legal_find(
        self, ACTIVITY, event->activity_task_cancel_requested_event_attributes->scheduled_event_id);

    if (!activity)
        return false;
    if (activity->cancelled != 0)
        return legal_wrong(self, "the activity was asked already");
    activity->cancelled = self->last;
    return true;
}

/* --- attempts ------------------------------------------------------------------------------ */

static int32_t attempt_of(const begun *activity)
{
    return activity->start->activity_task_started_event_attributes->attempt;
}

static bool may_heartbeat(walk *self, const begun *activity, const Tp__Failure__Failure *failure)
{
    return policy_timeout_type(failure) != TIMEOUT_TYPE(HEARTBEAT) ||
           policy_nanoseconds(options_of(activity)->heartbeat_timeout) > 0 ||
           legal_wrong(self, "a heartbeat is missing, but none was wanted");
}

/* Its attempt is one that the policy has, after one that ended as the policy allows. */
bool legal_activity_started(walk *self, const tp_event *event)
{
    const Tp__History__ActivityTaskStartedEventAttributes *start =
        event->activity_task_started_event_attributes;
    begun *activity = legal_find(self, ACTIVITY, start->scheduled_event_id);

    if (!legal_start(self, activity))
        return false;
    activity->start = event;
    if (start->attempt < 1 || (start->attempt > 1) != (start->last_failure != NULL))
        return legal_wrong(self, "attempt %d is not the first, or comes after no failure",
                           (int)start->attempt);
    if (start->attempt > 1 &&
        policy_of_activity(options_of(activity)->retry_policy, start->attempt - 1, false,
                           start->last_failure) != RETRY_STATE(IN_PROGRESS))
        return legal_wrong(self, "there is no attempt %d by the policy of event %lld",
                           (int)start->attempt, (long long)start->scheduled_event_id);
    return may_heartbeat(self, activity, start->last_failure);
}

/* What was buffered while its cancellation was asked for came before, and stands behind it. */
static bool may_precede_cancel(const walk *self, const begun *activity)
{
    return activity->cancelled == 0 || activity->cancelled > self->scheduled;
}

/* Of an attempt that failed so. In progress: there was no time for the next one; timed out: how the
 * server calls that. */
static bool check_state(walk *self, const begun *activity, const Tp__Failure__Failure *failure,
                        Tp__Enums__RetryState state)
{
    const scheduled_options *options = options_of(activity);
    Tp__Enums__RetryState right =
        policy_of_activity(options->retry_policy, attempt_of(activity), false, failure);

    if (activity->cancelled != 0 && state == RETRY_STATE(CANCEL_REQUESTED))
        return true;
    if (right == RETRY_STATE(IN_PROGRESS) &&
        policy_nanoseconds(options->schedule_to_close_timeout) > 0 &&
        failure->failure_info_case != TP__FAILURE__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO)
        right = RETRY_STATE(TIMEOUT);
    if (right == RETRY_STATE(IN_PROGRESS))
        return legal_wrong(self, "its policy tries it again");
    if (state != right || !may_precede_cancel(self, activity))
        return legal_wrong(self, "its retry state is %d, by its policy it is %d", (int)state,
                           may_precede_cancel(self, activity) ? (int)right
                                                              : (int)RETRY_STATE(CANCEL_REQUESTED));
    return true;
}

/* --- ends ---------------------------------------------------------------------------------- */

static bool close_started(walk *self, begun *activity, int64_t started)
{
    if (activity && activity->started == 0)
        return legal_wrong(self, "the activity has not started");
    return legal_close(self, activity, started);
}

bool legal_activity_completed(walk *self, const tp_event *event)
{
    const Tp__History__ActivityTaskCompletedEventAttributes *end =
        event->activity_task_completed_event_attributes;

    return close_started(self, legal_find(self, ACTIVITY, end->scheduled_event_id),
                         end->started_event_id);
}

bool legal_activity_failed(walk *self, const tp_event *event)
{
    const Tp__History__ActivityTaskFailedEventAttributes *end =
        event->activity_task_failed_event_attributes;
    begun *activity = legal_find(self, ACTIVITY, end->scheduled_event_id);

    if (!close_started(self, activity, end->started_event_id))
        return false;
    if (!end->failure)
        return legal_wrong(self, "it does not say what failed");
    return check_state(self, activity, end->failure, end->retry_state);
}

/* The time of the whole is up, by its clock or by the next interval; or nobody took it in time. */
static bool check_deadline(walk *self, const begun *activity, Tp__Enums__TimeoutType type,
                           Tp__Enums__RetryState state)
{
    const Tp__Pb__Duration *set = type == TIMEOUT_TYPE(SCHEDULE_TO_START)
                                      ? options_of(activity)->schedule_to_start_timeout
                                      : options_of(activity)->schedule_to_close_timeout;

    if (policy_nanoseconds(set) <= 0)
        return legal_wrong(self, "that timeout is not set");
    if (type == TIMEOUT_TYPE(SCHEDULE_TO_START) && activity->started != 0)
        return legal_wrong(self, "it was started in time");
    if (activity->cancelled != 0 && state == RETRY_STATE(CANCEL_REQUESTED))
        return true;
    return (state == RETRY_STATE(TIMEOUT) && may_precede_cancel(self, activity)) ||
           legal_wrong(self, "its retry state is %d", (int)state);
}

bool legal_activity_timed_out(walk *self, const tp_event *event)
{
    const Tp__History__ActivityTaskTimedOutEventAttributes *end =
        event->activity_task_timed_out_event_attributes;
    begun *activity = legal_find(self, ACTIVITY, end->scheduled_event_id);
    const Tp__Enums__TimeoutType type = policy_timeout_type(end->failure);

    if (!legal_close(self, activity, end->started_event_id))
        return false;
    if (activity->started != 0 && (attempt_of(activity) > 1) != (end->failure->cause != NULL))
        return legal_wrong(self, "its cause is not what the attempt before ended with");
    switch ((int)type) {
    case TIMEOUT_TYPE(SCHEDULE_TO_START):
    case TIMEOUT_TYPE(SCHEDULE_TO_CLOSE):
        return check_deadline(self, activity, type, end->retry_state);
    case TIMEOUT_TYPE(START_TO_CLOSE):
    case TIMEOUT_TYPE(HEARTBEAT):
        if (activity->started == 0)
            return legal_wrong(self, "the activity has not started");
        return may_heartbeat(self, activity, end->failure) &&
               check_state(self, activity, end->failure, end->retry_state);
    default:
        return legal_wrong(self, "it is no timeout");
    }
}

bool legal_activity_canceled(walk *self, const tp_event *event)
{
    const Tp__History__ActivityTaskCanceledEventAttributes *end =
        event->activity_task_canceled_event_attributes;
    begun *activity = legal_find(self, ACTIVITY, end->scheduled_event_id);

    if (activity && (activity->cancelled == 0 ||
                     (end->latest_cancel_requested_event_id != 0 &&
                      end->latest_cancel_requested_event_id != activity->cancelled)))
        return legal_wrong(self, "it was not asked to by event %lld",
                           (long long)end->latest_cancel_requested_event_id);
    return legal_close(self, activity, end->started_event_id);
}
