/* SPDX-License-Identifier: MIT */
/* legal_children.c -- children: whether one may start is up to what has its id and to its policy,
 * how it ended to its retry policy and its timeouts. See legal.h.
 *
 * The parent's history does not count a child's attempts, and does not know of workflows that are
 * no children of it. That a child has ended it is told late: when the next one of that id runs, and
 * perhaps a task or more after its start. */
#include <limits.h>
#include <string.h>

#include "legal_walk.h"
#include "policy.h"

#define REUSE(name) TP__ENUMS__WORKFLOW_ID_REUSE_POLICY__WORKFLOW_ID_REUSE_POLICY_##name

typedef Tp__History__StartChildWorkflowExecutionInitiatedEventAttributes initiated_options;

static const initiated_options *options_of(const begun *child)
{
    return child->origin->start_child_workflow_execution_initiated_event_attributes;
}

/* --- what it was begun with ---------------------------------------------------------------- */

bool legal_child_initiated(walk *self, const tp_event *event)
{
    const initiated_options *options =
        event->start_child_workflow_execution_initiated_event_attributes;
    const int64_t whole = policy_nanoseconds(options->workflow_execution_timeout);
    const int64_t run = policy_nanoseconds(options->workflow_run_timeout);
    const int64_t task = policy_nanoseconds(options->workflow_task_timeout);

    if (options->parent_close_policy == 0 || options->workflow_id_reuse_policy == 0)
        return legal_wrong(self, "the server fills in the policies of each child");
    if ((whole > 0 && (run == 0 || run > whole)) || task <= 0 || (run > 0 && task > run))
        return legal_wrong(self, "a timeout is longer than that of the whole");
    return !options->retry_policy || legal_retry_policy(self, options->retry_policy);
}

/* --- the start ----------------------------------------------------------------------------- */

static bool has_same_id(const walk *self, int64_t number, const begun *child)
{
    const begun *other = &self->things[number];

    return other != child && other->kind == CHILD && strcmp(other->id, child->id) == 0;
}

/* The child that took the id last, of those that started before. */
static begun *last_of(walk *self, const begun *child)
{
    begun *last = NULL;

    for (int64_t i = 1; i < self->last; i++)
        if (has_same_id(self, i, child) && self->things[i].started != 0 &&
            (!last || self->things[i].started > last->started))
            last = &self->things[i];
    return last;
}

/* The run that this one was reset from may have started another one after it. */
static bool may_be_lost(const walk *self, const begun *last)
{
    return last->origin->event_id < self->reset;
}

bool legal_child_started(walk *self, const tp_event *event)
{
    begun *child = legal_find(
        self, CHILD, event->child_workflow_execution_started_event_attributes->initiated_event_id);
    Tp__Enums__WorkflowIdReusePolicy policy;
    begun *last;

    if (!legal_start(self, child))
        return false;
    last = last_of(self, child);
    policy = options_of(child)->workflow_id_reuse_policy;
    if (!last)
        return true;
    if (policy == REUSE(REJECT_DUPLICATE) ||
        (last->closed && last->completed && policy == REUSE(ALLOW_DUPLICATE_FAILED_ONLY) &&
         !may_be_lost(self, last)))
        return legal_wrong(self,
                           "its id was taken by the child of event %lld, and by its policy "
                           "it is not taken again",
                           (long long)last->origin->event_id);
    if (!last->closed)
        last->successor = child;
    return true;
}

/* Refused by a child that has the id, or had it; by which policy. */
static bool is_in_the_way(walk *self, const begun *child, bool *any)
{
    const Tp__Enums__WorkflowIdReusePolicy policy = options_of(child)->workflow_id_reuse_policy;
    const begun *last = last_of(self, child);

    *any = last && !may_be_lost(self, last);
    for (int64_t i = 1; i < self->last; i++)
        if (has_same_id(self, i, child) && !self->things[i].closed)
            return true;
    return last && (policy == REUSE(REJECT_DUPLICATE) ||
                    (policy == REUSE(ALLOW_DUPLICATE_FAILED_ONLY) && last->completed));
}

bool legal_child_refused(walk *self, const tp_event *event)
{
    begun *child = legal_find(
        self, CHILD,
        event->start_child_workflow_execution_failed_event_attributes->initiated_event_id);
    bool any;

    if (!legal_close(self, child, 0))
        return false;
    if (event->start_child_workflow_execution_failed_event_attributes->cause !=
        TP__ENUMS__START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE__START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS)
        return true;
    if (options_of(child)->workflow_id_reuse_policy == REUSE(TERMINATE_IF_RUNNING))
        return legal_wrong(self, "by its policy nothing is in its way");
    return is_in_the_way(self, child, &any) || !any ||
           legal_wrong(self, "no child is in its way any more");
}

/* --- the end ------------------------------------------------------------------------------- */

static begun *close(walk *self, int64_t initiated, int64_t started)
{
    begun *child = legal_find(self, CHILD, initiated);

    if (!child)
        return NULL;
    if (child->started == 0) {
        (void)legal_wrong(self, "the child has not started");
        return NULL;
    }
    return legal_close(self, child, started) ? child : NULL;
}

bool legal_child_ended(walk *self, int64_t initiated, int64_t started)
{
    return close(self, initiated, started) != NULL;
}

bool legal_child_completed(walk *self, const tp_event *event)
{
    const Tp__History__ChildWorkflowExecutionCompletedEventAttributes *end =
        event->child_workflow_execution_completed_event_attributes;
    begun *child = close(self, end->initiated_event_id, end->started_event_id);

    if (!child)
        return false;
    child->completed = true;
    return !child->successor ||
           options_of(child->successor)->workflow_id_reuse_policy !=
               REUSE(ALLOW_DUPLICATE_FAILED_ONLY) ||
           legal_wrong(self, "the child of event %lld has taken its id, though it did not fail",
                       (long long)child->successor->origin->event_id);
}

/* After an attempt that ended so; nobody knows how many came before. */
static bool check_state(walk *self, const begun *child, const Tp__Failure__Failure *failure,
                        Tp__Enums__RetryState state)
{
    const Tp__Common__RetryPolicy *policy = options_of(child)->retry_policy;
    const Tp__Enums__RetryState right = policy_of_workflow(policy, INT_MAX, failure);
    const bool may_end = policy_nanoseconds(options_of(child)->workflow_execution_timeout) > 0;

    if (right == RETRY_STATE(IN_PROGRESS) && !may_end)
        return legal_wrong(self, "its policy tries it again");
    if (right == RETRY_STATE(MAXIMUM_ATTEMPTS_REACHED) && may_end && policy->maximum_attempts > 1 &&
        state == RETRY_STATE(TIMEOUT))
        return true;
    return state == (right == RETRY_STATE(IN_PROGRESS) ? RETRY_STATE(TIMEOUT) : right) ||
           legal_wrong(self, "its retry state is %d", (int)state);
}

bool legal_child_failed(walk *self, const tp_event *event)
{
    const Tp__History__ChildWorkflowExecutionFailedEventAttributes *end =
        event->child_workflow_execution_failed_event_attributes;
    const begun *child = close(self, end->initiated_event_id, end->started_event_id);

    return child && check_state(self, child, end->failure, end->retry_state);
}

/* As all attempts together, or as the last one. */
bool legal_child_timed_out(walk *self, const tp_event *event)
{
    const Tp__History__ChildWorkflowExecutionTimedOutEventAttributes *end =
        event->child_workflow_execution_timed_out_event_attributes;
    const begun *child = close(self, end->initiated_event_id, end->started_event_id);
    Tp__Failure__TimeoutFailureInfo info;
    Tp__Failure__Failure failure;

    if (!child)
        return false;
    if (policy_nanoseconds(options_of(child)->workflow_run_timeout) <= 0)
        return legal_wrong(self, "no timeout is set");
    if (end->retry_state == RETRY_STATE(TIMEOUT) &&
        policy_nanoseconds(options_of(child)->workflow_execution_timeout) > 0)
        return true;
    tp__failure__failure__init(&failure);
    tp__failure__timeout_failure_info__init(&info);
    info.timeout_type = TIMEOUT_TYPE(START_TO_CLOSE);
    failure.failure_info_case = TP__FAILURE__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO;
    failure.timeout_failure_info = &info;
    return check_state(self, child, &failure, end->retry_state);
}
