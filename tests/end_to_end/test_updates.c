/* SPDX-License-Identifier: MIT */
/* test_updates.c -- updates on the real server: F16. */
#include <stdatomic.h>
#include <string.h>

#include <temporal/dynamic.h>

#include "tests/end_to_end/updates.h"

TEMPORAL_ACTIVITY(twice, temporal_int, temporal_int)
TEMPORAL_WORKFLOW(bank, temporal_int, temporal_int)
TEMPORAL_SIGNAL(bank, finish, temporal_none)
TEMPORAL_SIGNAL(bank, release, temporal_none)
TEMPORAL_QUERY(bank, balance, temporal_none, temporal_int)
TEMPORAL_UPDATE(bank, deposit, temporal_int, temporal_int)
TEMPORAL_UPDATE(bank, invest, temporal_int, temporal_int)
TEMPORAL_UPDATE(bank, fail, temporal_string, temporal_none)
TEMPORAL_UPDATE(bank, hold, temporal_none, temporal_int)
TEMPORAL_UPDATE_NAMED(bank, close_it, "close", temporal_none, temporal_int)

TEMPORAL_ACTIVITY_DEFINE(twice)
temporal_error *twice(temporal_activity *attempt, temporal_int in, temporal_int *out)
{
    (void)attempt;
    *out = 2 * in;
    return TEMPORAL_OK;
}

typedef struct account {
    temporal_int balance;
    bool finished, released;
} account;

TEMPORAL_SIGNAL_DEFINE(bank, account, finish)
TEMPORAL_SIGNAL_DEFINE(bank, account, release)
TEMPORAL_QUERY_DEFINE(bank, account, balance)
TEMPORAL_UPDATE_VALIDATED_DEFINE(bank, account, deposit)
TEMPORAL_UPDATE_DEFINE(bank, account, invest)
TEMPORAL_UPDATE_DEFINE(bank, account, fail)
TEMPORAL_UPDATE_DEFINE(bank, account, hold)
TEMPORAL_UPDATE_DEFINE(bank, account, close_it)
TEMPORAL_DYNAMIC_UPDATE_DEFINE(anything, NULL)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(bank, account, &bank_finish_handler, &bank_release_handler,
                                  &bank_balance_handler, &bank_deposit_handler,
                                  &bank_invest_handler, &bank_fail_handler, &bank_hold_handler,
                                  &bank_close_it_handler)

static atomic_int beginnings; /* how often a run was begun, or begun again */

temporal_error *bank(temporal_workflow *run, account *self, temporal_int opening,
                     temporal_int *closing)
{
    atomic_fetch_add(&beginnings, 1);
    self->balance += opening;
    TEMPORAL_WAIT_UNTIL(run, self->finished);
    TEMPORAL_WAIT_UNTIL(run, temporal_workflow_all_handlers_finished(run));
    *closing = self->balance;
    return TEMPORAL_OK;
}

temporal_error *bank_finish(temporal_workflow *run, account *self, temporal_none none)
{
    (void)run, (void)none;
    self->finished = true;
    return TEMPORAL_OK;
}

temporal_error *bank_release(temporal_workflow *run, account *self, temporal_none none)
{
    (void)run, (void)none;
    self->released = true;
    return TEMPORAL_OK;
}

temporal_error *bank_balance(temporal_workflow *run, const account *self, temporal_none none,
                             temporal_int *balance)
{
    (void)run, (void)none;
    *balance = self->balance;
    return TEMPORAL_OK;
}

temporal_error *bank_deposit_validate(temporal_workflow *run, const account *self,
                                      temporal_int amount)
{
    (void)self;
    return amount > 0
               ? TEMPORAL_OK
               : temporal_error_application("Amount", "%lld by %s is no deposit", (long long)amount,
                                            temporal_workflow_current_update(run)->id);
}

temporal_error *bank_deposit(temporal_workflow *run, account *self, temporal_int amount,
                             temporal_int *balance)
{
    (void)run;
    *balance = self->balance += amount;
    return TEMPORAL_OK;
}

temporal_error *bank_invest(temporal_workflow *run, account *self, temporal_int amount,
                            temporal_int *balance)
{
    temporal_int doubled;

    TEMPORAL_TRY(
        temporal_execute_activity(run, twice, amount, &doubled, .start_to_close_timeout = 100));
    *balance = self->balance += doubled;
    return TEMPORAL_OK;
}

temporal_error *bank_fail(temporal_workflow *run, account *self, temporal_string why,
                          temporal_none *none)
{
    (void)run, (void)self, (void)none;
    return temporal_error_application("Failed", "%s", why);
}

temporal_error *bank_hold(temporal_workflow *run, account *self, temporal_none none,
                          temporal_int *balance)
{
    (void)none;
    TEMPORAL_WAIT_UNTIL(run, self->released);
    *balance = self->balance;
    return TEMPORAL_OK;
}

temporal_error *bank_close_it(temporal_workflow *run, account *self, temporal_none none,
                              temporal_int *balance)
{
    (void)run, (void)none;
    self->finished = true;
    *balance = self->balance;
    return TEMPORAL_OK;
}

/* Closes an account that takes every update. */
TEMPORAL_DYNAMIC_WORKFLOW_DEFINE(open_bank, "open_bank", account, &anything_handler)
static temporal_error *open_bank(temporal_workflow *run, void *data, const temporal_value *inputs,
                                 size_t count, temporal_value *output)
{
    account *self = data;

    (void)inputs, (void)count;
    TEMPORAL_WAIT_UNTIL(run, self->finished);
    return temporal_workflow_write(run, output, temporal_int_type(), &self->balance);
}

static temporal_error *anything(temporal_workflow *run, void *data, const char *name,
                                const temporal_value *inputs, size_t count, temporal_value *output)
{
    account *self = data;

    (void)inputs, (void)count;
    self->finished = strcmp(name, "end") == 0;
    return temporal_workflow_write(run, output, temporal_string_type(), &name);
}

/* --- fixture ------------------------------------------------------------------------------- */

static const char *queue;
static temporal_worker *worker;

/* One run is cached. */
static int set_up(void **state)
{
    (void)state;
    queue = test_unique("updates");
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&bank_workflow, &open_bank_workflow),
                               .async.activities = TEMPORAL_ACTIVITIES(&twice_activity),
                               .max_cached_workflows = 1, .workflow_threads = 1);
    atomic_store(&beginnings, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_worker_stop(worker);
    return 0;
}

static temporal_int balance_of(temporal_handle *handle)
{
    temporal_int balance = -1;

    assert_ok(temporal_query(handle, bank, balance, TEMPORAL_NONE, &balance));
    return balance;
}

static temporal_handle *open_account(temporal_int opening)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, bank, opening, &handle, .id = test_unique("bank"),
                                      .task_queue = queue));
    test_wait_for(balance_of(handle) == opening);
    return handle;
}

static void expect_end(temporal_handle *handle, temporal_int expected)
{
    temporal_int closing = -1;

    assert_ok(temporal_signal(handle, bank, finish, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, bank, &closing));
    assert_int_equal(closing, expected);
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
    temporal_handle_free(handle);
}

/* Another run takes the only place in the cache. */
static void evict(void)
{
    temporal_handle *other = open_account(0);

    temporal_handle_free(other);
}

/* --- tests --------------------------------------------------------------------------------- */

static void F16_an_update_changes_the_state_and_gives_its_answer(void **state)
{
    temporal_handle *handle = open_account(10);

    (void)state;
    assert_string_equal(updates_execute(handle, "a", "deposit", "5"), "ok 15");
    assert_string_equal(updates_execute(handle, "b", "invest", "20"), "ok 55");
    assert_string_equal(updates_execute(handle, "c", "fail", "\"why not\""),
                        "failed Failed: why not");
    assert_string_equal(updates_execute(handle, "a", "deposit", "5"), "ok 15"); /* the same one */
    assert_int_equal(balance_of(handle), 55);
    assert_int_equal(fixture_count_events(handle, EVENT_UPDATE_ACCEPTED), 3);
    assert_int_equal(fixture_count_events(handle, EVENT_UPDATE_COMPLETED), 3);
    expect_end(handle, 55);
}

static void F16_rejected_updates_leave_no_trace_and_a_cached_run_goes_on(void **state)
{
    temporal_handle *handle = open_account(10);
    int64_t length = test_describe(handle)->history_length;

    (void)state;
    assert_string_equal(updates_execute(handle, "a", "deposit", "0"),
                        "failed Amount: 0 by a is no deposit");
    assert_string_equal(updates_execute(handle, "b", "deposit", "-1"),
                        "failed Amount: -1 by b is no deposit");
    assert_contains(updates_execute(handle, "c", "rob", "1"),
                    "workflow bank has no update rob; it has: deposit, invest, fail, hold, close");
    assert_contains(updates_execute(handle, "d", "deposit", "\"much\""), "input of update deposit");
    assert_int_equal(test_describe(handle)->history_length, length);
    assert_string_equal(updates_execute(handle, "e", "deposit", "5"), "ok 15");
    assert_string_equal(updates_execute(handle, "f", "deposit", "0"),
                        "failed Amount: 0 by f is no deposit");
    assert_string_equal(updates_execute(handle, "g", "deposit", "6"), "ok 21");
    assert_int_equal(fixture_count_events(handle, EVENT_UPDATE_ACCEPTED), 2);
    assert_int_equal(atomic_load(&beginnings), 1); /* nothing was replayed */
    expect_end(handle, 21);
}

static void F16_rejected_updates_leave_no_trace_and_an_evicted_run_goes_on(void **state)
{
    temporal_handle *handle = open_account(10);

    (void)state;
    evict();
    assert_string_equal(updates_execute(handle, "a", "deposit", "0"),
                        "failed Amount: 0 by a is no deposit");
    evict();
    assert_string_equal(updates_execute(handle, "b", "deposit", "5"), "ok 15");
    evict();
    assert_string_equal(updates_execute(handle, "c", "deposit", "0"),
                        "failed Amount: 0 by c is no deposit");
    assert_int_equal(fixture_count_events(handle, EVENT_UPDATE_ACCEPTED), 1);
    evict();
    assert_int_equal(balance_of(handle), 15); /* of the run, begun from its history */
    expect_end(handle, 15);
}

static void F16_handlers_that_wait_go_on_side_by_side_also_when_evicted(void **state)
{
    temporal_handle *handle = open_account(10);

    (void)state;
    updates_start(handle, "a", "hold", NULL);
    updates_start(handle, "b", "hold", NULL);
    assert_string_equal(updates_execute(handle, "c", "invest", "1"), "ok 12");
    evict();
    assert_ok(temporal_signal(handle, bank, finish, TEMPORAL_NONE)); /* it waits for them */
    assert_string_equal(updates_execute(handle, "d", "deposit", "1"), "ok 13");
    assert_ok(temporal_signal(handle, bank, release, TEMPORAL_NONE));
    assert_string_equal(updates_execute(handle, "a", "hold", NULL), "ok 13");
    assert_string_equal(updates_execute(handle, "b", "hold", NULL), "ok 13");
    {
        temporal_int closing = -1;

        assert_ok(temporal_get_result(handle, bank, &closing));
        assert_int_equal(closing, 13);
    }
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
    assert_int_equal(balance_of(handle), 13); /* of a run that is replayed from its whole history */
    temporal_handle_free(handle);
}

static void F16_an_update_that_ends_the_run_is_answered_in_the_same_task(void **state)
{
    temporal_handle *handle = open_account(7);
    temporal_int closing = -1;

    (void)state;
    assert_string_equal(updates_execute(handle, "a", "close", NULL), "ok 7");
    assert_ok(temporal_get_result(handle, bank, &closing));
    assert_int_equal(closing, 7);
    assert_contains(updates_execute(handle, "b", "deposit", "1"), "refused ");
    assert_int_equal(balance_of(handle), 7);
    temporal_handle_free(handle);
}

static void F16_an_update_with_the_start_is_handled_in_the_first_task(void **state)
{
    temporal_handle *handle = NULL;

    (void)state;
    assert_string_equal(updates_execute_with_start("bank", test_unique("bank"), queue, "10",
                                                   "deposit", "5", &handle),
                        "ok 15");
    assert_int_equal(balance_of(handle), 15);
    evict();
    assert_int_equal(balance_of(handle), 15);
    expect_end(handle, 15);
}

static void F16_a_dynamic_handler_takes_every_update(void **state)
{
    temporal_handle *handle = NULL;

    (void)state;
    assert_string_equal(updates_execute_with_start("open_bank", test_unique("bank"), queue, NULL,
                                                   "whatever", "5", &handle),
                        "ok \"whatever\"");
    assert_string_equal(updates_execute(handle, "b", "end", NULL), "ok \"end\"");
    assert_ok(temporal_handle_result(handle, temporal_none_type(), NULL));
    temporal_handle_free(handle);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(F16_an_update_changes_the_state_and_gives_its_answer),
        TEST(F16_rejected_updates_leave_no_trace_and_a_cached_run_goes_on),
        TEST(F16_rejected_updates_leave_no_trace_and_an_evicted_run_goes_on),
        TEST(F16_handlers_that_wait_go_on_side_by_side_also_when_evicted),
        TEST(F16_an_update_that_ends_the_run_is_answered_in_the_same_task),
        TEST(F16_an_update_with_the_start_is_handled_in_the_first_task),
        TEST(F16_a_dynamic_handler_takes_every_update),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
