/* SPDX-License-Identifier: MIT */
/* activities.c -- activities that are run alone, and who listens to their heartbeats. */
#include "tests/testing/activities.h"

#include "tests/support/support.h"

atomic_int waiting;

TEMPORAL_ACTIVITY_DEFINE(double_order)
temporal_error *double_order(temporal_activity *attempt, order before, order *after)
{
    (void)attempt;
    *after = (order){ before.item, 2 * before.count };
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(describe_itself)
temporal_error *describe_itself(temporal_activity *attempt, temporal_none in, temporal_string *text)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);

    (void)in;
    assert_ptr_equal(attempt, temporal_activity_current());
    *text = temporal_activity_format(
        attempt, "%s %s %s %s %s %s %s %d %g %.*s%s", info->activity_id, info->activity_type,
        info->task_queue, info->workflow_id, info->workflow_run_id, info->workflow_type,
        info->workflow_namespace, (int)info->attempt, info->heartbeat_timeout,
        (int)info->task_token.size,
        info->task_token.size ? (const char *)info->task_token.data : "",
        info->is_local ? " local" : "");
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(count_on)
temporal_error *count_on(temporal_activity *attempt, temporal_int to, temporal_int *at)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);

    *at = 0;
    if (info->heartbeat_details_count > 0)
        TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[0], temporal_int, at));
    while (*at < to && !temporal_activity_is_cancelled(attempt)) {
        ++*at;
        TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_int, *at));
    }
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(wait_for_shutdown)
temporal_error *wait_for_shutdown(temporal_activity *attempt, temporal_double timeout,
                                  temporal_bool *came)
{
    atomic_fetch_add(&waiting, 1);
    *came = temporal_activity_wait_for_worker_shutdown(attempt, timeout);
    assert_int_equal(*came, temporal_activity_is_worker_shutdown(attempt));
    assert_false(temporal_activity_is_cancelled(attempt));
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(give_up)
temporal_error *give_up(temporal_activity *attempt, temporal_string type, temporal_none *out)
{
    (void)attempt, (void)out;
    return temporal_error_application(type, "no more %s", "left");
}

TEMPORAL_ACTIVITY_DEFINE(leave_it)
temporal_error *leave_it(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)in, (void)out;
    return temporal_activity_complete_async(attempt);
}

void count_beat(const temporal_value *details, size_t count, void *data)
{
    beats *self = data;

    assert_int_equal(count, 1);
    self->last = details;
    if (++self->count == self->cancel_at)
        temporal_activity_env_cancel(self->env, TEMPORAL_CANCEL_PAUSED);
}
