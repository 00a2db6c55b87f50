/* SPDX-License-Identifier: MIT */
/* test_local_cancelled.c -- what the worker is told of local activities that are cancelled because
 * of the outcome of another; the rest is in the table of test_cancelled_activities.c. */
#include "local_fixture.h"

#include "base/error.h"

static temporal_error *tries(temporal_workflow *run, void *self, const void *in, void *out)
{
    temporal_future *slow = begin_local(run, "slow", LOCAL(0));
    temporal_error *error;

    (void)self, (void)in, (void)out;
    TEMPORAL_TRY(
        temporal_workflow_await(run, begin_local(run, "quick", LOCAL(.id = "q")), NULL, NULL));
    temporal_future_cancel(slow);
    error = temporal_workflow_await(run, slow, NULL, NULL);
    note("%s%s", error ? temporal_error_message(error) : "well",
         temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? " (cancelled)" : "");
    return TEMPORAL_OK;
}
WORKFLOW(tries, char, temporal_none, temporal_none, NULL)

static void a_run_that_ends_takes_what_it_has_cancelled_with_it(void **state)
{
    local_fixture *self = *state;

    local_begin(self, &tries_def);
    local_activate(self);
    local_complete(self, 2, "1");
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    assert_string_equal(notes(), "local activity slow (id 1) was cancelled (cancelled)");
    assert_int_equal(self->answer.dropped_count, 1); /* with its run, which ended */
    local_take(self);
    local_replay(self, &tries_def);
}

/* Cancels one and goes on, so that the worker is told of it. */
static temporal_error *goes_on(temporal_workflow *run, void *self, const void *in, void *out)
{
    temporal_future *slow = begin_local(run, "slow", LOCAL(0));
    temporal_future *left =
        begin_local(run, "left", LOCAL(.cancellation = TEMPORAL_CANCELLATION_ABANDON));

    (void)self, (void)in, (void)out;
    TEMPORAL_TRY(temporal_workflow_await(run, begin_local(run, "quick", LOCAL(0)), NULL, NULL));
    temporal_future_cancel(slow);
    temporal_future_cancel(left);
    return temporal_workflow_sleep(run, 60);
}
WORKFLOW(goes_on, char, temporal_none, temporal_none, NULL)

static void the_worker_is_told_what_nobody_waits_for_any_more(void **state)
{
    local_fixture *self = *state;

    local_begin(self, &goes_on_def);
    local_activate(self);
    local_complete(self, 3, "1");
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    assert_false(self->answer.locals_left);
    assert_string_equal(local_orders(self), "stop 1, forget 2");
    local_take(self);
    local_replay(self, &goes_on_def);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, local_set_up, local_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_run_that_ends_takes_what_it_has_cancelled_with_it),
        TEST(the_worker_is_told_what_nobody_waits_for_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
