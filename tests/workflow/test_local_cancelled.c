/* SPDX-License-Identifier: MIT */
/* test_local_cancelled.c -- local activities that are cancelled: what code sees, and what the
 * worker is told. */
#include "local_fixture.h"

#include "base/error.h"

static temporal_error *cancels(temporal_workflow *run, temporal_cancellation_type type)
{
    temporal_future *slow = begin_local(run, "slow", LOCAL(.cancellation = type));
    temporal_future *quick = begin_local(run, "quick", LOCAL(.id = "q"));
    temporal_error *error;

    TEMPORAL_TRY(temporal_workflow_await(run, quick, NULL, NULL));
    temporal_future_cancel(slow);
    error = temporal_workflow_await(run, slow, NULL, NULL);
    note("%s%s", error ? temporal_error_message(error) : "well",
         temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? " (cancelled)" : "");
    return TEMPORAL_OK;
}

#define CANCELS(name, type)                                                                    \
    static temporal_error *name(temporal_workflow *run, void *self, const void *in, void *out) \
    {                                                                                          \
        (void)self, (void)in, (void)out;                                                       \
        return cancels(run, type);                                                             \
    }                                                                                          \
    WORKFLOW(name, char, temporal_none, temporal_none, NULL)
CANCELS(tries, TEMPORAL_CANCELLATION_TRY)
CANCELS(waits, TEMPORAL_CANCELLATION_WAIT)
CANCELS(abandons, TEMPORAL_CANCELLATION_ABANDON)

#define CANCELLED_NOTE "local activity slow (id 1) was cancelled (cancelled)"

static void trying_to_cancel_ends_the_future_and_stops_the_activity(void **state)
{
    local_fixture *self = *state;

    local_begin(self, &tries_def);
    local_activate(self);
    local_complete(self, 2, "1");
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    assert_string_equal(notes(), CANCELLED_NOTE);
    assert_int_equal(self->answer.dropped_count, 1); /* with its run, which ended */
    local_take(self);
    local_replay(self, &tries_def);
}

static void waiting_for_the_cancellation_asks_and_waits(void **state)
{
    local_fixture *self = *state;

    local_begin(self, &waits_def);
    local_activate(self);
    local_complete(self, 2, "1");
    assert_int_equal(self->answer.kind, TP_ANSWER_LOCAL);
    assert_string_equal(local_orders(self), "cancel 1");
    assert_string_equal(notes(), "");
    local_fail(self, 1, TP_LOCAL_CANCELLED, tp_error_fixed(TEMPORAL_ERROR_CANCELLED), 0);
    assert_string_equal(notes(), CANCELLED_NOTE);
    local_take(self);
    local_replay(self, &waits_def);
}

static void waiting_for_the_cancellation_may_see_it_end_well(void **state)
{
    local_fixture *self = *state;

    local_begin(self, &waits_def);
    local_activate(self);
    local_complete(self, 2, "1");
    local_complete(self, 1, "1");
    assert_string_equal(notes(), "well");
    local_take(self);
    local_replay(self, &waits_def);
}

static void abandoning_ends_the_future_alone(void **state)
{
    local_fixture *self = *state;

    local_begin(self, &abandons_def);
    local_activate(self);
    local_complete(self, 2, "1");
    assert_string_equal(notes(), CANCELLED_NOTE);
    local_take(self);
    local_replay(self, &abandons_def);
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
        TEST(trying_to_cancel_ends_the_future_and_stops_the_activity),
        TEST(waiting_for_the_cancellation_asks_and_waits),
        TEST(waiting_for_the_cancellation_may_see_it_end_well),
        TEST(abandoning_ends_the_future_alone),
        TEST(the_worker_is_told_what_nobody_waits_for_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
